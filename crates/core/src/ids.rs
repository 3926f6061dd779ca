//! Integer keys as newtypes, so that one kind of id cannot stand where another belongs.
//!
//! Integers are the keys inside (JavaScript-safe, dialects show them); UUIDv7s are the public ids
//! of the native protocol. Which of the two a client sees is its dialect's business.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// An app, the tenant.
    AppId
);
id!(
    /// A user of one app.
    UserId
);
id!(
    /// A conversation.
    ConversationId
);
id!(
    /// A message. Rises with time over all conversations of a store, with holes.
    MessageId
);
id!(
    /// A credential: what a socket was opened with and what revocation names.
    CredentialId
);

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident, $id:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            /// By key.
            Id($id),
            /// By public id.
            Uuid(Uuid),
        }

        impl From<$id> for $name {
            fn from(id: $id) -> Self {
                Self::Id(id)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self::Uuid(uuid)
            }
        }
    };
}

reference!(
    /// How a wish names a conversation; which way is the dialect's business.
    ConversationRef, ConversationId
);
reference!(
    /// How a wish names a message.
    MessageRef, MessageId
);
reference!(
    /// How a wish names a user.
    UserRef, UserId
);

/// One live socket of this process; never reused while the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u64);

/// Makes a fresh UUIDv7 whose time part is `at` and whose rest is random.
pub fn new_uuid(at: Timestamp) -> Uuid {
    let micros = at.as_micros().max(0).unsigned_abs();
    let seconds = micros / 1_000_000;
    let nanos = (micros % 1_000_000) * 1_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(
        uuid::NoContext,
        seconds,
        nanos as u32,
    ))
}
