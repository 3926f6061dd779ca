//! Messages and what hangs on them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{ConversationId, MessageId, UserId};
use crate::member::{MessageKey, Party};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

impl MessageKind {
    /// The name as stored and as in the native protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::File => "file",
            Self::Voice => "voice",
            Self::System => "system",
            Self::Payment => "payment",
            Self::Dispute => "dispute",
            Self::JobUpdate => "job_update",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Text,
            Self::Image,
            Self::File,
            Self::Voice,
            Self::System,
            Self::Payment,
            Self::Dispute,
            Self::JobUpdate,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// A file that travels with a message; its bytes are the media's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Public id of the stored file.
    pub id: Uuid,
    /// Unguessable name under which the bytes are stored and served.
    pub storage_name: String,
    /// The file's own name, without folders.
    pub name: String,
    /// Judged by content, not by what the uploader said.
    pub content_type: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Width in pixels, for pictures.
    pub width: Option<u32>,
    /// Height in pixels, for pictures.
    pub height: Option<u32>,
    /// Length in milliseconds, for recordings.
    pub duration_ms: Option<u32>,
}

/// One person's reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Who.
    pub user: UserId,
    /// One emoji, or a short word.
    pub emoji: String,
}

/// A message as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Key; dialects with integer ids show it.
    pub id: MessageId,
    /// Public id.
    pub uuid: Uuid,
    /// Where it stands.
    pub conversation: ConversationId,
    /// Place in the conversation's one order, from 1, without holes.
    pub seq: i64,
    /// The conversation's revision that last changed this row.
    pub revision: i64,
    /// The revision that created it.
    pub created_revision: i64,
    /// Who wrote it; `None` for the system.
    pub sender: Option<UserId>,
    /// On whose behalf: the sender, or the staff side. It is never unread for that party.
    pub sender_party: Option<Party>,
    /// What it is.
    pub kind: MessageKind,
    /// The words, exactly as sent; empty once deleted.
    pub body: String,
    /// Files that came along.
    pub attachments: Vec<Attachment>,
    /// Whatever the sender's dialect or the host put beside it.
    pub metadata: Option<Value>,
    /// The message that this one answers, of the same conversation.
    pub reply_to: Option<MessageId>,
    /// The public id of that message, for dialects that show public ids.
    pub reply_to_uuid: Option<Uuid>,
    /// The sender's own id, which made the send safe to repeat.
    pub client_id: Option<String>,
    /// When it was stored (or, when imported, written).
    pub created_at: Timestamp,
    /// When its words were last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted; the row stays in its place without words and files.
    pub deleted_at: Option<Timestamp>,
    /// Reactions, oldest first.
    pub reactions: Vec<Reaction>,
}

impl Message {
    /// Its names.
    pub const fn key(&self) -> MessageKey {
        MessageKey {
            id: self.id,
            uuid: self.uuid,
            seq: self.seq,
        }
    }

    /// The first picture, if there is one.
    pub fn first_image(&self) -> Option<&Attachment> {
        self.attachments
            .iter()
            .find(|a| a.content_type.starts_with("image/"))
    }
}
