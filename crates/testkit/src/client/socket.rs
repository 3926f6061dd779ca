//! Any WebSocket: what is sent is what the caller says, protocol errors included.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::header::{
    CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{Address, ClientError, within};

/// Small, so that thousands of sockets fit into one process; the library's default is 128 KiB.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// What a socket brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text frame.
    Text(String),
    /// A binary frame.
    Binary(Bytes),
    /// The server closed, with its code if it gave one.
    Closed(Option<u16>),
    /// The connection broke without a close, or had ended before.
    Lost(String),
}

/// How a socket is asked for.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    headers: HeaderMap,
    receive_buffer_bytes: Option<u32>,
}

impl Opening {
    /// Adds a header to the handshake.
    ///
    /// # Panics
    /// When the text cannot stand in a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("tests use texts that fit into a header");
        self.headers.append(name, value);
        self
    }

    /// Offers these subprotocols.
    #[must_use]
    pub fn subprotocols(self, names: &[&str]) -> Self {
        self.header(SEC_WEBSOCKET_PROTOCOL, &names.join(", "))
    }

    /// Bounds what the kernel takes in for a socket that is not read.
    #[must_use]
    pub fn receive_buffer_bytes(mut self, bytes: u32) -> Self {
        self.receive_buffer_bytes = Some(bytes);
        self
    }
}

/// An open socket. Dropped, it hangs up without a close, as a client that dies.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    subprotocol: Option<String>,
}

impl Socket {
    /// Connects and shakes hands.
    ///
    /// # Errors
    /// `Refused` with the answer's status, or `Broken`.
    pub async fn open(
        address: &Address,
        path: &str,
        opening: Opening,
    ) -> Result<Self, ClientError> {
        let what = format!("the handshake of {path}");
        within(&what, shake_hands(address, path, opening, &what)).await
    }

    /// The subprotocol that the server chose.
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// Sends a text frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_text(&mut self, text: impl Into<String>) -> Result<(), ClientError> {
        self.send(Message::text(text.into())).await
    }

    /// Takes a text frame in without waiting until it is on its way; [`Socket::flush`] or the next
    /// read sends it.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn feed_text(&mut self, text: impl Into<String>) -> Result<(), ClientError> {
        let fed = self.stream.feed(Message::text(text.into())).await;
        fed.map_err(|error| lost(&error))
    }

    /// Sends what was fed.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        self.stream.flush().await.map_err(|error| lost(&error))
    }

    /// Sends a binary frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_binary(&mut self, bytes: impl Into<Bytes>) -> Result<(), ClientError> {
        self.send(Message::binary(bytes)).await
    }

    /// Sends a text frame whose bytes need not be UTF-8; `last`: no continuation follows.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_raw_text(
        &mut self,
        bytes: impl Into<Bytes>,
        last: bool,
    ) -> Result<(), ClientError> {
        self.send_frame(bytes.into(), Data::Text, last).await
    }

    /// Continues a text frame that was not the last.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_continuation(
        &mut self,
        bytes: impl Into<Bytes>,
        last: bool,
    ) -> Result<(), ClientError> {
        self.send_frame(bytes.into(), Data::Continue, last).await
    }

    async fn send_frame(
        &mut self,
        bytes: Bytes,
        data: Data,
        last: bool,
    ) -> Result<(), ClientError> {
        let frame = Frame::message(bytes, OpCode::Data(data), last);
        self.send(Message::Frame(frame)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), ClientError> {
        let sent = self.stream.send(message).await;
        sent.map_err(|error| lost(&error))
    }

    /// The next frame, however long it takes; pings are answered meanwhile.
    pub async fn next(&mut self) -> Incoming {
        loop {
            return match self.stream.next().await {
                Some(Ok(Message::Text(text))) => Incoming::Text(text.as_str().to_owned()),
                Some(Ok(Message::Binary(bytes))) => Incoming::Binary(bytes),
                Some(Ok(Message::Close(frame))) => {
                    // The answer to the close waits until the stream is polled or flushed.
                    let _gone = self.stream.flush().await;
                    Incoming::Closed(frame.map(|frame| u16::from(frame.code)))
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(error)) => Incoming::Lost(error.to_string()),
                None => Incoming::Lost("it had ended".to_owned()),
            };
        }
    }

    /// Reads on until the socket ends: its close code, or `None` when it broke without one. What
    /// came before is dropped.
    ///
    /// # Errors
    /// `Silent` when it goes on living.
    pub async fn ended(&mut self) -> Result<Option<u16>, ClientError> {
        within("the end of a socket", async {
            loop {
                match self.next().await {
                    Incoming::Closed(code) => return Ok(code),
                    Incoming::Lost(_) => return Ok(None),
                    Incoming::Text(_) | Incoming::Binary(_) => {}
                }
            }
        })
        .await
    }

    /// Closes with 1000 and waits for the server's answer.
    pub async fn close(mut self) {
        let farewell = CloseFrame {
            code: 1000.into(),
            reason: "".into(),
        };
        // A socket that is closed already is as good.
        if self.stream.close(Some(farewell)).await.is_ok() {
            let _silent = self.ended().await;
        }
    }
}

async fn shake_hands(
    address: &Address,
    path: &str,
    opening: Opening,
    what: &str,
) -> Result<Socket, ClientError> {
    let broken = |why: String| ClientError::broken(what)(why);
    let mut request = Request::builder()
        .uri(format!("ws://{}{path}", address.host_header()))
        .header(HOST, address.host_header())
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, generate_key())
        .body(())
        .map_err(|error| broken(error.to_string()))?;
    request.headers_mut().extend(opening.headers);
    let stream = connect(address, opening.receive_buffer_bytes).await;
    let stream = stream.map_err(|error| broken(error.to_string()))?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
    match client_async_with_config(request, stream, Some(config)).await {
        Ok((stream, answer)) => {
            let chosen = answer.headers().get(SEC_WEBSOCKET_PROTOCOL);
            let subprotocol = chosen
                .and_then(|name| name.to_str().ok())
                .map(str::to_owned);
            Ok(Socket {
                stream,
                subprotocol,
            })
        }
        Err(Error::Http(answer)) => Err(ClientError::Refused {
            status: answer.status(),
            body: String::from_utf8_lossy(answer.body().as_deref().unwrap_or_default())
                .into_owned(),
        }),
        Err(error) => Err(broken(error.to_string())),
    }
}

async fn connect(address: &Address, receive_buffer: Option<u32>) -> std::io::Result<TcpStream> {
    let target = address.authority().parse();
    let target = target.map_err(|error| std::io::Error::other(format!("{error}")))?;
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    let stream = socket.connect(target).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn lost(error: &Error) -> ClientError {
    ClientError::broken("a socket")(error.to_string())
}
