//! What can go wrong, by what a principal can do about it.

use std::time::Duration;

use crate::ids::ConversationId;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An app.
    App,
    /// A user.
    User,
    /// A conversation.
    Conversation,
    /// A message.
    Message,
    /// A member.
    Member,
    /// A stored file.
    Attachment,
}

impl Subject {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::User => "user",
            Self::Conversation => "conversation",
            Self::Message => "message",
            Self::Member => "member",
            Self::Attachment => "attachment",
        }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It has to be there.
    Required,
    /// Nothing but blanks, and no attachment.
    Blank,
    /// Counted in Unicode scalar values, entries or bytes, as the field has it.
    TooLong {
        /// What came.
        len: usize,
        /// What passes.
        max: usize,
    },
    /// It names something that does not exist, or not here.
    Unknown,
    /// Taken by somebody else.
    Taken,
    /// Anything else: says what is expected.
    Malformed(&'static str),
}

/// Why a wish was refused. Closed: a new variant asks every dialect what its clients shall see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Does not exist, or the principal may not know of it.
    #[error("no such {}", .0.name())]
    NotFound(Subject),
    /// Known to the principal, but not for it to do.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// The wish itself is wrong.
    #[error("{field}: {fault:?}")]
    Invalid {
        /// The command's field.
        field: &'static str,
        /// What is wrong with it.
        fault: Fault,
    },
    /// There is one already under this key.
    #[error("a conversation with this key exists already")]
    Exists(ConversationId),
    /// The conversation is closed.
    #[error("the conversation is closed")]
    Closed,
    /// Too much at once.
    #[error("too many requests")]
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// The store did not answer. With `perhaps_done`, nobody knows whether the change happened;
    /// repeat it with the same client id.
    #[error("the store is unavailable")]
    Unavailable {
        /// Whether the change may have been stored.
        perhaps_done: bool,
    },
}

/// The closed set of what a principal can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Give up, it is not there.
    NotFound,
    /// Ask somebody with more rights.
    Forbidden,
    /// Mend the wish.
    Invalid,
    /// Look at what is there already.
    Conflict,
    /// Wait.
    TooMany,
    /// Try again.
    Unavailable,
}

impl ChatError {
    /// A field's fault.
    pub const fn invalid(field: &'static str, fault: Fault) -> Self {
        Self::Invalid { field, fault }
    }

    /// What the principal can do about it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Forbidden(_) => ErrorKind::Forbidden,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Exists(_) | Self::Closed => ErrorKind::Conflict,
            Self::TooMany { .. } => ErrorKind::TooMany,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
        }
    }

    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Invalid { .. } => "invalid",
            Self::Exists(_) => "conflict",
            Self::Closed => "closed",
            Self::TooMany { .. } => "too_many_requests",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// Whether the same wish may succeed later.
    pub const fn retryable(&self) -> bool {
        matches!(self, Self::TooMany { .. } | Self::Unavailable { .. })
    }
}

/// What an adapter's driver reported, translated at the adapter.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was changed.
    #[error("store: {0}")]
    Failed(String),
    /// The answer to a commit was lost: nobody knows whether the change happened.
    #[error("store: the outcome of a commit is unknown: {0}")]
    OutcomeUnknown(String),
}

impl From<StoreError> for ChatError {
    fn from(error: StoreError) -> Self {
        // The details belong to the log, once, here, where the error becomes the principal's.
        tracing::error!(error = %error, "the store refused");
        Self::Unavailable {
            perhaps_done: matches!(error, StoreError::OutcomeUnknown(_)),
        }
    }
}
