//! Accounts and credentials as stored; what they mean is the crate `identity`'s business.

use crate::clock::Timestamp;
use crate::ids::{AppId, CredentialId, UserId};
use crate::user::User;

/// A local account: a user who can log in here.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The person.
    pub user: User,
    /// PHC string, or a hash in the form of another system; `None` when there is no password.
    pub password_hash: Option<String>,
    /// Tokens issued before this moment are void (log out everywhere).
    pub tokens_valid_from: Timestamp,
}

/// A stored credential: an opaque token, found by the hash of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Key; sockets opened with it carry it.
    pub id: CredentialId,
    /// The tenant.
    pub app: AppId,
    /// Whose.
    pub user: UserId,
    /// What it is for, in the words of `identity` (`opaque`, `refresh` …).
    pub purpose: String,
    /// SHA-256 of the token's text; the text itself is never stored.
    pub hash: [u8; 32],
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A credential to be stored.
#[derive(Debug, Clone)]
pub struct NewCredential {
    /// The tenant.
    pub app: AppId,
    /// Whose.
    pub user: UserId,
    /// What it is for.
    pub purpose: String,
    /// SHA-256 of the token's text.
    pub hash: [u8; 32],
    /// Now.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// Which field of a user is taken by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenField {
    /// The username (case ignored).
    Username,
    /// The external id, where only a new user will do.
    ExternalId,
}
