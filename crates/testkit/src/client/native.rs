//! The native protocol on a socket: requests, their answers, events.

use std::collections::VecDeque;
use std::fmt;

use http::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::socket::{Incoming, Opening, Socket};
use super::{Address, ClientError, within};

/// The socket's path.
pub const PATH: &str = "/v1/ws";

/// How the client says who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// `Authorization` in the handshake.
    Header,
    /// Subprotocol `bearer.…`, as browsers can.
    Subprotocol,
    /// The first frame.
    Frame,
}

/// An error as RFC 9457 has it, as far as tests look at it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// What is wrong, for programs.
    pub code: String,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// The same request may succeed later.
    pub retryable: bool,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.detail)
    }
}

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The request's id; `Null` for a frame that could not be read.
    pub id: Value,
    /// The answer's data, or why there is none.
    pub outcome: Result<Value, Problem>,
}

/// Something became true, or (without a revision) is so for the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `noun.past_participle`.
    pub kind: String,
    /// Where.
    pub conversation: Option<Uuid>,
    /// The conversation's revision that it made.
    pub revision: Option<i64>,
    /// What.
    pub data: Value,
}

/// What the server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// An answer.
    Reply(Reply),
    /// An event; `session.started` is one, too.
    Event(Event),
    /// The server closed, with its code if it gave one.
    Closed(Option<u16>),
    /// The connection broke without a close.
    Lost(String),
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    id: Value,
    ok: Option<bool>,
    error: Option<Problem>,
    #[serde(rename = "type")]
    kind: Option<String>,
    conversation: Option<Uuid>,
    revision: Option<i64>,
    #[serde(default)]
    data: Value,
}

/// A socket on which somebody is authenticated.
#[derive(Debug)]
pub struct NativeSocket {
    socket: Socket,
    requests: u64,
    /// Events that came while an answer was waited for.
    heard: VecDeque<Event>,
    epoch: Uuid,
    user: Uuid,
}

impl NativeSocket {
    /// Opens a socket, authenticates, and waits for `session.started`.
    ///
    /// # Errors
    /// `Refused` or `Problem` for a bad token, `Broken` when the server is gone.
    pub async fn open(
        address: &Address,
        token: &str,
        authentication: Authentication,
    ) -> Result<Self, ClientError> {
        Self::open_with(address, token, authentication, Opening::default()).await
    }

    /// The same with more said in the handshake.
    ///
    /// # Errors
    /// As [`NativeSocket::open`].
    pub async fn open_with(
        address: &Address,
        token: &str,
        authentication: Authentication,
        opening: Opening,
    ) -> Result<Self, ClientError> {
        let opening = match authentication {
            Authentication::Header => opening.header(AUTHORIZATION, &format!("Bearer {token}")),
            Authentication::Subprotocol => {
                opening.subprotocols(&["parlance.v1", &format!("bearer.{token}")])
            }
            Authentication::Frame => opening,
        };
        let mut native = Self {
            socket: Socket::open(address, PATH, opening).await?,
            requests: 0,
            heard: VecDeque::new(),
            epoch: Uuid::nil(),
            user: Uuid::nil(),
        };
        if authentication == Authentication::Frame {
            let wish = json!({ "token": token });
            native.call("session.authenticate", wish).await?;
        }
        let started = native.next_event().await?;
        native.start(&started)?;
        Ok(native)
    }

    fn start(&mut self, started: &Event) -> Result<(), ClientError> {
        let data = &started.data;
        let uuid = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        match (uuid(&data["epoch"]), uuid(&data["user"]["id"])) {
            (Some(epoch), Some(user)) if started.kind == "session.started" => {
                (self.epoch, self.user) = (epoch, user);
                Ok(())
            }
            _ => Err(ClientError::Unexpected(format!(
                "the first event is {} instead of session.started",
                started.kind
            ))),
        }
    }

    /// The store's epoch, as `session.started` told it.
    pub fn epoch(&self) -> Uuid {
        self.epoch
    }

    /// Who is on the socket.
    pub fn user(&self) -> Uuid {
        self.user
    }

    /// The socket underneath, for frames that no good client sends.
    pub fn raw(&mut self) -> &mut Socket {
        &mut self.socket
    }

    /// Takes a request in without waiting until it is on its way (see [`Socket::feed_text`]); returns
    /// its id.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn feed(&mut self, kind: &str, data: &Value) -> Result<u64, ClientError> {
        self.requests += 1;
        let frame = json!({ "id": self.requests, "type": kind, "data": data });
        self.socket.feed_text(frame.to_string()).await?;
        Ok(self.requests)
    }

    /// Sends a request and waits for its answer. Events that come meanwhile are kept.
    ///
    /// # Errors
    /// `Problem` when it is refused, `Broken` when the socket ends.
    pub async fn call(&mut self, kind: &str, data: Value) -> Result<Value, ClientError> {
        let id = self.feed(kind, &data).await?;
        self.socket.flush().await?;
        let reply = self.reply_to(&Value::from(id)).await?;
        reply.outcome.map_err(|problem| ClientError::Problem {
            what: kind.to_owned(),
            problem,
        })
    }

    /// The same for a request that has to be refused.
    ///
    /// # Errors
    /// `Unexpected` when it is not.
    pub async fn refused(&mut self, kind: &str, data: Value) -> Result<Problem, ClientError> {
        match self.call(kind, data).await {
            Err(ClientError::Problem { problem, .. }) => Ok(problem),
            Err(other) => Err(other),
            Ok(answer) => Err(ClientError::Unexpected(format!(
                "{kind} was not refused but answered with {answer}"
            ))),
        }
    }

    /// The answer to the request with this id; events that come before it are kept.
    ///
    /// # Errors
    /// `Broken` when the socket ends, `Unexpected` when another request is answered.
    pub async fn reply_to(&mut self, id: &Value) -> Result<Reply, ClientError> {
        let what = format!("the answer to request {id}");
        within(&what, async {
            loop {
                match self.read().await? {
                    Pushed::Event(event) => self.heard.push_back(event),
                    Pushed::Reply(reply) if reply.id == *id => return Ok(reply),
                    Pushed::Reply(other) => {
                        return Err(ClientError::Unexpected(format!(
                            "{what} was awaited, and {other:?} came"
                        )));
                    }
                    ended => return Err(ended.as_error(&what)),
                }
            }
        })
        .await
    }

    /// The next event.
    ///
    /// # Errors
    /// `Broken` when the socket ends, `Unexpected` when an answer comes instead.
    pub async fn next_event(&mut self) -> Result<Event, ClientError> {
        if let Some(event) = self.heard.pop_front() {
            return Ok(event);
        }
        within("an event", async {
            match self.read().await? {
                Pushed::Event(event) => Ok(event),
                Pushed::Reply(reply) => Err(ClientError::Unexpected(format!(
                    "an event was awaited, and {reply:?} came"
                ))),
                ended => Err(ended.as_error("an event")),
            }
        })
        .await
    }

    /// The next event of this type; others are dropped.
    ///
    /// # Errors
    /// As [`NativeSocket::next_event`].
    pub async fn event(&mut self, kind: &str) -> Result<Event, ClientError> {
        loop {
            let event = self.next_event().await?;
            if event.kind == kind {
                return Ok(event);
            }
        }
    }

    /// Whatever comes next, however long it takes. May be cancelled.
    ///
    /// # Errors
    /// `Unexpected` for a frame that is none of the protocol's.
    pub async fn next(&mut self) -> Result<Pushed, ClientError> {
        match self.heard.pop_front() {
            Some(event) => Ok(Pushed::Event(event)),
            None => self.read().await,
        }
    }

    /// Reads on until the socket ends; see [`Socket::ended`].
    ///
    /// # Errors
    /// `Silent` when it goes on living.
    pub async fn ended(&mut self) -> Result<Option<u16>, ClientError> {
        self.socket.ended().await
    }

    /// Closes with 1000.
    pub async fn close(self) {
        self.socket.close().await;
    }

    async fn read(&mut self) -> Result<Pushed, ClientError> {
        match self.socket.next().await {
            Incoming::Text(text) => parse(&text),
            Incoming::Binary(bytes) => Err(ClientError::Unexpected(format!(
                "a binary frame of {} bytes",
                bytes.len()
            ))),
            Incoming::Closed(code) => Ok(Pushed::Closed(code)),
            Incoming::Lost(why) => Ok(Pushed::Lost(why)),
        }
    }
}

impl Pushed {
    fn as_error(&self, what: &str) -> ClientError {
        let why = match self {
            Self::Closed(Some(code)) => format!("the server closed with {code}"),
            Self::Closed(None) => "the server closed without a code".to_owned(),
            Self::Lost(why) => why.clone(),
            other => format!("{other:?} came"),
        };
        ClientError::broken(what)(why)
    }
}

fn parse(text: &str) -> Result<Pushed, ClientError> {
    let unexpected = |why: &str| ClientError::Unexpected(format!("{why}: {text}"));
    let frame: Envelope =
        serde_json::from_str(text).map_err(|error| unexpected(&error.to_string()))?;
    match (frame.ok, frame.error, frame.kind) {
        (Some(true), None, _) => Ok(Pushed::Reply(Reply {
            id: frame.id,
            outcome: Ok(frame.data),
        })),
        (Some(false), Some(problem), _) => Ok(Pushed::Reply(Reply {
            id: frame.id,
            outcome: Err(problem),
        })),
        (None, None, Some(kind)) => Ok(Pushed::Event(Event {
            kind,
            conversation: frame.conversation,
            revision: frame.revision,
            data: frame.data,
        })),
        _ => Err(unexpected("neither an answer nor an event")),
    }
}
