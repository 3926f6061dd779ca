//! Changes: what the writer commits. A command that passed its checks becomes one of these; the
//! store applies it inside the group's transaction by [`crate::apply::apply`].

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::command::{ReadTarget, UpdateConversation};
use crate::conversation::{Conversation, ConversationHead, ConversationStatus};
use crate::ids::{ConversationId, MessageId, UserId};
use crate::member::{Member, MessageKey, NewMember, Party};
use crate::message::{Attachment, Message, MessageKind, Reaction};

/// One lasting change of one conversation.
#[derive(Debug, Clone)]
pub struct Change {
    /// The conversation; `None` only for [`ChangeBody::CreateConversation`].
    pub conversation: Option<ConversationId>,
    /// The time it is stamped with.
    pub at: Timestamp,
    /// What.
    pub body: ChangeBody,
}

/// What changes.
#[derive(Debug, Clone)]
pub enum ChangeBody {
    /// A new conversation.
    CreateConversation {
        /// The row, its id not given yet.
        head: Arc<ConversationHead>,
        /// Its members.
        members: Vec<NewMember>,
    },
    /// New title, context, metadata, status.
    UpdateConversation(Box<UpdateConversation>),
    /// Gone for everybody.
    DeleteConversation,
    /// A new message.
    SendMessage(Box<NewMessage>),
    /// New words.
    EditMessage {
        /// Which.
        message: MessageId,
        /// The words.
        body: String,
    },
    /// A message gone.
    DeleteMessage {
        /// Which.
        message: MessageId,
    },
    /// A reaction more or less.
    React {
        /// To what.
        message: MessageId,
        /// Who.
        user: UserId,
        /// With what.
        emoji: String,
        /// Add or take back.
        add: bool,
    },
    /// Read by a party.
    MarkRead {
        /// Who.
        party: Party,
        /// What.
        target: ReadTarget<MessageId>,
    },
    /// Delivered to a party.
    MarkDelivered {
        /// Who.
        party: Party,
        /// Up to where; `i64::MAX` = everything.
        up_to: i64,
    },
    /// Somebody joins, or comes back.
    AddMember(NewMember),
    /// Somebody leaves.
    RemoveMember(Party),
    /// Somebody mutes or archives.
    UpdateMember {
        /// Who.
        party: Party,
        /// Notifications off or on.
        muted: Option<bool>,
        /// Put away or back.
        archived: Option<bool>,
    },
}

/// A message on its way to the store.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Public id, made before so that a repeat after an unknown outcome can be told apart.
    pub uuid: Uuid,
    /// Who wrote it.
    pub sender: Option<UserId>,
    /// On whose behalf; it must be a present member.
    pub sender_party: Option<Party>,
    /// What it is.
    pub kind: MessageKind,
    /// The words.
    pub body: String,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// What stands beside it.
    pub metadata: Option<Value>,
    /// What it answers.
    pub reply_to: Option<MessageId>,
    /// The sender's own id.
    pub client_id: Option<String>,
    /// Parties on whose devices it arrives at once.
    pub reached: Vec<Party>,
    /// Passes even into a closed conversation.
    pub even_if_closed: bool,
    /// When it was written, for imports.
    pub created_at: Timestamp,
}

/// What a committed change did.
#[derive(Debug, Clone)]
pub struct Committed {
    /// The conversation's row after it.
    pub conversation: Arc<Conversation>,
    /// The conversation's revision after it; `None` when nothing changed.
    pub revision: Option<i64>,
    /// What happened.
    pub outcome: Outcome,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A conversation was made, or (`created` false) was there under its key.
    Conversation {
        /// Whether it was made now.
        created: bool,
    },
    /// It was updated.
    ConversationUpdated {
        /// Its status before.
        status_before: ConversationStatus,
    },
    /// It was deleted; these were its members.
    ConversationDeleted {
        /// Who has to hear of it.
        members: Vec<Member>,
    },
    /// A message was stored, or (`repeated`) had been before.
    Message {
        /// As stored.
        message: Arc<Message>,
        /// What it answers.
        quoted: Option<Arc<Message>>,
        /// Stored by an earlier change with the same client id.
        repeated: bool,
        /// It reached another party at once.
        delivered: bool,
    },
    /// A message's words changed.
    MessageUpdated(Arc<Message>),
    /// A message was deleted.
    MessageDeleted(Arc<Message>),
    /// A reaction was added or taken back; without a revision it was so before.
    Reaction {
        /// The message with its reactions as they stand now.
        message: Arc<Message>,
        /// Which reaction.
        reaction: Reaction,
        /// Added, or taken back.
        added: bool,
    },
    /// A party read.
    Read {
        /// The mark.
        member: Member,
        /// What was unread before.
        messages: Vec<MessageKey>,
        /// Where messages were named: those that had been read before, by rising seq.
        before: Option<Vec<MessageKey>>,
    },
    /// Messages arrived at a party.
    Delivered {
        /// The mark.
        member: Member,
    },
    /// Somebody joined.
    MemberAdded(Member),
    /// Somebody left.
    MemberRemoved(Member),
    /// Somebody muted or archived.
    MemberUpdated(Member),
}
