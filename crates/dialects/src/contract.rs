//! The contract between a dialect and the gateway.
//!
//! The asynchronous half, [`Dialect`], opens sockets and serves routes. The socket half,
//! [`Session`], is pure: no async, no I/O, no clock; frames and answers go in, steps come out. The
//! gateway owns sockets: queues, heartbeats, limits, slow readers and shutdown are its business.
//! Socket.IO is a second transport of the same sessions; what it needs besides is in `namespace`.

mod namespace;

use std::net::IpAddr;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use parlance_core::ChatError;
use parlance_core::chat::{Reply, Request};
use parlance_core::error::StoreError;
use parlance_core::event::Event;
use parlance_core::presence::Attendance;
use parlance_core::principal::{Principal, UserPrincipal};
use parlance_core::topic::Topic;
use parlance_core::user::User;
use std::sync::Arc;

pub use self::namespace::{ConnectRefusal, Emission, Namespace, OpenedNamespace};

/// A wire contract, made for one app.
#[async_trait]
pub trait Dialect: Send + Sync {
    /// The name in settings.
    fn name(&self) -> &'static str;

    /// All REST routes. Unknown paths below them are the gateway's 404.
    fn routes(&self) -> axum::Router;

    /// Checks a socket's handshake. `None`: the path is no socket of this dialect.
    async fn open(&self, handshake: &Handshake<'_>) -> Option<Result<Opened, Refusal>>;

    /// Proves who is on a socket that came without a credential and sent one in a frame.
    /// Dialects without such frames keep the default.
    async fn authenticate(&self, _token: &str) -> Result<Admission, ChatError> {
        Err(ChatError::Forbidden(
            "this dialect authenticates in the handshake",
        ))
    }

    /// The bytes that sockets of this dialect with that view get of an event, as the text of one
    /// frame; `None`: nothing. Called once per event, view and relation, not once a socket.
    fn encode(&self, event: &Event, view: View, relation: Relation) -> Option<String>;

    /// As [`Dialect::encode`], for a dialect that tells some events in several frames: what goes out,
    /// in this order. Asked instead of it.
    fn encode_all(&self, event: &Event, view: View, relation: Relation) -> Vec<String> {
        self.encode(event, view, relation).into_iter().collect()
    }

    /// Whether Socket.IO clients may come, which makes the app answer at `/socket.io/`.
    fn speaks_socket_io(&self) -> bool {
        false
    }

    /// Checks a client that connects to a Socket.IO namespace. `None`: there is no such namespace
    /// in this dialect.
    async fn open_namespace(
        &self,
        _namespace: &Namespace<'_>,
    ) -> Option<Result<OpenedNamespace, ConnectRefusal>> {
        None
    }

    /// What a client whom [`Dialect::open_namespace`] let in is told when the core does not.
    fn refuse_namespace(&self, error: &ChatError) -> ConnectRefusal {
        ConnectRefusal::new(match error {
            ChatError::TooMany { .. } => "Too many connections",
            ChatError::Unavailable { .. } => "Temporarily unavailable",
            ChatError::NotFound(_)
            | ChatError::Forbidden(_)
            | ChatError::Invalid { .. }
            | ChatError::Exists(_)
            | ChatError::Closed => "Forbidden",
        })
    }

    /// As [`Dialect::encode_all`], for Socket.IO clients. By default the same frames, each as the
    /// event that its `type` names.
    fn encode_events(&self, event: &Event, view: View, relation: Relation) -> Vec<Emission> {
        let frames = self.encode_all(event, view, relation);
        frames
            .into_iter()
            .filter_map(Emission::from_frame)
            .collect()
    }

    /// Which of the two ids the dialect shows its clients.
    fn wire_ids(&self) -> WireIds;

    /// The dialect's own credential for a user, as its login would hand it out.
    async fn issue_credential(&self, user: &User) -> Result<IssuedCredential, StoreError>;
}

/// The form of the ids that clients see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireIds {
    /// Integers for everything.
    Integer,
    /// UUIDs for everything.
    Uuid,
    /// UUIDs for conversations and messages, integers for users.
    UuidButUsers,
}

/// A credential fresh from the dialect's login.
#[derive(Clone)]
pub struct IssuedCredential {
    /// What opens REST and sockets.
    pub token: String,
    /// What makes a new one, where the dialect has such.
    pub refresh: Option<String>,
    /// When the token ends by itself.
    pub expires_at: Option<parlance_core::clock::Timestamp>,
}

/// A kind of viewer: sockets of one dialect with the same view get the same bytes. What the number
/// means is the dialect's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct View(pub u8);

/// How a socket stands to the one through whom an event came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The very socket on which the wish came.
    SameSocket,
    /// Another socket of the same user.
    SameUser,
    /// Somebody else's.
    Other,
}

/// What is known of a handshake before the upgrade.
pub struct Handshake<'a> {
    /// Path, percent-encoded as it came.
    pub path: &'a str,
    /// Query without the question mark; empty when there is none.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// Offered subprotocols, in order.
    pub subprotocols: &'a [String],
    /// Where the connection comes from.
    pub peer: IpAddr,
}

/// A handshake that may go on.
pub struct Opened {
    /// The dialect's state for this socket.
    pub session: Box<dyn Session>,
    /// Who is on it; `None` when the first frame has to say so.
    pub admission: Option<Admission>,
    /// The subprotocol to answer with.
    pub subprotocol: Option<String>,
}

/// Somebody who proved to be a user, and what the socket listens to from now on. The core checks
/// each topic; when it refuses one, the handshake is refused with 403.
#[derive(Clone)]
pub struct Admission {
    /// Who.
    pub principal: UserPrincipal,
    /// What the socket hears.
    pub listen: Vec<Listen>,
}

/// One topic that a socket listens to.
#[derive(Debug, Clone, Copy)]
pub struct Listen {
    /// What it hears of.
    pub topic: Topic,
    /// In which form.
    pub view: View,
    /// What counts as delivered by being written to this socket, if anything.
    pub attendance: Option<Attendance>,
}

/// A refused handshake: answered instead of the upgrade.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// Body, mostly empty.
    pub body: String,
    /// Its content type, where there is a body.
    pub content_type: &'static str,
}

impl Refusal {
    /// A status with an empty body.
    pub const fn status(status: StatusCode) -> Self {
        Self {
            status,
            body: String::new(),
            content_type: "text/plain",
        }
    }
}

/// One incoming message of a socket.
#[derive(Debug, Clone, Copy)]
pub enum Frame<'a> {
    /// Text, valid UTF-8.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
}

/// What a session asks the gateway to do, in order.
#[derive(Debug)]
pub enum Step {
    /// Write this text to this socket. To a Socket.IO client it goes as
    /// [`Emission::from_frame`] says.
    Send(String),
    /// Send this event to this Socket.IO client. On a raw socket the argument is the frame.
    Emit(Box<Emission>),
    /// Answer the event that is being handled with this JSON, if its sender asked for an answer. A
    /// question that no step answers is answered with nothing once its steps are done. On a raw
    /// socket, nothing.
    Acknowledge(String),
    /// Listen to one more topic and hand the result to [`Session::on_listening`] with the same tag.
    /// Listening to it already is success and changes nothing.
    Listen {
        /// The session's own number.
        tag: u32,
        /// What, in which form.
        listen: Box<Listen>,
    },
    /// Listen to this topic no more.
    Leave(Topic),
    /// Run a wish as the socket's principal and hand the answer to [`Session::on_reply`] with the
    /// same tag. Later frames wait until it is there, so one socket's wishes take place in order.
    Run {
        /// The session's own number.
        tag: u32,
        /// The wish.
        request: Box<Request>,
    },
    /// Call [`Dialect::authenticate`] and hand the result to [`Session::on_authenticated`].
    Authenticate {
        /// What the frame said.
        token: String,
    },
    /// Close the socket.
    Close {
        /// Close code.
        code: u16,
        /// Reason, at most 123 bytes.
        reason: &'static str,
    },
}

impl Step {
    /// A wish to run.
    pub fn run(tag: u32, request: Request) -> Self {
        Self::Run {
            tag,
            request: Box::new(request),
        }
    }
}

/// A dialect's state for one socket: pure.
pub trait Session: Send {
    /// The upgrade is done and the socket listens.
    fn on_open(&mut self) -> Vec<Step> {
        Vec::new()
    }

    /// A message came in.
    fn on_frame(&mut self, frame: Frame<'_>) -> Vec<Step>;

    /// A Socket.IO event came in; `argument` is its first one as JSON. An event with binary parts
    /// comes as an empty [`Frame::Binary`] instead: the gateway takes none.
    fn on_event(&mut self, _name: &str, _argument: Option<&str>) -> Vec<Step> {
        Vec::new()
    }

    /// The answer to a [`Step::Run`].
    fn on_reply(&mut self, tag: u32, reply: Result<Reply, ChatError>) -> Vec<Step>;

    /// The answer to a [`Step::Listen`]. A topic that the core refuses is not listened to.
    fn on_listening(&mut self, _tag: u32, _result: Result<(), ChatError>) -> Vec<Step> {
        Vec::new()
    }

    /// The answer to a [`Step::Authenticate`]. After an error the gateway closes the socket with
    /// 4401 once the steps are done.
    fn on_authenticated(&mut self, _result: Result<&Arc<User>, ChatError>) -> Vec<Step> {
        Vec::new()
    }
}

impl Admission {
    /// The principal for calls outside the socket.
    pub fn principal(&self) -> Principal {
        Principal::User(self.principal.clone())
    }
}
