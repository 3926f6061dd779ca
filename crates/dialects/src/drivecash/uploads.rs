//! Messages with files: taking them in, and serving the files to whoever has their address.

use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use parlance_core::clock::Timestamp;
use parlance_core::error::{ChatError, Subject};
use parlance_core::ids::ConversationId;
use parlance_core::media::MediaError;
use parlance_core::message::Attachment;
use parlance_media::serving;
use parlance_media::{UploadRules, is_storage_name};
use serde_json::{Map, Value};

use super::auth::Caller;
use super::errors::{chat_refused, upload_refused};
use super::{Desk, messages};
use crate::drf::data::{Data, is_multipart, multipart_error};
use crate::drf::files;
use crate::drf::query::Query;
use crate::drf::refused::Refused;
use crate::services::Services;

/// The part of a form that is the file.
const PART: &str = "attachment";
/// Somebody else's room.
pub(super) const MAY_NOT_SEND: &str = "You do not have permission to send messages in this room";

/// A message as it was sent, whatever the form of the body.
pub(super) struct Submission {
    /// Its fields.
    pub(super) data: Data,
    /// Its file, stored.
    pub(super) file: Option<Attachment>,
}

impl Submission {
    /// Reads a body. `room`: where it goes, unless a field of it says so.
    pub(super) async fn read(
        services: &Services,
        caller: &Caller,
        room: Option<ConversationId>,
        mut request: Request,
    ) -> Result<Self, Refused> {
        let declared = request.headers().get(CONTENT_TYPE);
        let declared = declared.and_then(|value| value.to_str().ok());
        if !declared.is_some_and(is_multipart) {
            // Only a file may be larger than other requests.
            let limit = DefaultBodyLimit::max(services.chat.limits().request_bytes);
            limit.apply(&mut request);
            let data = Data::from_request(request, &()).await?;
            return Ok(Self { data, file: None });
        }
        let form = Multipart::from_request(request, &()).await;
        let mut form = form.map_err(|error| multipart_error(error.body_text()))?;
        let mut fields = Map::new();
        let mut left = services.chat.limits().request_bytes;
        let mut file = None;
        loop {
            let field = form.next_field().await;
            let field = field.map_err(|error| multipart_error(error.body_text()))?;
            let Some(field) = field else {
                let data = fields.into();
                return Ok(Self { data, file });
            };
            let Some(name) = field.name().map(str::to_owned) else {
                continue;
            };
            if field.file_name().is_some() {
                if name == PART && file.is_none() {
                    may_send(services, caller, room, fields.get("room_id")).await?;
                    file = Some(store(services, caller, field).await?);
                }
                continue;
            }
            let text = read_text(field, &mut left).await?;
            fields.insert(name, Value::String(text));
        }
    }
}

/// Refuses a file for a room that the fields before it name, before it is stored.
async fn may_send(
    services: &Services,
    caller: &Caller,
    room: Option<ConversationId>,
    named: Option<&Value>,
) -> Result<(), Refused> {
    let named = named.and_then(Value::as_str).filter(|id| !id.is_empty());
    match (room, named) {
        (None, Some(id)) => {
            let id = id.trim().parse().ok();
            messages::named_room(services, caller, id, MAY_NOT_SEND)
                .await
                .map(drop)
        }
        _ => Ok(()),
    }
}

async fn store(
    services: &Services,
    caller: &Caller,
    field: Field<'_>,
) -> Result<Attachment, Refused> {
    let counted = services.chat.take_upload(&caller.principal);
    counted.map_err(chat_refused)?;
    let rules = UploadRules {
        empty: true,
        ..UploadRules::files(services.chat.limits())
    };
    let stored = files::store(services, Some(caller.user.id), field, rules).await;
    stored.map_err(|error| upload_refused(&error))
}

/// A field that is no file: all of them together are bounded like any other body.
async fn read_text(mut field: Field<'_>, left: &mut usize) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    loop {
        let chunk = field.chunk().await;
        let Some(chunk) = chunk.map_err(|error| multipart_error(error.body_text()))? else {
            return String::from_utf8(bytes).map_err(multipart_error);
        };
        let Some(rest) = left.checked_sub(chunk.len()) else {
            let text = "The fields of the form are too long.";
            return Err(super::errors::error_key(
                StatusCode::PAYLOAD_TOO_LARGE,
                text,
            ));
        };
        *left = rest;
        bytes.extend_from_slice(&chunk);
    }
}

fn no_file() -> Refused {
    chat_refused(ChatError::NotFound(Subject::Attachment))
}

/// `GET /media/chat_attachments/{name}`: for whoever has the address, which carries the permission.
/// Nothing that a browser would run is shown in place.
pub(super) async fn file(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let services = &desk.services;
    let expires = query
        .get("expires")
        .and_then(|seconds| seconds.parse().ok());
    let expires = expires.map(|seconds: i64| seconds.saturating_mul(1_000_000));
    let expires = Timestamp::from_micros(expires.ok_or_else(no_file)?);
    let signature = query.get("signature").unwrap_or_default();
    let (secret, now) = (&services.app.secret, services.chat.now());
    let permitted =
        is_storage_name(&name) && serving::verify(secret, &name, expires, signature, now);
    if !permitted {
        return Err(no_file());
    }
    let record = services.chat.media(services.app.id, &name).await;
    let attachment = record.map_err(chat_refused)?.attachment;
    let shown = serving::headers(&attachment);
    let served = files::serve(services, &attachment, &headers, shown).await;
    served.map_err(|error| match error {
        MediaError::NotFound => no_file(),
        MediaError::TooLarge { .. } | MediaError::Interrupted(_) | MediaError::Failed(_) => {
            tracing::error!(error = %error, "a stored file cannot be read");
            chat_refused(ChatError::Unavailable {
                perhaps_done: false,
            })
        }
    })
}
