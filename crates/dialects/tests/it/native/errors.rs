//! What is refused, and how.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use parlance_core::app::AppProfile;
use parlance_core::limits::{Limits, Rate};
use serde_json::{Value, json};

use super::Trio;
use crate::world::{Answer, request};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn raw(trio: &Trio, method: Method, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
    let token = trio.world.token(&trio.ann).await;
    let request = request(method, path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", kind)
        .body(body.into());
    trio.world.ask(request.expect("a request")).await
}

/// The form of every refusal.
fn check(answer: &Answer, status: u16, code: &str) -> Value {
    let problem = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{problem}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("urn:parlance:problem:{code}"));
    let named = answer.headers["x-request-id"].to_str().expect("ASCII");
    assert_eq!(problem["request_id"], named);
    problem
}

#[tokio::test]
async fn whoever_has_no_token_that_counts_is_not_authenticated() {
    let trio = Trio::new().await;
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJleHAiOjk5OTk5OTk5OTl9.";
    for header in [
        None,
        Some("Bearer"),
        Some("Bearer x"),
        Some("Basic eDp5"),
        Some(unsigned),
    ] {
        let mut request = request(Method::GET, "/v1/me");
        if let Some(header) = header {
            let header = if header == unsigned {
                format!("Bearer {header}")
            } else {
                header.to_owned()
            };
            request = request.header("authorization", header);
        }
        let answer = trio
            .world
            .ask(request.body(Body::empty()).expect("a request"))
            .await;
        check(&answer, 401, "unauthenticated");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_and_stores_nothing() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let messages = format!("{path}/messages");
    let deep = format!(
        r#"{{"body": "x", "client_id": "x", "metadata": {}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    for (body, status, code, field) in [
        ("", 400, "malformed", ""),
        ("{", 400, "malformed", ""),
        ("[]", 400, "malformed", ""),
        ("null", 400, "malformed", ""),
        (
            r#"{"body": "x", "client_id": "x"} {}"#,
            400,
            "malformed",
            "",
        ),
        (deep.as_str(), 400, "malformed", ""),
        ("{\"body\": \"\u{7}\"", 400, "malformed", ""),
        (r#"{"body": 7, "client_id": "x"}"#, 422, "invalid", "body"),
        (r#"{"body": "x"}"#, 422, "invalid", "client_id"),
        (
            r#"{"body": "x", "client_id": ""}"#,
            422,
            "invalid",
            "client_id",
        ),
        (r#"{"body": " ", "client_id": "x"}"#, 422, "invalid", "body"),
        (
            r#"{"body": "x", "client_id": "x", "kind": "system"}"#,
            422,
            "invalid",
            "kind",
        ),
        (
            r#"{"body": "x", "client_id": "x", "attachments": ["x"]}"#,
            422,
            "invalid",
            "attachments[0]",
        ),
        (
            r#"{"body": "x", "client_id": "x", "reply_to": "01890a5d-ac96-774b-bcce-b302099a8057"}"#,
            422,
            "invalid",
            "reply_to",
        ),
    ] {
        let answer = raw(
            &trio,
            Method::POST,
            &messages,
            "application/json",
            body.to_owned(),
        )
        .await;
        let problem = check(&answer, status, code);
        if !field.is_empty() {
            assert!(problem["errors"][field].is_array(), "{problem}");
        }
    }
    let answer = raw(&trio, Method::POST, &messages, "text/plain", "{}").await;
    check(&answer, 415, "unsupported_media");
    let large = "x".repeat(Limits::default().request_bytes + 1);
    let answer = raw(&trio, Method::POST, &messages, "application/json", large).await;
    check(&answer, 413, "too_large");
    let invalid_utf8 = Body::from(&b"{\"body\": \"\xff\", \"client_id\": \"x\"}"[..]);
    let answer = raw(
        &trio,
        Method::POST,
        &messages,
        "application/json",
        invalid_utf8,
    )
    .await;
    check(&answer, 400, "malformed");
    assert_eq!(trio.get(&trio.ann, &messages).await["items"], json!([]));
}

#[tokio::test]
async fn queries_that_do_not_fit_name_the_field() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    for (query, field) in [
        ("/v1/conversations?limit=0".to_owned(), "limit"),
        ("/v1/conversations?limit=201".to_owned(), "limit"),
        ("/v1/conversations?limit=ten".to_owned(), "limit"),
        ("/v1/conversations?status=lost".to_owned(), "status"),
        ("/v1/conversations?archived=maybe".to_owned(), "archived"),
        ("/v1/conversations?cursor=e30".to_owned(), "cursor"),
        ("/v1/search".to_owned(), "q"),
        ("/v1/search?q=".to_owned(), "q"),
        (format!("{path}/messages?before=1&after=2"), "before"),
        (format!("{path}/messages?around=x"), "around"),
        (format!("{path}/changes"), "since"),
    ] {
        let answer = trio.ask(&trio.ann, Method::GET, &query, None).await;
        let problem = check(&answer, 422, "invalid");
        assert!(problem["errors"][field].is_array(), "{query}: {problem}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_the_callers_look_the_same() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let message = trio.say(&trio.ann, &path, "secret").await;
    let message = format!("/v1/messages/{}", message["id"].as_str().expect("an id"));
    let mut answers = Vec::new();
    for path in [path.as_str(), &format!("/v1/conversations/{NOBODY}")] {
        let answer = trio.ask(&trio.cy, Method::GET, path, None).await;
        let mut problem = check(&answer, 404, "not_found");
        problem["request_id"].take();
        answers.push(problem);
    }
    assert_eq!(answers[0], answers[1]);
    for path in [
        message.as_str(),
        &format!("{path}/messages"),
        &format!("{path}/members"),
    ] {
        check(
            &trio.ask(&trio.cy, Method::GET, path, None).await,
            404,
            "not_found",
        );
    }
    let send = Some(json!({"body": "x", "client_id": "x"}));
    let answer = trio
        .ask(&trio.cy, Method::POST, &format!("{path}/messages"), send)
        .await;
    check(&answer, 404, "not_found");
    let nobody = json!({"members": [{"user": NOBODY, "part": "x"}]});
    let answer = trio
        .ask(&trio.ann, Method::POST, "/v1/conversations", Some(nobody))
        .await;
    let problem = check(&answer, 422, "invalid");
    assert!(problem["errors"]["members[0].user"].is_array());
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let trio = Trio::new().await;
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/conversations/",
        "/v1/conversations/x/y/z",
        "/v1/conversations/not-a-uuid",
        "/v1/messages/7",
    ] {
        let answer = trio.ask(&trio.ann, Method::GET, path, None).await;
        check(&answer, 404, "not_found");
    }
    for (method, path) in [
        (Method::DELETE, "/v1/me"),
        (Method::PUT, "/v1/conversations"),
    ] {
        check(
            &trio.ask(&trio.ann, method, path, None).await,
            405,
            "method_not_allowed",
        );
    }
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let query_rate = Rate {
        per_second: 0.5,
        burst: 2.0,
    };
    let limits = Limits {
        query_rate,
        ..Limits::default()
    };
    let trio = Trio::with(AppProfile::default(), limits).await;
    for _ in 0..2 {
        trio.get(&trio.ann, "/v1/conversations").await;
    }
    let answer = trio
        .ask(&trio.ann, Method::GET, "/v1/conversations", None)
        .await;
    let problem = check(&answer, 429, "too_many_requests");
    assert_eq!(answer.headers["retry-after"], "2");
    assert_eq!(problem["retryable"], true);
    trio.get(&trio.bo, "/v1/conversations").await;
}

#[tokio::test]
async fn the_documents_are_served() {
    let trio = Trio::new().await;
    for (path, version, expected) in [
        ("/v1/openapi.json", "openapi", "3.1.0"),
        ("/v1/asyncapi.json", "asyncapi", "3.0.0"),
    ] {
        let request = Request::builder()
            .uri(path)
            .body(Body::empty())
            .expect("a request");
        let answer = trio.world.ask(request).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()[version], expected);
    }
}
