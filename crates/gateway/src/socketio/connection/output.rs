//! What leaves a connection, by whichever transport.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::{Connection, End, Transport};
use crate::socketio::engine::join_payload;
use crate::socketio::unframed;
use crate::websocket::encode_close;

/// How much is taken out of the seats' queues at once. What is left stays bounded there.
const BATCH_BYTES: usize = 64 * 1024;
/// Frames that one namespace may send before another has its turn.
const TURN: usize = 64;
/// Packets in one answer to a poll: python-socketio takes no more, and breaks the connection.
const PACKETS_A_POLL: usize = 16;
/// How long a peer has to read what is left and to close in turn.
const LINGER: Duration = Duration::from_secs(5);

impl Connection {
    /// Queues a frame of the connection itself.
    pub(super) fn say(&mut self, frame: Bytes) {
        self.ready_bytes += frame.len();
        self.ready.push_back(frame);
    }

    /// Takes the requests that wait and hands out what they may have. Ready when an ending may have
    /// been asked for.
    pub(super) fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while let Poll::Ready(Some(command)) = self.commands.poll_recv(cx) {
                self.on_command(command);
            }
            if let Some(probe) = &mut self.probe
                && let Poll::Ready(Err(_broken)) = probe.wire.poll_flush(cx)
            {
                self.probe = None;
            }
            let may_leave = match &mut self.transport {
                Transport::Polling(None) => false,
                Transport::Polling(Some(_)) => {
                    self.collect();
                    !self.answer_poll()
                }
                Transport::WebSocket(wire) => {
                    if wire.poll_flush(cx)?.is_pending() {
                        false
                    } else if self.stage() {
                        continue;
                    } else {
                        true
                    }
                }
            };
            let ready = self.poll_queues(cx, may_leave).is_ready();
            let queued = || {
                self.seats
                    .iter()
                    .any(|seat| seat.handle.outbound.queued_bytes() > 0)
            };
            if ready && may_leave && queued() {
                continue;
            }
            return if ready {
                Poll::Ready(Ok(()))
            } else {
                Poll::Pending
            };
        }
    }

    /// Ready when a queue has an ending, or a frame if frames may leave. Asks all of them, so that
    /// each wakes the task.
    fn poll_queues(&self, cx: &mut Context<'_>, frames: bool) -> Poll<()> {
        let mut any = Poll::Pending;
        for seat in &self.seats {
            let outbound = &seat.handle.outbound;
            let one = if frames {
                outbound.poll_ready(cx)
            } else {
                outbound.poll_ending(cx)
            };
            if one.is_ready() {
                any = one;
            }
        }
        any
    }

    /// Takes frames out of the seats' queues, in turns.
    pub(super) fn collect(&mut self) {
        let mut more = true;
        while more && self.ready_bytes < BATCH_BYTES {
            more = false;
            for seat in &mut self.seats {
                for _ in 0..TURN {
                    let Some(frames) = seat.pop() else {
                        break;
                    };
                    for frame in frames {
                        self.ready_bytes += frame.len();
                        self.ready.push_back(frame);
                    }
                    more = true;
                }
            }
        }
    }

    /// Hands what may leave to the WebSocket, which has written all else; `false`: nothing waits.
    fn stage(&mut self) -> bool {
        self.collect();
        let Transport::WebSocket(wire) = &self.transport else {
            return false;
        };
        let any = !self.ready.is_empty();
        for frame in self.ready.drain(..) {
            wire.push(frame);
        }
        self.ready_bytes = 0;
        any
    }

    /// Answers the poll that waits, if there is something to tell; whether it did.
    fn answer_poll(&mut self) -> bool {
        let Transport::Polling(waiting) = &mut self.transport else {
            return false;
        };
        if self.ready.is_empty() {
            return false;
        }
        let Some(poll) = waiting.take() else {
            return false;
        };
        let count = self.ready.len().min(PACKETS_A_POLL);
        let packets = self.ready.range(..count).map(|frame| unframed(frame));
        // When its client has gone, what it was to be told is kept for the next poll.
        if poll.send(join_payload(packets).into()).is_ok() {
            let sent: usize = self.ready.drain(..count).map(|frame| frame.len()).sum();
            self.ready_bytes -= sent;
        }
        true
    }

    /// Ends the poll that waits.
    pub(super) fn answer_poll_with_noop(&mut self) {
        if let Transport::Polling(waiting) = &mut self.transport
            && let Some(poll) = waiting.take()
        {
            let _gone = poll.send(Bytes::from_static(b"6"));
        }
    }
}

/// Tells the peer what is left and that it is over.
pub(super) async fn farewell(transport: Transport, ready: VecDeque<Bytes>, end: End) {
    match transport {
        Transport::Polling(None) => {}
        Transport::Polling(Some(poll)) => {
            let packets = ready.iter().take(PACKETS_A_POLL - 1);
            let packets = packets.map(|frame| unframed(frame));
            let body = join_payload(packets.chain([&b"1"[..]]));
            let _gone = poll.send(body.into());
        }
        Transport::WebSocket(mut wire) => {
            for frame in ready {
                wire.push(frame);
            }
            wire.push(encode_close(end.code, end.reason));
            let close = async move {
                poll_fn(|cx| wire.poll_flush(cx)).await?;
                wire.linger().await
            };
            // A peer that neither reads nor closes is not waited for any longer.
            let _late = tokio::time::timeout(LINGER, close).await;
        }
    }
}
