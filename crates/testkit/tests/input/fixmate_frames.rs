//! Frames on FixMate's sockets that are no frames of its contract.

use parlance_testkit::client::ClientError;
use parlance_testkit::client::socket::{Incoming, Opening, Socket};
use serde_json::{Value, json};

use super::Outcome;
use super::frames::{FRAME_BYTES, NO_OBJECT, NO_UTF8, NOT_JSON, deep, padded};
use super::world::World;

async fn next(socket: &mut Socket) -> Result<Value, ClientError> {
    match socket.next().await {
        Incoming::Text(text) => Ok(serde_json::from_str(&text).unwrap_or(Value::Null)),
        other => Err(ClientError::Unexpected(format!(
            "{other:?} instead of a frame"
        ))),
    }
}

/// The next frame tells of an error.
async fn is_refused(socket: &mut Socket, what: &str) -> Outcome {
    let frame = next(socket).await?;
    if frame["type"] == "error" && frame["error"].is_string() {
        return Ok(());
    }
    Err(format!("{what} was answered with {frame}").into())
}

/// A good message is told to everybody as the next frame: nothing came in between.
async fn good_one_passes(world: &World, sender: &mut Socket, other: &mut Socket) -> Outcome {
    let body = "a good message after all that";
    sender
        .send_text(json!({ "type": "chat_message", "message": body }).to_string())
        .await?;
    for socket in [sender, other] {
        let frame = next(socket).await?;
        assert_eq!(
            (&frame["type"], &frame["message"]),
            (&json!("chat_message"), &json!(body))
        );
    }
    Ok(world.was_stored(body).await?)
}

/// Ann's and Bo's sockets, once the opening of both has read everything.
async fn sockets(world: &World) -> Result<(Socket, Socket), ClientError> {
    let anns = world.chat(&world.ann, world.place).await?;
    let mut bos = world.chat(&world.bo, world.place).await?;
    // Bo's `mark_read` is answered behind the opening's own.
    bos.send_text(json!({ "type": "mark_read" }).to_string())
        .await?;
    let mut anns = anns;
    while next(&mut bos).await?["type"] != "messages_read" {}
    let mut told = 0;
    // The opening told Ann that Bo read her first message, then the frame did.
    while told < 2 {
        if next(&mut anns).await?["type"] == "messages_read" {
            told += 1;
        }
    }
    Ok((anns, bos))
}

async fn all_refused(texts: &[&str]) -> Outcome {
    let world = World::start().await?;
    let (mut anns, mut bos) = sockets(&world).await?;
    let before = world.snapshot().await?;
    for text in texts {
        bos.send_text(*text).await?;
        is_refused(&mut bos, text).await?;
    }
    world.unchanged_since(&before).await?;
    good_one_passes(&world, &mut bos, &mut anns).await
}

#[tokio::test]
async fn what_is_not_json_gets_an_error_frame() -> Outcome {
    all_refused(NOT_JSON).await
}

#[tokio::test]
async fn json_that_is_no_object_gets_an_error_frame() -> Outcome {
    all_refused(NO_OBJECT).await
}

#[tokio::test]
async fn fields_of_the_wrong_type_get_an_error_frame() -> Outcome {
    all_refused(&[
        r#"{"type": "chat_message"}"#,
        r#"{"type": "chat_message", "message": null}"#,
        r#"{"type": "chat_message", "message": true}"#,
        r#"{"type": "chat_message", "message": []}"#,
        r#"{"type": "chat_message", "message": ["hello"]}"#,
        r#"{"type": "chat_message", "message": {}}"#,
        r#"{"type": "chat_message", "message": ""}"#,
        r#"{"type": "chat_message", "message": " \n\t"}"#,
        r#"{"type": "chat_message", "message": "a", "image_url": 7}"#,
        r#"{"type": "chat_message", "message": "a", "image_url": ["x"]}"#,
        r#"{"type": "chat_message", "message": "a", "image_url": "javascript:alert(1)"}"#,
        r#"{"type": "chat_message", "message": "a", "image_url": "https://evil.example/a.png"}"#,
        r#"{"type": "chat_message", "message": "a", "image_url": "//evil.example/a.png"}"#,
        r#"{"type": "chat_message", "message": "a", "image_url": "/media/chat_images/../../../etc/passwd"}"#,
        r#"{"type": "chat_message", "message": "a", "image_url": "/media/chat_images/unknown.png"}"#,
        r#"{"type": "typing"}"#,
        r#"{"type": "typing", "is_typing": "yes"}"#,
        r#"{"type": "typing", "is_typing": 1}"#,
        r#"{"type": "reaction"}"#,
        r#"{"type": "reaction", "message_id": "one", "emoji": "👍"}"#,
        r#"{"type": "reaction", "message_id": 1}"#,
        r#"{"type": "reaction", "message_id": 1, "emoji": 7}"#,
        r#"{"type": "reaction", "message_id": 1, "emoji": ""}"#,
        r#"{"type": "reaction", "message_id": 999999999, "emoji": "👍"}"#,
        r#"{"type": "reaction", "message_id": -1, "emoji": "👍"}"#,
        r#"{"type": "reaction", "message_id": 1, "emoji": "👍", "action": "toggle"}"#,
    ])
    .await
}

#[tokio::test]
async fn unknown_types_are_ignored_in_silence() -> Outcome {
    let world = World::start().await?;
    let (mut anns, mut bos) = sockets(&world).await?;
    let before = world.snapshot().await?;
    for text in [
        "{}",
        r#"{"type": null}"#,
        r#"{"type": 7}"#,
        r#"{"type": ["chat_message"], "message": "a"}"#,
        r#"{"type": "explode"}"#,
        r#"{"type": "message_read"}"#,
        r#"{"type": "notification", "message": "forged"}"#,
        r#"{"message": "without a type"}"#,
    ] {
        bos.send_text(text).await?;
    }
    good_one_passes(&world, &mut bos, &mut anns).await?;
    assert_eq!(world.bodies().await?.len(), 2, "{before:?}");
    Ok(())
}

#[tokio::test]
async fn binary_frames_and_deep_nests_get_an_error_frame() -> Outcome {
    let world = World::start().await?;
    let (mut anns, mut bos) = sockets(&world).await?;
    let before = world.snapshot().await?;
    let good = json!({ "type": "chat_message", "message": "binary" }).to_string();
    for bytes in [good.into_bytes(), Vec::new(), vec![0xff; 100]] {
        bos.send_binary(bytes).await?;
        is_refused(&mut bos, "a binary frame").await?;
    }
    let deep = deep(10_000);
    bos.send_text(deep.as_str()).await?;
    is_refused(&mut bos, "a deep nest").await?;
    bos.send_text(format!(r#"{{"type": "chat_message", "message": {deep}}}"#))
        .await?;
    is_refused(&mut bos, "a deep nest as message").await?;
    world.unchanged_since(&before).await?;
    good_one_passes(&world, &mut bos, &mut anns).await
}

#[tokio::test]
async fn frames_end_at_1_mib() -> Outcome {
    let world = World::start().await?;
    let (mut anns, mut bos) = sockets(&world).await?;
    let before = world.snapshot().await?;
    // As large as a frame may be, but too long for a message: refused, and the socket lives.
    let head = r#"{"type": "chat_message", "message": ""#;
    bos.send_text(padded(head, r#""}"#, FRAME_BYTES)).await?;
    is_refused(&mut bos, "a message of 1 MiB").await?;
    good_one_passes(&world, &mut bos, &mut anns).await?;
    bos.send_text(padded(head, r#""}"#, FRAME_BYTES + 1))
        .await?;
    assert_eq!(bos.ended().await?, Some(1009));
    assert_eq!(world.bodies().await?.len(), 2, "{before:?}");
    Ok(())
}

#[tokio::test]
async fn text_that_is_not_utf8_closes_the_socket() -> Outcome {
    let world = World::start().await?;
    for bytes in NO_UTF8 {
        let mut socket = world.chat(&world.bo, world.place).await?;
        socket.send_raw_text(*bytes, true).await?;
        assert_eq!(socket.ended().await?, Some(1007), "{bytes:?}");
    }
    assert_eq!(world.bodies().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_notification_socket_ignores_whatever_it_is_sent() -> Outcome {
    let world = World::start().await?;
    let path = format!("/ws/notifications/?token={}", world.bo.dialect_token);
    let mut socket = Socket::open(&world.alpha, &path, Opening::default()).await?;
    for text in NOT_JSON.iter().chain(NO_OBJECT) {
        socket.send_text(*text).await?;
    }
    socket.send_binary(vec![0xff; 10]).await?;
    socket
        .send_text(json!({ "type": "chat_message", "message": "a" }).to_string())
        .await?;
    world
        .send(&world.ann, world.place, "something to tell")
        .await?;
    let told = next(&mut socket).await?;
    assert_eq!(
        (&told["type"], &told["message"]),
        (&json!("notification"), &json!("something to tell"))
    );
    assert_eq!(world.bodies().await?.len(), 2);
    Ok(())
}
