//! Events: what became true. One event is encoded once per dialect and kind of viewer and the same
//! bytes go to every socket.

use std::sync::Arc;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::conversation::{Conversation, ConversationStatus, SharedState};
use crate::ids::{AppId, SocketId, UserId};
use crate::member::{Member, MessageKey, Party};
use crate::message::Message;
use crate::people::People;
use crate::receipt::DeliveryStatus;
use crate::user::User;

/// What became true, where, when and through whom.
#[derive(Debug, Clone)]
pub struct Event {
    /// Names the event: the same on every node and at every retry.
    pub id: Uuid,
    /// The tenant.
    pub app: AppId,
    /// The conversation as it stands after the event; `None` for presence.
    pub conversation: Option<SharedState>,
    /// The conversation's revision; `None` for what is not lasting.
    pub revision: Option<i64>,
    /// When.
    pub at: Timestamp,
    /// Through whom; `None` for the system or the host's backend.
    pub actor: Option<Arc<User>>,
    /// The socket on which the wish came, for dialects that leave it out.
    pub socket: Option<SocketId>,
    /// That socket is not told; the hub keeps to it before it asks a dialect for bytes. Without a
    /// socket: the actor's client has it from an answer and would show it twice; a dialect whose
    /// requests ask for it leaves out the actor's own sockets.
    pub skip_origin: bool,
    /// Users beyond the conversation's members who hear of it (somebody just removed, partners of a
    /// presence change).
    pub also: Vec<UserId>,
    /// The users that the body mentions.
    pub people: People,
    /// What.
    pub body: EventBody,
}

/// What became true.
#[derive(Debug, Clone)]
pub enum EventBody {
    /// A message was stored.
    MessageCreated {
        /// As stored.
        message: Arc<Message>,
        /// The message it answers.
        quoted: Option<Arc<Message>>,
        /// `Delivered` when a socket of another party stood ready to take it.
        status: DeliveryStatus,
    },
    /// Its words changed.
    MessageUpdated {
        /// As it stands now.
        message: Arc<Message>,
    },
    /// It was deleted.
    MessageDeleted {
        /// The tombstone.
        message: Arc<Message>,
    },
    /// Somebody reacted.
    ReactionAdded {
        /// The message with its reactions as they stand now.
        message: Arc<Message>,
        /// Who.
        user: UserId,
        /// With what.
        emoji: String,
    },
    /// Somebody took a reaction back.
    ReactionRemoved {
        /// The message with its reactions as they stand now.
        message: Arc<Message>,
        /// Who.
        user: UserId,
        /// What.
        emoji: String,
    },
    /// A party read. Also told, without a revision, when somebody asked for it although nothing was
    /// unread ([`crate::command::MarkRead::announce_unchanged`]).
    ReceiptRead {
        /// Whose mark it is, as it stands now.
        member: Member,
        /// What was unread before, by rising seq; without a revision, what was named.
        messages: Vec<MessageKey>,
    },
    /// Messages reached a device of a party.
    ReceiptDelivered {
        /// Whose mark it is, as it stands now.
        member: Member,
    },
    /// Somebody types.
    TypingStarted,
    /// Somebody does not type any more, or not for [`crate::limits::Limits::typing_for`].
    TypingStopped,
    /// A user came online or went offline.
    PresenceChanged {
        /// Who.
        user: Arc<User>,
        /// Whether at least one socket is open now.
        online: bool,
    },
    /// Somebody has the conversation open, or has it no more: a socket listens to the conversation
    /// itself, or the last one of that user has gone. Told to such sockets only, the opening one
    /// ([`Event::socket`]) included.
    AttendanceChanged {
        /// Who.
        user: Arc<User>,
        /// Whether at least one such socket is open now. Every opening is told, of closings the
        /// last.
        present: bool,
        /// Whether the opening was the user's first; `false` for a closing.
        first: bool,
    },
    /// A conversation was made.
    ConversationCreated {
        /// As stored.
        conversation: Box<Conversation>,
    },
    /// Title, context, metadata or status changed.
    ConversationUpdated {
        /// As it stands now.
        conversation: Box<Conversation>,
        /// Its status before.
        status_before: ConversationStatus,
    },
    /// It is gone for everybody.
    ConversationDeleted,
    /// Somebody joined.
    MemberAdded {
        /// The membership.
        member: Member,
    },
    /// Somebody left or was removed; live sockets on the conversation are closed.
    MemberRemoved {
        /// The membership, with `left_at`.
        member: Member,
    },
    /// A member muted or archived; told to that member alone.
    MemberUpdated {
        /// The membership.
        member: Member,
    },
}

impl Event {
    /// Ephemeral events may be dropped for a slow reader; lasting ones never.
    pub const fn is_lasting(&self) -> bool {
        self.revision.is_some()
    }

    /// The actor's id.
    pub fn actor_id(&self) -> Option<UserId> {
        self.actor.as_ref().map(|actor| actor.id)
    }

    /// `noun.past_participle`: the one vocabulary of native socket, webhooks and SDK.
    pub const fn name(&self) -> &'static str {
        match self.body {
            EventBody::MessageCreated { .. } => "message.created",
            EventBody::MessageUpdated { .. } => "message.updated",
            EventBody::MessageDeleted { .. } => "message.deleted",
            EventBody::ReactionAdded { .. } => "reaction.added",
            EventBody::ReactionRemoved { .. } => "reaction.removed",
            EventBody::ReceiptRead { .. } => "receipt.read",
            EventBody::ReceiptDelivered { .. } => "receipt.delivered",
            EventBody::TypingStarted => "typing.started",
            EventBody::TypingStopped => "typing.stopped",
            EventBody::PresenceChanged { .. } => "presence.changed",
            EventBody::AttendanceChanged { .. } => "attendance.changed",
            EventBody::ConversationCreated { .. } => "conversation.created",
            EventBody::ConversationUpdated { .. } => "conversation.updated",
            EventBody::ConversationDeleted => "conversation.deleted",
            EventBody::MemberAdded { .. } => "member.added",
            EventBody::MemberRemoved { .. } => "member.removed",
            EventBody::MemberUpdated { .. } => "member.updated",
        }
    }

    /// The party to which alone this is told, where it is not for everybody in the conversation.
    pub const fn only_for(&self) -> Option<Party> {
        match &self.body {
            EventBody::MemberUpdated { member } => Some(member.party),
            _ => None,
        }
    }
}
