//! Commands and queries: a principal's wishes, as dialects translate them from frames and requests.

use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::conversation::{
    Context, Conversation, ConversationKind, ConversationStatus, SharedState,
};
use crate::ids::{ConversationId, ConversationRef, MessageId, MessageRef, UserId};
use crate::member::{Member, MessageKey, NewMember, Party};
use crate::message::{Message, MessageKind};
use crate::people::People;
use crate::receipt::{DeliveryStatus, Receipts};

/// Makes a conversation.
#[derive(Debug, Clone)]
pub struct CreateConversation {
    /// Who the two sides are.
    pub kind: ConversationKind,
    /// All members; a user who asks has to be one of them (or of the staff, for desk conversations).
    pub members: Vec<NewMember>,
    /// Title or subject.
    pub title: Option<String>,
    /// What it is about.
    pub context: Option<Context>,
    /// What the dialect keeps about it.
    pub metadata: Map<String, Value>,
    /// With a key that a living conversation has already, that one is answered and nothing is made.
    pub unique_key: Option<String>,
    /// For imports; now otherwise. Only the host's backend may set it.
    pub created_at: Option<Timestamp>,
}

/// Changes a conversation; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UpdateConversation {
    /// New title; `Some(None)` takes it away.
    pub title: Option<Option<String>>,
    /// New context; `Some(None)` takes it away.
    pub context: Option<Option<Context>>,
    /// Merged key by key; a null takes a key away.
    pub metadata: Option<Map<String, Value>>,
    /// New status.
    pub status: Option<ConversationStatus>,
}

/// On whose behalf the host's backend posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostAs {
    /// The principal itself.
    Myself,
    /// A user; only the host's backend may.
    User(UserId),
    /// The system; only the host's backend may.
    System,
}

/// How a wish names an uploaded file; which way is the dialect's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentRef {
    /// By public id.
    Id(Uuid),
    /// By the name under which it is stored, as the addresses of some dialects have it.
    Name(String),
}

impl From<Uuid> for AttachmentRef {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

/// Sends a message. Start from [`SendMessage::text`].
#[derive(Debug, Clone)]
pub struct SendMessage {
    /// Where to.
    pub conversation: ConversationRef,
    /// The words; blank only with an attachment.
    pub body: String,
    /// What it is.
    pub kind: MessageKind,
    /// Files that the sender uploaded before.
    pub attachments: Vec<AttachmentRef>,
    /// Kept beside the message as it is.
    pub metadata: Option<Value>,
    /// The message it answers.
    pub reply_to: Option<MessageRef>,
    /// Makes the send safe to repeat: the second time answers with the first message.
    pub client_id: Option<String>,
    /// On whose behalf.
    pub post_as: PostAs,
    /// Whether a closed conversation takes it all the same.
    pub even_if_closed: bool,
    /// Do not tell whence the wish came ([`crate::event::Event::skip_origin`]).
    pub leave_out_origin: bool,
    /// For imports; now otherwise. Only the host's backend may set it.
    pub created_at: Option<Timestamp>,
}

impl SendMessage {
    /// A text message with nothing else.
    pub fn text(conversation: impl Into<ConversationRef>, body: impl Into<String>) -> Self {
        Self {
            conversation: conversation.into(),
            body: body.into(),
            kind: MessageKind::Text,
            attachments: Vec::new(),
            metadata: None,
            reply_to: None,
            client_id: None,
            post_as: PostAs::Myself,
            even_if_closed: false,
            leave_out_origin: false,
            created_at: None,
        }
    }
}

/// What to mark as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadTarget<M = MessageRef> {
    /// Everything that is there.
    All,
    /// Everything up to this seq.
    UpTo(i64),
    /// These messages; those of other conversations, one's own and unknown ones are passed over.
    Messages(Vec<M>),
}

/// Marks messages as read by the principal's party.
#[derive(Debug, Clone)]
pub struct MarkRead {
    /// Where.
    pub conversation: ConversationRef,
    /// What.
    pub target: ReadTarget,
    /// Tell everybody even when nothing was unread (an event without a revision); where messages
    /// are named, only if one of them can be read here.
    pub announce_unchanged: bool,
}

/// Where a page of messages starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The newest ones.
    Newest,
    /// Those right before this seq.
    Before(i64),
    /// Those right after this seq.
    After(i64),
    /// Half before, half from this seq on.
    Around(i64),
}

/// Which conversations to list.
#[derive(Debug, Clone, Default)]
pub struct ListConversations {
    /// Only with this status.
    pub status: Option<ConversationStatus>,
    /// `Some(true)`: only those put away by the principal; `Some(false)`: only the others.
    pub archived: Option<bool>,
    /// Only those whose members include all of these users.
    pub with_users: Vec<UserId>,
    /// Only those whose context is of this kind.
    pub context_kind: Option<String>,
    /// Only those whose context has this id.
    pub context_id: Option<String>,
    /// Only those later in the list than this (activity, id) pair, which ended the page before.
    pub after: Option<(Timestamp, ConversationId)>,
    /// How many at most; 0 = as many as the limits allow in one answer.
    pub limit: usize,
}

/// Looks for words.
#[derive(Debug, Clone)]
pub struct SearchMessages {
    /// A part of the text, case ignored, every character literal.
    pub text: String,
    /// Only here; else in all conversations that the principal may read.
    pub conversation: Option<ConversationRef>,
    /// Only messages older than this one.
    pub before: Option<MessageId>,
    /// How many at most.
    pub limit: usize,
}

/// A conversation as one party sees it.
#[derive(Debug, Clone)]
pub struct ConversationView {
    /// The conversation with its counters.
    pub conversation: Conversation,
    /// Its present members.
    pub members: Vec<Member>,
    /// The asking party, `None` for the host's backend.
    pub party: Option<Party>,
    /// What the asking party has not read; 0 for the host's backend.
    pub unread_count: i64,
    /// The newest message that is not deleted.
    pub last_message: Option<Message>,
}

impl ConversationView {
    /// All marks, for the state of the last message.
    pub fn receipts(&self) -> Receipts {
        Receipts {
            marks: self.members.iter().map(crate::receipt::Mark::of).collect(),
            single_reads: Vec::new(),
        }
    }

    /// The asking party's own membership.
    pub fn own_member(&self) -> Option<&Member> {
        self.party
            .and_then(|party| self.members.iter().find(|m| m.party == party))
    }

    /// What `party` has not read.
    pub fn unread_of(&self, party: Party) -> i64 {
        let seen = self
            .members
            .iter()
            .find(|m| m.party == party)
            .map_or(0, |m| m.seen_count);
        (self.conversation.message_count - seen).max(0)
    }
}

/// Several conversations and the people in them.
#[derive(Debug, Clone)]
pub struct ConversationList {
    /// Newest activity first.
    pub items: Vec<ConversationView>,
    /// All users they mention.
    pub people: People,
    /// There are more after the last one.
    pub has_more: bool,
}

/// One conversation's page of messages.
#[derive(Debug, Clone)]
pub struct MessagePage {
    /// The conversation.
    pub conversation: SharedState,
    /// Oldest first. Deleted ones are in it only where the query asked for them.
    pub messages: Vec<Message>,
    /// Messages that those answer, where not deleted.
    pub quoted: Vec<Message>,
    /// All users they mention.
    pub people: People,
    /// Who has read and received what.
    pub receipts: Receipts,
    /// There are older ones before the first.
    pub has_before: bool,
    /// There are newer ones after the last.
    pub has_after: bool,
}

/// Messages of several conversations.
#[derive(Debug, Clone)]
pub struct MessageList {
    /// The order is the query's.
    pub messages: Vec<Message>,
    /// Messages that those answer, where not deleted.
    pub quoted: Vec<Message>,
    /// Their conversations with marks.
    pub conversations: Vec<(SharedState, Receipts)>,
    /// All users they mention.
    pub people: People,
    /// There are more after the last.
    pub has_more: bool,
}

impl MessageList {
    /// The conversation and marks of a message of this list.
    pub fn place_of(&self, message: &Message) -> Option<&(SharedState, Receipts)> {
        self.conversations
            .iter()
            .find(|(state, _)| state.head.id == message.conversation)
    }
}

/// What became of a send.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The stored message: for a repeated send, the first one.
    pub message: Arc<Message>,
    /// It was stored before, by an earlier call with the same client id.
    pub repeated: bool,
    /// The message it answers.
    pub quoted: Option<Arc<Message>>,
    /// Its conversation.
    pub conversation: SharedState,
    /// The people it mentions.
    pub people: People,
    /// How far it has come.
    pub status: DeliveryStatus,
}

/// What became of marking.
#[derive(Debug, Clone)]
pub struct Marked {
    /// The party's mark as it stands now.
    pub member: Member,
    /// What was unread before, by rising seq.
    pub messages: Vec<MessageKey>,
    /// What is unread now.
    pub unread_count: i64,
}

/// What changed in a conversation since a revision.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The conversation as the principal sees it.
    pub view: ConversationView,
    /// Current rows with a later revision, by rising revision, deleted ones as tombstones.
    pub messages: Vec<Message>,
    /// All users mentioned.
    pub people: People,
    /// Ask again from this revision while `has_more`; otherwise the conversation's own.
    pub revision: i64,
    /// There is more than fits one answer.
    pub has_more: bool,
}
