//! Open Socket.IO connections by their id, for the HTTP requests that belong to one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use parking_lot::Mutex;
use parlance_core::ids::AppId;
use tokio::sync::{mpsc, oneshot};

use super::seat::Seat;
use super::wire::Wire;

/// Connections without a namespace, which may be nobody's: a poll of a few bytes makes one.
const MAX_NAMELESS: usize = 10_000;
/// Random bytes of an id.
const ID_BYTES: usize = 15;

/// What a request asks of its connection.
pub(super) enum Command {
    /// A poll: the next packets, as one body. Dropped when the connection is no longer polled.
    Poll(oneshot::Sender<Bytes>),
    /// A WebSocket that is to take over.
    Upgrade(Box<Wire>),
}

/// Packets that were posted. What is dropped unanswered was not taken.
pub(super) struct Posted {
    /// The body.
    pub(super) body: String,
    /// Told once they are taken.
    pub(super) taken: oneshot::Sender<()>,
}

/// The way to a connection.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) app: AppId,
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) posts: mpsc::Sender<Posted>,
}

/// All connections of this node.
#[derive(Default)]
pub(crate) struct Registry {
    open: Mutex<HashMap<String, Entry>>,
    /// Sessions that wait for their client to come back, by private id.
    pub(super) parked: Mutex<HashMap<String, Seat>>,
    nameless: AtomicUsize,
}

/// A connection's place in the registry, until dropped.
pub(super) struct Registered {
    registry: Arc<Registry>,
    pub(super) sid: String,
    nameless: bool,
}

impl Registry {
    /// A place for a new connection; `None` when too many wait for their first namespace.
    pub(super) fn register(self: &Arc<Self>, entry: Entry) -> Option<Registered> {
        if self.nameless.fetch_add(1, Ordering::Relaxed) >= MAX_NAMELESS {
            self.nameless.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let sid = random_id();
        self.open.lock().insert(sid.clone(), entry);
        Some(Registered {
            registry: Arc::clone(self),
            sid,
            nameless: true,
        })
    }

    /// The connection of that id, if it is this app's.
    pub(super) fn find(&self, sid: &str, app: AppId) -> Option<Entry> {
        let open = self.open.lock();
        open.get(sid).filter(|entry| entry.app == app).cloned()
    }
}

impl Registered {
    /// The connection has a namespace.
    pub(super) fn named(&mut self) {
        if std::mem::take(&mut self.nameless) {
            self.registry.nameless.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.named();
        self.registry.open.lock().remove(&self.sid);
    }
}

/// An id that nobody can guess.
pub(super) fn random_id() -> String {
    let mut bytes = [0; ID_BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    URL_SAFE_NO_PAD.encode(bytes)
}
