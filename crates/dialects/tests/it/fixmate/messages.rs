//! Sending, history and search.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, StatusCode};
use parlance_core::app::AppProfile;
use parlance_core::limits::{Limits, Rate};
use serde_json::{Value, json};

use super::Pair;
use crate::world::{Answer, World, request};

fn contents(answer: &Answer) -> Vec<String> {
    let all = answer.json();
    let all = all.as_array().expect("a bare array").iter();
    all.map(|m| m["content"].as_str().expect("a text").to_owned())
        .collect()
}

async fn raw(pair: &Pair, path: &str, declared: &str, body: &'static str) -> Answer {
    let request = request(Method::POST, path)
        .header(AUTHORIZATION, format!("Token {}", pair.ann_token))
        .header(CONTENT_TYPE, declared)
        .body(Body::from(body));
    pair.world.ask(request.expect("a request")).await
}

#[tokio::test]
async fn any_text_comes_back_unchanged_but_for_nul() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let long = "ä".repeat(10_000);
    let texts = [
        " <b>&\"'</b>\n ",
        "\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd} 👩‍🔧",
        long.as_str(),
    ];
    for text in texts {
        assert_eq!(pair.say(id, text).await["content"], text);
    }
    assert_eq!(pair.say(id, "a\0b").await["content"], "ab");
    let path = format!("/api/chat/conversations/{id}/messages/");
    let history = contents(&pair.bo(Method::GET, &path, None).await);
    assert_eq!(history[..3], texts);
}

#[tokio::test]
async fn bad_messages_are_refused_and_not_stored() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let path = format!("/api/chat/conversations/{id}/send_message/");
    let rows = [
        (json!({}), "This field is required."),
        (json!({ "content": null }), "This field may not be null."),
        (json!({ "content": "\0 " }), "This field may not be blank."),
        (json!({ "content": {} }), "Not a valid string."),
    ];
    for (body, text) in rows {
        let answer = pair.ann(Method::POST, &path, Some(body)).await;
        let expected = json!({ "content": [text] });
        assert_eq!(
            (answer.status, answer.json()),
            (StatusCode::BAD_REQUEST, expected)
        );
    }
    let broken = raw(&pair, &path, "application/json", "{not json").await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert!(
        broken.json()["detail"]
            .as_str()
            .expect("a text")
            .starts_with("JSON parse error - ")
    );
    let text = raw(&pair, &path, "text/plain", "hi").await;
    assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let form = raw(
        &pair,
        &path,
        "application/x-www-form-urlencoded",
        "content=%20%20",
    )
    .await;
    assert_eq!(
        form.json(),
        json!({ "content": ["This field may not be blank."] })
    );
    let wrong = pair.ann(Method::GET, &path, None).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    let history = format!("/api/chat/conversations/{id}/messages/");
    assert_eq!(
        pair.ann(Method::GET, &history, None).await.json(),
        json!([])
    );
}

#[tokio::test]
async fn numbers_are_texts_and_forms_pass() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let path = format!("/api/chat/conversations/{id}/send_message/");
    let number = pair
        .ann(Method::POST, &path, Some(json!({ "content": 42 })))
        .await;
    assert_eq!(number.json()["content"], "42");
    let form = raw(
        &pair,
        &path,
        "application/x-www-form-urlencoded",
        "content=a+%26+b",
    )
    .await;
    assert_eq!(
        (form.status, &form.json()["content"]),
        (StatusCode::OK, &json!("a & b"))
    );
}

#[tokio::test]
async fn an_idempotency_key_stores_a_message_once() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let path = format!("/api/chat/conversations/{id}/send_message/");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = request(Method::POST, &path)
            .header(AUTHORIZATION, format!("Token {}", pair.ann_token))
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", "k1")
            .body(Body::from(r#"{"content":"once"}"#));
        let answer = pair.world.ask(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK);
        ids.push(answer.json()["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_history_is_paged_back_and_searched() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    for text in ["red paint", "50% off", "blue PAINT", "a_b", "ladder"] {
        pair.say(id, text).await;
    }
    let ask = async |query: &str| {
        let path = format!("/api/chat/conversations/{id}/messages/{query}");
        pair.bo(Method::GET, &path, None).await
    };
    let newest = ask("?limit=2").await;
    assert_eq!(contents(&newest), ["a_b", "ladder"]);
    let before = newest.json()[0]["id"].clone();
    let page = ask(&format!("?limit=2&before={before}")).await;
    assert_eq!(contents(&page), ["50% off", "blue PAINT"]);
    assert_eq!(contents(&ask(&format!("?before={before}")).await).len(), 3);
    assert_eq!(contents(&ask("?limit=100000").await).len(), 5);
    assert_eq!(
        contents(&ask("?search=PAINT").await),
        ["red paint", "blue PAINT"]
    );
    assert_eq!(
        contents(&ask("?search=paint&limit=1").await),
        ["blue PAINT"]
    );
    assert_eq!(contents(&ask("?search=%25").await), ["50% off"]);
    assert_eq!(contents(&ask("?search=_").await), ["a_b"]);
    assert_eq!(contents(&ask("?search=").await).len(), 5);
    for bad in [
        "?limit=x",
        "?limit=0",
        "?limit=-1",
        "?before=x",
        "?before=1.5",
    ] {
        assert_eq!(ask(bad).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let everywhere = pair
        .ann(Method::GET, "/api/chat/search/?q=ladder", None)
        .await;
    assert_eq!(contents(&everywhere), ["ladder"]);
    let empty = pair.ann(Method::GET, "/api/chat/search/", None).await;
    assert_eq!(empty.json(), json!({ "q": ["This field is required."] }));
}

#[tokio::test]
async fn strangers_find_nothing() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let message = pair.say(id, "secret").await["id"].clone();
    let stranger = pair.world.user("cy", "customer").await;
    let token = pair.world.token(&stranger).await;
    let rows = [
        (Method::GET, format!("/api/chat/conversations/{id}/")),
        (Method::DELETE, format!("/api/chat/conversations/{id}/")),
        (
            Method::GET,
            format!("/api/chat/conversations/{id}/messages/"),
        ),
        (
            Method::GET,
            format!("/api/chat/conversations/{id}/messages/?limit=x"),
        ),
        (
            Method::GET,
            format!("/api/chat/conversations/{id}/messages/?search=secret"),
        ),
        (
            Method::POST,
            format!("/api/chat/conversations/{id}/send_message/"),
        ),
        (Method::GET, format!("/api/chat/messages/{message}/")),
        (Method::GET, "/api/chat/conversations/abc/".to_owned()),
        (Method::GET, "/api/chat/messages/abc/".to_owned()),
    ];
    for (method, path) in rows {
        let answer = pair
            .world
            .as_user(&token, method.clone(), &path, None)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        assert!(answer.json()["detail"].is_string(), "{method} {path}");
    }
    let found = pair
        .world
        .as_user(&token, Method::GET, "/api/chat/search/?q=secret", None)
        .await;
    assert_eq!(found.json(), json!([]));
    let all = pair
        .world
        .as_user(&token, Method::GET, "/api/chat/messages/", None)
        .await;
    assert_eq!(all.json(), json!([]));
}

#[tokio::test]
async fn messages_stay_as_they_are() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let message = pair.say(id, "one").await;
    let path = format!("/api/chat/messages/{}/", message["id"]);
    assert_eq!(pair.bo(Method::GET, &path, None).await.json(), message);
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = pair
            .ann(method.clone(), &path, Some(json!({ "content": "x" })))
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        let text = format!("Method \"{method}\" not allowed.");
        assert_eq!(answer.json(), json!({ "detail": text }));
    }
    let head = pair.bo(Method::HEAD, &path, None).await;
    assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn a_flood_is_throttled_with_the_time_to_wait() {
    let limits = Limits {
        send_rate: Rate {
            per_second: 0.5,
            burst: 2.0,
        },
        ..Limits::default()
    };
    let world = World::with("fixmate", AppProfile::default(), limits).await;
    let pair = Pair::of(world).await;
    let id = pair.start().await;
    let path = format!("/api/chat/conversations/{id}/send_message/");
    let send = async || {
        pair.ann(Method::POST, &path, Some(json!({ "content": "x" })))
            .await
    };
    assert_eq!(send().await.status, StatusCode::OK);
    assert_eq!(send().await.status, StatusCode::OK);
    let refused = send().await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = refused.headers["retry-after"]
        .to_str()
        .expect("ASCII")
        .parse()
        .expect("s");
    assert!((1..=2).contains(&seconds), "{seconds}");
    assert!(matches!(refused.json()["detail"], Value::String(_)));
}
