//! What clients send on the socket: one table of request types, from which frames are read and the
//! AsyncAPI document is made.

use std::collections::BTreeMap;

use parlance_core::chat::{Request, Resume};
use parlance_core::command::{MarkRead, ReadTarget};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::objects::{Changes, DeliveredMark, Message, OnlineUsers, ReadMark, User};
use super::problem::{Problem, ProblemCode};
use super::request::read_json;
use super::schema::{SchemaOf, schema_of};
use super::wishes::{NewMessage, SentKind};

/// How the client calls a request; its reply carries the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum RequestId {
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(String),
}

impl PartialSchema for RequestId {
    fn schema() -> RefOr<Schema> {
        let either = SchemaType::Array(vec![Type::Number, Type::String]);
        ObjectBuilder::new()
            .schema_type(either)
            .description(Some(
                "How the client calls a request; its reply carries the same.",
            ))
            .into()
    }
}

impl ToSchema for RequestId {}

/// Nothing.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
pub(super) struct Empty {}

/// A JWT of the app.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Authenticate {
    /// The token.
    pub(super) token: String,
}

/// Who is on the socket.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Authenticated {
    /// The token's user.
    pub(super) user: User,
    /// Names the store's present life, for resuming.
    pub(super) epoch: Uuid,
}

/// What the client has.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct SessionResume {
    /// The epoch when it last heard.
    pub(super) epoch: Uuid,
    /// The highest revision that it has of each conversation.
    pub(super) conversations: BTreeMap<Uuid, i64>,
}

/// A message to be sent.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MessageSend {
    /// Where to.
    pub(super) conversation: Uuid,
    /// The words; may be blank only with an attachment.
    #[serde(default)]
    pub(super) body: String,
    /// The sender's own id: sent again with the same one, the first message is answered.
    pub(super) client_id: String,
    /// What it is.
    #[serde(default)]
    pub(super) kind: SentKind,
    /// Files that the sender uploaded before.
    #[serde(default)]
    pub(super) attachments: Vec<Uuid>,
    /// Kept beside the message as it is.
    #[serde(default)]
    pub(super) metadata: Option<Value>,
    /// The message that it answers.
    #[serde(default)]
    pub(super) reply_to: Option<Uuid>,
}

/// New words for a message.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MessageEdit {
    /// Which.
    pub(super) message: Uuid,
    /// The words.
    pub(super) body: String,
}

/// One message.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MessageName {
    /// Which.
    pub(super) message: Uuid,
}

/// A reaction, to be added or taken back.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ReactionChange {
    /// To what.
    pub(super) message: Uuid,
    /// One emoji, or a short word.
    pub(super) emoji: String,
}

/// What was read: everything up to a `seq`, or single messages; one of the two.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MarkConversationRead {
    /// Where.
    pub(super) conversation: Uuid,
    /// Everything up to here.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) seq: Option<i64>,
    /// These.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) messages: Option<Vec<Uuid>>,
}

/// What has reached the device.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MarkConversationDelivered {
    /// Where.
    pub(super) conversation: Uuid,
    /// Everything up to here.
    pub(super) seq: i64,
}

/// One conversation.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ConversationName {
    /// Which.
    pub(super) conversation: Uuid,
}

/// A type of request, as the AsyncAPI document tells it.
pub(super) struct RequestType {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) data: SchemaOf,
    pub(super) answer: SchemaOf,
}

macro_rules! requests {
    ($($(#[doc = $about:literal])+ $name:literal => $variant:ident($data:ty) -> $answer:ty;)*) => {
        /// A request by its type.
        #[derive(Debug)]
        pub(super) enum Inbound {
            $($(#[doc = $about])+ $variant($data),)*
        }

        /// All types of requests.
        pub(super) const REQUESTS: &[RequestType] = &[$(RequestType {
            name: $name,
            about: concat!($($about),+),
            data: schema_of::<$data>,
            answer: schema_of::<$answer>,
        }),*];

        impl Inbound {
            fn read(name: &str, data: &str) -> Result<Self, Problem> {
                match name {
                    $($name => read_json(data).map(Self::$variant),)*
                    _ => Err(Problem::invalid("type", "is no type of request")),
                }
            }
        }
    };
}

requests! {
    /// Proves who is on a socket that came without a token. At most once, as the first frame.
    "session.authenticate" => Authenticate(Authenticate) -> Authenticated;
    /// Asks for what changed since the client last heard.
    "session.resume" => Resume(SessionResume) -> Changes;
    /// Asks for a sign of life.
    "ping" => Ping(Empty) -> Empty;
    /// Sends a message. The answer comes once it is on disk.
    "message.send" => SendMessage(MessageSend) -> Message;
    /// Changes the words of an own message.
    "message.edit" => EditMessage(MessageEdit) -> Message;
    /// Deletes a message for everybody. Its author may, and staff.
    "message.delete" => DeleteMessage(MessageName) -> Empty;
    /// Adds a reaction.
    "reaction.add" => AddReaction(ReactionChange) -> Message;
    /// Takes a reaction back.
    "reaction.remove" => RemoveReaction(ReactionChange) -> Message;
    /// Marks messages as read.
    "receipt.mark_read" => MarkRead(MarkConversationRead) -> ReadMark;
    /// Marks messages as delivered to this device.
    "receipt.mark_delivered" => MarkDelivered(MarkConversationDelivered) -> DeliveredMark;
    /// Tells the others that the user types; it ends by itself after six seconds.
    "typing.start" => StartTyping(ConversationName) -> Empty;
    /// Tells the others that the user does not type any more.
    "typing.stop" => StopTyping(ConversationName) -> Empty;
    /// Asks who is online.
    "presence.list" => ListPresence(Empty) -> OnlineUsers;
}

/// A frame that could be read as far as its id.
#[derive(Debug)]
pub(super) struct InboundFrame {
    pub(super) id: RequestId,
    pub(super) request: Result<Inbound, Problem>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    id: RequestId,
    #[serde(rename = "type", borrow)]
    name: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// Reads a frame.
///
/// # Errors
/// `malformed` when not even its id can be told.
pub(super) fn read_frame(text: &str) -> Result<InboundFrame, Problem> {
    let envelope: Envelope<'_> = read_json(text).map_err(|problem| {
        // Without an id there is no request whose field could be wrong.
        Problem::new(ProblemCode::Malformed, problem.detail)
    })?;
    let data = envelope.data.map_or("{}", RawValue::get);
    Ok(InboundFrame {
        request: Inbound::read(&envelope.name, data),
        id: envelope.id,
    })
}

/// What the core is asked for; `None` for what the session answers by itself.
pub(super) fn to_request(inbound: Inbound) -> Result<Option<Request>, Problem> {
    Ok(Some(match inbound {
        Inbound::Authenticate(_) | Inbound::Ping(_) => return Ok(None),
        Inbound::Resume(client) => Request::Resume(Resume {
            epoch: client.epoch,
            known: client.conversations.into_iter().collect(),
        }),
        Inbound::SendMessage(wish) => {
            let message = NewMessage {
                body: wish.body,
                kind: wish.kind,
                attachments: wish.attachments,
                metadata: wish.metadata,
                reply_to: wish.reply_to,
                client_id: None,
            };
            let command = message.into_command(wish.conversation, wish.client_id);
            Request::SendMessage(Box::new(command))
        }
        Inbound::EditMessage(MessageEdit { message, body }) => Request::EditMessage {
            message: message.into(),
            body,
        },
        Inbound::DeleteMessage(named) => Request::DeleteMessage(named.message.into()),
        Inbound::AddReaction(change) => react(change, true),
        Inbound::RemoveReaction(change) => react(change, false),
        Inbound::MarkRead(wish) => Request::MarkRead(MarkRead {
            conversation: wish.conversation.into(),
            target: read_target(wish.seq, wish.messages)?,
            announce_unchanged: false,
        }),
        Inbound::MarkDelivered(wish) => Request::MarkDelivered {
            conversation: wish.conversation.into(),
            up_to: wish.seq,
        },
        Inbound::StartTyping(named) => typing(&named, true),
        Inbound::StopTyping(named) => typing(&named, false),
        Inbound::ListPresence(_) => Request::OnlinePartners,
    }))
}

fn react(change: ReactionChange, add: bool) -> Request {
    Request::React {
        message: change.message.into(),
        emoji: change.emoji,
        add,
        within: None,
    }
}

fn typing(named: &ConversationName, typing: bool) -> Request {
    Request::SetTyping {
        conversation: named.conversation.into(),
        typing,
    }
}

/// Which messages were read.
///
/// # Errors
/// `invalid` unless exactly one of the two is there.
pub(super) fn read_target(
    seq: Option<i64>,
    messages: Option<Vec<Uuid>>,
) -> Result<ReadTarget, Problem> {
    match (seq, messages) {
        (Some(seq), None) => Ok(ReadTarget::UpTo(seq)),
        (None, Some(messages)) => Ok(ReadTarget::Messages(
            messages.into_iter().map(Into::into).collect(),
        )),
        _ => Err(Problem::invalid(
            "seq",
            "either seq or messages is required",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_without_a_readable_id_is_malformed() {
        for text in [
            "",
            "{",
            "[]",
            "7",
            r#"{"type": "ping"}"#,
            r#"{"id": null, "type": "ping"}"#,
            r#"{"id": {}, "type": "ping"}"#,
            r#"{"id": 1}"#,
            r#"{"id": 1, "type": 7}"#,
        ] {
            let problem = read_frame(text).unwrap_err();
            assert_eq!(problem.code, ProblemCode::Malformed, "{text}");
        }
    }

    #[test]
    fn a_request_that_does_not_fit_names_its_field_and_keeps_its_id() {
        let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
        for (kind, data, field) in [
            ("message.vanish", "{}".to_owned(), "type"),
            ("message.send", "{}".to_owned(), "conversation"),
            ("message.send", "null".to_owned(), "conversation"),
            (
                "message.send",
                format!(r#"{{"conversation": "{uuid}"}}"#),
                "client_id",
            ),
            (
                "message.send",
                format!(r#"{{"conversation": "{uuid}", "client_id": "a", "kind": 7}}"#),
                "kind",
            ),
            (
                "message.edit",
                format!(r#"{{"message": "{uuid}", "body": []}}"#),
                "body",
            ),
            (
                "message.edit",
                r#"{"message": 7, "body": ""}"#.to_owned(),
                "message",
            ),
            (
                "session.resume",
                format!(r#"{{"epoch": "{uuid}"}}"#),
                "conversations",
            ),
        ] {
            let text = format!(r#"{{"id": "a", "type": "{kind}", "data": {data}}}"#);
            let frame = read_frame(&text).unwrap();
            assert_eq!(frame.id, RequestId::Text("a".into()));
            let problem = frame.request.unwrap_err();
            assert_eq!(problem.code, ProblemCode::Invalid, "{text}");
            assert_eq!(problem.errors.keys().collect::<Vec<_>>(), [field], "{text}");
        }
    }

    #[test]
    fn ten_thousand_nested_arrays_are_malformed() {
        let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let data = format!(r#"{{"conversation": "{uuid}", "client_id": "a", "metadata": {deep}}}"#);
        let text = format!(r#"{{"id": 1, "type": "message.send", "data": {data}}}"#);
        let problem = read_frame(&text).unwrap().request.unwrap_err();
        assert_eq!(problem.code, ProblemCode::Malformed);
    }

    #[test]
    fn a_read_mark_has_one_target() {
        assert!(read_target(None, None).is_err());
        assert!(read_target(Some(1), Some(Vec::new())).is_err());
        assert_eq!(read_target(Some(1), None).unwrap(), ReadTarget::UpTo(1));
    }
}
