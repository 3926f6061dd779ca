//! The one socket loop, whatever dialect is spoken.
//!
//! One task a socket over the raw TCP stream: frames that wait leave in one vectored write, reads go
//! through a buffer of the thread, so an idle socket holds none. The socket's wishes are run one
//! after another; while one is under way, frames are still written, and nothing more is read.

mod seat;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use parlance_core::ChatError;
use parlance_core::principal::Principal;
use parlance_dialects::contract::{Admission, Frame, Listen, Session, Step};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::Sleep;

pub(crate) use self::seat::{Refused, Seated, say_first};
use crate::Shared;
use crate::hub::SocketHandle;
use crate::websocket::{
    Decoder, Ending, FrameKind, Input, Limits, Message, Progress, close_code, encode_close,
    encode_close_reply, encode_pong, encode_text,
};

/// How long a peer has to read the close frame and close in turn.
const LINGER: Duration = Duration::from_secs(5);
/// How long a socket may stay without saying who is on it.
const ANONYMOUS: Duration = Duration::from_secs(10);
/// The end of a socket whose token does not count.
const NOT_AUTHENTICATED: Step = Step::Close {
    code: close_code::UNAUTHENTICATED,
    reason: "authentication failed",
};
/// What a socket is told whose user has enough of them.
const TOO_MANY_SOCKETS: Step = Step::Close {
    code: close_code::TOO_MANY_SOCKETS,
    reason: "too many sockets of one user",
};
/// What one read holds.
const SCRATCH_BYTES: usize = 32 * 1024;

thread_local! {
    /// Nothing in it outlives the decoding of one read.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH_BYTES].into());
}

/// One socket's task.
pub(crate) struct Socket {
    shared: Arc<Shared>,
    stream: TcpStream,
    handle: Arc<SocketHandle>,
    decoder: Decoder,
    session: Box<dyn Session>,
    /// Who is on it and what it hears; leaves everything when dropped.
    seated: Option<Seated>,
    /// Steps still to be taken, in order.
    steps: VecDeque<Step>,
    /// Bytes that came behind a frame whose wish is under way; empty almost always.
    unread: Vec<u8>,
    /// Until when whatever it waits for has to happen, where that is bounded.
    deadline: Option<Pin<Box<Sleep>>>,
    /// The kernel's buffer is full.
    blocked: bool,
    /// The close frame is queued: drain, then end.
    closing: bool,
}

/// What a closing socket has to say to its loop.
enum Wake {
    /// There may be something to read or to write.
    Work,
    /// The deadline has passed.
    Late,
}

impl Socket {
    /// A socket right after its upgrade; `opening` is what its session wants to begin with, `early`
    /// what the client sent before the answer.
    pub(crate) fn new(
        shared: Arc<Shared>,
        stream: TcpStream,
        handle: Arc<SocketHandle>,
        session: Box<dyn Session>,
        opening: VecDeque<Step>,
        seated: Option<Seated>,
        early: Vec<u8>,
    ) -> Self {
        let max_message_bytes = shared.limits.frame_bytes;
        let deadline = seated
            .is_none()
            .then(|| Box::pin(tokio::time::sleep(ANONYMOUS)));
        Self {
            shared,
            stream,
            handle,
            decoder: Decoder::new(Limits { max_message_bytes }),
            session,
            seated,
            steps: opening,
            unread: early,
            deadline,
            blocked: false,
            closing: false,
        }
    }

    /// Runs until either side has closed.
    ///
    /// # Errors
    /// When the connection breaks; there is nobody left to tell.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        loop {
            while let Some(step) = self.steps.pop_front()
                && !self.closing
            {
                self.take_step(step).await?;
            }
            if !self.unread.is_empty() && !self.closing {
                let mut bytes = std::mem::take(&mut self.unread);
                self.decode(&mut bytes);
                continue;
            }
            self.write()?;
            if self.closing && !self.blocked {
                return Box::pin(self.linger()).await;
            }
            if self.closing {
                // What is queued for a peer that does not read is not waited for for ever.
                self.deadline
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
            }
            match poll_fn(|cx| self.poll_work(cx)).await? {
                Wake::Work => {}
                Wake::Late if self.closing => return Ok(()),
                Wake::Late => {
                    self.deadline = None;
                    self.close(encode_close(close_code::UNAUTHENTICATED, "say who you are"));
                    continue;
                }
            }
            if !self.closing && !self.read()? {
                return Ok(());
            }
        }
    }

    /// Ready when there may be something to read, write or end. A closing socket is not read.
    fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Wake>> {
        if !self.closing && self.stream.poll_read_ready(cx)?.is_ready() {
            return Poll::Ready(Ok(Wake::Work));
        }
        if self.poll_outbound(cx)?.is_ready() {
            return Poll::Ready(Ok(Wake::Work));
        }
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Ok(Wake::Late));
        }
        Poll::Pending
    }

    /// Ready when there may be something to write or an ending.
    fn poll_outbound(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.blocked {
            return self.handle.outbound.poll_ready(cx).map(Ok);
        }
        if self.stream.poll_write_ready(cx)?.is_ready() {
            self.blocked = false;
            return Poll::Ready(Ok(()));
        }
        self.handle.outbound.poll_ending(cx).map(Ok)
    }

    fn write(&mut self) -> io::Result<()> {
        if let Some(ending) = self.handle.outbound.take_ending() {
            let frame = match ending {
                Ending::Requested { code, reason } => encode_close(code, &reason),
                Ending::Overflowed => {
                    encode_close(close_code::TOO_SLOW, "too slow a reader, resume")
                }
            };
            self.close(frame);
        }
        self.write_queued()
    }

    /// Reads once and decodes; `false` when the peer is gone.
    fn read(&mut self) -> io::Result<bool> {
        SCRATCH.with_borrow_mut(|scratch| match self.stream.try_read(scratch) {
            Ok(0) => Ok(false),
            Ok(length) => {
                self.handle
                    .last_seen
                    .store(self.shared.hub.seconds(), Ordering::Relaxed);
                self.decode(&mut scratch[..length]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        })
    }

    /// Decodes messages until one asks for something that takes time; keeps what came behind it.
    fn decode(&mut self, bytes: &mut [u8]) {
        let mut input = Input::new(bytes);
        while self.steps.is_empty() && !self.closing {
            let steps = match self.decoder.decode(&mut input) {
                Ok(None) => return,
                Ok(Some(Message::Text(text))) => self.session.on_frame(Frame::Text(&text)),
                Ok(Some(Message::Binary(bytes))) => self.session.on_frame(Frame::Binary(&bytes)),
                Ok(Some(Message::Ping(payload))) => {
                    let pong = encode_pong(&payload);
                    self.handle.outbound.push(pong, FrameKind::Ephemeral);
                    continue;
                }
                Ok(Some(Message::Pong(_))) => continue,
                Ok(Some(Message::Close(close))) => {
                    return self.close(encode_close_reply(close.as_ref()));
                }
                Err(error) => {
                    return self.close(encode_close(error.close_code(), &error.to_string()));
                }
            };
            self.shared.metrics.frames_in.one();
            self.steps.extend(steps);
        }
        self.unread = input.bytes().to_vec();
    }

    async fn take_step(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Send(text) => {
                let frame = encode_text(text.as_bytes());
                self.handle.outbound.push(frame, FrameKind::Lasting);
            }
            Step::Emit(emission) => {
                let frame = encode_text(emission.argument.as_bytes());
                self.handle.outbound.push(frame, FrameKind::Lasting);
            }
            // Only Socket.IO clients ask for it.
            Step::Acknowledge(_) => {}
            Step::Listen { tag, listen } => Box::pin(self.listen(tag, *listen)).await?,
            Step::Leave(topic) => {
                if let Some(seated) = &mut self.seated {
                    seated.leave(topic);
                }
            }
            Step::Run { tag, request } => {
                let reply = match self.principal() {
                    Some(by) => {
                        let chat = self.shared.chat.clone();
                        let run = Box::pin(async move { chat.run(&by, *request).await });
                        self.drive(run).await?
                    }
                    None => Err(ChatError::Forbidden("say who you are first")),
                };
                let steps = self.session.on_reply(tag, reply);
                self.take_next(steps);
            }
            Step::Authenticate { token } => Box::pin(self.authenticate(token)).await?,
            Step::Close { code, reason } => self.close(encode_close(code, reason)),
        }
        Ok(())
    }

    async fn listen(&mut self, tag: u32, listen: Listen) -> io::Result<()> {
        let result = match self.seated.take() {
            Some(mut seated) => {
                let handle = Arc::clone(&self.handle);
                let (seated, result) = self
                    .drive(Box::pin(async move {
                        let result = seated.listen_also(&handle, listen).await;
                        (seated, result)
                    }))
                    .await?;
                self.seated = Some(seated);
                result
            }
            None => Err(ChatError::Forbidden("say who you are first")),
        };
        let steps = self.session.on_listening(tag, result);
        self.take_next(steps);
        Ok(())
    }

    /// What an answer leads to comes before what was asked after it.
    fn take_next(&mut self, steps: Vec<Step>) {
        for step in steps.into_iter().rev() {
            self.steps.push_front(step);
        }
    }

    fn principal(&self) -> Option<Principal> {
        self.handle
            .who
            .get()
            .map(|who| Principal::User((**who).clone()))
    }

    async fn authenticate(&mut self, token: String) -> io::Result<()> {
        if self.seated.is_some() {
            let refused = Err(ChatError::Forbidden("this socket has said who is on it"));
            let steps = self.session.on_authenticated(refused);
            self.take_next(steps);
            return Ok(());
        }
        let dialect = Arc::clone(&self.handle.dialect);
        let (shared, handle) = (Arc::clone(&self.shared), Arc::clone(&self.handle));
        let mark = shared.hub.ends_mark();
        let seated = self
            .drive(Box::pin(async move {
                let Admission { principal, listen } = dialect.authenticate(&token).await?;
                let seated = Seated::count_in(&shared, &handle, principal).await;
                seated
                    .map(|seated| (seated, listen))
                    .map_err(|Refused(error)| error)
            }))
            .await?;
        match seated {
            Ok((seated, listen)) => self.sit_down(seated, listen, mark).await?,
            Err(error) => {
                let farewell = match error {
                    ChatError::TooMany { .. } => TOO_MANY_SOCKETS,
                    _ => NOT_AUTHENTICATED,
                };
                let steps = self.session.on_authenticated(Err(error));
                self.steps.clear();
                self.take_next(steps);
                self.steps.push_back(farewell);
            }
        }
        Ok(())
    }

    /// Says who is on it, and then lets it listen: nothing is heard before.
    async fn sit_down(
        &mut self,
        mut seated: Seated,
        listen: Vec<Listen>,
        mark: u64,
    ) -> io::Result<()> {
        self.deadline = None;
        let steps = self.session.on_authenticated(Ok(seated.user()));
        let rest = say_first(&self.handle, steps);
        self.take_next(rest.into());
        let handle = Arc::clone(&self.handle);
        let listening = self
            .drive(Box::pin(async move {
                let listening = seated.listen(&handle, listen, mark).await;
                listening.map(|()| seated)
            }))
            .await?;
        match listening {
            Ok(seated) => self.seated = Some(seated),
            Err(Refused(_void)) => {
                self.steps.clear();
                self.steps.push_back(NOT_AUTHENTICATED);
            }
        }
        Ok(())
    }

    /// Waits for what takes time, and writes what has to be written meanwhile.
    async fn drive<T>(
        &mut self,
        mut work: Pin<Box<dyn Future<Output = T> + Send>>,
    ) -> io::Result<T> {
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(done) = work.as_mut().poll(cx) {
                    return Poll::Ready(Ok(done));
                }
                // An ending asked for meanwhile waits until the wish has its answer.
                if self.handle.outbound.queued_bytes() == 0 {
                    return match self.handle.outbound.poll_ready(cx) {
                        Poll::Ready(()) if self.handle.outbound.queued_bytes() > 0 => continue,
                        _ => Poll::Pending,
                    };
                }
                match self.poll_outbound(cx) {
                    Poll::Ready(Ok(())) if !self.blocked => self.write_queued()?,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    _ => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Writes what is queued without looking at an ending.
    fn write_queued(&mut self) -> io::Result<()> {
        while !self.blocked {
            let stream = &self.stream;
            match self
                .handle
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

    fn close(&mut self, frame: Bytes) {
        self.handle.outbound.push_last(frame);
        self.closing = true;
        self.deadline = None;
    }

    /// Reads to the end without looking: closing over unread bytes would reset the connection, and
    /// the peer might lose the close frame.
    async fn linger(mut self) -> io::Result<()> {
        // Nobody hears a socket that is closing: it leaves before it waits for its peer.
        drop(self.seated.take());
        self.shared.hub.unregister(&self.handle);
        let rest = async {
            self.stream.shutdown().await?;
            tokio::io::copy(&mut self.stream, &mut tokio::io::sink()).await
        };
        tokio::time::timeout(LINGER, Box::pin(rest)).await??;
        Ok(())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shared.hub.unregister(&self.handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of the future that `run` makes, without making one.
    fn size_of_future<F: Future>(_run: impl FnOnce(Socket) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn an_idle_sockets_task_is_small() {
        let bytes = size_of_future(Socket::run);
        assert!(bytes <= 1_024, "{bytes} bytes; box what is seldom needed");
    }
}
