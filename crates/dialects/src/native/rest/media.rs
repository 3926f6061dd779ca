//! The bytes of stored files, for whoever has a signed address.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use parlance_core::error::{ChatError, Subject};
use parlance_core::media::MediaError;
use parlance_media::is_storage_name;
use parlance_media::serving::{self, Wanted};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::native::Api;
use crate::native::problem::{Problem, ProblemCode};
use crate::native::request::{Ids, Query, header_text};

/// The permission that an address carries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Permission {
    /// When it ends, in seconds since 1970.
    expires: i64,
    /// What the server signed.
    signature: String,
}

const NO_FILE: ChatError = ChatError::NotFound(Subject::Attachment);

/// The bytes of a stored file. The address is an attachment's `url`; it needs no header.
#[utoipa::path(
    get, path = "/v1/media/{name}", tag = "media", security(()),
    params(("name" = String, Path, description = "The stored name"), Permission),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The range asked for", content_type = "application/octet-stream"),
        (status = 416, description = "Nothing of that range is there"),
    ),
)]
pub(super) async fn get_media(
    State(api): State<Arc<Api>>,
    Ids(name): Ids<String>,
    Query(permission): Query<Permission>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let signature = &permission.signature;
    if !is_storage_name(&name) || !api.links.is_good(&name, permission.expires, signature) {
        return Err(NO_FILE.into());
    }
    let services = &api.services;
    let record = services.chat.media(services.app.id, &name).await?;
    let size = record.attachment.size_bytes;
    let wanted = serving::parse_range(header_text(&headers, header::RANGE.as_str()), size);
    let (status, range, length) = match wanted {
        Wanted::Whole => (StatusCode::OK, None, size),
        Wanted::Part { first, count } => (StatusCode::PARTIAL_CONTENT, Some((first, count)), count),
        Wanted::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, None, 0),
    };
    let body = if wanted == Wanted::Nothing {
        Body::empty()
    } else {
        let bytes = services.uploads.read_file(&name, range).await;
        Body::from_stream(bytes.map_err(|error| media_problem(&error))?)
    };
    let mut response = (status, serving::headers(&record.attachment), body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = wanted.content_range(size)
        && let Ok(range) = HeaderValue::try_from(range)
    {
        headers.insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

fn media_problem(error: &MediaError) -> Problem {
    match error {
        MediaError::NotFound => NO_FILE.into(),
        MediaError::TooLarge { .. } | MediaError::Interrupted(_) | MediaError::Failed(_) => {
            tracing::error!(error = %error, "a stored file cannot be read");
            Problem::new(ProblemCode::Unavailable, "the file cannot be read now")
        }
    }
}
