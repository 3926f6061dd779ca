//! Socket.IO (protocol 5 over Engine.IO 4) as a second transport of the sockets: long polling,
//! WebSocket, and the way from one to the other.
//!
//! A connection is one task, however it is transported, and holds any number of namespaces. Each of
//! those is a socket like any other for the hub: an own session, principal, topics and queue. All
//! queues hold WebSocket frames, so that what many hear is encoded once; a poll takes off their
//! headers. Own, and not a library's, for the reasons in docs/adr/0001-socket-io.md.

mod connection;
pub mod engine;
mod http;
pub mod packet;
mod recovery;
mod registry;
mod seat;
mod wire;

use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use parlance_dialects::contract::Emission;

pub(crate) use self::http::{answer_poll, answer_upgrade, is_path};
pub(crate) use self::registry::Registry;
use crate::websocket::encode_text;

/// How often the server asks whether the client is still there.
const PING_INTERVAL: Duration = Duration::from_secs(25);
/// How long a client may be silent after that.
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a connection may have no namespace.
const NAMELESS_FOR: Duration = Duration::from_secs(45);
/// How long a WebSocket may take to take over from polling.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// One body or message of a client, in bytes, unless frames are limited to less.
const MAX_PAYLOAD_BYTES: usize = 1_000_000;

/// What the packet of an event depends on besides the event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// The namespace's name as the client uses it.
    name: String,
    /// Its events end with an offset.
    recoverable: bool,
}

/// The frame of an event, as sockets in that namespace get it.
pub(crate) fn event(label: &Label, emission: &Emission, offset: impl Display) -> Bytes {
    let Emission { event, argument } = emission;
    let offset = label.recoverable.then(|| offset.to_string());
    frame(&packet::event(
        &label.name,
        event,
        argument,
        offset.as_deref(),
    ))
}

/// The frame of a Socket.IO packet.
fn frame(packet: &str) -> Bytes {
    engine_frame(engine::EnginePacket::Message(packet))
}

/// The frame of an Engine.IO packet.
fn engine_frame(packet: engine::EnginePacket<'_>) -> Bytes {
    encode_text(packet.encode().as_bytes())
}

/// What a frame of this server holds.
fn unframed(frame: &[u8]) -> &[u8] {
    &frame[lengths(frame).0..]
}

/// Takes the first frame off several that were queued in one.
fn next_frame(frames: &mut Bytes) -> Option<Bytes> {
    if frames.is_empty() {
        return None;
    }
    let (header, payload) = lengths(frames);
    Some(frames.split_to(header + payload))
}

/// How long the header and the payload of a frame of this server are.
fn lengths(frame: &[u8]) -> (usize, usize) {
    let long = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |all, byte| all << 8 | usize::from(*byte))
    };
    match frame[1] {
        126 => (4, long(&frame[2..4])),
        127 => (10, long(&frame[2..10])),
        short => (2, usize::from(short)),
    }
}

#[cfg(test)]
mod tests {
    use super::{encode_text, next_frame, unframed};

    #[test]
    fn a_frames_payload_is_found_behind_every_length_of_header() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let frame = encode_text(&payload);
            assert_eq!(unframed(&frame), payload);
            let mut two = [&frame[..], &encode_text(b"two")[..]].concat().into();
            assert_eq!(next_frame(&mut two), Some(frame));
            assert_eq!(next_frame(&mut two), Some(encode_text(b"two")));
            assert_eq!(next_frame(&mut two), None);
        }
    }
}
