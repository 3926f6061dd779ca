//! What can go wrong when somebody proves to be somebody.

use std::time::Duration;

use parlance_core::account::TakenField;
use parlance_core::error::StoreError;

/// Why a token, a cookie or a credential was refused. Closed: each dialect renders it in one `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// None came along.
    #[error("no credential came along")]
    Missing,
    /// It has not the form of such a credential, or lacks what it must say.
    #[error("the credential is malformed")]
    Malformed,
    /// Not signed by a key of this app, or never issued here.
    #[error("the credential was not issued for this app")]
    BadSignature,
    /// Outside its time: ended, or not begun yet.
    #[error("the credential is expired")]
    Expired,
    /// Made for something else: another audience or issuer, a refresh token.
    #[error("the credential is of the wrong type")]
    WrongType,
    /// Revoked.
    #[error("the credential was revoked")]
    Revoked,
    /// Its user does not exist (any more).
    #[error("the credential's user is unknown")]
    UnknownUser,
    /// Its user is switched off.
    #[error("the credential's user is inactive")]
    InactiveUser,
    /// Signed in a way for which this app has no key, or not at all.
    #[error("the credential's algorithm does not fit a key of this app")]
    WrongAlgorithm,
    /// Nobody can tell now: the store, or the host's key set, does not answer. Try again.
    #[error("credentials cannot be checked now")]
    Unavailable,
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        log_store_error(&error);
        Self::Unavailable
    }
}

/// Why a registration, a login or a new password was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AccountError {
    /// Somebody else has it.
    #[error("taken: {0:?}")]
    Taken(TakenField),
    /// Fewer characters than asked for.
    #[error("the password has fewer than {min_chars} characters")]
    PasswordTooShort {
        /// What passes.
        min_chars: usize,
    },
    /// More bytes than anybody types.
    #[error("the password has more than {max_bytes} bytes")]
    PasswordTooLong {
        /// What passes.
        max_bytes: usize,
    },
    /// Unknown login, wrong password or no password at all; not told apart.
    #[error("wrong login or password")]
    InvalidCredentials,
    /// The password was right, but the user is switched off.
    #[error("the user is inactive")]
    Inactive,
    /// Too many attempts, for this login or in all.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When the next one passes.
        retry_after: Duration,
    },
    /// The store does not answer.
    #[error("accounts cannot be reached now")]
    Unavailable,
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        log_store_error(&error);
        Self::Unavailable
    }
}

/// Why an app could not be made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    /// Names are 1 to 63 of `a-z`, `0-9`, `-` and `_`, starting with a letter or digit.
    #[error("not a name for an app")]
    InvalidName,
    /// Another app has this name.
    #[error("the name is taken")]
    NameTaken,
    /// Another app has this host name.
    #[error("the host name is taken")]
    HostTaken,
    /// No such app.
    #[error("no such app")]
    Unknown,
    /// The store does not answer.
    #[error("apps cannot be reached now")]
    Unavailable,
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        log_store_error(&error);
        Self::Unavailable
    }
}

/// The details belong to the log, once, here, where the error becomes the caller's.
fn log_store_error(error: &StoreError) {
    tracing::error!(error = %error, "the store refused");
}
