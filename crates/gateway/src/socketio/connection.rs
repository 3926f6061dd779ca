//! One Socket.IO connection: a task that holds its namespaces and speaks by whichever transport
//! there is. Wishes are run one after another; while one is under way, polls are still answered and
//! frames still written, and nothing more is taken in.

mod clockwork;
mod output;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use parlance_core::ChatError;
use parlance_core::ids::SocketId;
use parlance_core::principal::Principal;
use parlance_dialects::contract::{ConnectRefusal, Frame, Listen, Step};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::clockwork::Clockwork;
use super::engine::{EnginePacket, Malformed, split_payload};
use super::packet::{self, Kind, Packet};
use super::registry::{Command, Posted, Registered};
use super::seat::{Entered, Facts, Seat};
use super::wire::{Heard, Wire};
use super::{UPGRADE_TIMEOUT, engine_frame, frame};
use crate::directory::Site;
use crate::websocket::{Ending, close_code};
use crate::{Shared, stopped};

/// What a connection is made of.
pub(super) struct Parts {
    pub(super) shared: Arc<Shared>,
    pub(super) site: Arc<Site>,
    pub(super) facts: Arc<Facts>,
    pub(super) registered: Registered,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) posts: mpsc::Receiver<Posted>,
    /// `None`: it begins with polling.
    pub(super) wire: Option<Box<Wire>>,
    /// The first frame, when it does not leave as the answer to the first poll.
    pub(super) open: Option<Bytes>,
}

/// How packets leave.
enum Transport {
    /// By answers to polls; the one that waits, if any does.
    Polling(Option<oneshot::Sender<Bytes>>),
    WebSocket(Box<Wire>),
}

/// A WebSocket that asked to take over.
struct Probe {
    wire: Box<Wire>,
    until: Instant,
    /// It was told that it gets through.
    confirmed: bool,
}

/// One packet of the client.
enum Incoming {
    Packet(String),
    /// A part of a binary event.
    Binary,
    /// The WebSocket's end, after whatever came before it; the code to close with in turn.
    End(u16),
}

/// Why a connection ends.
struct End {
    code: u16,
    reason: &'static str,
    /// The client may want to come back into its sessions.
    lost: bool,
}

impl End {
    const fn new(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason,
            lost: false,
        }
    }

    const fn lost(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason,
            lost: true,
        }
    }
}

impl From<Malformed> for End {
    fn from(_: Malformed) -> Self {
        Self::new(close_code::PROTOCOL_ERROR, "not a packet of this protocol")
    }
}

/// What there is to do.
enum Wake {
    /// Something to take in, or an ending to look at.
    Work,
    /// A deadline has passed.
    Late,
    /// The peer ends it.
    Over(End),
}

/// One connection's task.
pub(super) struct Connection {
    shared: Arc<Shared>,
    site: Arc<Site>,
    facts: Arc<Facts>,
    registered: Registered,
    commands: mpsc::Receiver<Command>,
    posts: mpsc::Receiver<Posted>,
    transport: Transport,
    probe: Option<Probe>,
    seats: Vec<Seat>,
    /// Frames that leave before those in the seats' queues.
    ready: VecDeque<Bytes>,
    ready_bytes: usize,
    /// What came and is not looked at yet; no more is taken in before it is.
    inbox: VecDeque<Incoming>,
    /// Steps still to be taken, in order, all of the seat `current`.
    steps: VecDeque<Step>,
    current: Option<SocketId>,
    /// The number under which the sender of the present event asked for an answer.
    ack: Option<u64>,
    clockwork: Clockwork,
    /// Answers when the server stops.
    stop: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Connection {
    pub(super) fn new(parts: Parts) -> Self {
        let mut stopping = parts.shared.stopping.subscribe();
        let mut connection = Self {
            shared: parts.shared,
            site: parts.site,
            facts: parts.facts,
            registered: parts.registered,
            commands: parts.commands,
            posts: parts.posts,
            transport: parts
                .wire
                .map_or(Transport::Polling(None), Transport::WebSocket),
            probe: None,
            seats: Vec::new(),
            ready: VecDeque::new(),
            ready_bytes: 0,
            inbox: VecDeque::new(),
            steps: VecDeque::new(),
            current: None,
            ack: None,
            clockwork: Clockwork::started(),
            stop: Some(Box::pin(async move { stopped(&mut stopping).await })),
        };
        connection.ready.extend(parts.open);
        connection
    }

    /// Runs until either side ends it.
    pub(super) async fn run(mut self) {
        // A broken transport has nobody left to be told.
        let end = self.live().await.ok();
        // Nobody hears a connection that ends: it leaves before it waits for its peer.
        if end.as_ref().is_none_or(|end| end.lost) && self.stop.is_some() {
            for seat in self.seats.drain(..) {
                self.shared.socket_io.park(&self.shared, seat);
            }
        } else {
            self.collect();
            self.seats.clear();
        }
        let Self {
            transport,
            ready,
            registered,
            ..
        } = self;
        drop(registered);
        if let Some(end) = end {
            output::farewell(transport, ready, end).await;
        }
    }

    async fn live(&mut self) -> io::Result<End> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                self.take_step(step).await?;
                continue;
            }
            self.answer_with_nothing();
            if let Some(end) = self.look_for_endings() {
                return Ok(end);
            }
            if let Some(incoming) = self.inbox.pop_front() {
                if let Err(end) = self.take_in(incoming).await? {
                    return Ok(end);
                }
                continue;
            }
            let late = match poll_fn(|cx| self.poll(cx)).await? {
                Wake::Work => continue,
                Wake::Late => self.look_at_the_clock(),
                Wake::Over(end) => Some(end),
            };
            if let Some(end) = late {
                return Ok(end);
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Wake>> {
        if self.poll_out(cx)?.is_ready() {
            return Poll::Ready(Ok(Wake::Work));
        }
        if let Poll::Ready(Some(posted)) = self.posts.poll_recv(cx) {
            return Poll::Ready(Ok(self.take_post(posted)));
        }
        if let Poll::Ready(wake) = self.poll_hear(cx)? {
            return Poll::Ready(Ok(wake));
        }
        if let Some(stop) = &mut self.stop
            && stop.as_mut().poll(cx).is_ready()
        {
            self.stop = None;
            return Poll::Ready(Ok(Wake::Work));
        }
        let probe = self.probe.as_ref().map(|probe| probe.until);
        self.clockwork
            .poll(cx, self.seats.is_empty(), probe)
            .map(|()| Ok(Wake::Late))
    }

    fn take_post(&mut self, posted: Posted) -> Wake {
        let Posted { body, taken } = posted;
        if !matches!(self.transport, Transport::Polling(_)) {
            return Wake::Work;
        }
        self.clockwork.heard();
        let packets = match split_payload(&body) {
            Ok(packets) => packets,
            Err(malformed) => return Wake::Over(malformed.into()),
        };
        let packets = packets.into_iter().map(str::to_owned);
        self.inbox.extend(packets.map(Incoming::Packet));
        // Whoever posted may have gone; the packets came.
        let _gone = taken.send(());
        Wake::Work
    }

    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Wake>> {
        match &mut self.transport {
            Transport::WebSocket(wire) => {
                let heard = std::task::ready!(wire.poll_hear(cx))?;
                Poll::Ready(Ok(self.take_heard(heard)))
            }
            Transport::Polling(_) => {
                let Some(probe) = &mut self.probe else {
                    return Poll::Pending;
                };
                match std::task::ready!(probe.wire.poll_hear(cx)) {
                    Ok(heard) => Poll::Ready(Ok(self.take_probe(heard))),
                    // It did not get through: polling goes on.
                    Err(_broken) => {
                        self.probe = None;
                        Poll::Ready(Ok(Wake::Work))
                    }
                }
            }
        }
    }

    fn take_heard(&mut self, heard: Vec<Heard>) -> Wake {
        self.clockwork.heard();
        for heard in heard {
            match heard {
                Heard::Text(text) => self.inbox.push_back(Incoming::Packet(text)),
                Heard::Binary => self.inbox.push_back(Incoming::Binary),
                Heard::End(code) => self.inbox.push_back(Incoming::End(code)),
            }
        }
        Wake::Work
    }

    /// What a WebSocket says that is to take over: `2probe`, and `5` once nothing comes by polls
    /// any more. Anything else, and it is let go.
    fn take_probe(&mut self, heard: Vec<Heard>) -> Wake {
        let mut heard = heard.into_iter();
        while let Some(mut probe) = self.probe.take() {
            let Some(next) = heard.next() else {
                self.probe = Some(probe);
                break;
            };
            let Heard::Text(text) = next else { break };
            match EnginePacket::parse(&text) {
                Ok(EnginePacket::Ping("probe")) => {
                    probe.wire.push(engine_frame(EnginePacket::Pong("probe")));
                    probe.confirmed = true;
                    self.probe = Some(probe);
                    // The client takes over only when no poll of it waits.
                    self.answer_poll_with_noop();
                }
                Ok(EnginePacket::Upgrade) if probe.confirmed => {
                    self.answer_poll_with_noop();
                    self.transport = Transport::WebSocket(probe.wire);
                    return self.take_heard(heard.collect());
                }
                _ => break,
            }
        }
        Wake::Work
    }

    fn on_command(&mut self, command: Command) {
        match (command, &mut self.transport) {
            (Command::Poll(poll), Transport::Polling(waiting)) => {
                // The one before waits for a client that asked anew.
                if let Some(before) = waiting.replace(poll) {
                    let _gone = before.send(Bytes::from_static(b"6"));
                }
                if self.probe.as_ref().is_some_and(|probe| probe.confirmed) {
                    self.clockwork.noop_soon();
                }
            }
            (Command::Upgrade(wire), Transport::Polling(_)) if self.probe.is_none() => {
                self.probe = Some(Probe {
                    wire,
                    until: Instant::now() + UPGRADE_TIMEOUT,
                    confirmed: false,
                });
            }
            // Dropped, which refuses it.
            (Command::Poll(_) | Command::Upgrade(_), _) => {}
        }
    }

    /// Whatever the clock asks for; the end, when the client has been silent for too long.
    fn look_at_the_clock(&mut self) -> Option<End> {
        let now = Instant::now();
        if self.clockwork.is_silent(now) {
            return Some(End::lost(close_code::GOING_AWAY, "no answer to pings"));
        }
        if self.clockwork.is_nameless(now) {
            return Some(End::new(close_code::POLICY, "no namespace"));
        }
        if self.clockwork.take_noop(now) {
            self.answer_poll_with_noop();
        }
        if self.probe.as_ref().is_some_and(|probe| probe.until <= now) {
            self.probe = None;
        }
        if self.clockwork.take_ping(now) {
            self.say(engine_frame(EnginePacket::Ping("")));
        }
        None
    }

    /// Namespaces that somebody else ends, and what ends the connection.
    fn look_for_endings(&mut self) -> Option<End> {
        const TOO_SLOW: End = End::new(close_code::TOO_SLOW, "too slow a reader, reconnect");
        const RESTART: End = End::new(close_code::RESTART, "the server restarts, reconnect");
        if self.ready_bytes > self.shared.limits.queue_bytes {
            self.shared.metrics.slow_readers.one();
            return Some(TOO_SLOW);
        }
        let mut at = 0;
        while let Some(seat) = self.seats.get(at) {
            match seat.handle.outbound.take_ending() {
                None => at += 1,
                // The client comes back by itself only when the whole connection ends.
                Some(Ending::Overflowed) => return Some(TOO_SLOW),
                Some(Ending::Requested { code, .. }) => match code {
                    close_code::RESTART => return Some(RESTART),
                    close_code::TOO_SLOW => return Some(TOO_SLOW),
                    // Its right is void: it must not come back by itself.
                    _ => self.end_namespace(at),
                },
            }
        }
        (self.stop.is_none() && self.seats.is_empty()).then_some(RESTART)
    }

    /// Takes the client out of a namespace, after what it was told there.
    fn end_namespace(&mut self, at: usize) {
        let mut seat = self.seats.remove(at);
        while let Some(frames) = seat.pop() {
            for frame in frames {
                self.say(frame);
            }
        }
        self.say(frame(&packet::disconnected(seat.name())));
        if self.current == Some(seat.handle.id) {
            self.steps.clear();
            self.ack = None;
        }
    }

    /// The position of the seat whose steps are taken.
    fn current(&self) -> Option<usize> {
        let current = self.current?;
        self.seats.iter().position(|seat| seat.handle.id == current)
    }

    async fn take_in(&mut self, incoming: Incoming) -> io::Result<Result<(), End>> {
        let text = match incoming {
            Incoming::Packet(text) => text,
            // A part of an event that was refused when it came.
            Incoming::Binary => return Ok(Ok(())),
            Incoming::End(code) => return Ok(Err(End::lost(code, ""))),
        };
        let message = match EnginePacket::parse(&text) {
            Ok(EnginePacket::Message(message)) => message,
            // Who leaves on purpose has left its namespaces before.
            Ok(EnginePacket::Close) => return Ok(Err(End::lost(close_code::NORMAL, ""))),
            Ok(EnginePacket::Ping(data)) => {
                self.say(engine_frame(EnginePacket::Pong(data)));
                return Ok(Ok(()));
            }
            // An answer, an upgrade that is done already, or a part of a refused event.
            Ok(
                EnginePacket::Pong(_)
                | EnginePacket::Upgrade
                | EnginePacket::Noop
                | EnginePacket::Binary,
            ) => return Ok(Ok(())),
            Ok(EnginePacket::Open(_)) => return Ok(Err(Malformed.into())),
            Err(malformed) => return Ok(Err(malformed.into())),
        };
        let packet = match Packet::parse(message) {
            Ok(packet) => packet,
            Err(malformed) => return Ok(Err(malformed.into())),
        };
        self.shared.metrics.frames_in.one();
        let mut seats = self.seats.iter_mut();
        let at = seats.position(|seat| seat.name() == packet.namespace);
        match (packet.kind, at) {
            (Kind::Connect(auth), None) => self.connect(packet.namespace, auth).await?,
            (Kind::Connect(_), Some(_)) => return Ok(Err(Malformed.into())),
            (Kind::Disconnect, Some(at)) => drop(self.seats.remove(at)),
            (
                Kind::Event {
                    name,
                    argument,
                    ack,
                },
                Some(at),
            ) => {
                let steps = self.seats[at].session.on_event(&name, argument);
                self.begin(at, ack, steps);
            }
            (Kind::BinaryEvent { ack, .. }, Some(at)) => {
                let steps = self.seats[at].session.on_frame(Frame::Binary(&[]));
                self.begin(at, ack, steps);
            }
            // It may have been taken out while this was on its way.
            (Kind::Disconnect | Kind::Event { .. } | Kind::BinaryEvent { .. }, None)
            | (Kind::Ack { .. }, _) => {}
        }
        Ok(Ok(()))
    }

    fn begin(&mut self, at: usize, ack: Option<u64>, steps: Vec<Step>) {
        self.current = Some(self.seats[at].handle.id);
        self.ack = ack;
        self.steps = steps.into();
    }

    async fn connect(&mut self, namespace: &str, auth: Option<&str>) -> io::Result<()> {
        let auth = auth.and_then(|auth| serde_json::from_str(auth).ok());
        let opened = self
            .drive(Box::pin(Seat::open(
                Arc::clone(&self.shared),
                Arc::clone(&self.site),
                Arc::clone(&self.facts),
                namespace.to_owned(),
                auth,
            )))
            .await?;
        match opened {
            Ok(Entered {
                seat,
                first,
                opening,
            }) => {
                for frame in first {
                    self.say(frame);
                }
                self.registered.named();
                self.current = Some(seat.handle.id);
                self.steps = opening;
                self.seats.push(seat);
            }
            Err(ConnectRefusal { message, data }) => {
                self.shared.metrics.handshakes_refused.one();
                let refusal = packet::connect_error(namespace, &message, data.as_ref());
                self.say(frame(&refusal));
            }
        }
        Ok(())
    }

    async fn take_step(&mut self, step: Step) -> io::Result<()> {
        let Some(at) = self.current() else {
            self.steps.clear();
            return Ok(());
        };
        match step {
            Step::Send(_) | Step::Emit(_) => self.seats[at].say(step),
            Step::Acknowledge(argument) => {
                if let Some(ack) = self.ack.take() {
                    let seat = &self.seats[at];
                    seat.push(frame(&packet::answer(seat.name(), ack, Some(&argument))));
                }
            }
            Step::Listen { tag, listen } => self.listen(at, tag, *listen).await?,
            Step::Leave(topic) => {
                if let Some(seated) = &mut self.seats[at].seated {
                    seated.leave(topic);
                }
            }
            Step::Run { tag, request } => {
                let who = self.seats[at].handle.who.get();
                let by = who.map(|who| Principal::User((**who).clone()));
                let reply = match by {
                    Some(by) => {
                        let chat = self.shared.chat.clone();
                        let run = Box::pin(async move { chat.run(&by, *request).await });
                        self.drive(run).await?
                    }
                    None => Err(ChatError::Forbidden("say who you are first")),
                };
                let steps = self.seats[at].session.on_reply(tag, reply);
                self.take_next(steps);
            }
            Step::Authenticate { .. } => {
                let refused = ChatError::Forbidden("this socket has said who is on it");
                let steps = self.seats[at].session.on_authenticated(Err(refused));
                self.take_next(steps);
            }
            Step::Close { .. } => self.end_namespace(at),
        }
        Ok(())
    }

    async fn listen(&mut self, at: usize, tag: u32, listen: Listen) -> io::Result<()> {
        let seat = &mut self.seats[at];
        let result = match seat.seated.take() {
            Some(mut seated) => {
                let handle = Arc::clone(&seat.handle);
                let (seated, result) = self
                    .drive(Box::pin(async move {
                        let result = seated.listen_also(&handle, listen).await;
                        (seated, result)
                    }))
                    .await?;
                self.seats[at].seated = Some(seated);
                result
            }
            None => Err(ChatError::Forbidden("say who you are first")),
        };
        let steps = self.seats[at].session.on_listening(tag, result);
        self.take_next(steps);
        Ok(())
    }

    /// What an answer leads to comes before what was asked after it.
    fn take_next(&mut self, steps: Vec<Step>) {
        for step in steps.into_iter().rev() {
            self.steps.push_front(step);
        }
    }

    /// An answer that was asked for is given, even when the session has none.
    fn answer_with_nothing(&mut self) {
        if let (Some(ack), Some(at)) = (self.ack.take(), self.current()) {
            let seat = &self.seats[at];
            seat.push(frame(&packet::answer(seat.name(), ack, None)));
        }
    }

    /// Waits for what takes time, and hands out what leaves meanwhile. An ending that is asked for
    /// meanwhile waits until the wish has its answer.
    async fn drive<T>(
        &mut self,
        mut work: Pin<Box<dyn Future<Output = T> + Send>>,
    ) -> io::Result<T> {
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(done));
            }
            let _ending = self.poll_out(cx)?;
            Poll::Pending
        })
        .await
    }
}
