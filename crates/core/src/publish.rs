//! Where events go after their commit.

use std::sync::Arc;

use crate::event::Event;
use crate::ids::{AppId, ConversationId, CredentialId, UserId};

/// Takes events in revision order, one conversation's after another, and hands them to sockets.
/// Implemented by the gateway's hub.
pub trait Publisher: Send + Sync {
    /// Hands an event on. Does not wait for sockets, never fails: a socket that cannot take it is
    /// closed with a code that says resume.
    fn publish(&self, event: Arc<Event>);

    /// Ends live sockets.
    fn disconnect(&self, whom: Disconnect);
}

/// Which live sockets to end, because what opened them is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// All that were opened with this credential.
    Credential(CredentialId),
    /// All of this user.
    User(UserId),
    /// All sockets of this user that listen to this one conversation.
    Member(ConversationId, UserId),
    /// All sockets that listen to this one conversation.
    Conversation(ConversationId),
    /// All of an app.
    App(AppId),
}
