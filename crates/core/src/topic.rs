//! Topics: what a socket listens to.

use crate::ids::{AppId, ConversationId, UserId};

/// What a socket listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// All events of one conversation.
    Conversation(ConversationId),
    /// Events of all conversations in which the user is a member by name, and the user's own.
    User(UserId),
    /// Events of all desk conversations of an app.
    Staff(AppId),
}
