//! The case format of `conformance/FORMAT.md` as types.
//!
//! Unknown fields are refused: a misspelt expectation would otherwise check nothing.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// One line of a `*.cases.jsonl` file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `dialect/what-it-shows`; unique among all files.
    #[serde(rename = "case")]
    pub name: String,
    /// What the case fixes, for readers.
    pub about: String,
    /// Where the expectation comes from.
    pub source: Source,
    /// Numbers of the dialect's feature list.
    pub features: Vec<String>,
    /// What exists before the first step.
    #[serde(default)]
    pub world: World,
    /// Played in order; the first that fails ends the case.
    pub steps: Vec<Step>,
}

impl Case {
    /// Reads one line.
    ///
    /// # Errors
    /// What is wrong with the line, in words.
    pub fn parse(line: &str) -> Result<Self, String> {
        let case: Self = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if case
            .name
            .split_once('/')
            .is_none_or(|(dialect, rest)| dialect.is_empty() || rest.is_empty())
        {
            return Err(format!("case name {:?} is not dialect/name", case.name));
        }
        Ok(case)
    }

    /// The part of the name before the slash.
    pub fn dialect(&self) -> &str {
        self.name
            .split_once('/')
            .map_or(self.name.as_str(), |(dialect, _)| dialect)
    }
}

/// Who says so; see the table of sources in `FORMAT.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The original's document.
    Documented,
    /// A shipped client needs it.
    Client,
    /// The original server answered so.
    Recorded,
}

/// What exists before step 1.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// People, by the name that the steps call them.
    #[serde(default)]
    pub users: Named<WorldUser>,
    /// Conversations, made in the order of the file.
    #[serde(default)]
    pub conversations: Named<WorldConversation>,
}

/// A person of a world; what is missing the runner fills with unique values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldUser {
    /// The host's role, in the dialect's words.
    pub role: Option<String>,
    /// Defaults to the address.
    pub username: Option<String>,
    /// Defaults to an address that is unique in the run.
    pub email: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Staff of the host.
    #[serde(default)]
    pub is_staff: bool,
}

/// A conversation of a world.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldConversation {
    /// Part played → user.
    pub members: Named<String>,
    /// What it is about.
    pub context: Option<WorldContext>,
    /// History, oldest first, unread for everybody but the author.
    #[serde(default)]
    pub messages: Vec<WorldMessage>,
}

/// What a conversation is about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldContext {
    /// `job`, `support`, …
    pub kind: String,
    /// Title of the thing.
    pub title: Option<String>,
    /// Id in the host product; without one the server chooses.
    pub id: Option<Value>,
}

/// A message of a world.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldMessage {
    /// Its author, a user of the world.
    pub from: String,
    /// Its body.
    pub text: String,
}

/// One thing that a case does.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// A request and what its answer must be.
    Http(HttpStep),
    /// Opens a WebSocket.
    Open(OpenStep),
    /// Sends a frame.
    Send(SendStep),
    /// Wants the next frame.
    Recv(RecvStep),
    /// Wants no frame for a while, on a socket of either kind.
    Silent(SilentStep),
    /// Closes a WebSocket from this side.
    Close(SocketStep),
    /// Wants the server to close.
    Closed(ClosedStep),
    /// Opens a Socket.IO namespace.
    SioOpen(SioOpenStep),
    /// Sends an event.
    SioEmit(SioEmitStep),
    /// Wants the next event.
    SioRecv(SioRecvStep),
    /// Leaves the namespace and hangs up.
    SioClose(SocketStep),
}

impl Step {
    /// Name of the step and what it is about, for failure messages.
    pub fn label(&self) -> String {
        match self {
            Self::Http(step) => format!("http {} {}", step.method, step.path),
            Self::Open(step) => format!("open {} {}", step.socket, step.path),
            Self::Send(step) => format!("send {}", step.socket),
            Self::Recv(step) => format!("recv {}", step.socket),
            Self::Silent(step) => format!("silent {} {} ms", step.socket, step.ms),
            Self::Close(step) => format!("close {}", step.socket),
            Self::Closed(step) => format!("closed {}", step.socket),
            Self::SioOpen(step) => format!("sio_open {} {}", step.socket, step.path),
            Self::SioEmit(step) => format!("sio_emit {} {}", step.socket, step.event),
            Self::SioRecv(step) => format!("sio_recv {} {}", step.socket, step.event),
            Self::SioClose(step) => format!("sio_close {}", step.socket),
        }
    }
}

/// Whose credential goes along.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum As {
    /// A user of the world.
    User(String),
    /// A literal one.
    Literal(LiteralToken),
}

/// `{"token": "garbage"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiteralToken {
    /// The credential's text.
    pub token: String,
}

/// `http`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpStep {
    /// Whose credential; `None` for nobody's.
    #[serde(rename = "as", default)]
    pub by: Option<As>,
    /// Request method.
    pub method: String,
    /// Path with query, or an absolute URL from an earlier answer.
    pub path: String,
    /// A JSON body.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
    /// A form body.
    pub form: Option<Named<Value>>,
    /// A raw body, declared as `application/json`.
    pub text: Option<String>,
    /// A multipart body.
    pub multipart: Option<Named<Part>>,
    /// What the answer must be.
    pub expect: Option<HttpExpect>,
}

/// A part of a multipart body.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// A field.
    Field(String),
    /// A file.
    File(FilePart),
}

/// A file part; one of `text`, `base64`, `fill`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePart {
    /// Name as the client gives it.
    pub filename: String,
    /// Declared type.
    pub content_type: String,
    /// Contents as text.
    pub text: Option<String>,
    /// Contents in base64.
    pub base64: Option<String>,
    /// That many times the letter a.
    pub fill: Option<usize>,
}

/// What an answer must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpExpect {
    /// Status code.
    pub status: Option<u16>,
    /// Body, matched as a subset.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
}

/// `open`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenStep {
    /// Whose credential.
    #[serde(rename = "as", default)]
    pub by: Option<As>,
    /// The name that later steps use.
    pub socket: String,
    /// Path with query.
    pub path: String,
    /// Missing: it must open.
    pub expect: Option<OpenExpect>,
}

/// What an attempt to open must lead to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenExpect {
    /// How it is refused.
    pub refused: Refused,
}

/// How a handshake is refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Refused {
    /// `true`: in whatever way. `false`: it must open.
    Somehow(bool),
    /// In just this way.
    Exactly(RefusedExactly),
}

/// `{"status": 403}` or `{"close": 4001}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedExactly {
    /// By this HTTP status.
    Status(u16),
    /// Opened, and at once closed with this code.
    Close(u16),
}

/// `send`; one of `json`, `text`, `binary_base64`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendStep {
    /// On which socket.
    pub socket: String,
    /// A frame of JSON.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
    /// A raw text frame.
    pub text: Option<String>,
    /// A binary frame.
    pub binary_base64: Option<String>,
}

/// `recv`; one of `json`, `any_order`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecvStep {
    /// On which socket.
    pub socket: String,
    /// The next frame.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
    /// The next frames, in whatever order.
    pub any_order: Option<Vec<Value>>,
}

/// `silent`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SilentStep {
    /// On which socket.
    pub socket: String,
    /// For how many milliseconds.
    pub ms: u64,
}

/// `close`, `sio_close`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketStep {
    /// Which socket.
    pub socket: String,
}

/// `closed`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedStep {
    /// Which socket.
    pub socket: String,
    /// With which code, where it is fixed.
    pub code: Option<u16>,
}

/// `sio_open`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SioOpenStep {
    /// Whose credential, as `auth.token`.
    #[serde(rename = "as", default)]
    pub by: Option<As>,
    /// A literal `auth` object instead.
    #[serde(default, deserialize_with = "present")]
    pub auth: Option<Value>,
    /// The name that later steps use.
    pub socket: String,
    /// The namespace.
    #[serde(default = "main_namespace")]
    pub path: String,
    /// The transports, best first; the usual client's when missing.
    pub transports: Option<Vec<Transport>>,
    /// Missing: it must connect.
    pub expect: Option<SioExpect>,
}

/// A transport of Engine.IO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// HTTP long polling.
    Polling,
    /// A WebSocket.
    Websocket,
}

/// What a connect packet must lead to.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SioExpect {
    /// A connect error arrives.
    pub refused: bool,
}

/// `sio_emit`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SioEmitStep {
    /// On which socket.
    pub socket: String,
    /// Name of the event.
    pub event: String,
    /// Its argument, if it has one.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
}

/// `sio_recv`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SioRecvStep {
    /// On which socket.
    pub socket: String,
    /// Name of the event.
    pub event: String,
    /// Its first argument; null and missing stand for any.
    pub json: Option<Value>,
}

fn main_namespace() -> String {
    "/".to_owned()
}

/// Tells a field that is null from one that is missing.
fn present<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(input).map(Some)
}

/// A JSON object whose entries keep the order of the file.
#[derive(Debug, Clone)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(NamedVisitor(PhantomData))
    }
}

struct NamedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NamedVisitor<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Named(entries))
    }
}
