//! Uploads: a form with one file, taken in as it comes.

use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, Multipart, State};
use futures_util::future::join;
use futures_util::{StreamExt as _, stream};
use http::StatusCode;
use parlance_core::limits::Limits;
use parlance_core::media::MediaError;
use parlance_media::{UploadError, UploadRules};
use tokio::sync::mpsc;
use utoipa::ToSchema;

use crate::native::Api;
use crate::native::auth::Caller;
use crate::native::objects::Attachment;
use crate::native::problem::{Problem, ProblemCode};

/// What a form may have besides the file's bytes.
const FORM_OVERHEAD_BYTES: u64 = 64 * 1024;
/// Longer texts are no numbers.
const MAX_NUMBER_BYTES: usize = 16;
/// Chunks on their way from the form to the media.
const CHUNKS: usize = 4;

/// Lets a whole upload in.
pub(super) fn body_limit(limits: &Limits) -> DefaultBodyLimit {
    let bytes = limits.upload_bytes.saturating_add(FORM_OVERHEAD_BYTES);
    DefaultBodyLimit::max(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// A form with a file.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: forms are read as they come"
)]
pub(super) struct Upload {
    /// Length of a recording in milliseconds. Has to stand before the file, which is stored as it
    /// comes; after it, it is passed over.
    #[schema(value_type = u32, required = false)]
    duration_ms: Option<u32>,
    /// The bytes, with a file name.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Stores a file. It is judged by its content; a message can carry it from now on.
#[utoipa::path(
    post, path = "/v1/uploads", tag = "media",
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses((status = 201, body = Attachment)),
)]
pub(super) async fn store_upload(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<Attachment>), Problem> {
    api.services.chat.take_upload(&by)?;
    let mut form = form.map_err(|_| {
        let expected = "a body of type multipart/form-data is expected";
        Problem::new(ProblemCode::UnsupportedMedia, expected)
    })?;
    let mut duration_ms = None;
    while let Some(field) = form.next_field().await.map_err(|e| form_problem(&e))? {
        match field.name() {
            Some("file") => {
                let stored = store_file(&api, by.user_id(), field, duration_ms).await?;
                let attachment = Attachment::new(&stored, &api.links);
                return Ok((StatusCode::CREATED, Json(attachment)));
            }
            Some("duration_ms") => duration_ms = Some(read_number(field).await?),
            _ => {}
        }
    }
    Err(Problem::invalid("file", "is required"))
}

/// Hands the file on chunk by chunk, so that memory does not hold it.
async fn store_file(
    api: &Api,
    uploader: Option<parlance_core::ids::UserId>,
    field: Field<'_>,
    duration_ms: Option<u32>,
) -> Result<parlance_core::message::Attachment, Problem> {
    let services = &api.services;
    let rules = UploadRules::files(services.chat.limits());
    let name = field.file_name().unwrap_or_default().to_owned();
    let (sender, receiver) = mpsc::channel(CHUNKS);
    let bytes = stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    });
    let store = services.uploads.store_recording(
        services.app.id,
        uploader,
        &name,
        bytes.fuse().boxed(),
        rules,
        duration_ms,
    );
    let (stored, ()) = join(store, hand_on(field, sender, rules.max_bytes)).await;
    stored.map_err(|error| upload_problem(&error))
}

async fn hand_on(
    mut field: Field<'_>,
    sender: mpsc::Sender<Result<bytes::Bytes, MediaError>>,
    max_bytes: u64,
) {
    while let Some(chunk) = field.next().await {
        let is_last = chunk.is_err();
        let chunk = chunk.map_err(|error| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                MediaError::TooLarge { max_bytes }
            } else {
                MediaError::Interrupted(error.body_text())
            }
        });
        // Nobody takes chunks any more once the file is refused.
        if sender.send(chunk).await.is_err() || is_last {
            return;
        }
    }
}

async fn read_number(mut field: Field<'_>) -> Result<u32, Problem> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|e| form_problem(&e))? {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_NUMBER_BYTES {
            break;
        }
    }
    let number = std::str::from_utf8(&text).ok().and_then(|t| t.parse().ok());
    number.ok_or_else(|| Problem::invalid("duration_ms", "is no number of milliseconds"))
}

fn form_problem(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(ProblemCode::TooLarge, "the form has more bytes than pass")
    } else {
        Problem::new(ProblemCode::Malformed, "the form cannot be read")
    }
}

fn upload_problem(error: &UploadError) -> Problem {
    let detail = error.to_string();
    match error {
        UploadError::TooLarge { .. } => Problem::new(ProblemCode::TooLarge, detail),
        UploadError::NotAllowed => Problem::new(ProblemCode::UnsupportedMedia, detail),
        UploadError::Interrupted => Problem::new(ProblemCode::Malformed, detail),
        UploadError::Unavailable => Problem::new(ProblemCode::Unavailable, detail),
        UploadError::Empty | UploadError::BrokenImage | UploadError::TooManyPixels { .. } => {
            Problem::invalid("file", detail)
        }
    }
}
