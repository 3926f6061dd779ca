//! The hub: a node's map from topic to its local sockets, and the way of an event into them.
//!
//! An event is encoded once per dialect, view and relation; the same bytes go into every socket's
//! queue. An event with few listeners is delivered on the spot, which holds the writer back when
//! sockets cost more than commits do. One with many goes through a queue of its conversation and is
//! delivered in chunks, so that a small conversation never waits for a big one.

mod deliver;
mod ends;
mod topics;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use parlance_core::clock::Clock;
use parlance_core::event::Event;
use parlance_core::ids::{AppId, ConversationId, SocketId};
use parlance_core::principal::UserPrincipal;
use parlance_core::publish::{Disconnect, Publisher};
use parlance_core::topic::Topic;
use parlance_dialects::contract::{Dialect, View};

use self::ends::RecentEnds;
pub(crate) use self::topics::Listening;
use self::topics::Topics;
use crate::metrics::Metrics;
use crate::socketio::Label;
use crate::websocket::{FrameKind, Outbound, Pushed};

/// Sockets are spread over this many groups; the heartbeat looks after one group a second.
pub(crate) const HEARTBEAT_GROUPS: usize = 25;

/// One open socket, as the hub and whoever pushes to it see it.
pub(crate) struct SocketHandle {
    /// Its id.
    pub(crate) id: SocketId,
    /// The app it belongs to.
    pub(crate) app: AppId,
    /// What it speaks.
    pub(crate) dialect: Arc<dyn Dialect>,
    /// The Socket.IO namespace that it is; `None`: a raw socket.
    pub(crate) namespace: Option<Arc<Label>>,
    /// Frames on their way to it.
    pub(crate) outbound: Outbound,
    /// Who is on it, once that is known.
    pub(crate) who: OnceLock<Box<UserPrincipal>>,
    /// Second, on the hub's count, in which something was last read from it.
    pub(crate) last_seen: AtomicU32,
}

/// Topics, sockets and what is on its way to them.
pub struct Hub {
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    topics: Topics,
    sockets: [Mutex<HashMap<SocketId, Arc<SocketHandle>>>; HEARTBEAT_GROUPS],
    next_socket: AtomicU64,
    /// Seconds that the heartbeat has counted.
    seconds: AtomicU32,
    /// Events of conversations with many listeners, in order; an entry has a task that empties it.
    crowded: Mutex<HashMap<ConversationId, VecDeque<Arc<Event>>>>,
    ends: RecentEnds,
    /// Itself, for the tasks that it starts.
    this: std::sync::Weak<Hub>,
}

impl Hub {
    /// An empty hub.
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            clock,
            metrics: Arc::new(Metrics::default()),
            topics: Topics::default(),
            sockets: std::array::from_fn(|_| Mutex::default()),
            next_socket: AtomicU64::new(1),
            seconds: AtomicU32::new(0),
            crowded: Mutex::default(),
            ends: RecentEnds::default(),
            this: this.clone(),
        })
    }

    /// The numbers that it counts into.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Open sockets.
    pub fn socket_count(&self) -> usize {
        self.sockets.iter().map(|group| group.lock().len()).sum()
    }

    /// Open sockets of one app.
    pub fn sockets_of(&self, app: AppId) -> usize {
        let of_app = |group: &Mutex<HashMap<_, Arc<SocketHandle>>>| {
            group
                .lock()
                .values()
                .filter(|socket| socket.app == app)
                .count()
        };
        self.sockets.iter().map(of_app).sum()
    }

    /// Topics listened to.
    pub fn topic_count(&self) -> usize {
        self.topics.count()
    }

    fn group(&self, id: SocketId) -> &Mutex<HashMap<SocketId, Arc<SocketHandle>>> {
        &self.sockets[(id.0 % HEARTBEAT_GROUPS as u64) as usize]
    }

    /// A handle for a socket that is about to open. It hears nothing until it is registered.
    pub(crate) fn new_socket(
        &self,
        app: AppId,
        dialect: Arc<dyn Dialect>,
        namespace: Option<Arc<Label>>,
        queue_bytes: usize,
    ) -> Arc<SocketHandle> {
        Arc::new(SocketHandle {
            id: SocketId(self.next_socket.fetch_add(1, Ordering::Relaxed)),
            app,
            dialect,
            namespace,
            outbound: Outbound::new(queue_bytes),
            who: OnceLock::new(),
            last_seen: AtomicU32::new(self.seconds()),
        })
    }

    /// From now on the heartbeat and disconnections see the socket.
    pub(crate) fn register(&self, socket: &Arc<SocketHandle>) {
        self.group(socket.id)
            .lock()
            .insert(socket.id, Arc::clone(socket));
    }

    /// The socket is gone.
    pub(crate) fn unregister(&self, socket: &SocketHandle) {
        self.group(socket.id).lock().remove(&socket.id);
        socket.outbound.discard();
    }

    /// Seconds since the hub was made, as the heartbeat counts them.
    pub(crate) fn seconds(&self) -> u32 {
        self.seconds.load(Ordering::Relaxed)
    }

    /// Counts a second and hands out the sockets whose turn it is to be looked after.
    pub(crate) fn tick(&self) -> (u32, Vec<Arc<SocketHandle>>) {
        let second = self.seconds.fetch_add(1, Ordering::Relaxed) + 1;
        let group = &self.sockets[second as usize % HEARTBEAT_GROUPS];
        (second, group.lock().values().cloned().collect())
    }

    /// A mark before a handshake's checks, for [`Hub::ended_since`].
    pub(crate) fn ends_mark(&self) -> u64 {
        self.ends.mark()
    }

    /// Whether the socket was meant by a disconnection since the mark, while it was not registered.
    pub(crate) fn ended_since(&self, mark: u64, who: &UserPrincipal) -> bool {
        self.ends.named_since(mark, who)
    }

    /// Lets a socket listen.
    pub(crate) fn listen(&self, topic: Topic, socket: Arc<SocketHandle>, view: View) -> Listening {
        self.topics.listen(topic, socket, view)
    }

    /// The reverse of [`Hub::listen`].
    pub(crate) fn leave(&self, listening: Listening) {
        self.topics.leave(listening);
    }

    fn push(&self, socket: &SocketHandle, frame: bytes::Bytes, kind: FrameKind) {
        match socket.outbound.push(frame, kind) {
            Pushed::Queued => self.metrics.frames_out.one(),
            Pushed::DroppedEphemeral => self.metrics.frames_dropped.one(),
            Pushed::Overflow => self.metrics.slow_readers.one(),
            Pushed::Closed => {}
        }
    }

    /// Closes all sockets with 1012 in waves and waits until they are gone.
    pub(crate) async fn drain(&self) {
        for group in &self.sockets {
            let sockets: Vec<_> = group.lock().values().cloned().collect();
            for socket in &sockets {
                socket.outbound.request_close(
                    crate::websocket::close_code::RESTART,
                    "the server restarts, reconnect and resume",
                );
            }
            if !sockets.is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
        while self.socket_count() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}

impl Publisher for Hub {
    fn publish(&self, event: Arc<Event>) {
        self.metrics.events.one();
        self.deliver(event);
    }

    fn disconnect(&self, whom: Disconnect) {
        self.ends.note(whom);
        self.end(whom);
    }
}

#[cfg(test)]
mod tests {
    use super::SocketHandle;

    #[test]
    fn an_idle_sockets_handle_is_small() {
        let bytes = size_of::<SocketHandle>();
        assert!(bytes <= 152, "{bytes} bytes; box what is seldom needed");
    }
}
