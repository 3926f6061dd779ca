//! What requests wish for, the same by REST and on the socket, and how it becomes the core's.

use parlance_core::command::SendMessage;
use parlance_core::ids::ConversationRef;
use parlance_core::message::MessageKind;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What people send; the other kinds are posted by the host's backend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SentKind {
    /// Words.
    #[default]
    Text,
    /// A picture, perhaps with words.
    Image,
    /// A file, perhaps with words.
    File,
    /// A recording.
    Voice,
}

impl From<SentKind> for MessageKind {
    fn from(kind: SentKind) -> Self {
        match kind {
            SentKind::Text => Self::Text,
            SentKind::Image => Self::Image,
            SentKind::File => Self::File,
            SentKind::Voice => Self::Voice,
        }
    }
}

/// A message to be sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct NewMessage {
    /// The words; may be blank only with an attachment.
    #[serde(default)]
    pub(super) body: String,
    /// What it is.
    #[serde(default)]
    #[schema(inline = false)]
    pub(super) kind: SentKind,
    /// Files that the sender uploaded before.
    #[serde(default)]
    pub(super) attachments: Vec<Uuid>,
    /// Kept beside the message as it is.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) metadata: Option<Value>,
    /// The message that it answers.
    #[serde(default)]
    pub(super) reply_to: Option<Uuid>,
    /// The sender's own id: sent again with the same one, the first message is answered. Without
    /// it, the header `Idempotency-Key` has to be there.
    #[serde(default)]
    pub(super) client_id: Option<String>,
}

impl NewMessage {
    /// The core's wish, with a client id.
    pub(super) fn into_command(
        self,
        conversation: impl Into<ConversationRef>,
        client_id: String,
    ) -> SendMessage {
        SendMessage {
            kind: self.kind.into(),
            attachments: self.attachments.into_iter().map(Into::into).collect(),
            metadata: self.metadata,
            reply_to: self.reply_to.map(Into::into),
            client_id: Some(client_id),
            ..SendMessage::text(conversation, self.body)
        }
    }
}

/// New words of a message.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct EditedMessage {
    /// The words.
    pub(super) body: String,
}

/// Tells null, which takes a value away, from nothing, which leaves it.
#[expect(
    clippy::option_option,
    reason = "the two levels are the point: absent, null, value"
)]
pub(super) fn null_or_value<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
