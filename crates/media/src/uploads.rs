//! Taking an upload in: stored under a name that cannot be guessed, judged by its content, noted in
//! the index. A refused upload leaves nothing behind.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parlance_core::clock::Clock;
use parlance_core::error::StoreError;
use parlance_core::ids::{AppId, UserId, new_uuid};
use parlance_core::limits::Limits;
use parlance_core::media::{ByteStream, Media, MediaError, MediaRecord};
use parlance_core::message::Attachment;
use parlance_core::store::MediaIndex;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::inspect::{ImageFault, ImageInfo, inspect_image};
use crate::names::{clean_file_name, new_storage_name};
use crate::sniff::{Family, Kind, SNIFF_BYTES, sniff};

/// Pictures decoded at the same time, each in at most a quarter of a gigabyte.
const DECODES_AT_ONCE: usize = 2;
const UNKNOWN_TYPE: &str = "application/octet-stream";
const UNKNOWN_EXTENSION: &str = "bin";

/// Which kinds of files pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// All; what is not known is stored as bytes without a type.
    All,
    /// PNG, JPEG, GIF and WebP that decode.
    Images,
    /// These.
    Kinds(&'static [Kind]),
}

impl Allowed {
    fn allows(self, kind: Option<Kind>) -> bool {
        match self {
            Self::All => true,
            Self::Images => kind.is_some_and(|kind| kind.family() == Family::Image),
            Self::Kinds(kinds) => kind.is_some_and(|kind| kinds.contains(&kind)),
        }
    }
}

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadRules {
    /// Size of the file.
    pub max_bytes: u64,
    /// Width times height of a picture.
    pub max_pixels: u64,
    /// Kinds of files.
    pub allowed: Allowed,
    /// Whether a file without a byte passes.
    pub empty: bool,
}

impl UploadRules {
    /// Any file, within the limits.
    pub const fn files(limits: &Limits) -> Self {
        Self {
            max_bytes: limits.upload_bytes,
            max_pixels: limits.image_pixels,
            allowed: Allowed::All,
            empty: false,
        }
    }

    /// Pictures of at most `max_bytes`, within the limits.
    pub const fn images(limits: &Limits, max_bytes: u64) -> Self {
        Self {
            max_bytes,
            max_pixels: limits.image_pixels,
            allowed: Allowed::Images,
            empty: false,
        }
    }
}

/// Why an upload was refused. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// More bytes than allowed.
    #[error("larger than {max_bytes} bytes")]
    TooLarge {
        /// What passes.
        max_bytes: u64,
    },
    /// Not one of the kinds that are allowed here, by its content.
    #[error("not an allowed kind of file")]
    NotAllowed,
    /// It begins like a picture, but cannot be decoded.
    #[error("a broken picture")]
    BrokenImage,
    /// More pixels than allowed.
    #[error("more than {max_pixels} pixels")]
    TooManyPixels {
        /// What passes.
        max_pixels: u64,
    },
    /// The sender broke off.
    #[error("the upload broke off")]
    Interrupted,
    /// Media or store do not answer. Try again.
    #[error("uploads cannot be stored now")]
    Unavailable,
}

impl From<MediaError> for UploadError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::TooLarge { max_bytes } => Self::TooLarge { max_bytes },
            MediaError::Interrupted(_) => Self::Interrupted,
            MediaError::NotFound | MediaError::Failed(_) => {
                tracing::error!(error = %error, "media failed");
                Self::Unavailable
            }
        }
    }
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "the store refused");
        Self::Unavailable
    }
}

/// What is known of a file before its bytes.
struct File {
    app: AppId,
    uploader: Option<UserId>,
    id: Option<Uuid>,
    name: String,
    duration_ms: Option<u32>,
}

/// Takes uploads in.
#[derive(Clone)]
pub struct Uploads {
    media: Arc<dyn Media>,
    index: Arc<dyn MediaIndex>,
    clock: Arc<dyn Clock>,
    decodes: Arc<Semaphore>,
}

impl Uploads {
    /// Bytes go to `media`, what is known of them to `index`.
    pub fn new(media: Arc<dyn Media>, index: Arc<dyn MediaIndex>, clock: Arc<dyn Clock>) -> Self {
        Self {
            media,
            index,
            clock,
            decodes: Arc::new(Semaphore::new(DECODES_AT_ONCE)),
        }
    }

    /// Stores an upload while it comes in. Answers once bytes and index are durable.
    ///
    /// When the caller goes away, the work goes on by itself until the stream ends: a file is then
    /// either stored and noted, or gone.
    pub async fn store_upload(
        &self,
        app: AppId,
        uploader: Option<UserId>,
        file_name: &str,
        bytes: ByteStream,
        rules: UploadRules,
    ) -> Result<Attachment, UploadError> {
        self.store_recording(app, uploader, file_name, bytes, rules, None)
            .await
    }

    /// As [`Uploads::store_upload`], noting how long the sender says a recording is.
    pub async fn store_recording(
        &self,
        app: AppId,
        uploader: Option<UserId>,
        file_name: &str,
        bytes: ByteStream,
        rules: UploadRules,
        duration_ms: Option<u32>,
    ) -> Result<Attachment, UploadError> {
        let file = File {
            app,
            uploader,
            id: None,
            name: clean_file_name(file_name),
            duration_ms,
        };
        self.store_file(file, bytes, rules).await
    }

    /// As [`Uploads::store_upload`], under an id that was handed out before the bytes came. An id is
    /// good for one file.
    pub async fn store_announced(
        &self,
        app: AppId,
        uploader: Option<UserId>,
        id: Uuid,
        file_name: &str,
        bytes: ByteStream,
        rules: UploadRules,
    ) -> Result<Attachment, UploadError> {
        let file = File {
            app,
            uploader,
            id: Some(id),
            name: clean_file_name(file_name),
            duration_ms: None,
        };
        self.store_file(file, bytes, rules).await
    }

    async fn store_file(
        &self,
        file: File,
        bytes: ByteStream,
        rules: UploadRules,
    ) -> Result<Attachment, UploadError> {
        let uploads = self.clone();
        let work = tokio::spawn(async move { uploads.store_and_note(file, bytes, rules).await });
        work.await.unwrap_or_else(|error| {
            tracing::error!(error = %error, "storing an upload broke off");
            Err(UploadError::Unavailable)
        })
    }

    /// Stores an upload that came in whole.
    pub async fn store_bytes(
        &self,
        app: AppId,
        uploader: Option<UserId>,
        file_name: &str,
        bytes: Bytes,
        rules: UploadRules,
    ) -> Result<Attachment, UploadError> {
        let stream = stream::iter([Ok(bytes)]).boxed();
        self.store_upload(app, uploader, file_name, stream, rules)
            .await
    }

    /// Reads a stored file back, or a range `(first byte, byte count)` of it.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn read_file(
        &self,
        storage_name: &str,
        range: Option<(u64, u64)>,
    ) -> Result<ByteStream, MediaError> {
        let (_, bytes) = self.media.get(storage_name, range).await?;
        Ok(bytes)
    }

    async fn store_and_note(
        &self,
        file: File,
        bytes: ByteStream,
        rules: UploadRules,
    ) -> Result<Attachment, UploadError> {
        let (head, bytes) = read_head(bytes).await?;
        if head.is_empty() && !rules.empty {
            return Err(UploadError::Empty);
        }
        let kind = sniff(&head);
        if !rules.allowed.allows(kind) {
            return Err(UploadError::NotAllowed);
        }
        let storage_name = new_storage_name(kind.map_or(UNKNOWN_EXTENSION, Kind::extension));
        let size_bytes = self
            .media
            .put(&storage_name, bytes, rules.max_bytes)
            .await?;
        let noted = async {
            let image = self.inspect(&storage_name, kind, rules).await?;
            let now = self.clock.now();
            let attachment = Attachment {
                id: file.id.unwrap_or_else(|| new_uuid(now)),
                storage_name: storage_name.clone(),
                name: file.name,
                content_type: kind.map_or(UNKNOWN_TYPE, Kind::content_type).to_owned(),
                size_bytes,
                width: image.map(|image| image.width),
                height: image.map(|image| image.height),
                duration_ms: file.duration_ms,
            };
            let record = MediaRecord {
                attachment: attachment.clone(),
                app: file.app,
                uploader: file.uploader,
                created_at: now,
            };
            self.index.put_media(record).await?;
            Ok(attachment)
        }
        .await;
        if noted.is_err()
            && let Err(error) = self.media.delete(&storage_name).await
        {
            tracing::error!(error = %error, "a refused upload cannot be removed");
        }
        noted
    }

    /// Decodes a picture that was stored a moment ago and that nobody can name yet.
    ///
    /// Read back instead of kept while it came in: so the memory for pictures is bounded by the
    /// decodes at once, not by the number of slow senders.
    async fn inspect(
        &self,
        storage_name: &str,
        kind: Option<Kind>,
        rules: UploadRules,
    ) -> Result<Option<ImageInfo>, UploadError> {
        if kind.is_none_or(|kind| kind.family() != Family::Image) {
            return Ok(None);
        }
        let permit = Arc::clone(&self.decodes)
            .acquire_owned()
            .await
            .expect("this semaphore is never closed");
        let (size, stream) = self.media.get(storage_name, None).await?;
        let whole = BytesMut::with_capacity(usize::try_from(size).unwrap_or(0));
        let whole = stream
            .try_fold(whole, async |mut whole, chunk| {
                whole.extend_from_slice(&chunk);
                Ok(whole)
            })
            .await?;
        let max_pixels = rules.max_pixels;
        let inspected = tokio::task::spawn_blocking(move || {
            // Held by the thread that has the memory.
            let _permit = permit;
            inspect_image(&whole, max_pixels)
        })
        .await;
        match inspected {
            Ok(Ok(image)) => Ok(Some(image)),
            Ok(Err(ImageFault::TooManyPixels)) => Err(UploadError::TooManyPixels { max_pixels }),
            Ok(Err(ImageFault::NotAPicture)) => Err(UploadError::BrokenImage),
            Err(error) => {
                // A decoder that panics found something that no decoder should show to others.
                tracing::error!(error = %error, "a picture's decoder broke off");
                Err(UploadError::BrokenImage)
            }
        }
    }
}

/// The first bytes, and a stream of all.
async fn read_head(mut bytes: ByteStream) -> Result<(Bytes, ByteStream), MediaError> {
    let mut head = BytesMut::new();
    while head.len() < SNIFF_BYTES {
        match bytes.next().await {
            Some(chunk) => head.extend_from_slice(&chunk?),
            None => break,
        }
    }
    let head = head.freeze();
    let all = stream::iter([Ok(head.clone())]).chain(bytes).boxed();
    Ok((head.slice(..head.len().min(SNIFF_BYTES)), all))
}
