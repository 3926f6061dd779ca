//! Pictures and files: taking them in, and serving them to their uploader and to whoever may read a
//! message that carries them.

use axum::Extension;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::response::Response;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use parlance_core::error::{ChatError, Subject};
use parlance_core::media::{MediaError, MediaRecord};
use parlance_core::message::Attachment;
use parlance_media::serving;
use parlance_media::{UploadRules, is_storage_name};
use serde_json::json;

use super::auth::Caller;
use super::errors::{bad_upload, chat_refused, upload_refused, with_error_key};
use super::{addresses, views};
use crate::drf::data::is_multipart;
use crate::drf::files;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// The largest picture.
const PICTURE_BYTES: u64 = 5 * 1024 * 1024;

/// `POST /api/chat/upload-image/` (E, FX-5)
pub(super) async fn upload_image(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refused> {
    let rules = UploadRules::images(services.chat.limits(), PICTURE_BYTES);
    let stored = take_in(&services, &caller, request, "image", rules).await?;
    let body = json!({ "image_url": addresses::picture(&stored) });
    Ok(json_response(StatusCode::CREATED, &body))
}

/// `POST /api/chat/upload-file/` (FX-35, FX-36)
pub(super) async fn upload_file(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refused> {
    let rules = UploadRules::files(services.chat.limits());
    let stored = take_in(&services, &caller, request, "file", rules).await?;
    Ok(json_response(
        StatusCode::CREATED,
        &views::uploaded_file(&stored),
    ))
}

/// Stores the file part of that name.
async fn take_in(
    services: &Services,
    caller: &Caller,
    request: Request,
    part: &str,
    rules: UploadRules,
) -> Result<Attachment, Refused> {
    let counted = services.chat.take_upload(&caller.principal);
    counted.map_err(|error| with_error_key(chat_refused(error)))?;
    let declared = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let missing = || bad_upload(&format!("No {part} provided."));
    if !declared.is_some_and(is_multipart) {
        return Err(missing());
    }
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| bad_upload(&error.body_text()))?;
    loop {
        let field = form.next_field().await;
        let Some(field) = field.map_err(|error| bad_upload(&error.body_text()))? else {
            return Err(missing());
        };
        if field.name() == Some(part) && field.file_name().is_some() {
            let stored = files::store(services, Some(caller.user.id), field, rules).await;
            return stored.map_err(|error| upload_refused(&error));
        }
    }
}

/// `GET /media/chat_images/{name}`: shown in place, and only what is a picture.
pub(super) async fn picture(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let record = readable(&services, &caller, &name).await?;
    if !record.attachment.content_type.starts_with("image/") {
        return Err(no_file());
    }
    serve(
        &services,
        &record.attachment,
        &headers,
        serving::headers(&record.attachment),
    )
    .await
}

/// `GET /media/chat_files/{name}`: saved, never shown in place.
pub(super) async fn file(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let record = readable(&services, &caller, &name).await?;
    let answer = as_attachment(serving::headers(&record.attachment));
    serve(&services, &record.attachment, &headers, answer).await
}

fn as_attachment(mut headers: HeaderMap) -> HeaderMap {
    let shown = headers
        .get(CONTENT_DISPOSITION)
        .and_then(|value| value.to_str().ok());
    let saved = shown.and_then(|value| value.strip_prefix("inline"));
    let saved = saved.and_then(|rest| HeaderValue::try_from(format!("attachment{rest}")).ok());
    if let Some(saved) = saved {
        headers.insert(CONTENT_DISPOSITION, saved);
    }
    headers
}

fn no_file() -> Refused {
    chat_refused(ChatError::NotFound(Subject::Attachment))
}

async fn readable(
    services: &Services,
    caller: &Caller,
    name: &str,
) -> Result<MediaRecord, Refused> {
    if !is_storage_name(name) {
        return Err(no_file());
    }
    let record = services.chat.readable_media(&caller.principal, name);
    record.await.map_err(chat_refused)
}

async fn serve(
    services: &Services,
    attachment: &Attachment,
    request: &HeaderMap,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let served = files::serve(services, attachment, request, headers).await;
    served.map_err(|error| match error {
        MediaError::NotFound => no_file(),
        MediaError::TooLarge { .. } | MediaError::Interrupted(_) | MediaError::Failed(_) => {
            with_error_key(chat_refused(ChatError::Unavailable {
                perhaps_done: false,
            }))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::views::tests::attachment;
    use super::*;

    #[test]
    fn a_file_is_saved_even_when_it_could_be_shown() {
        let headers = as_attachment(serving::headers(&attachment("png", "image/png")));
        let disposition = headers[CONTENT_DISPOSITION].to_str().expect("ASCII");
        assert!(
            disposition.starts_with("attachment; filename=\"mine.png\""),
            "{disposition}"
        );
    }
}
