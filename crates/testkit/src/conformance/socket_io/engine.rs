//! Engine.IO 4 from the client's side: the handshake, long polling, the WebSocket, and the way from
//! the one to the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Method;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::super::case::Transport;
use super::super::failure::Failure;
use super::super::http::{Answer, Outgoing, send};
use super::super::target::Target;
use super::super::websocket::{self, Handshake, Incoming, Socket};
use super::packet::{EnginePacket, SEPARATOR};

const PATH: &str = "/socket.io/?EIO=4&transport=";

/// Polling bodies that may wait unread.
const WAITING_PACKETS: usize = 4096;

/// A session of the engine on one transport.
#[derive(Debug)]
pub(super) enum Engine {
    Polling(Polling),
    /// The WebSocket, and what was polled before the upgrade and not read yet.
    Websocket(Socket, VecDeque<String>),
}

impl Engine {
    /// Opens a session on the first transport of the list.
    pub(super) async fn open(
        target: &Target,
        host: &str,
        first: Transport,
    ) -> Result<Self, Failure> {
        match first {
            Transport::Polling => Polling::open(target, host).await.map(Self::Polling),
            Transport::Websocket => {
                let mut socket = dial(target, host, None).await?;
                match read_packet(&mut socket).await? {
                    EnginePacket::Open(_) => Ok(Self::Websocket(socket, VecDeque::new())),
                    other => Err(Failure::new(format!("no open packet but {other:?}"))),
                }
            }
        }
    }

    /// Goes from polling to a WebSocket as the usual client does: probe, let the waiting poll end,
    /// then switch. A session that is on a WebSocket stays there.
    pub(super) async fn upgrade(self, target: &Target) -> Result<Self, Failure> {
        let polling = match self {
            Self::Polling(polling) => polling,
            on_websocket @ Self::Websocket(..) => return Ok(on_websocket),
        };
        let mut socket = dial(target, &polling.host, Some(&polling.sid)).await?;
        socket.send_text("2probe".to_owned()).await?;
        match read_packet(&mut socket).await? {
            EnginePacket::Pong(text) if text == "probe" => {}
            other => {
                return Err(Failure::new(format!(
                    "no answer to the probe but {other:?}"
                )));
            }
        }
        let polled = polling.stop().await?;
        socket.send_text("5".to_owned()).await?;
        Ok(Self::Websocket(socket, polled))
    }

    /// The next packet as text; `None` once the session has ended. Safe to cancel.
    pub(super) async fn next(&mut self) -> Option<Result<String, Failure>> {
        match self {
            Self::Polling(polling) => polling.arrived.recv().await,
            Self::Websocket(socket, polled) => {
                if let Some(packet) = polled.pop_front() {
                    return Some(Ok(packet));
                }
                match socket.next().await? {
                    Incoming::Text(packet) => Some(Ok(packet)),
                    Incoming::Closed(_) => None,
                    other => Some(Err(Failure::new(format!(
                        "Engine.IO: {}",
                        other.describe()
                    )))),
                }
            }
        }
    }

    pub(super) async fn send(&mut self, target: &Target, packet: String) -> Result<(), Failure> {
        match self {
            Self::Polling(polling) => polling.post(target, packet).await,
            Self::Websocket(socket, _) => socket.send_text(packet).await,
        }
    }

    /// Says goodbye and hangs up.
    pub(super) async fn close(mut self, target: &Target) -> Result<(), Failure> {
        match self {
            Self::Polling(_) => self.send(target, "1".to_owned()).await,
            Self::Websocket(socket, _) => {
                socket.close().await;
                Ok(())
            }
        }
    }
}

async fn dial(target: &Target, host: &str, sid: Option<&str>) -> Result<Socket, Failure> {
    let sid = sid.map(|sid| format!("&sid={sid}")).unwrap_or_default();
    let ask = Outgoing::new(Method::GET, host, format!("{PATH}websocket{sid}"));
    match websocket::open(target, ask).await? {
        Handshake::Open(socket) => Ok(socket),
        Handshake::Refused(status) => Err(Failure::new(format!(
            "Engine.IO WebSocket refused: {}",
            status.as_u16()
        ))),
    }
}

async fn read_packet(socket: &mut Socket) -> Result<EnginePacket, Failure> {
    match socket.next().await {
        Some(Incoming::Text(text)) => EnginePacket::parse(&text).map_err(Failure::from),
        Some(other) => Err(Failure::new(format!(
            "no Engine.IO packet but {}",
            other.describe()
        ))),
        None => Err(Failure::new(
            "no Engine.IO packet but the end of the connection",
        )),
    }
}

/// A session on long polling: one GET always waits, packets go out by POST.
#[derive(Debug)]
pub(super) struct Polling {
    host: String,
    sid: String,
    arrived: mpsc::Receiver<Result<String, Failure>>,
    stopping: Arc<AtomicBool>,
    poller: JoinHandle<()>,
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.poller.abort();
    }
}

impl Polling {
    async fn open(target: &Target, host: &str) -> Result<Self, Failure> {
        let ask = Outgoing::new(Method::GET, host, format!("{PATH}polling"));
        let answer = send(target, ask).await?;
        let mut packets = packets_of(&answer)?.into_iter();
        let sid = packets
            .next()
            .as_deref()
            .and_then(session_id)
            .ok_or_else(|| {
                Failure::new(format!("no Engine.IO open packet: {}", answer.excerpt()))
            })?;
        let (arrive, arrived) = mpsc::channel(WAITING_PACKETS);
        let stopping = Arc::new(AtomicBool::new(false));
        let poll = Outgoing::new(Method::GET, host, format!("{PATH}polling&sid={sid}"));
        let poller = tokio::spawn(poll_on(
            // A poll waits as long as nothing happens; the server's heartbeat ends it.
            Target {
                deadline: Duration::from_hours(1),
                ..target.clone()
            },
            poll,
            Arc::clone(&stopping),
            arrive,
            packets.collect(),
        ));
        Ok(Self {
            host: host.to_owned(),
            sid,
            arrived,
            stopping,
            poller,
        })
    }

    async fn post(&self, target: &Target, packet: String) -> Result<(), Failure> {
        let ask = Outgoing::new(
            Method::POST,
            &self.host,
            format!("{PATH}polling&sid={}", self.sid),
        )
        .body("text/plain;charset=UTF-8", packet)?;
        let answer = send(target, ask).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        let got = answer.excerpt();
        Err(Failure::new(format!(
            "Engine.IO POST: {} {got}",
            answer.status.as_u16()
        )))
    }

    /// Polls no more once the waiting poll has come back; what it brought is not lost.
    async fn stop(mut self) -> Result<VecDeque<String>, Failure> {
        self.stopping.store(true, Ordering::Release);
        let mut polled = VecDeque::new();
        while let Some(packet) = self.arrived.recv().await {
            polled.push_back(packet?);
        }
        Ok(polled)
    }
}

/// Hands over what each poll brings, until told to stop, refused or no longer heard.
async fn poll_on(
    target: Target,
    poll: Outgoing,
    stopping: Arc<AtomicBool>,
    arrive: mpsc::Sender<Result<String, Failure>>,
    mut packets: Vec<String>,
) {
    loop {
        for packet in packets {
            if arrive.send(Ok(packet)).await.is_err() {
                return;
            }
        }
        if stopping.load(Ordering::Acquire) {
            return;
        }
        let answer = send(&target, poll.clone()).await;
        match answer.and_then(|answer| packets_of(&answer)) {
            Ok(more) => packets = more,
            Err(failure) => {
                // Nobody listens any more: nothing to tell.
                let _unheard = arrive.send(Err(failure)).await;
                return;
            }
        }
    }
}

fn packets_of(answer: &Answer) -> Result<Vec<String>, Failure> {
    if !answer.status.is_success() {
        let got = answer.excerpt();
        return Err(Failure::new(format!(
            "Engine.IO poll: {} {got}",
            answer.status.as_u16()
        )));
    }
    let body = std::str::from_utf8(&answer.body)
        .map_err(|_| Failure::new("Engine.IO poll: the body is not UTF-8"))?;
    Ok(body.split(SEPARATOR).map(ToOwned::to_owned).collect())
}

fn session_id(packet: &str) -> Option<String> {
    let EnginePacket::Open(settings) = EnginePacket::parse(packet).ok()? else {
        return None;
    };
    let settings: serde_json::Value = serde_json::from_str(&settings).ok()?;
    settings["sid"].as_str().map(ToOwned::to_owned)
}
