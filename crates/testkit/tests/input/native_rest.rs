//! Requests of the native REST API that cannot be read, or say what does not fit.

use std::fmt::Write as _;

use http::Method;
use http::header::CONTENT_TYPE;
use parlance_testkit::client::rest::Answer;
use serde_json::{Value, json};

use super::Outcome;
use super::frames::{NO_OBJECT, NO_UTF8, NOT_JSON, deep};
use super::world::World;

/// A problem object with this code, and the status that goes with it.
fn is_problem(answer: &Answer, codes: &[&str]) -> bool {
    let problem = answer.json();
    let code = problem["code"].as_str().unwrap_or_default();
    codes.contains(&code)
        && answer
            .header(&CONTENT_TYPE)
            .starts_with("application/problem+json")
        && problem["status"] == answer.status.as_u16()
        && problem["request_id"]
            .as_str()
            .is_some_and(|id| !id.is_empty())
        && problem["type"] == format!("urn:parlance:problem:{code}")
}

/// Routes that take a document, below a conversation.
const WITH_DOCUMENT: &[(&str, &str)] = &[
    ("POST", "/messages"),
    ("POST", "/read"),
    ("POST", "/delivered"),
    ("POST", "/typing"),
    ("POST", "/members"),
    ("PATCH", "/membership"),
    ("PATCH", ""),
];

#[tokio::test]
async fn bodies_that_are_no_json_objects_are_refused_by_every_route() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let rest = world.rest(&world.bo);
    let deep = deep(10_000);
    let texts = NOT_JSON
        .iter()
        .map(|text| text.as_bytes())
        .chain([deep.as_bytes()])
        .chain(NO_UTF8.iter().copied());
    for (method, below) in WITH_DOCUMENT {
        let path = format!("/v1/conversations/{}{below}", world.place.uuid);
        for text in texts.clone() {
            let method = Method::from_bytes(method.as_bytes())?;
            let answer = rest
                .send(method, &path, "application/json", text.to_vec().into())
                .await?;
            // A field may be missing before the syntax breaks.
            let refused = is_problem(&answer, &["malformed", "invalid"]);
            assert!(
                refused,
                "{path} {:?}: {}",
                String::from_utf8_lossy(&text[..text.len().min(60)]),
                answer.text()
            );
        }
    }
    // In two turns, so that the rates do not answer instead.
    let rest = world.rest(&world.ann);
    for (method, below) in WITH_DOCUMENT {
        let path = format!("/v1/conversations/{}{below}", world.place.uuid);
        for text in NO_OBJECT {
            let method = Method::from_bytes(method.as_bytes())?;
            let answer = rest
                .send(method, &path, "application/json", (*text).into())
                .await?;
            assert!(
                is_problem(&answer, &["malformed", "invalid"]),
                "{path} {text}: {}",
                answer.text()
            );
        }
    }
    world.unchanged_since(&before).await?;
    world.send(&world.bo, world.place, "a good one").await?;
    Ok(world.was_stored("a good one").await?)
}

#[tokio::test]
async fn fields_of_the_wrong_type_are_named() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let rest = world.rest(&world.bo);
    let place = format!("/v1/conversations/{}", world.place.uuid);
    let bo = world.bo.uuid;
    for (method, path, document, field) in [
        (
            Method::POST,
            format!("{place}/messages"),
            json!({ "client_id": "a" }),
            "body",
        ),
        (
            Method::POST,
            format!("{place}/messages"),
            json!({ "body": 7, "client_id": "a" }),
            "body",
        ),
        (
            Method::POST,
            format!("{place}/messages"),
            json!({ "body": ["a"], "client_id": "a" }),
            "body",
        ),
        (
            Method::POST,
            format!("{place}/messages"),
            json!({ "body": "a" }),
            "client_id",
        ),
        (
            Method::POST,
            format!("{place}/messages"),
            json!({ "body": "a", "client_id": 7 }),
            "client_id",
        ),
        (
            Method::POST,
            format!("{place}/messages"),
            json!({ "body": "a", "client_id": "a", "kind": "none" }),
            "kind",
        ),
        (
            Method::POST,
            format!("{place}/messages"),
            json!({ "body": "a", "client_id": "a", "attachments": "x" }),
            "attachments",
        ),
        (
            Method::POST,
            format!("{place}/messages"),
            json!({ "body": "a", "client_id": "a", "reply_to": "x" }),
            "reply_to",
        ),
        (Method::POST, format!("{place}/read"), json!({}), "seq"),
        (
            Method::POST,
            format!("{place}/read"),
            json!({ "seq": "1" }),
            "seq",
        ),
        (
            Method::POST,
            format!("{place}/read"),
            json!({ "messages": 1 }),
            "messages",
        ),
        (Method::POST, format!("{place}/delivered"), json!({}), "seq"),
        (
            Method::POST,
            format!("{place}/typing"),
            json!({ "typing": "yes" }),
            "typing",
        ),
        (
            Method::POST,
            format!("{place}/members"),
            json!({ "user": "bo", "part": "a" }),
            "user",
        ),
        (
            Method::PATCH,
            format!("{place}/membership"),
            json!({ "muted": "yes" }),
            "muted",
        ),
        (
            Method::PATCH,
            place.clone(),
            json!({ "status": "exploded" }),
            "status",
        ),
        (Method::PATCH, place.clone(), json!({ "title": 7 }), "title"),
        (
            Method::PATCH,
            place.clone(),
            json!({ "title": "x".repeat(501) }),
            "title",
        ),
        (
            Method::POST,
            "/v1/conversations".to_owned(),
            json!({ "members": "bo" }),
            "members",
        ),
        (
            Method::POST,
            "/v1/conversations".to_owned(),
            json!({ "members": [{ "user": bo }] }),
            "members",
        ),
        (
            Method::POST,
            "/v1/conversations".to_owned(),
            json!({ "members": [], "kind": "party" }),
            "kind",
        ),
    ] {
        let answer = rest.document(method.clone(), &path, &document).await?;
        assert!(
            is_problem(&answer, &["invalid"]),
            "{method} {path} {document}: {}",
            answer.text()
        );
        let named = answer.json()["errors"]
            .as_object()
            .is_some_and(|errors| errors.keys().any(|name| name.starts_with(field)));
        assert!(named, "{method} {path} {document}: {}", answer.text());
    }
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn addresses_that_name_nothing_are_refused() -> Outcome {
    let world = World::start().await?;
    let rest = world.rest(&world.bo);
    let place = world.place.uuid;
    for (path, codes) in [
        ("/v1/".to_owned(), &["not_found"][..]),
        ("/v1/nothing".to_owned(), &["not_found"]),
        ("/v1/conversations/7".to_owned(), &["not_found"]),
        ("/v1/conversations/%00".to_owned(), &["not_found"]),
        (
            "/v1/conversations/%ff".to_owned(),
            &["not_found", "invalid", "malformed"],
        ),
        (format!("/v1/conversations/{place}x"), &["not_found"]),
        (format!("/v1/conversations/{place}/nothing"), &["not_found"]),
        ("/v1/messages/first".to_owned(), &["not_found"]),
        ("/v1/conversations?limit=many".to_owned(), &["invalid"]),
        ("/v1/conversations?limit=-1".to_owned(), &["invalid"]),
        ("/v1/conversations?cursor=x".to_owned(), &["invalid"]),
        (
            "/v1/conversations?cursor=%00%ff".to_owned(),
            &["invalid", "malformed"],
        ),
        ("/v1/conversations?status=exploded".to_owned(), &["invalid"]),
        (
            "/v1/conversations?archived=perhaps".to_owned(),
            &["invalid"],
        ),
        (
            format!("/v1/conversations/{place}/messages?before=x"),
            &["invalid"],
        ),
        (
            format!("/v1/conversations/{place}/messages?before=1&after=1"),
            &["invalid"],
        ),
        (
            format!("/v1/conversations/{place}/changes?since=x"),
            &["invalid"],
        ),
        ("/v1/search".to_owned(), &["invalid"]),
        ("/v1/search?q=a&conversation=x".to_owned(), &["invalid"]),
    ] {
        let answer = rest.get(&path).await?;
        assert!(
            is_problem(&answer, codes),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
    }
    for (method, path) in [
        (Method::DELETE, "/v1/me".to_owned()),
        (Method::PUT, "/v1/conversations".to_owned()),
        (
            Method::DELETE,
            format!("/v1/conversations/{place}/messages"),
        ),
        (Method::GET, "/v1/uploads".to_owned()),
    ] {
        let answer = rest.document(method.clone(), &path, &Value::Null).await?;
        assert!(
            is_problem(&answer, &["method_not_allowed"]),
            "{method} {path}: {} {}",
            answer.status,
            answer.text()
        );
    }
    Ok(())
}

#[tokio::test]
async fn search_takes_any_words_as_words() -> Outcome {
    let world = World::start().await?;
    let rest = world.rest(&world.bo);
    for words in [
        "\"", "*", "a*", "AND", "NEAR(", "col:a", "'", "%", "_", "-first", "^first", "(", "\u{0}",
        "a OR", "{first}", "🙂", ";DROP",
    ] {
        let mut path = "/v1/search?q=".to_owned();
        for byte in words.bytes() {
            write!(path, "%{byte:02x}")?;
        }
        let answer = rest.get(&path).await?;
        let fine = answer.status == 200 || is_problem(&answer, &["invalid"]);
        assert!(fine, "{words:?}: {} {}", answer.status, answer.text());
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let path = format!("/v1/conversations/{}/messages", world.place.uuid);
    let document = json!({ "body": "x".repeat(5 * 1024 * 1024), "client_id": "a" });
    let answer = world.rest(&world.bo).post(&path, &document).await?;
    assert!(
        is_problem(&answer, &["too_large"]),
        "{} {}",
        answer.status,
        answer.text()
    );
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn another_content_type_is_refused() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let path = format!("/v1/conversations/{}/messages", world.place.uuid);
    let document = json!({ "body": "a", "client_id": "a" }).to_string();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
    ] {
        let answer = world
            .rest(&world.bo)
            .send(Method::POST, &path, content_type, document.clone().into())
            .await?;
        assert!(
            is_problem(&answer, &["unsupported_media"]),
            "{content_type}: {} {}",
            answer.status,
            answer.text()
        );
    }
    Ok(world.unchanged_since(&before).await?)
}
