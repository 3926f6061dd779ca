//! A Socket.IO 5 client, as far as cases need one: a namespace a socket, text packets, events with
//! one argument, over polling, a WebSocket, or from the first to the second.

mod engine;
mod packet;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::engine::Engine;
use self::packet::{Body, EnginePacket, Packet};
use super::case::Transport;
use super::failure::Failure;
use super::target::Target;

/// Events that may wait unread on one socket, and packets to be sent.
const WAITING: usize = 4096;

/// What a namespace brought.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SioIncoming {
    Event {
        name: String,
        arguments: Vec<Value>,
    },
    /// The server left the namespace or ended the session.
    Closed,
    /// The session broke.
    Lost(String),
}

impl SioIncoming {
    /// For messages: what came.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Event { name, arguments } => {
                format!("the event {name:?} {}", Value::Array(arguments.clone()))
            }
            Self::Closed => "a disconnect".to_owned(),
            Self::Lost(why) => format!("a broken session ({why})"),
        }
    }
}

/// What a connect packet led to.
#[derive(Debug)]
pub(super) enum Connected {
    Open(SioSocket),
    /// The payload of the connect error.
    Refused(Value),
}

/// A connected namespace.
#[derive(Debug)]
pub(super) struct SioSocket {
    namespace: String,
    outgoing: mpsc::Sender<String>,
    incoming: mpsc::Receiver<SioIncoming>,
    driver: JoinHandle<()>,
}

impl Drop for SioSocket {
    /// Hangs up without goodbye, as a client that dies.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Connects a namespace; without `transports` as the usual client, polling and then a WebSocket.
pub(super) async fn open(
    target: &Target,
    host: &str,
    namespace: &str,
    auth: Option<&Value>,
    transports: Option<&[Transport]>,
) -> Result<Connected, Failure> {
    let transports = transports.unwrap_or(&[Transport::Polling, Transport::Websocket]);
    let what = format!("no answer to the connect packet for {namespace}");
    target
        .within(&what, connect(target, host, namespace, auth, transports))
        .await
}

async fn connect(
    target: &Target,
    host: &str,
    namespace: &str,
    auth: Option<&Value>,
    transports: &[Transport],
) -> Result<Connected, Failure> {
    let first = *transports
        .first()
        .ok_or_else(|| Failure::new("transports is empty"))?;
    let mut engine = Engine::open(target, host, first).await?;
    engine
        .send(target, packet::connect(namespace, auth))
        .await?;
    let answer = next_packet(&mut engine, target).await?;
    match answer.body {
        Body::Connect if answer.namespace == namespace => {}
        Body::ConnectError(why) if answer.namespace == namespace => {
            return Ok(Connected::Refused(why));
        }
        other => {
            let got = format!("{other:?} for {}", answer.namespace);
            return Err(Failure::new(format!(
                "no answer to the connect packet but {got}"
            )));
        }
    }
    if first == Transport::Polling && transports.contains(&Transport::Websocket) {
        engine = engine.upgrade(target).await?;
    }
    let (arrive, incoming) = mpsc::channel(WAITING);
    let (outgoing, to_send) = mpsc::channel(WAITING);
    let driver = tokio::spawn(drive(
        engine,
        target.clone(),
        namespace.to_owned(),
        to_send,
        arrive,
    ));
    Ok(Connected::Open(SioSocket {
        namespace: namespace.to_owned(),
        outgoing,
        incoming,
        driver,
    }))
}

/// The next Socket.IO packet; heartbeats are answered on the way.
async fn next_packet(engine: &mut Engine, target: &Target) -> Result<Packet, Failure> {
    loop {
        let text = engine
            .next()
            .await
            .ok_or_else(|| Failure::new("the session ended"))??;
        match EnginePacket::parse(&text)? {
            EnginePacket::Message(message) => {
                return Packet::parse(&message).map_err(Failure::from);
            }
            EnginePacket::Ping => engine.send(target, "3".to_owned()).await?,
            EnginePacket::Noop => {}
            other => return Err(Failure::new(format!("unexpected {other:?}"))),
        }
    }
}

/// Moves packets both ways until the session ends or nobody is left to hear.
async fn drive(
    mut engine: Engine,
    target: Target,
    namespace: String,
    mut to_send: mpsc::Receiver<String>,
    arrive: mpsc::Sender<SioIncoming>,
) {
    loop {
        let done = tokio::select! {
            packet = to_send.recv() => match packet {
                Some(packet) => engine.send(&target, packet).await.map(|()| None),
                None => break,
            },
            text = engine.next() => match text {
                Some(Ok(text)) => take(&text, &namespace, &mut engine, &target).await,
                Some(Err(failure)) => Err(failure),
                None => Ok(Some(SioIncoming::Closed)),
            },
        };
        let incoming = match done {
            Ok(None) => continue,
            Ok(Some(incoming)) => incoming,
            Err(failure) => SioIncoming::Lost(failure.to_string()),
        };
        let over = !matches!(incoming, SioIncoming::Event { .. });
        if arrive.send(incoming).await.is_err() || over {
            return;
        }
    }
    // The case hangs up; a server that has gone first changes nothing.
    let _gone = engine.close(&target).await;
}

async fn take(
    text: &str,
    namespace: &str,
    engine: &mut Engine,
    target: &Target,
) -> Result<Option<SioIncoming>, Failure> {
    let message = match EnginePacket::parse(text)? {
        EnginePacket::Message(message) => message,
        EnginePacket::Ping => {
            engine.send(target, "3".to_owned()).await?;
            return Ok(None);
        }
        EnginePacket::Close => return Ok(Some(SioIncoming::Closed)),
        EnginePacket::Open(_) | EnginePacket::Pong(_) | EnginePacket::Noop => return Ok(None),
    };
    let packet = Packet::parse(&message)?;
    if packet.namespace != namespace {
        return Err(Failure::new(format!(
            "a packet for the namespace {}",
            packet.namespace
        )));
    }
    Ok(match packet.body {
        Body::Event { name, arguments } => Some(SioIncoming::Event { name, arguments }),
        Body::Disconnect => Some(SioIncoming::Closed),
        Body::Connect | Body::Ack | Body::ConnectError(_) => None,
    })
}

impl SioSocket {
    /// The next event, however long it takes; `None` once the session has ended.
    pub(super) async fn next(&mut self) -> Option<SioIncoming> {
        self.incoming.recv().await
    }

    pub(super) async fn emit(&self, name: &str, argument: Option<Value>) -> Result<(), Failure> {
        self.push(packet::emit(&self.namespace, name, argument))
            .await
    }

    async fn push(&self, packet: String) -> Result<(), Failure> {
        let pushed = self.outgoing.send(packet).await;
        pushed.map_err(|_| Failure::new("cannot send: the session has ended"))
    }

    /// Leaves the namespace, hangs up, and returns when the server has been told.
    pub(super) async fn close(self) {
        // A session that has ended already is as good.
        if self
            .push(packet::disconnect(&self.namespace))
            .await
            .is_err()
        {
            return;
        }
        let (unused, _) = mpsc::channel(1);
        let mut socket = self;
        // Without a sender the driver sends what waits, says goodbye and ends.
        socket.outgoing = unused;
        while socket.next().await.is_some() {}
    }
}
