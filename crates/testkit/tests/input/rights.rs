//! What is not theirs: unknown ids, ids of another app, and strangers, over REST and on the socket.

use http::Method;
use parlance_testkit::client::operator::{Person, Place};
use parlance_testkit::client::rest::{Rest, UploadFile};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::World;
use super::{Outcome, pictures};

/// Ids that somebody puts into requests without a right to them.
struct Named {
    conversation: Uuid,
    message: Uuid,
    user: Uuid,
}

fn uuid(document: &Value) -> Uuid {
    document["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .unwrap_or_default()
}

/// Every request that names a conversation or a message is answered with `not_found`.
async fn knows_nothing(world: &World, person: &Person, named: &Named) -> Outcome {
    let Named {
        conversation,
        message,
        user,
    } = named;
    let mut socket = world.native(person).await?;
    for (kind, data) in [
        (
            "message.send",
            json!({ "conversation": conversation, "body": "a", "client_id": "a" }),
        ),
        (
            "message.edit",
            json!({ "message": message, "body": "mine now" }),
        ),
        ("message.delete", json!({ "message": message })),
        ("reaction.add", json!({ "message": message, "emoji": "👍" })),
        (
            "reaction.remove",
            json!({ "message": message, "emoji": "👍" }),
        ),
        (
            "receipt.mark_read",
            json!({ "conversation": conversation, "seq": 1 }),
        ),
        (
            "receipt.mark_read",
            json!({ "conversation": conversation, "messages": [message] }),
        ),
        (
            "receipt.mark_delivered",
            json!({ "conversation": conversation, "seq": 1 }),
        ),
        ("typing.start", json!({ "conversation": conversation })),
        ("typing.stop", json!({ "conversation": conversation })),
    ] {
        let problem = socket.refused(kind, data).await?;
        assert_eq!(
            (problem.code.as_str(), problem.status),
            ("not_found", 404),
            "{kind}"
        );
    }
    let epoch = socket.epoch();
    let resume = json!({ "epoch": epoch, "conversations": { conversation.to_string(): 0 } });
    let resumed = socket.call("session.resume", resume).await?;
    assert_eq!(resumed["removed"], json!([conversation]));
    let told = resumed["conversations"].to_string();
    assert!(!told.contains(&conversation.to_string()), "{told}");

    let rest = world.rest(person);
    let at = format!("/v1/conversations/{conversation}");
    for (method, path, document) in [
        (Method::GET, at.clone(), Value::Null),
        (Method::PATCH, at.clone(), json!({ "title": "mine now" })),
        (Method::GET, format!("{at}/messages"), Value::Null),
        (
            Method::POST,
            format!("{at}/messages"),
            json!({ "body": "a", "client_id": "a" }),
        ),
        (Method::GET, format!("/v1/messages/{message}"), Value::Null),
        (
            Method::PATCH,
            format!("/v1/messages/{message}"),
            json!({ "body": "mine now" }),
        ),
        (
            Method::DELETE,
            format!("/v1/messages/{message}"),
            Value::Null,
        ),
        (
            Method::PUT,
            format!("/v1/messages/{message}/reactions/x"),
            Value::Null,
        ),
        (
            Method::DELETE,
            format!("/v1/messages/{message}/reactions/x"),
            Value::Null,
        ),
        (Method::POST, format!("{at}/read"), json!({ "seq": 1 })),
        (Method::POST, format!("{at}/delivered"), json!({ "seq": 1 })),
        (
            Method::POST,
            format!("{at}/typing"),
            json!({ "typing": true }),
        ),
        (
            Method::GET,
            format!("{at}/changes?since=0&epoch={epoch}"),
            Value::Null,
        ),
        (Method::GET, format!("{at}/members"), Value::Null),
        (
            Method::POST,
            format!("{at}/members"),
            json!({ "user": person.uuid, "part": "admin" }),
        ),
        (Method::DELETE, format!("{at}/members/{user}"), Value::Null),
        (
            Method::PATCH,
            format!("{at}/membership"),
            json!({ "muted": true }),
        ),
    ] {
        let answer = rest.document(method.clone(), &path, &document).await?;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        assert_eq!(answer.json()["code"], "not_found", "{method} {path}");
    }
    let search = format!("/v1/search?q=first&conversation={conversation}");
    let found = rest.get(&search).await?;
    let nothing = found.status == 404 || found.json()["items"] == json!([]);
    assert!(nothing, "{}", found.text());
    // The socket has survived all of it.
    socket.call("ping", json!({})).await?;
    Ok(())
}

#[tokio::test]
async fn unknown_ids_are_not_found() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    for id in [Uuid::nil(), Uuid::max(), Uuid::now_v7()] {
        let named = Named {
            conversation: id,
            message: id,
            user: id,
        };
        knows_nothing(&world, &world.bo, &named).await?;
    }
    world.unchanged_since(&before).await?;
    let mut socket = world.native(&world.bo).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn ids_of_another_app_are_not_found() -> Outcome {
    let world = World::start().await?;
    let abroad = Rest::new(&world.beta).bearer(&world.foreigner.token);
    let path = format!("/v1/conversations/{}/messages", world.foreign.uuid);
    let message = abroad
        .post(&path, &json!({ "body": "first", "client_id": "a" }))
        .await?;
    let named = Named {
        conversation: world.foreign.uuid,
        message: uuid(&message.success()?),
        user: world.foreigner.uuid,
    };
    let before = world.snapshot().await?;
    knows_nothing(&world, &world.bo, &named).await?;
    world.unchanged_since(&before).await?;
    let mut socket = world.native(&world.bo).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn a_stranger_is_told_nothing_and_changes_nothing() -> Outcome {
    let world = World::start().await?;
    let message = world
        .send(&world.ann, world.place, "between the two of us")
        .await?;
    let named = Named {
        conversation: world.place.uuid,
        message: uuid(&message),
        user: world.bo.uuid,
    };
    let before = world.snapshot().await?;
    let mut listening = world.native(&world.stranger).await?;
    knows_nothing(&world, &world.stranger, &named).await?;
    world.unchanged_since(&before).await?;
    world
        .send(&world.ann, world.place, "still between the two of us")
        .await?;
    world.send(&world.ann, world.square, "to everybody").await?;
    let heard = listening.event("message.created").await?;
    assert_eq!(
        heard.data["body"], "to everybody",
        "the stranger heard something else before"
    );
    let found = world
        .rest(&world.stranger)
        .get("/v1/search?q=between")
        .await?
        .success()?;
    assert_eq!(found["items"], json!([]));
    Ok(())
}

#[tokio::test]
async fn users_of_another_app_cannot_be_brought_in() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let ann = world.rest(&world.ann);
    let members = format!("/v1/conversations/{}/members", world.place.uuid);
    for user in [world.foreigner.uuid, Uuid::nil(), Uuid::now_v7()] {
        let wish = json!({ "user": user, "part": "provider" });
        let answer = ann.post(&members, &wish).await?;
        assert!(answer.status.is_client_error(), "{}", answer.text());
        let answer = ann
            .post("/v1/conversations", &json!({ "members": [wish] }))
            .await?;
        assert!(answer.status.is_client_error(), "{}", answer.text());
    }
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn other_peoples_files_and_messages_cannot_be_attached_or_answered() -> Outcome {
    let world = World::start().await?;
    let png = pictures::png(4, 4);
    let file = UploadFile {
        name: "a.png",
        content_type: "image/png",
        bytes: &png,
    };
    let abroad = Rest::new(&world.beta).bearer(&world.foreigner.token);
    let anns = world
        .rest(&world.ann)
        .upload("/v1/uploads", "file", &file)
        .await?
        .success()?;
    let foreign = abroad
        .upload("/v1/uploads", "file", &file)
        .await?
        .success()?;
    let elsewhere = world.send(&world.ann, world.square, "elsewhere").await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    let wish = |name: &str, value: Value| {
        let mut wish = json!({
            "conversation": world.place.uuid, "body": "with that", "client_id": "with that",
        });
        wish[name] = value;
        wish
    };
    for file in [uuid(&anns), uuid(&foreign), Uuid::now_v7(), Uuid::nil()] {
        let problem = socket
            .refused("message.send", wish("attachments", json!([file])))
            .await?;
        assert_eq!(problem.code, "invalid", "{problem}");
    }
    for message in [uuid(&elsewhere), Uuid::now_v7(), Uuid::nil()] {
        let problem = socket
            .refused("message.send", wish("reply_to", json!(message)))
            .await?;
        assert_eq!(problem.code, "invalid", "{problem}");
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn an_app_key_opens_its_own_app_only() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let Place { uuid, id } = world.foreign;
    for named in [uuid.to_string(), id.to_string()] {
        let path = format!("conversations/{named}");
        for (method, path, document) in [
            (Method::GET, path.clone(), Value::Null),
            (Method::DELETE, path.clone(), Value::Null),
            (
                Method::POST,
                format!("{path}/messages"),
                json!({ "as": "system", "body": "hello" }),
            ),
        ] {
            let answer = world.operator.ask(method.clone(), &path, &document).await?;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        }
    }
    let apps = world
        .operator
        .ask(Method::GET, "apps", &Value::Null)
        .await?;
    assert!(
        [401, 403].contains(&apps.status.as_u16()),
        "{}",
        apps.text()
    );
    Ok(world.unchanged_since(&before).await?)
}
