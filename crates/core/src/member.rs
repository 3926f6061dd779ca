//! Members: users in a conversation, or the staff side of a desk conversation.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{ConversationId, UserId};

/// Who counts as one reader in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A named user.
    User(UserId),
    /// The app's staff as a whole, in desk conversations.
    Staff,
}

impl Party {
    /// As stored: the user's id, 0 for staff.
    pub const fn to_key(self) -> i64 {
        match self {
            Self::User(user) => user.0,
            Self::Staff => 0,
        }
    }

    /// The reverse of [`Party::to_key`].
    pub const fn from_key(key: i64) -> Self {
        if key == 0 {
            Self::Staff
        } else {
            Self::User(UserId(key))
        }
    }

    /// The user, unless this is the staff side.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Staff => None,
        }
    }
}

/// One party's membership with its marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The conversation.
    pub conversation: ConversationId,
    /// Who.
    pub party: Party,
    /// The part played: customer, provider, client, freelancer, user, admin, support …
    pub part: String,
    /// Everything up to this `seq` is read.
    pub read_seq: i64,
    /// Everything up to this `seq` has reached a device.
    pub delivered_seq: i64,
    /// Messages that this party wrote or read; unread = [`crate::conversation::Conversation::message_count`] − this.
    pub seen_count: i64,
    /// Notifications are off.
    pub muted: bool,
    /// Put away for this member alone.
    pub archived: bool,
    /// When it joined.
    pub joined_at: Timestamp,
    /// Set once it left or was removed.
    pub left_at: Option<Timestamp>,
    /// When something was last read.
    pub read_at: Option<Timestamp>,
    /// The conversation's revision that last changed this row.
    pub revision: i64,
}

/// A member-to-be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// Who.
    pub party: Party,
    /// The part played.
    pub part: String,
}

/// Names one message in all the ways that dialects do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageKey {
    /// Integer id.
    pub id: crate::ids::MessageId,
    /// Public id.
    pub uuid: Uuid,
    /// Place in its conversation.
    pub seq: i64,
}
