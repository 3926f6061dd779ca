//! Requests on the native socket whose fields are of the wrong type, missing, too long or too many.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Outcome;
use super::world::World;

/// One of each type of JSON.
fn samples() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(7),
        json!(-1.5),
        json!(1e300),
        json!("words"),
        json!([]),
        json!(["words"]),
        json!([7]),
        json!({}),
        json!({ "words": "words" }),
    ]
}

/// Whether a sample is of a type that the field has.
type Fits = fn(&Value) -> bool;

const TEXT: Fits = Value::is_string;
/// No sample is a UUID.
const UUID: Fits = |_| false;
const OPTIONAL_UUID: Fits = Value::is_null;
/// No sample is a list of UUIDs but the empty one.
const UUIDS: Fits = |value| value == &json!([]);
const OPTIONAL_UUIDS: Fits = |value| value.is_null() || UUIDS(value);
const INTEGER: Fits = |value| value.is_i64();
const OPTIONAL_INTEGER: Fits = |value| value.is_null() || INTEGER(value);
/// No sample is one of the kinds.
const KIND: Fits = |_| false;
/// No sample names a conversation.
const REVISIONS: Fits = |value| value == &json!({});

/// A type of request, good data for it, and fields of it with their types.
type Example = (&'static str, Value, Vec<(&'static str, Fits)>);

/// All types of requests.
fn requests(conversation: Uuid, message: &Value) -> Vec<Example> {
    let send = json!({
        "conversation": conversation, "body": "hello", "client_id": "hello", "kind": "text",
        "attachments": [], "reply_to": null,
    });
    let send_fields = vec![
        ("conversation", UUID),
        ("body", TEXT),
        ("client_id", TEXT),
        ("kind", KIND),
        ("attachments", UUIDS),
        ("reply_to", OPTIONAL_UUID),
    ];
    let here = json!({ "conversation": conversation });
    let reaction = json!({ "message": message, "emoji": "👍" });
    let react = vec![("message", UUID), ("emoji", TEXT)];
    let read = json!({ "conversation": conversation, "seq": 1 });
    let resume = json!({ "epoch": Uuid::nil(), "conversations": {} });
    vec![
        ("message.send", send, send_fields),
        (
            "message.edit",
            json!({ "message": message, "body": "b" }),
            vec![("message", UUID), ("body", TEXT)],
        ),
        (
            "message.delete",
            json!({ "message": message }),
            vec![("message", UUID)],
        ),
        ("reaction.add", reaction.clone(), react.clone()),
        ("reaction.remove", reaction, react),
        (
            "receipt.mark_read",
            read.clone(),
            vec![("conversation", UUID), ("seq", OPTIONAL_INTEGER)],
        ),
        (
            "receipt.mark_read",
            json!({ "conversation": conversation, "messages": [] }),
            vec![("messages", OPTIONAL_UUIDS)],
        ),
        (
            "receipt.mark_delivered",
            read,
            vec![("conversation", UUID), ("seq", INTEGER)],
        ),
        ("typing.start", here.clone(), vec![("conversation", UUID)]),
        ("typing.stop", here, vec![("conversation", UUID)]),
        (
            "session.resume",
            resume,
            vec![("epoch", UUID), ("conversations", REVISIONS)],
        ),
    ]
}

#[tokio::test]
async fn every_field_of_every_request_refuses_every_wrong_type() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let message = world.send(&world.bo, world.place, "about this").await?["id"].clone();
    let before = world.snapshot().await?;
    for (kind, good, fields) in requests(world.place.uuid, &message) {
        for (field, fits) in fields {
            for sample in samples().into_iter().filter(|sample| !fits(sample)) {
                let mut data = good.clone();
                data[field] = sample;
                let problem = socket.refused(kind, data.clone()).await?;
                assert_eq!(problem.code, "invalid", "{kind} {data}: {problem}");
            }
        }
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn data_that_is_no_object_is_refused() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let message = world.send(&world.bo, world.place, "about this").await?["id"].clone();
    let before = world.snapshot().await?;
    for (kind, good, _) in requests(world.place.uuid, &message) {
        // The fields of the good request in their order: no object all the same.
        let fields: Vec<&Value> = good
            .as_object()
            .into_iter()
            .flat_map(|data| data.values())
            .collect();
        let lists = [json!(fields), json!([world.place.uuid, "hello", "hello"])];
        let wrong = samples()
            .into_iter()
            .filter(|sample| !sample.is_object())
            .chain(lists);
        for data in wrong {
            let problem = socket.refused(kind, data.clone()).await?;
            let refused = ["malformed", "invalid"].contains(&problem.code.as_str());
            assert!(refused, "{kind} {data}: {problem}");
        }
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn a_missing_field_is_named() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    for (kind, data, field) in [
        (
            "message.send",
            json!({ "body": "a", "client_id": "a" }),
            "conversation",
        ),
        (
            "message.send",
            json!({ "conversation": world.place.uuid, "body": "a" }),
            "client_id",
        ),
        (
            "message.send",
            json!({ "conversation": world.place.uuid, "client_id": "a" }),
            "body",
        ),
        (
            "receipt.mark_read",
            json!({ "conversation": world.place.uuid }),
            "seq",
        ),
    ] {
        let problem = socket.refused(kind, data).await?;
        assert_eq!(problem.code, "invalid", "{problem}");
        assert!(problem.detail.contains(field), "{problem}");
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn what_is_blank_or_too_long_is_refused() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    let send = |changes: Value| {
        let mut data = json!({
            "conversation": world.place.uuid, "body": "hello", "client_id": "hello",
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        data
    };
    let ids: Vec<Uuid> = (0..11).map(Uuid::from_u128).collect();
    for wish in [
        json!({ "body": "" }),
        json!({ "body": " \t\n\u{a0}\u{2003}" }),
        json!({ "body": "x".repeat(200_001) }),
        json!({ "client_id": "" }),
        json!({ "client_id": "x".repeat(129) }),
        json!({ "metadata": { "pad": "x".repeat(64 * 1024) } }),
        json!({ "attachments": ids }),
        json!({ "kind": "system" }),
        json!({ "kind": "payment" }),
    ] {
        let problem = socket.refused("message.send", send(wish)).await?;
        assert!(
            ["invalid", "forbidden"].contains(&problem.code.as_str()),
            "{problem}"
        );
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn half_a_character_is_refused() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    let place = world.place.uuid;
    for body in [r"\ud800", r"\udc00", r"\ud800\ud800", r"\ud83d text"] {
        let text = format!(
            r#"{{"id": 1, "type": "message.send", "data": {{"conversation": "{place}", "client_id": "a", "body": "{body}"}}}}"#
        );
        socket.raw().send_text(text).await?;
        let refused = socket.reply_to(&json!(1)).await?.outcome;
        assert!(refused.is_err(), "{body} became {refused:?}");
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn numbers_out_of_range_change_nothing() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    let texts = [
        "-1",
        "0",
        "1e400",
        "99999999999999999999",
        "-9223372036854775808",
        "1.0",
    ];
    for seq in texts {
        for kind in ["receipt.mark_read", "receipt.mark_delivered"] {
            let place = world.place.uuid;
            let text = format!(
                r#"{{"id": "n", "type": "{kind}", "data": {{"conversation": "{place}", "seq": {seq}}}}}"#
            );
            socket.raw().send_text(text).await?;
            let id = if seq == "1e400" {
                Value::Null
            } else {
                json!("n")
            };
            // Whether it is refused or marks nothing is its own affair.
            let answered = socket.raw().next().await;
            assert!(
                matches!(
                    answered,
                    parlance_testkit::client::socket::Incoming::Text(_)
                ),
                "{kind} {seq} ({id}): {answered:?}"
            );
        }
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}
