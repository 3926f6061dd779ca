//! WebSockets as a client sees them: a refused handshake shows its status, a frame waits until it is
//! asked for, pings are answered meanwhile.

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use http::header::{CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{Request, StatusCode};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::failure::Failure;
use super::http::Outgoing;
use super::target::Target;

/// Frames that may wait unread on one socket; a case reads far fewer.
const WAITING_FRAMES: usize = 4096;

/// What a socket brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Incoming {
    Text(String),
    Binary(Bytes),
    /// The server closed, with its code if it gave one.
    Closed(Option<u16>),
    /// The connection broke without a close.
    Lost(String),
}

impl Incoming {
    /// For messages: what came.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Text(text) => format!("the frame {text}"),
            Self::Binary(bytes) => format!("a binary frame of {} bytes", bytes.len()),
            Self::Closed(Some(code)) => format!("a close with code {code}"),
            Self::Closed(None) => "a close without a code".to_owned(),
            Self::Lost(why) => format!("a broken connection ({why})"),
        }
    }
}

/// What a handshake led to.
#[derive(Debug)]
pub(super) enum Handshake {
    Open(Socket),
    Refused(StatusCode),
}

/// An open socket.
#[derive(Debug)]
pub(super) struct Socket {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    incoming: mpsc::Receiver<Incoming>,
    reader: JoinHandle<()>,
}

impl Drop for Socket {
    /// Hangs up without a close, as a client that dies.
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Asks for a socket; the request's method and body do not count.
pub(super) async fn open(target: &Target, handshake: Outgoing) -> Result<Handshake, Failure> {
    let what = format!("no answer to the handshake of {}", handshake.path);
    target.within(&what, shake_hands(target, handshake)).await
}

async fn shake_hands(target: &Target, handshake: Outgoing) -> Result<Handshake, Failure> {
    let mut request = Request::builder()
        .uri(format!("ws://{}{}", handshake.host, handshake.path))
        .header(HOST, &handshake.host)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, generate_key())
        .body(())
        .map_err(|error| Failure::new(format!("{}: {error}", handshake.path)))?;
    request.headers_mut().extend(handshake.headers);
    match client_async(request, target.connect().await?).await {
        Ok((stream, _)) => Ok(Handshake::Open(Socket::start(stream))),
        Err(Error::Http(answer)) => Ok(Handshake::Refused(answer.status())),
        Err(error) => Err(Failure::new(format!("broken handshake: {error}"))),
    }
}

impl Socket {
    fn start(stream: WebSocketStream<TcpStream>) -> Self {
        let (sink, stream) = stream.split();
        let (arrived, incoming) = mpsc::channel(WAITING_FRAMES);
        let reader = tokio::spawn(read_all(stream, arrived));
        Self {
            sink,
            incoming,
            reader,
        }
    }

    /// The next frame, however long it takes; `None` once the connection has ended.
    pub(super) async fn next(&mut self) -> Option<Incoming> {
        self.incoming.recv().await
    }

    pub(super) async fn send_text(&mut self, text: String) -> Result<(), Failure> {
        self.send(Message::text(text)).await
    }

    pub(super) async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<(), Failure> {
        self.send(Message::binary(bytes)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Failure> {
        let sent = self.sink.send(message).await;
        sent.map_err(|error| Failure::new(format!("cannot send: {error}")))
    }

    /// Closes with 1000 and waits for the server's answer, so that later steps find it closed.
    pub(super) async fn close(mut self) {
        let farewell = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        // A socket that is closed already is as good.
        if self
            .sink
            .send(Message::Close(Some(farewell)))
            .await
            .is_err()
        {
            return;
        }
        while let Some(incoming) = self.incoming.recv().await {
            if matches!(incoming, Incoming::Closed(_)) {
                return;
            }
        }
    }
}

async fn read_all(
    mut stream: SplitStream<WebSocketStream<TcpStream>>,
    arrived: mpsc::Sender<Incoming>,
) {
    loop {
        let incoming = match stream.next().await {
            Some(Ok(Message::Text(text))) => Incoming::Text(text.to_string()),
            Some(Ok(Message::Binary(bytes))) => Incoming::Binary(bytes),
            Some(Ok(Message::Close(frame))) => {
                Incoming::Closed(frame.map(|frame| u16::from(frame.code)))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            Some(Err(error)) => Incoming::Lost(error.to_string()),
            None => return,
        };
        let ended = matches!(incoming, Incoming::Lost(_));
        let heard = arrived.send(incoming).await.is_ok();
        if ended || !heard {
            return;
        }
    }
}
