//! Echoes every message: the smallest server over the codec, and the target of Autobahn's cases.
//!
//! ```sh
//! cargo run --release -p parlance-gateway --example echo -- 127.0.0.1:9001
//! python3 -m venv .tools/kosoku && .tools/kosoku/bin/pip install kosoku
//! .tools/kosoku/bin/kosoku -m fuzzingclient -o .tools/kosoku/report ws://127.0.0.1:9001
//! ```
//!
//! The cases 12.* and 13.* are about compression, which is not offered; kosoku reports them as
//! unimplemented. All others must be OK or informational.
//!
//! It also shows the shape of a socket's task: no buffer while idle, a read buffer per thread, one
//! vectored write for all that waits, one `poll_fn` instead of a split socket.

use std::{
    cell::RefCell,
    convert::Infallible,
    future::poll_fn,
    io::{self, ErrorKind},
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use parlance_gateway::websocket::{
    Decoder, Ending, FrameKind, Handshake, Input, Limits, Message, Outbound, Progress, close_code,
    encode_binary, encode_close, encode_close_reply, encode_pong, encode_text,
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
};

/// Autobahn's largest message is 16 MiB.
const MAX_MESSAGE_BYTES: usize = 16 << 20;
const MAX_QUEUED_BYTES: usize = 64 << 20;
const LINGER: Duration = Duration::from_secs(2);
const SCRATCH_BYTES: usize = 64 << 10;

thread_local! {
    /// What one read holds; nothing in it outlives the decoding of that read.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH_BYTES].into());
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:9001".to_owned());
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(upgrade))
                .with_upgrades(),
        );
    }
}

async fn upgrade(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let upgraded = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let response = match Handshake::from_request(&parts) {
        Ok(handshake) => {
            tokio::spawn(async move {
                let Ok(upgraded) = upgraded.await else { return };
                let raw = upgraded
                    .downcast::<TokioIo<TcpStream>>()
                    .expect("served above");
                // A client may send frames before it has read the response; hyper read those too.
                let early = raw.read_buf.to_vec();
                // A socket that breaks has nobody left to tell.
                let _ = Socket::new(raw.io.into_inner()).run(early).await;
            });
            handshake.response(None).map(|()| Full::default())
        }
        Err(error) => error.response().map(|()| Full::from(error.to_string())),
    };
    Ok(response)
}

struct Socket {
    stream: TcpStream,
    decoder: Decoder,
    outbound: Arc<Outbound>,
    /// The kernel's buffer is full.
    blocked: bool,
    /// The close frame is queued: drain, then end.
    closing: bool,
}

impl Socket {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            decoder: Decoder::new(Limits {
                max_message_bytes: MAX_MESSAGE_BYTES,
            }),
            outbound: Arc::new(Outbound::new(MAX_QUEUED_BYTES)),
            blocked: false,
            closing: false,
        }
    }

    async fn run(mut self, mut early: Vec<u8>) -> io::Result<()> {
        self.decode(&mut early);
        drop(early);
        loop {
            self.write()?;
            if self.closing && !self.blocked {
                return self.linger().await;
            }
            poll_fn(|cx| self.poll_work(cx)).await?;
            if !self.closing && !self.read()? {
                return Ok(());
            }
        }
    }

    /// Reads to the end without looking: closing over unread bytes would reset the connection, and
    /// the peer might lose the close frame.
    async fn linger(mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        let mut sink = tokio::io::sink();
        let rest = tokio::io::copy(&mut self.stream, &mut sink);
        tokio::time::timeout(LINGER, rest).await??;
        Ok(())
    }

    /// Ready when there may be something to read, write or end. A closing socket is not read.
    fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.closing && self.stream.poll_read_ready(cx)?.is_ready() {
            return Poll::Ready(Ok(()));
        }
        if !self.blocked {
            return self.outbound.poll_ready(cx).map(Ok);
        }
        if self.stream.poll_write_ready(cx)?.is_ready() {
            self.blocked = false;
            return Poll::Ready(Ok(()));
        }
        self.outbound.poll_ending(cx).map(Ok)
    }

    fn write(&mut self) -> io::Result<()> {
        if let Some(ending) = self.outbound.take_ending() {
            let (code, reason) = match ending {
                Ending::Requested { code, reason } => (code, reason),
                Ending::Overflowed => (close_code::TRY_AGAIN_LATER, "too slow".into()),
            };
            self.close(encode_close(code, &reason));
        }
        while !self.blocked {
            let stream = &self.stream;
            match self
                .outbound
                .write_with(|slices| stream.try_write_vectored(slices))?
            {
                Progress::Drained => break,
                Progress::More => {}
                Progress::Blocked => self.blocked = true,
            }
        }
        Ok(())
    }

    /// Reads once and answers; `false` when the peer is gone.
    fn read(&mut self) -> io::Result<bool> {
        SCRATCH.with_borrow_mut(|scratch| match self.stream.try_read(scratch) {
            Ok(0) => Ok(false),
            Ok(length) => {
                self.decode(&mut scratch[..length]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        })
    }

    fn decode(&mut self, bytes: &mut [u8]) {
        let mut input = Input::new(bytes);
        loop {
            let frame = match self.decoder.decode(&mut input) {
                Ok(None) => return,
                Ok(Some(Message::Text(text))) => encode_text(text.as_bytes()),
                Ok(Some(Message::Binary(bytes))) => encode_binary(&bytes),
                Ok(Some(Message::Ping(payload))) => encode_pong(&payload),
                Ok(Some(Message::Pong(_))) => continue,
                Ok(Some(Message::Close(close))) => {
                    return self.close(encode_close_reply(close.as_ref()));
                }
                Err(error) => {
                    return self.close(encode_close(error.close_code(), &error.to_string()));
                }
            };
            self.outbound.push(frame, FrameKind::Lasting);
        }
    }

    fn close(&mut self, frame: Bytes) {
        self.outbound.push_last(frame);
        self.closing = true;
    }
}
