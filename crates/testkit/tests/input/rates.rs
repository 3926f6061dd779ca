//! Somebody asks a thousand times in a second: that one has to wait, others do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use http::header::RETRY_AFTER;
use parlance_testkit::client::ClientError;
use parlance_testkit::client::rest::{Answer, Rest};
use serde_json::json;

use super::Outcome;
use super::world::World;

const REQUESTS: usize = 1_000;
const AT_ONCE: usize = 20;

/// Asks a thousand times, twenty at a time.
async fn flood(rest: &Rest, path: &str) -> Result<Vec<Answer>, ClientError> {
    let workers = (0..AT_ONCE).map(|_| async {
        let mut answers = Vec::new();
        for _ in 0..REQUESTS / AT_ONCE {
            answers.push(rest.get(path).await?);
        }
        Ok(answers)
    });
    let answers: Result<Vec<Vec<Answer>>, ClientError> = futures_util::future::join_all(workers)
        .await
        .into_iter()
        .collect();
    Ok(answers?.concat())
}

/// Asks steadily until told to stop; every answer.
async fn steady(
    rest: Rest,
    path: String,
    over: Arc<AtomicBool>,
) -> Result<Vec<StatusCode>, ClientError> {
    let mut statuses = Vec::new();
    while !over.load(Ordering::Relaxed) {
        statuses.push(rest.get(&path).await?.status);
        // Far below what a principal may ask.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Ok(statuses)
}

#[tokio::test]
async fn a_thousand_requests_are_slowed_down_and_nobody_else_is() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let path = format!("/v1/conversations/{}/messages", world.place.uuid);
    let over = Arc::new(AtomicBool::new(false));
    let anns = tokio::spawn(steady(
        world.rest(&world.ann),
        path.clone(),
        Arc::clone(&over),
    ));
    let answers = flood(&world.rest(&world.bo), &path).await?;
    over.store(true, Ordering::Relaxed);
    let anns = anns.await??;
    assert!(
        !anns.is_empty() && anns.iter().all(|status| *status == 200),
        "{anns:?}"
    );
    let (served, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    assert!(served.len() >= 100, "only {} were served", served.len());
    assert!(!refused.is_empty(), "nothing was refused");
    for answer in refused {
        assert_eq!(answer.status, 429, "{}", answer.text());
        assert_eq!(answer.json()["code"], "too_many_requests");
        assert_eq!(answer.json()["retryable"], true);
        let seconds: u64 = answer.header(&RETRY_AFTER).parse()?;
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn fixmate_slows_down_in_its_own_form() -> Outcome {
    let world = World::start().await?;
    let path = format!("/api/chat/conversations/{}/messages/", world.place.id);
    let answers = flood(&world.fixmate(&world.bo), &path).await?;
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status != 200)
        .collect();
    assert!(!refused.is_empty(), "nothing was refused");
    for answer in refused {
        assert_eq!(answer.status, 429, "{}", answer.text());
        assert!(answer.json()["detail"].is_string(), "{}", answer.text());
        let seconds: u64 = answer.header(&RETRY_AFTER).parse()?;
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    let anns = world.fixmate(&world.ann).get(&path).await?;
    assert_eq!(anns.status, 200, "{}", anns.text());
    Ok(())
}

#[tokio::test]
async fn a_thousand_messages_on_a_socket_are_slowed_down_and_the_socket_stays() -> Outcome {
    let world = World::start().await?;
    let mut socket = world.native(&world.bo).await?;
    let mut ids = Vec::new();
    let (mut stored, mut refused) = (0, 0);
    for number in 0..REQUESTS {
        let client_id = format!("flood {number}");
        let wish = json!({
            "conversation": world.place.uuid, "body": client_id, "client_id": client_id,
        });
        ids.push(socket.feed("message.send", &wish).await?);
    }
    socket.raw().flush().await?;
    for id in ids {
        match socket.reply_to(&json!(id)).await?.outcome {
            Ok(_) => stored += 1,
            Err(problem) => {
                assert_eq!(problem.code, "too_many_requests", "{problem}");
                refused += 1;
            }
        }
    }
    assert!(
        stored >= 200 && refused > 0,
        "{stored} stored, {refused} refused"
    );
    let path = format!("/v1/conversations/{}", world.place.uuid);
    let place = world.rest(&world.ann).get(&path).await?.success()?;
    assert_eq!(
        place["last_seq"],
        json!(stored + 1),
        "what is refused is not stored"
    );
    socket.call("ping", json!({})).await?;
    world
        .send(&world.ann, world.place, "Ann is not slowed down")
        .await?;
    Ok(world.was_stored("Ann is not slowed down").await?)
}
