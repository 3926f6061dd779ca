//! Connection state recovery: a client whose transport broke comes back into the session that it
//! had, and is told what it missed. It names its session by a private id, and what it heard last by
//! the offset that ends every event.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parlance_core::principal::UserPrincipal;

use super::registry::{Registry, random_id};
use super::seat::Seat;
use super::unframed;
use crate::{Shared, stopped};

/// How long a session waits for its client.
const WAITS_FOR: Duration = Duration::from_mins(2);
/// Sessions that wait, of all clients together; each may hold a full queue.
const MAX_PARKED: usize = 1_000;
/// What is kept of what a client was sent, in bytes of events.
const KEPT_BYTES: usize = 256 * 1024;
/// The same in events.
const KEPT_EVENTS: usize = 1_000;

/// What it takes to bring a session back.
pub(super) struct Recovery {
    /// Known to the client alone.
    pub(super) pid: String,
    /// The latest events, sent but perhaps not received.
    sent: VecDeque<Bytes>,
    sent_bytes: usize,
    /// Nothing was sent that is not in `sent`.
    whole: bool,
}

impl Recovery {
    pub(super) fn new() -> Self {
        Self {
            pid: random_id(),
            sent: VecDeque::new(),
            sent_bytes: 0,
            whole: true,
        }
    }

    /// Notes what is sent. Only events are: answers and errors belong to the connection.
    pub(super) fn note(&mut self, frame: &Bytes) {
        if !unframed(frame).starts_with(b"42") {
            return;
        }
        self.sent_bytes += frame.len();
        self.sent.push_back(frame.clone());
        while self.sent_bytes > KEPT_BYTES || self.sent.len() > KEPT_EVENTS {
            self.forget(1);
        }
    }

    fn forget(&mut self, count: usize) {
        for frame in self.sent.drain(..count) {
            self.sent_bytes -= frame.len();
            self.whole = false;
        }
    }

    /// What was sent after the event with that offset (`None`: no event was received); `None` when
    /// that is no longer known.
    fn missed(&mut self, offset: Option<&str>) -> Option<Vec<Bytes>> {
        match offset {
            None => self.whole.then_some(())?,
            Some(offset) => {
                let end = format!(",{}]", serde_json::Value::from(offset));
                let last = self.sent.iter();
                let at = last
                    .enumerate()
                    .rfind(|(_, frame)| frame.ends_with(end.as_bytes()));
                self.forget(at?.0 + 1);
            }
        }
        Some(self.sent.iter().cloned().collect())
    }
}

impl Registry {
    /// Keeps a session that lost its transport, for a while. It hears on.
    pub(super) fn park(self: &Arc<Self>, shared: &Shared, mut seat: Seat) {
        let Some(recovery) = &seat.recovery else {
            return;
        };
        let pid = recovery.pid.clone();
        if let Some(seated) = &mut seat.seated {
            seated.pause();
        }
        let mut parked = self.parked.lock();
        if parked.len() >= MAX_PARKED {
            return;
        }
        parked.insert(pid.clone(), seat);
        drop(parked);
        let registry = Arc::clone(self);
        let mut stopping = shared.stopping.subscribe();
        tokio::spawn(async move {
            let _late = tokio::time::timeout(WAITS_FOR, stopped(&mut stopping)).await;
            let forgotten = registry.parked.lock().remove(&pid);
            drop(forgotten);
        });
    }

    /// The session of that private id, and the frames that its client missed, when both are still
    /// there and it is this client's: of the same namespace, and proved to be with the same credential.
    pub(super) fn claim(
        &self,
        pid: &str,
        offset: Option<&str>,
        name: &str,
        who: &UserPrincipal,
    ) -> Option<(Seat, Vec<Bytes>)> {
        let mut parked = self.parked.lock();
        let seat = parked.get(pid)?;
        let was = seat.handle.who.get()?;
        let same = was.user.id == who.user.id
            && was.credential == who.credential
            && seat.name() == name
            && !seat.handle.outbound.is_closed();
        let mut seat = same.then(|| parked.remove(pid)).flatten()?;
        drop(parked);
        let missed = seat.recovery.as_mut()?.missed(offset)?;
        Some((seat, missed))
    }
}
