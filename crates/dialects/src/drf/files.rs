//! Files: taking a part of a multipart body in while it comes, and serving a stored file whole or in
//! part.

use axum::body::Body;
use axum::extract::multipart::Field;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};
use parlance_core::ids::UserId;
use parlance_core::media::{ByteStream, MediaError};
use parlance_core::message::Attachment;
use parlance_media::serving::{self, Wanted};
use parlance_media::{UploadError, UploadRules};
use tokio::sync::mpsc;

use crate::services::Services;

/// Pieces of an upload on their way from the socket to the disk.
const PIECES: usize = 4;

/// Stores a file part, handing its bytes on while they come in. A refused one is read to its end all
/// the same.
pub(crate) async fn store(
    services: &Services,
    uploader: Option<UserId>,
    field: Field<'_>,
    rules: UploadRules,
) -> Result<Attachment, UploadError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let bytes = field.map_err(|error| MediaError::Interrupted(error.body_text()));
    let (pieces, pumped) = pipe(bytes);
    let uploads = &services.uploads;
    let stored = uploads.store_upload(services.app.id, uploader, &name, pieces, rules);
    let (stored, ()) = tokio::join!(stored, pumped);
    stored
}

/// The bytes of a request as a stream of their own, and what moves them there until they end. Once
/// nobody wants them any more, they are read and dropped, so that the client is done sending and
/// reads the answer.
pub(crate) fn pipe(
    mut bytes: impl Stream<Item = Result<Bytes, MediaError>> + Send + Unpin,
) -> (ByteStream, impl Future<Output = ()> + Send) {
    let (sender, pieces) = mpsc::channel(PIECES);
    // Whoever reads may ask once more after the end.
    let pieces = stream::unfold(
        pieces,
        async |mut pieces: mpsc::Receiver<Result<Bytes, MediaError>>| {
            let piece = pieces.recv().await?;
            Some((piece, pieces))
        },
    );
    let pumped = async move {
        while let Some(piece) = bytes.next().await {
            let broke_off = piece.is_err();
            let _unwanted = sender.send(piece).await;
            if broke_off {
                return;
            }
        }
    };
    (pieces.fuse().boxed(), pumped)
}

/// The bytes, or the range of them that was asked for, under these headers.
///
/// # Errors
/// The media's; what is no file any more is `NotFound`.
pub(crate) async fn serve(
    services: &Services,
    attachment: &Attachment,
    request: &HeaderMap,
    mut headers: HeaderMap,
) -> Result<Response, MediaError> {
    let size = attachment.size_bytes;
    let range = request.get(RANGE).and_then(|value| value.to_str().ok());
    let wanted = serving::parse_range(range, size);
    let (status, part, length) = match wanted {
        Wanted::Whole => (StatusCode::OK, None, size),
        Wanted::Part { first, count } => (StatusCode::PARTIAL_CONTENT, Some((first, count)), count),
        Wanted::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, None, 0),
    };
    let answered = wanted.content_range(size);
    if let Some(range) = answered.and_then(|range| HeaderValue::try_from(range).ok()) {
        headers.insert(CONTENT_RANGE, range);
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if status == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok((status, headers).into_response());
    }
    let stored = &attachment.storage_name;
    let bytes = services.uploads.read_file(stored, part).await?;
    Ok((status, headers, Body::from_stream(bytes)).into_response())
}
