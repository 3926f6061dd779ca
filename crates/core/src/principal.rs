//! Who asks.

use std::sync::Arc;

use crate::ids::{AppId, CredentialId, SocketId, UserId};
use crate::user::User;

/// Who asks: a user, a host's backend with its app key, or the operator of this server.
#[derive(Debug, Clone)]
pub enum Principal {
    /// A person, by token or session.
    User(UserPrincipal),
    /// The host's backend, by app key; may do everything within its app.
    App(AppId),
}

/// A person who proved to be one.
#[derive(Debug, Clone)]
pub struct UserPrincipal {
    /// The profile at the time of the check.
    pub user: Arc<User>,
    /// What it was proved with; revoking it closes the sockets opened with it.
    pub credential: Option<CredentialId>,
    /// The socket on which the wish came, if on one.
    pub socket: Option<SocketId>,
}

impl Principal {
    /// The tenant within which everything happens.
    pub fn app(&self) -> AppId {
        match self {
            Self::User(by) => by.user.app,
            Self::App(app) => *app,
        }
    }

    /// The person, unless it is the host's backend.
    pub fn user(&self) -> Option<&Arc<User>> {
        match self {
            Self::User(by) => Some(&by.user),
            Self::App(_) => None,
        }
    }

    /// The person's id.
    pub fn user_id(&self) -> Option<UserId> {
        self.user().map(|user| user.id)
    }

    /// The socket on which the wish came.
    pub fn socket(&self) -> Option<SocketId> {
        match self {
            Self::User(by) => by.socket,
            Self::App(_) => None,
        }
    }

    /// A person without a socket.
    pub fn for_user(user: Arc<User>, credential: Option<CredentialId>) -> Self {
        Self::User(UserPrincipal {
            user,
            credential,
            socket: None,
        })
    }
}
