//! The WebSocket of a Socket.IO connection: whole packets in and out, over the raw stream.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::net::TcpStream;

use crate::websocket::{
    Decoder, FrameKind, Input, Limits, Message, Outbound, Progress, close_code, encode_pong,
};

/// What one read holds.
const SCRATCH_BYTES: usize = 32 * 1024;
/// Above this many waiting bytes pings of the peer are not answered: it does not read anyway.
const PONGS_UP_TO: usize = 64 * 1024;

thread_local! {
    /// Nothing in it outlives the decoding of one read.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH_BYTES].into());
}

/// What came over it.
pub(super) enum Heard {
    /// A packet.
    Text(String),
    /// A part of a binary event.
    Binary,
    /// The end: the code to close with in turn.
    End(u16),
}

/// One WebSocket.
pub(super) struct Wire {
    stream: TcpStream,
    decoder: Decoder,
    /// Frames handed over for writing. Bounded by whoever hands over: only when it is empty.
    out: Outbound,
    /// The kernel's buffer is full.
    blocked: bool,
    /// What the client sent before the upgrade was answered.
    early: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, early: Vec<u8>, max_message_bytes: usize) -> Self {
        Self {
            stream,
            decoder: Decoder::new(Limits { max_message_bytes }),
            out: Outbound::new(usize::MAX),
            blocked: false,
            early,
        }
    }

    /// Queues a frame behind those that wait.
    pub(super) fn push(&self, frame: Bytes) {
        self.out.push(frame, FrameKind::Lasting);
    }

    /// Ready when all that was pushed is written.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.blocked {
                std::task::ready!(self.stream.poll_write_ready(cx))?;
                self.blocked = false;
            }
            let stream = &self.stream;
            let written = self
                .out
                .write_with(|slices| stream.try_write_vectored(slices));
            match written? {
                Progress::Drained => return Poll::Ready(Ok(())),
                Progress::More => {}
                Progress::Blocked => self.blocked = true,
            }
        }
    }

    /// Ready with everything that one read brought; never with nothing.
    pub(super) fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Vec<Heard>>> {
        let mut early = std::mem::take(&mut self.early);
        let mut heard = Vec::new();
        self.decode(&mut early, &mut heard);
        while heard.is_empty() {
            std::task::ready!(self.stream.poll_read_ready(cx))?;
            let read: io::Result<usize> = SCRATCH.with_borrow_mut(|scratch| {
                let length = self.stream.try_read(scratch)?;
                self.decode(&mut scratch[..length], &mut heard);
                Ok(length)
            });
            match read {
                Ok(0) => return Poll::Ready(Err(ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(heard))
    }

    fn decode(&mut self, bytes: &mut [u8], heard: &mut Vec<Heard>) {
        let mut input = Input::new(bytes);
        loop {
            heard.push(match self.decoder.decode(&mut input) {
                Ok(None) => return,
                Ok(Some(Message::Text(text))) => Heard::Text(text.into_owned()),
                Ok(Some(Message::Binary(_))) => Heard::Binary,
                Ok(Some(Message::Ping(payload))) => {
                    if self.out.queued_bytes() < PONGS_UP_TO {
                        self.push(encode_pong(&payload));
                    }
                    continue;
                }
                Ok(Some(Message::Pong(_))) => continue,
                Ok(Some(Message::Close(close))) => {
                    Heard::End(close.map_or(close_code::NORMAL, |close| close.code))
                }
                Err(error) => Heard::End(error.close_code()),
            });
            if matches!(heard.last(), Some(Heard::End(_))) {
                return;
            }
        }
    }

    /// Tells the peer that no more is written, and reads to the end without looking: closing over
    /// unread bytes would reset the connection, and the peer might lose the close frame.
    pub(super) async fn linger(mut self) -> io::Result<()> {
        use tokio::io::AsyncWriteExt as _;

        self.stream.shutdown().await?;
        tokio::io::copy(&mut self.stream, &mut tokio::io::sink()).await?;
        Ok(())
    }
}
