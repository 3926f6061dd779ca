//! The times of a connection: its heartbeat, and what must happen within a while.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use crate::socketio::{NAMELESS_FOR, PING_INTERVAL, PING_TIMEOUT};

/// How long a poll waits while a WebSocket is about to take over. A client that polls once more at
/// once must not make the two of them busy.
const NOOP_AFTER: Duration = Duration::from_millis(100);

/// When what is due.
pub(super) struct Clockwork {
    ping_at: Instant,
    /// Until when something must be heard.
    heard_by: Option<Instant>,
    nameless_since: Option<Instant>,
    noop_at: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

impl Clockwork {
    /// For a connection that begins now, without a namespace.
    pub(super) fn started() -> Self {
        let now = Instant::now();
        let ping_at = now + PING_INTERVAL;
        Self {
            ping_at,
            heard_by: None,
            nameless_since: Some(now),
            noop_at: None,
            timer: Box::pin(tokio::time::sleep_until(ping_at)),
        }
    }

    /// Something came in.
    pub(super) fn heard(&mut self) {
        self.heard_by = None;
    }

    /// A poll is to be ended soon.
    pub(super) fn noop_soon(&mut self) {
        self.noop_at = Some(Instant::now() + NOOP_AFTER);
    }

    /// Ready when something is due; `probe` is due besides.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        nameless: bool,
        probe: Option<Instant>,
    ) -> Poll<()> {
        match (nameless, self.nameless_since) {
            (true, None) => self.nameless_since = Some(Instant::now()),
            (false, Some(_)) => self.nameless_since = None,
            _ => {}
        }
        let others = [
            self.heard_by,
            self.nameless_since.map(|since| since + NAMELESS_FOR),
            self.noop_at,
            probe,
        ];
        let next = others
            .into_iter()
            .flatten()
            .fold(self.ping_at, Instant::min);
        if self.timer.deadline() != next {
            self.timer.as_mut().reset(next);
        }
        self.timer.as_mut().poll(cx)
    }

    /// Whether a ping is due, which then counts as sent.
    pub(super) fn take_ping(&mut self, now: Instant) -> bool {
        let due = self.ping_at <= now;
        if due {
            self.ping_at = now + PING_INTERVAL;
            self.heard_by = Some(now + PING_TIMEOUT);
        }
        due
    }

    /// Whether nothing was heard for too long after a ping.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        self.heard_by.is_some_and(|by| by <= now)
    }

    /// Whether there has been no namespace for too long.
    pub(super) fn is_nameless(&self, now: Instant) -> bool {
        self.nameless_since
            .is_some_and(|since| since + NAMELESS_FOR <= now)
    }

    /// Whether the poll that waits is to be ended, once.
    pub(super) fn take_noop(&mut self, now: Instant) -> bool {
        let due = self.noop_at.is_some_and(|at| at <= now);
        if due {
            self.noop_at = None;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_answer_a_ping_is_silent() {
        let mut clockwork = Clockwork::started();
        let began = Instant::now();
        assert!(!clockwork.take_ping(began + PING_INTERVAL - Duration::from_secs(1)));
        let pinged = began + PING_INTERVAL;
        assert!(clockwork.take_ping(pinged));
        assert!(!clockwork.take_ping(pinged), "once");
        assert!(!clockwork.is_silent(pinged));
        assert!(clockwork.is_silent(pinged + PING_TIMEOUT));
        clockwork.heard();
        assert!(!clockwork.is_silent(pinged + PING_TIMEOUT));
        assert!(clockwork.take_ping(pinged + PING_INTERVAL));
    }

    #[tokio::test]
    async fn a_connection_has_a_namespace_soon_or_is_let_go() {
        let mut clockwork = Clockwork::started();
        let late = Instant::now() + NAMELESS_FOR;
        assert!(clockwork.is_nameless(late));
        let mut nothing = Context::from_waker(std::task::Waker::noop());
        assert!(clockwork.poll(&mut nothing, false, None).is_pending());
        assert!(!clockwork.is_nameless(late));
        // Having left the last one counts from then on.
        assert!(clockwork.poll(&mut nothing, true, None).is_pending());
        assert!(!clockwork.is_nameless(Instant::now()));
        assert!(clockwork.is_nameless(Instant::now() + NAMELESS_FOR));
    }

    #[tokio::test]
    async fn the_timer_wakes_for_whatever_is_due_first() {
        let mut clockwork = Clockwork::started();
        let due = Instant::now();
        std::future::poll_fn(|cx| clockwork.poll(cx, true, Some(due))).await;
        clockwork.noop_soon();
        std::future::poll_fn(|cx| clockwork.poll(cx, true, None)).await;
        assert!(clockwork.take_noop(Instant::now()));
        assert!(!clockwork.take_noop(Instant::now()), "once");
    }
}
