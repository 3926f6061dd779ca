//! The protocol's objects, as REST answers and socket frames show them.
//!
//! Plain data: what they are made of is the translation's business. A field that may be null
//! is always there, so that a client never has to tell the two apart.

use parlance_core::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// A person of the app.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct User {
    /// Public id.
    pub id: Uuid,
    /// The host's own id of this person.
    pub external_id: String,
    /// Name to show.
    pub name: String,
    /// The host's word for what this person is; may be empty.
    pub role: String,
    /// Address of a picture.
    #[schema(required)]
    pub avatar_url: Option<String>,
    /// Belongs to the app's staff.
    pub is_staff: bool,
}

/// One party of a conversation, with its marks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Member {
    /// Who; null for the staff side of a desk conversation.
    #[schema(required)]
    pub user: Option<User>,
    /// The part played.
    pub part: String,
    /// Everything up to this `seq` is read.
    pub read_seq: i64,
    /// Everything up to this `seq` has reached a device.
    pub delivered_seq: i64,
    /// When it joined.
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
    /// When it left or was removed.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub left_at: Option<Timestamp>,
    /// The conversation's revision that last changed this row.
    pub revision: i64,
}

/// A member with what only its own sockets hear of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OwnMember {
    /// What everybody may see.
    #[serde(flatten)]
    pub member: Member,
    /// Notifications are off.
    pub muted: bool,
    /// Put away for this member alone.
    pub archived: bool,
}

/// A file that travels with a message.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Attachment {
    /// Public id, to be named in a send.
    pub id: Uuid,
    /// The file's own name.
    pub name: String,
    /// Media type, judged by content.
    pub content_type: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Width in pixels, for pictures.
    #[schema(required)]
    pub width: Option<u32>,
    /// Height in pixels, for pictures.
    #[schema(required)]
    pub height: Option<u32>,
    /// Length in milliseconds, for recordings.
    #[schema(required)]
    pub duration_ms: Option<u32>,
    /// Where the bytes are, for a while and without a header; absolute where the app's public
    /// address is known, else relative to the server.
    pub url: String,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Words.
    Text,
    /// A picture, perhaps with words.
    Image,
    /// A file, perhaps with words.
    File,
    /// A recording.
    Voice,
    /// Said by the product, not by a person.
    System,
    /// A payment's state.
    Payment,
    /// A dispute's state.
    Dispute,
    /// A job's state.
    JobUpdate,
}

/// One emoji and who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reaction {
    /// One emoji, or a short word.
    pub emoji: String,
    /// Who, the first one first.
    pub users: Vec<Uuid>,
}

/// A message as it stands now. A deleted one stays in its place, without words, files and metadata.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Message {
    /// Public id.
    pub id: Uuid,
    /// Where it stands.
    pub conversation: Uuid,
    /// Place in the conversation's one order, from 1, without holes.
    pub seq: i64,
    /// The conversation's revision that last changed it.
    pub revision: i64,
    /// Who wrote it; null for the system.
    #[schema(required)]
    pub sender: Option<Uuid>,
    /// The sender's name to show; empty for the system.
    pub sender_name: String,
    /// What it is.
    pub kind: MessageKind,
    /// The words, exactly as sent.
    pub body: String,
    /// Files that came along.
    pub attachments: Vec<Attachment>,
    /// What the sender or the host put beside it.
    #[schema(required)]
    pub metadata: Option<Value>,
    /// The message that it answers.
    #[schema(required)]
    pub reply_to: Option<Uuid>,
    /// The sender's own id of it.
    #[schema(required)]
    pub client_id: Option<String>,
    /// When it was stored (or, when imported, written).
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When its words were last changed.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
    /// Reactions, the first one first.
    pub reactions: Vec<Reaction>,
}

/// Who the two sides are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Between named members.
    Direct,
    /// Between a user and the app's staff as a whole.
    Desk,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// Messages pass.
    Open,
    /// Done.
    Closed,
    /// Put away for everybody.
    Archived,
}

/// What a conversation is about in the host product.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Context {
    /// job, appointment, loan …
    pub kind: String,
    /// The host's id of it.
    #[schema(required)]
    pub id: Option<String>,
    /// Its title.
    #[schema(required)]
    pub title: Option<String>,
    /// Where the host shows it.
    #[schema(required)]
    pub url: Option<String>,
    /// Whatever else the host wants back.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
}

/// A conversation as everybody in it may see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SharedConversation {
    /// Public id.
    pub id: Uuid,
    /// Who the two sides are.
    pub kind: ConversationKind,
    /// Where it stands.
    pub status: ConversationStatus,
    /// Title or subject.
    #[schema(required)]
    pub title: Option<String>,
    /// What it is about.
    #[schema(required)]
    pub context: Option<Context>,
    /// Present members.
    pub members: Vec<Member>,
    /// `seq` of the newest message, 0 when there is none.
    pub last_seq: i64,
    /// Counter of lasting changes.
    pub revision: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the newest message was stored, or the conversation made.
    #[schema(value_type = String, format = DateTime)]
    pub last_activity_at: Timestamp,
}

/// A conversation as the caller sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Conversation {
    /// Public id.
    pub id: Uuid,
    /// Who the two sides are.
    pub kind: ConversationKind,
    /// Where it stands.
    pub status: ConversationStatus,
    /// Title or subject.
    #[schema(required)]
    pub title: Option<String>,
    /// What it is about.
    #[schema(required)]
    pub context: Option<Context>,
    /// Present members.
    pub members: Vec<Member>,
    /// The newest message that is not deleted.
    #[schema(required)]
    pub last_message: Option<Message>,
    /// `seq` of the newest message, 0 when there is none.
    pub last_seq: i64,
    /// Counter of lasting changes.
    pub revision: i64,
    /// What the caller's party has not read.
    pub unread_count: i64,
    /// The caller's notifications are off.
    pub muted: bool,
    /// Put away for the caller's party alone.
    pub archived: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the newest message was stored, or the conversation made.
    #[schema(value_type = String, format = DateTime)]
    pub last_activity_at: Timestamp,
}

/// A page of conversations.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConversationPage {
    /// Newest activity first.
    pub items: Vec<Conversation>,
    /// Asks for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A page of messages of several conversations.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MessagePage {
    /// Newest first.
    pub items: Vec<Message>,
    /// Asks for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A stretch of one conversation's messages.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MessageHistory {
    /// Oldest first, deleted ones in their places.
    pub items: Vec<Message>,
    /// There are older ones.
    pub has_before: bool,
    /// There are newer ones.
    pub has_after: bool,
    /// Present members with their marks.
    pub members: Vec<Member>,
}

/// Present members.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MemberList {
    /// In no particular order.
    pub items: Vec<Member>,
}

/// A read mark as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReadMark {
    /// Everything up to this `seq` is read.
    pub read_seq: i64,
    /// What is still unread.
    pub unread_count: i64,
}

/// A delivered mark as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeliveredMark {
    /// Everything up to this `seq` has reached a device.
    pub delivered_seq: i64,
}

/// Who is online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OnlineUsers {
    /// People who share a conversation with the caller.
    pub online: Vec<Uuid>,
}

/// What changed in one conversation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConversationChanges {
    /// The conversation as it stands now.
    pub conversation: Conversation,
    /// Current rows with a later revision, by rising revision.
    pub messages: Vec<Message>,
    /// What the client has once it has taken these in.
    pub revision: i64,
    /// Ask again from `revision`.
    pub has_more: bool,
}

/// What changed since the client last heard.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Changes {
    /// Names the store's present life.
    pub epoch: Uuid,
    /// The epoch differs from the client's: drop all and load anew.
    pub reset: bool,
    /// Conversations that changed, and unknown ones with their newest messages.
    pub conversations: Vec<ConversationChanges>,
    /// Conversations that are not the caller's any more.
    pub removed: Vec<Uuid>,
}
