//! Requests of FixMate's REST API that cannot be read, or name what is not theirs.

use http::Method;
use http::header::CONTENT_TYPE;
use parlance_testkit::client::ClientError;
use parlance_testkit::client::operator::Place;
use parlance_testkit::client::rest::Rest;
use parlance_testkit::client::socket::{Opening, Socket};
use serde_json::{Value, json};

use super::Outcome;
use super::frames::{NO_OBJECT, NO_UTF8, NOT_JSON, deep};
use super::world::World;

#[tokio::test]
async fn bodies_that_are_no_json_objects_are_refused() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let path = format!("/api/chat/conversations/{}/send_message/", world.place.id);
    let deep = deep(10_000);
    let texts = NOT_JSON.iter().chain(NO_OBJECT).map(|text| text.as_bytes());
    for text in texts
        .chain([deep.as_bytes()])
        .chain(NO_UTF8.iter().copied())
    {
        let answer = world
            .fixmate(&world.bo)
            .send(
                Method::POST,
                &path,
                "application/json",
                text.to_vec().into(),
            )
            .await?;
        let shown = String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
        assert_eq!(answer.status, 400, "{shown:?}: {}", answer.text());
        assert!(
            answer.header(&CONTENT_TYPE).starts_with("application/json"),
            "{shown:?}"
        );
        assert!(answer.json().is_object(), "{shown:?}: {}", answer.text());
    }
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn contents_of_the_wrong_type_are_refused() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let path = format!("/api/chat/conversations/{}/send_message/", world.place.id);
    for document in [
        json!({}),
        json!({ "content": null }),
        json!({ "content": "" }),
        json!({ "content": " \n" }),
        json!({ "content": [] }),
        json!({ "content": ["hello"] }),
        json!({ "content": { "a": 1 } }),
        json!({ "content": true }),
        json!({ "content": "x".repeat(200_001) }),
    ] {
        let answer = world.fixmate(&world.bo).post(&path, &document).await?;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.json()["content"].is_array(), "{}", answer.text());
    }
    Ok(world.unchanged_since(&before).await?)
}

/// Every route and socket of a conversation answers as if it were not there.
async fn knows_nothing(world: &World, rest: &Rest, token: &str, named: &str) -> Outcome {
    let at = format!("/api/chat/conversations/{named}/");
    for (method, path, document) in [
        (Method::GET, at.clone(), Value::Null),
        (Method::DELETE, at.clone(), Value::Null),
        (Method::GET, format!("{at}messages/"), Value::Null),
        (
            Method::POST,
            format!("{at}send_message/"),
            json!({ "content": "hello" }),
        ),
    ] {
        let answer = rest.document(method.clone(), &path, &document).await?;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        assert!(
            answer.json()["detail"].is_string(),
            "{method} {path}: {}",
            answer.text()
        );
    }
    let path = format!("/ws/chat/{named}/?token={token}");
    match Socket::open(&world.alpha, &path, Opening::default()).await {
        Err(ClientError::Refused { status, .. }) => assert_eq!(status, 403, "{named}"),
        other => return Err(format!("{named}: the handshake led to {other:?}").into()),
    }
    Ok(())
}

#[tokio::test]
async fn unknown_foreign_and_strange_conversations_are_not_there() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let Place { id: foreign, uuid } = world.foreign;
    let bos = world.fixmate(&world.bo);
    for named in [
        "0",
        "-1",
        "999999",
        "99999999999999999999",
        "one",
        "1e3",
        "%31%27",
        &foreign.to_string(),
        &uuid.to_string(),
    ] {
        knows_nothing(&world, &bos, &world.bo.dialect_token, named).await?;
    }
    let stranger = world.fixmate(&world.stranger);
    let place = world.place.id.to_string();
    knows_nothing(&world, &stranger, &world.stranger.dialect_token, &place).await?;
    let listed = stranger.get("/api/chat/messages/").await?.success()?;
    assert!(
        !listed.to_string().contains("the first message"),
        "{listed}"
    );
    world.unchanged_since(&before).await?;
    world.chat(&world.bo, world.place).await?.close().await;
    Ok(())
}

#[tokio::test]
async fn registration_grants_nothing_and_refuses_junk() -> Outcome {
    let world = World::start().await?;
    let anybody = Rest::new(&world.alpha);
    let path = "/api/auth/users/register/";
    let good = json!({
        "username": "new@example.com", "email": "new@example.com", "password": "long enough to pass",
        "password_confirm": "long enough to pass", "first_name": "New", "last_name": "Comer",
        "user_type": "customer", "phone_number": "+4712345678", "address": "Somewhere 1",
    });
    for (field, value) in [
        ("password_confirm", json!("something else")),
        ("password", json!("short")),
        ("email", json!("no address")),
        ("phone_number", json!("call me")),
        ("username", json!("")),
        ("username", json!(null)),
        ("username", json!(["a"])),
        ("user_type", json!("emperor")),
    ] {
        let mut document = good.clone();
        document[field] = value.clone();
        if field == "password" {
            document["password_confirm"] = value.clone();
        }
        let answer = anybody.post(path, &document).await?;
        assert_eq!(answer.status, 400, "{field} {value}: {}", answer.text());
    }
    for text in NOT_JSON.iter().chain(NO_OBJECT) {
        let answer = anybody
            .send(Method::POST, path, "application/json", (*text).into())
            .await?;
        assert_eq!(answer.status, 400, "{text:?}: {}", answer.text());
    }
    let mut admin = good.clone();
    admin["is_staff"] = json!(true);
    admin["is_superuser"] = json!(true);
    let answer = anybody.post(path, &admin).await?;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let token = answer.json()["token"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let newcomer =
        Rest::new(&world.alpha).header(&http::header::AUTHORIZATION, &format!("Token {token}"));
    knows_nothing(&world, &newcomer, &token, &world.place.id.to_string()).await
}
