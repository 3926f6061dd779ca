//! Somebody stops reading while thousands of messages come: that socket is closed with the code that
//! says resume, and nobody else misses or waits for anything.

use parlance_testkit::client::native::{Authentication, NativeSocket};
use parlance_testkit::client::socket::Opening;
use parlance_testkit::client::timeline::Timelines;
use serde_json::json;

use super::Outcome;
use super::world::World;

const MESSAGES: usize = 5_000;
/// Long enough that the kernel's buffers do not hold all of it.
const BODY_BYTES: usize = 2_000;
/// Requests under way at once.
const WINDOW: usize = 50;
const RATES: &str = "[rates]\nsend = \"1000000/s burst 1000000\"\nquery = \"10000/s burst 10000\"";

#[tokio::test]
async fn who_stops_reading_is_told_to_resume_and_others_miss_nothing() -> Outcome {
    let world = World::start_with(RATES).await?;
    let opening = Opening::default().receive_buffer_bytes(4096);
    let authentication = Authentication::Header;
    let mut slow =
        NativeSocket::open_with(&world.alpha, &world.stranger.token, authentication, opening)
            .await?;
    let mut sender = world.native(&world.ann).await?;
    let mut reader = world.native(&world.bo).await?;
    let reading = tokio::spawn(async move {
        let mut seqs = Vec::new();
        while seqs.len() < MESSAGES {
            let event = reader.event("message.created").await?;
            seqs.push(event.data["seq"].as_i64().unwrap_or_default());
        }
        Ok::<_, parlance_testkit::client::ClientError>(seqs)
    });
    let filler = "x".repeat(BODY_BYTES);
    let mut asked = std::collections::VecDeque::new();
    for number in 0..MESSAGES {
        let wish = json!({
            "conversation": world.square.uuid, "body": filler, "client_id": format!("m{number}"),
        });
        asked.push_back(sender.feed("message.send", &wish).await?);
        if asked.len() == WINDOW {
            sender.raw().flush().await?;
            for id in asked.drain(..) {
                assert!(sender.reply_to(&json!(id)).await?.outcome.is_ok());
            }
        }
    }
    let seqs = reading.await??;
    let expected: Vec<i64> = (1..=i64::try_from(MESSAGES)?).collect();
    assert_eq!(seqs, expected, "another reader missed something");
    assert_eq!(world.metric("parlance_slow_readers_total").await?, 1);
    // It wakes up again: whatever the kernel still had for it, and then the end. After a while the
    // server gives up telling, so the code may be lost, but never a gap be hidden.
    let ended = slow.ended().await?;
    assert!([Some(4408), None].contains(&ended), "{ended:?}");
    // Resume brings all of it, in parts.
    let mut again = NativeSocket::open(&world.alpha, &world.stranger.token, authentication).await?;
    let mut timelines = Timelines::default();
    let nothing =
        json!({ "epoch": again.epoch(), "conversations": { world.square.uuid.to_string(): 0 } });
    let mut answer = again.call("session.resume", nothing).await?;
    while timelines.resume(&answer)? {
        let wish = timelines.resume_request(again.epoch());
        answer = again.call("session.resume", wish).await?;
    }
    let list = timelines
        .conversation(world.square.uuid)
        .ok_or("the conversation is missing")?
        .list();
    let seqs: Vec<i64> = list.iter().map(|row| row.seq).collect();
    assert_eq!(seqs, expected, "resume left something out");
    Ok(())
}

#[tokio::test]
async fn a_slow_reader_that_wakes_in_time_reads_the_code() -> Outcome {
    let world = World::start_with(&format!("{RATES}\n[limits]\nqueue_size = \"64KiB\"")).await?;
    let opening = Opening::default().receive_buffer_bytes(4096);
    let authentication = Authentication::Header;
    let mut slow =
        NativeSocket::open_with(&world.alpha, &world.stranger.token, authentication, opening)
            .await?;
    let mut sender = world.native(&world.ann).await?;
    let filler = "x".repeat(10_000);
    for number in 0.. {
        let wish = json!({
            "conversation": world.square.uuid, "body": filler, "client_id": format!("m{number}"),
        });
        sender.call("message.send", wish).await?;
        if world.metric("parlance_slow_readers_total").await? == 1 {
            break;
        }
        assert!(
            number < 1_000,
            "a hundred megabytes, and the reader is not slow yet"
        );
    }
    assert_eq!(slow.ended().await?, Some(4408));
    Ok(())
}
