//! The API's objects: plain data, each with the integer id, the public id and the one that the app's
//! dialect shows.

use parlance_core::clock::Timestamp;
use parlance_dialects::native::objects::{
    Attachment, Context, ConversationKind, ConversationStatus, MessageKind, Reaction,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// An id in the form that the app's dialect shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum WireId {
    Integer(i64),
    Uuid(Uuid),
    Text(String),
}

impl PartialSchema for WireId {
    fn schema() -> RefOr<Schema> {
        let either = SchemaType::Array(vec![Type::Integer, Type::String]);
        ObjectBuilder::new()
            .schema_type(either)
            .description(Some("The form that the app's dialect shows"))
            .into()
    }
}

impl ToSchema for WireId {}

/// An app.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct App {
    pub(crate) id: i64,
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    /// Dialects besides `native`.
    pub(crate) dialects: Vec<String>,
    /// By which requests are told apart on a shared listener.
    #[schema(required)]
    pub(crate) host: Option<String>,
}

/// An app that was made now, with its key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewApp {
    #[serde(flatten)]
    pub(crate) app: App,
    /// Shown this once.
    pub(crate) key: String,
}

/// All apps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppList {
    /// By name.
    pub(crate) items: Vec<App>,
}

/// A person of the app.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) uuid: Uuid,
    pub(crate) wire_id: WireId,
    pub(crate) external_id: String,
    /// May be empty.
    pub(crate) username: String,
    /// May be empty.
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    /// The name to show.
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) is_staff: bool,
    pub(crate) is_active: bool,
    #[schema(required)]
    pub(crate) avatar_url: Option<String>,
    #[schema(value_type = Object)]
    pub(crate) metadata: Map<String, Value>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// The integer that dialects with role profiles show.
    pub(crate) profile_id: i64,
}

/// Users in the order in which they were named.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserList {
    pub(crate) users: Vec<User>,
}

/// A page of users by rising id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserPage {
    pub(crate) items: Vec<User>,
    /// Asks for the next page; null on the last.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// A party of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    /// Null for the staff side of a desk conversation.
    #[schema(required)]
    pub(crate) user: Option<User>,
    pub(crate) part: String,
    pub(crate) read_seq: i64,
    pub(crate) delivered_seq: i64,
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conversation {
    pub(crate) id: i64,
    pub(crate) uuid: Uuid,
    pub(crate) wire_id: WireId,
    pub(crate) kind: ConversationKind,
    pub(crate) status: ConversationStatus,
    #[schema(required)]
    pub(crate) title: Option<String>,
    #[schema(required)]
    pub(crate) context: Option<Context>,
    /// The context's id where its kind is job: an integer where it is written as one.
    #[schema(required)]
    pub(crate) job_id: Option<WireId>,
    #[schema(value_type = Object)]
    pub(crate) metadata: Map<String, Value>,
    pub(crate) members: Vec<Member>,
    pub(crate) last_seq: i64,
    pub(crate) revision: i64,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) last_activity_at: Timestamp,
}

/// A page of conversations, newest activity first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationPage {
    pub(crate) items: Vec<Conversation>,
    /// Asks for the next page; null on the last.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// A message as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    pub(crate) id: i64,
    pub(crate) uuid: Uuid,
    pub(crate) wire_id: WireId,
    /// The conversation's public id.
    pub(crate) conversation: Uuid,
    pub(crate) seq: i64,
    pub(crate) revision: i64,
    /// The sender's public id; null for the system.
    #[schema(required)]
    pub(crate) sender: Option<Uuid>,
    pub(crate) sender_name: String,
    pub(crate) kind: MessageKind,
    pub(crate) body: String,
    pub(crate) attachments: Vec<Attachment>,
    #[schema(required)]
    pub(crate) metadata: Option<Value>,
    #[schema(required)]
    pub(crate) reply_to: Option<Uuid>,
    #[schema(required)]
    pub(crate) client_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub(crate) edited_at: Option<Timestamp>,
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub(crate) deleted_at: Option<Timestamp>,
    pub(crate) reactions: Vec<Reaction>,
}

/// A stretch of a conversation's messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageHistory {
    /// Oldest first, deleted ones in their places.
    pub(crate) items: Vec<Message>,
    pub(crate) has_before: bool,
    pub(crate) has_after: bool,
}

/// Fresh credentials of a user.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    /// Opens the native protocol.
    pub(crate) native: String,
    /// Opens the app's dialect.
    pub(crate) token: String,
    /// Makes a new `token`, where the dialect has such.
    #[schema(required)]
    pub(crate) refresh: Option<String>,
    /// When `token` ends by itself.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Timestamp>,
}

/// What was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Revoked {
    /// How many credentials.
    pub(crate) revoked: usize,
}

/// How much an app has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Usage {
    pub(crate) users: i64,
    /// Those that are not deleted.
    pub(crate) conversations: i64,
    pub(crate) messages: i64,
    /// Open now, on this node.
    pub(crate) sockets: usize,
}
