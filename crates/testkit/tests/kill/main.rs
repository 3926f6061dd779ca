//! The process is killed at random moments under full load, and nothing that was acknowledged is
//! missing, doubled or out of order: twenty senders and some readers, each with sockets of its own,
//! judged by a checker that knows only what they wrote down and the history at the end.
//!
//! Random runs print their seed; `PARLANCE_SEED=…` runs that one again.

mod participant;
mod trial;

use parlance_testkit::checker::Violation;
use parlance_testkit::client::ClientError;
use parlance_testkit::server::{Server, ServerError};

use self::participant::Ending;
use self::trial::Trial;

/// Kills of the run that has to come out clean.
const KILLS: usize = 25;
/// Orderly stops of the run that has to come out clean.
const STOPS: usize = 8;
/// Kills after which a server that acknowledges too early has to be caught; nearly every one shows it.
const KILLS_UNTIL_CAUGHT: usize = 10;
/// The test-only switch of the server that has to be caught.
const ACK_BEFORE_COMMIT: &str = "PARLANCE_TEST_ACK_BEFORE_COMMIT";

/// Why a run came to no verdict.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{0}")]
    Stuck(String),
}

fn seed() -> u64 {
    let seed = match std::env::var("PARLANCE_SEED") {
        Ok(text) => text.parse().expect("PARLANCE_SEED is a number"),
        Err(_) => rand::random(),
    };
    #[expect(
        clippy::print_stderr,
        reason = "a failed run has to say how to run it again"
    )]
    {
        eprintln!("PARLANCE_SEED={seed}");
    }
    seed
}

#[tokio::test]
async fn killed_again_and_again_it_loses_and_doubles_nothing() -> Result<(), RunError> {
    let mut trial = Trial::start(Server::options(), seed()).await?;
    for _ in 0..KILLS {
        trial.kill_under_load().await?;
    }
    let verdict = trial.finish().await?;
    assert!(verdict.report.is_clean(), "{}", verdict.report);
    assert!(
        verdict.acknowledged >= KILLS,
        "only {} messages were acknowledged: too few for a verdict",
        verdict.acknowledged
    );
    Ok(())
}

#[tokio::test]
async fn stopped_in_order_it_tells_everybody_to_come_back() -> Result<(), RunError> {
    let mut trial = Trial::start(Server::options(), seed()).await?;
    for _ in 0..STOPS {
        let status = trial.stop_under_load().await?;
        assert!(status.success(), "{status}");
    }
    let verdict = trial.finish().await?;
    assert!(verdict.report.is_clean(), "{}", verdict.report);
    let restarts = verdict
        .endings
        .iter()
        .filter(|ending| **ending == Ending::Code(1012))
        .count();
    let others: Vec<_> = verdict
        .endings
        .iter()
        .filter(|ending| **ending != Ending::Code(1012))
        .collect();
    assert!(others.is_empty(), "not told to come back: {others:?}");
    assert_eq!(restarts, STOPS * trial::PARTICIPANTS);
    Ok(())
}

/// The proof that the checker can fail.
#[tokio::test]
async fn a_server_that_acknowledges_before_it_commits_is_caught() -> Result<(), RunError> {
    let seed = seed();
    for attempt in 0..KILLS_UNTIL_CAUGHT as u64 {
        let broken = Server::options().env(ACK_BEFORE_COMMIT, "1");
        let mut trial = Trial::start(broken, seed.wrapping_add(attempt)).await?;
        trial.kill_under_load().await?;
        let report = trial.finish().await?.report;
        let lost = |violation: &Violation| matches!(violation, Violation::Missing(_));
        if report.violations().iter().any(lost) {
            return Ok(());
        }
    }
    panic!("{KILLS_UNTIL_CAUGHT} kills and nothing was missed: the checker cannot be trusted");
}
