//! Frames on the native socket that are no requests.

use parlance_testkit::client::ClientError;
use parlance_testkit::client::native::{NativeSocket, Problem};
use serde_json::{Value, json};

use super::Outcome;
use super::frames::{FRAME_BYTES, NO_OBJECT, NO_UTF8, NOT_JSON, deep, padded};
use super::world::World;

/// Sends a text that has to be refused under this id.
async fn refusal(socket: &mut NativeSocket, text: &str, id: Value) -> Result<Problem, ClientError> {
    socket.raw().send_text(text).await?;
    match socket.reply_to(&id).await?.outcome {
        Err(problem) => Ok(problem),
        Ok(answer) => Err(ClientError::Unexpected(format!(
            "{text} was answered with {answer}"
        ))),
    }
}

async fn all_malformed(texts: &[&str]) -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    for text in texts {
        let problem = refusal(&mut socket, text, Value::Null).await?;
        assert_eq!(
            (problem.code.as_str(), problem.status),
            ("malformed", 400),
            "{text:?}"
        );
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn what_is_not_json_is_malformed() -> Outcome {
    all_malformed(NOT_JSON).await
}

#[tokio::test]
async fn json_that_is_no_object_is_malformed() -> Outcome {
    all_malformed(NO_OBJECT).await
}

#[tokio::test]
async fn a_frame_without_a_usable_id_or_type_is_malformed() -> Outcome {
    all_malformed(&[
        "{}",
        r#"{"type": "ping"}"#,
        r#"{"id": null, "type": "ping"}"#,
        r#"{"id": true, "type": "ping"}"#,
        r#"{"id": [1], "type": "ping"}"#,
        r#"{"id": {}, "type": "ping"}"#,
        r#"{"id": 1}"#,
        r#"{"id": 1, "type": null}"#,
        r#"{"id": 1, "type": 7}"#,
        r#"{"id": 1, "type": ["ping"]}"#,
        r#"{"id": 1, "id": 2, "type": "ping"}"#,
    ])
    .await
}

#[tokio::test]
async fn an_unknown_type_is_refused_under_its_id() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    for kind in [
        "",
        "message.explode",
        "MESSAGE.SEND",
        "message.created",
        "message.send ",
        "../ping",
    ] {
        let text = json!({ "id": "mine", "type": kind, "data": {} }).to_string();
        let problem = refusal(&mut socket, &text, json!("mine")).await?;
        assert_eq!(problem.code, "invalid", "{kind:?}");
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn ten_thousand_nested_arrays_are_malformed() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    let deep = deep(10_000);
    let problem = refusal(&mut socket, &deep, Value::Null).await?;
    assert_eq!(problem.code, "malformed");
    let place = world.place.uuid;
    let fields = [
        format!(
            r#"{{"conversation": "{place}", "body": "a", "client_id": "a", "metadata": {deep}}}"#
        ),
        format!(r#"{{"conversation": "{place}", "body": {deep}, "client_id": "a"}}"#),
        deep.clone(),
    ];
    for data in fields {
        let text = format!(r#"{{"id": 1, "type": "message.send", "data": {data}}}"#);
        let problem = refusal(&mut socket, &text, json!(1)).await?;
        assert!(
            ["malformed", "invalid"].contains(&problem.code.as_str()),
            "{problem}"
        );
    }
    world.unchanged_since(&before).await?;
    // Unknown fields are ignored, whatever is in them.
    let text = format!(r#"{{"id": 2, "type": "ping", "unknown": {deep}}}"#);
    socket.raw().send_text(text).await?;
    assert!(socket.reply_to(&json!(2)).await?.outcome.is_ok());
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn a_binary_frame_is_malformed() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let before = world.snapshot().await?;
    let wish = json!({ "id": 1, "type": "message.send", "data": {
        "conversation": world.place.uuid, "body": "binary", "client_id": "binary",
    }});
    for bytes in [wish.to_string().into_bytes(), Vec::new(), vec![0xff; 1000]] {
        socket.raw().send_binary(bytes).await?;
        let reply = socket.reply_to(&Value::Null).await?;
        assert_eq!(reply.outcome.unwrap_err().code, "malformed");
    }
    world.unchanged_since(&before).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn a_frame_of_exactly_1_mib_passes() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let text = padded(
        r#"{"id": "big", "type": "ping", "pad": ""#,
        r#""}"#,
        FRAME_BYTES,
    );
    assert_eq!(text.len(), FRAME_BYTES);
    socket.raw().send_text(text).await?;
    assert!(socket.reply_to(&json!("big")).await?.outcome.is_ok());
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn a_frame_of_1_mib_and_a_byte_closes_the_socket() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let place = world.place.uuid;
    let head = format!(
        r#"{{"id": 1, "type": "message.send", "data": {{"conversation": "{place}", "client_id": "big", "body": ""#
    );
    let text = padded(&head, r#""}}"#, FRAME_BYTES + 1);
    let mut whole = world.native(&world.bo).await?;
    whole.raw().send_text(text.as_str()).await?;
    assert_eq!(whole.ended().await?, Some(1009));
    // The same in two frames, of which neither is too large.
    let (first, rest) = text.split_at(FRAME_BYTES / 2);
    let mut parts = world.native(&world.bo).await?;
    parts.raw().send_raw_text(first.to_owned(), false).await?;
    parts.raw().send_continuation(rest.to_owned(), true).await?;
    assert_eq!(parts.ended().await?, Some(1009));
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn a_text_frame_that_is_not_utf8_closes_the_socket() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    for bytes in NO_UTF8 {
        let mut socket = world.native(&world.bo).await?;
        socket.raw().send_raw_text(*bytes, true).await?;
        assert_eq!(socket.ended().await?, Some(1007), "{bytes:?}");
    }
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn requests_before_authentication_are_refused() -> Outcome {
    use parlance_testkit::client::native::PATH;
    use parlance_testkit::client::socket::{Incoming, Opening, Socket};
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let mut socket = Socket::open(&world.alpha, PATH, Opening::default()).await?;
    let wish = json!({ "id": 1, "type": "message.send", "data": {
        "conversation": world.place.uuid, "body": "anonymous", "client_id": "anonymous",
    }});
    socket.send_text(wish.to_string()).await?;
    let Incoming::Text(answer) = socket.next().await else {
        return Err("no answer".into());
    };
    let answer: Value = serde_json::from_str(&answer)?;
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!(1), &json!("unauthenticated"))
    );
    Ok(world.unchanged_since(&before).await?)
}
