//! The heartbeat: one timer for all sockets. Idle ones are pinged, dead ones are closed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;

use crate::hub::{Hub, SocketHandle};
use crate::stopped;
use crate::websocket::{FrameKind, close_code, encode_ping};

/// A socket silent for this long is asked whether it is still there. Each is looked at every 25 s.
const ASK_AFTER_SECONDS: u32 = 20;
/// A socket silent for this long, although asked, is gone.
const GONE_AFTER_SECONDS: u32 = 65;

/// Looks after sockets until the server stops.
pub(crate) async fn run(hub: Arc<Hub>, mut stopping: watch::Receiver<bool>) {
    let ping = encode_ping(b"");
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stopped(&mut stopping) => return,
        }
        let (now, sockets) = hub.tick();
        // A Socket.IO connection pings by its own protocol.
        let raw = |socket: &Arc<SocketHandle>| socket.namespace.is_none();
        for socket in sockets.into_iter().filter(raw) {
            let silent = now.saturating_sub(socket.last_seen.load(Ordering::Relaxed));
            if silent >= GONE_AFTER_SECONDS {
                socket
                    .outbound
                    .request_close(close_code::GOING_AWAY, "no answer to pings");
            } else if silent >= ASK_AFTER_SECONDS {
                socket.outbound.push(ping.clone(), FrameKind::Ephemeral);
            }
        }
    }
}
