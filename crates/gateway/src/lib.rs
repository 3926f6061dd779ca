//! The gateway: HTTP, WebSocket and Socket.IO sockets, the hub, the one socket loop.
//!
//! It owns everything that is the same whatever is spoken: accepting, handshakes and their Origin,
//! queues, heartbeats, slow readers, limits, draining. It knows dialects by their contract only and
//! never the store.

pub mod directory;
pub mod health;
pub mod hub;
pub mod metrics;
pub mod socketio;
pub mod websocket;

mod cors;
mod handshake;
mod heartbeat;
mod http1;
mod origin;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use parlance_core::Chat;
use parlance_core::ids::AppId;
use parlance_core::limits::Limits;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::directory::Directory;
use crate::health::Health;
use crate::hub::Hub;
use crate::metrics::Metrics;

/// What a gateway works with.
pub struct GatewayParts {
    /// Where sockets listen.
    pub hub: Arc<Hub>,
    /// Which apps there are.
    pub directory: Arc<Directory>,
    /// The core.
    pub chat: Chat,
    /// Limits in force.
    pub limits: Limits,
    /// Routes of the operator API, served whatever the app.
    pub operator: axum::Router,
    /// Whether the rest of the server is ready.
    pub health: Arc<dyn Health>,
}

/// Accepts connections and serves them. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

/// What every connection needs.
struct Shared {
    hub: Arc<Hub>,
    directory: Arc<Directory>,
    chat: Chat,
    limits: Limits,
    operator: axum::Router,
    health: Arc<dyn Health>,
    metrics: Arc<Metrics>,
    /// Open Socket.IO connections.
    socket_io: Arc<socketio::Registry>,
    /// Turns true when the server stops.
    stopping: watch::Sender<bool>,
}

/// Answers when the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The sender is gone only when the gateway is, which is a stop as well.
    let _gone = stopping.wait_for(|stopping| *stopping).await;
}

impl Gateway {
    /// A gateway that does not listen yet; starts the heartbeat on the current runtime.
    pub fn new(parts: GatewayParts) -> Self {
        let GatewayParts {
            hub,
            directory,
            chat,
            limits,
            operator,
            health,
        } = parts;
        let metrics = hub.metrics();
        let shared = Shared {
            hub,
            directory,
            chat,
            limits,
            operator,
            health,
            metrics,
            socket_io: Arc::default(),
            stopping: watch::Sender::new(false),
        };
        let gateway = Self {
            shared: Arc::new(shared),
        };
        tokio::spawn(heartbeat::run(
            Arc::clone(&gateway.shared.hub),
            gateway.shared.stopping.subscribe(),
        ));
        gateway
    }

    /// Starts to accept on a listener. `app`: the one app it is for; otherwise apps are told apart
    /// by the `Host` header, and a single app needs none.
    pub fn listen(&self, listener: TcpListener, app: Option<AppId>) {
        if let Some(app) = app {
            self.shared.directory.listen_for(app);
        }
        tokio::spawn(http1::accept(Arc::clone(&self.shared), listener, app));
    }

    /// Counters and gauges in Prometheus' text format.
    pub fn metrics(&self) -> String {
        self.shared.metrics.render(&self.shared.hub)
    }

    /// Stops: readiness turns, nothing is accepted any more, sockets are closed with 1012 in waves,
    /// requests under way finish. Answers when all is quiet, at the latest after `deadline`.
    pub async fn shutdown(&self, deadline: Duration) {
        self.shared.stopping.send_replace(true);
        let quiet = async {
            self.shared.hub.drain().await;
            self.shared.stopping.closed().await;
        };
        if tokio::time::timeout(deadline, quiet).await.is_err() {
            tracing::warn!(
                sockets.open = self.shared.hub.socket_count(),
                "the deadline for draining has passed; closing what is left"
            );
        }
    }
}
