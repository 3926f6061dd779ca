//! Media: attachment bytes and their index.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{AppId, UserId};
use crate::message::Attachment;

/// What the store knows of an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRecord {
    /// What messages carry of it.
    pub attachment: Attachment,
    /// The tenant.
    pub app: AppId,
    /// Who uploaded it; `None` for the host's backend.
    pub uploader: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

impl MediaRecord {
    /// Its public id.
    pub const fn id(&self) -> Uuid {
        self.attachment.id
    }
}

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Nothing is stored under that name.
    #[error("media: no such file")]
    NotFound,
    /// More bytes than allowed; nothing is kept.
    #[error("media: larger than {max_bytes} bytes")]
    TooLarge {
        /// What passes.
        max_bytes: u64,
    },
    /// The sender broke off; nothing is kept.
    #[error("media: the upload broke off: {0}")]
    Interrupted(String),
    /// The backend failed.
    #[error("media: {0}")]
    Failed(String),
}

/// A stream of bytes on its way in or out.
pub type ByteStream = BoxStream<'static, Result<Bytes, MediaError>>;

/// Where attachment bytes live. Names are flat, unguessable and made by us
/// (`[0-9a-f]{32,64}(\.[a-z0-9]{1,5})?`); an adapter refuses any other.
#[async_trait]
pub trait Media: Send + Sync {
    /// Stores a whole file under a name, atomically and durably: readers see all of it or nothing.
    async fn put(&self, name: &str, bytes: ByteStream, max_bytes: u64) -> Result<u64, MediaError>;

    /// Reads a file, or a range `(first byte, byte count)` of it. Answers with the whole file's size.
    async fn get(
        &self,
        name: &str,
        range: Option<(u64, u64)>,
    ) -> Result<(u64, ByteStream), MediaError>;

    /// Removes a file; one that is not there is no error.
    async fn delete(&self, name: &str) -> Result<(), MediaError>;
}
