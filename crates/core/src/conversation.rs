//! Conversations: lasting places for messages, with members, a status and a context.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{AppId, ConversationId, MessageId, UserId};
use crate::member::{Member, Party};

/// Who the two sides are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Between named members.
    Direct,
    /// Between a user and the app's staff as a whole: any agent reads and writes; unread and read
    /// are counted per side.
    Desk,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// Messages pass.
    Open,
    /// Done; messages are refused unless the sender's dialect says otherwise.
    Closed,
    /// Put away for everybody.
    Archived,
}

/// What a conversation is about in the host product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// job, appointment, loan …
    pub kind: String,
    /// The host's id of it.
    pub id: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Where the host shows it.
    pub url: Option<String>,
    /// Whatever else the host wants back.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// The part of a conversation that changes seldom; cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationHead {
    /// Key.
    pub id: ConversationId,
    /// Public id.
    pub uuid: Uuid,
    /// The tenant.
    pub app: AppId,
    /// Who the two sides are.
    pub kind: ConversationKind,
    /// Where it stands.
    pub status: ConversationStatus,
    /// Title or subject.
    pub title: Option<String>,
    /// What it is about.
    pub context: Option<Context>,
    /// What dialects and hosts keep about it.
    pub metadata: Map<String, Value>,
    /// At most one living conversation of the app has this key (`job:12`, `desk:41` …).
    pub unique_key: Option<String>,
    /// Who made it; `None` when the host did.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Set once it was deleted for everybody.
    pub deleted_at: Option<Timestamp>,
}

/// A conversation with its counters, as the store has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// The part that changes seldom; shared, because rows are copied for every message.
    pub head: Arc<ConversationHead>,
    /// `seq` of the newest message, 0 when there is none; messages are numbered from 1 without holes.
    pub last_seq: i64,
    /// Counter of lasting changes.
    pub revision: i64,
    /// Messages that count as unread for whoever has not read them (not deleted ones).
    pub message_count: i64,
    /// The newest message that is not deleted.
    pub last_message: Option<MessageId>,
    /// Time of the newest message, or of the making.
    pub last_activity_at: Timestamp,
    /// Time of the newest change of whatever kind.
    pub updated_at: Timestamp,
}

/// A conversation's head and present members, as cached for access checks and fan-out.
#[derive(Debug, Clone)]
pub struct ConversationState {
    /// The seldom changing part.
    pub head: Arc<ConversationHead>,
    /// Members who have not left. Read and delivered marks in here are as old as the cache entry.
    pub members: Vec<Member>,
}

impl ConversationState {
    /// The membership through which `user` takes part, if any. Staff take part in desk
    /// conversations through the staff side unless they are members by name.
    pub fn party_of(&self, user: UserId, is_staff: bool) -> Option<Party> {
        let by_name = Party::User(user);
        if self.members.iter().any(|m| m.party == by_name) {
            return Some(by_name);
        }
        (is_staff && self.members.iter().any(|m| m.party == Party::Staff)).then_some(Party::Staff)
    }

    /// The member of that party.
    pub fn member(&self, party: Party) -> Option<&Member> {
        self.members.iter().find(|m| m.party == party)
    }

    /// The member who plays `part`.
    pub fn member_by_part(&self, part: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.part == part)
    }

    /// Ids of all members by name.
    pub fn users(&self) -> impl Iterator<Item = UserId> + '_ {
        self.members.iter().filter_map(|m| m.party.user())
    }
}

/// Shared, because every event of a conversation carries it.
pub type SharedState = Arc<ConversationState>;
