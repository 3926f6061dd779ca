//! Files for messages (MA-19, MA-20): announced, put to the address that the announcement gave, and
//! served from then on to whoever has their address.

use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, RequestExt as _};
use futures_util::TryStreamExt as _;
use http::{HeaderMap, StatusCode, Uri};
use parlance_core::ChatError;
use parlance_core::ids::new_uuid;
use parlance_core::media::{MediaError, MediaRecord};
use parlance_core::principal::Principal;
use parlance_media::serving;
use parlance_media::{UploadRules, is_storage_name};
use serde_json::{Value, json};
use uuid::Uuid;

use super::addresses::{self, Announced};
use super::auth::Caller;
use super::errors::{app, bad, chat_refused, no_file, upload_refused};
use crate::drf::data::Data;
use crate::drf::files;
use crate::drf::origin;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// `POST /api/files/presign/`. What kind of file it is, its content will say.
pub(super) async fn presign(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    data: Data,
) -> Result<Response, Refused> {
    let counted = services.chat.take_upload(&caller.principal);
    counted.map_err(chat_refused)?;
    let name = data.get("filename").and_then(Value::as_str);
    let name = name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| bad("filename is required"))?;
    let now = services.chat.now();
    let file = Announced::new(new_uuid(now), caller.user.uuid, name, now);
    let base = base(&services, &headers);
    let body = json!({
        "url": format!("{base}{}", file.upload_path(&services.app)),
        "method": "PUT",
        "publicUrl": format!("{base}{}", addresses::public_path(&services.app, file.id, &file.name)),
        "fileId": file.id,
    });
    Ok(json_response(StatusCode::OK, &body))
}

/// `POST /api/files/upload/`: the file part `file` of a form, at once.
pub(super) async fn upload(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Refused> {
    let counted = services.chat.take_upload(&caller.principal);
    counted.map_err(chat_refused)?;
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| bad(error.body_text()))?;
    let field = loop {
        let field = form.next_field().await;
        let field = field.map_err(|error| bad(error.body_text()))?;
        let field = field.ok_or_else(|| bad("file is required"))?;
        if field.name() == Some("file") && field.file_name().is_some() {
            break field;
        }
    };
    let rules = UploadRules::files(services.chat.limits());
    let stored = files::store(&services, Some(caller.user.id), field, rules).await;
    let file = stored.map_err(|error| upload_refused(&error))?;
    let base = base(&services, &headers);
    let address = addresses::public_path(&services.app, file.id, &file.name);
    let address = format!("{base}{address}");
    let body = json!({
        "url": address,
        "publicUrl": address,
        "fileId": file.id,
        "filename": file.name,
        "contentType": file.content_type,
        "size": file.size_bytes,
    });
    Ok(json_response(StatusCode::CREATED, &body))
}

/// Where clients reach this server; addresses without it are of the same host.
fn base(services: &Services, headers: &HeaderMap) -> String {
    origin::base_address(headers, &services.app.profile).unwrap_or_default()
}

/// `PUT <url from presign>`: once, and not for ever. The address is the permission.
pub(super) async fn take_in(
    State(services): State<Services>,
    Path(id): Path<String>,
    uri: Uri,
    request: Request,
) -> Result<Response, Refused> {
    let denied = || app(StatusCode::FORBIDDEN, "This address is used or expired");
    let now = services.chat.now();
    let id = id.parse().map_err(|_| denied())?;
    let query = uri.query().unwrap_or_default();
    let file = Announced::read(&services.app, id, query, now).ok_or_else(denied)?;
    if known(&services, id).await?.is_some() {
        return Err(denied());
    }
    let host = Principal::App(services.app.id);
    let user = services.chat.user(&host, file.user).await;
    let user = user.map_err(|_| denied())?;
    if !user.is_active {
        return Err(denied());
    }
    let bytes = request.with_limited_body().into_body();
    let bytes = bytes.into_data_stream();
    let bytes = bytes.map_err(|error| MediaError::Interrupted(error.to_string()));
    let (pieces, pumped) = files::pipe(bytes);
    let rules = UploadRules::files(services.chat.limits());
    let (app, uploader) = (services.app.id, Some(user.id));
    let uploads = &services.uploads;
    let stored = uploads.store_announced(app, uploader, id, &file.name, pieces, rules);
    let (stored, ()) = tokio::join!(stored, pumped);
    stored.map_err(|error| upload_refused(&error))?;
    Ok(StatusCode::OK.into_response())
}

async fn known(services: &Services, id: Uuid) -> Result<Option<MediaRecord>, Refused> {
    match services.chat.media_by_id(services.app.id, id).await {
        Ok(record) => Ok(Some(record)),
        Err(ChatError::NotFound(_)) => Ok(None),
        Err(error) => Err(chat_refused(error)),
    }
}

/// `GET <publicUrl from presign>`
pub(super) async fn announced_file(
    State(services): State<Services>,
    Path((id, key, _name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let id: Uuid = id.parse().map_err(|_| no_file())?;
    if !addresses::may_read(&services.app, id, &key, services.chat.now()) {
        return Err(no_file());
    }
    let record = known(&services, id).await?.ok_or_else(no_file)?;
    serve(&services, &record, &headers).await
}

/// A file that another dialect attached to a message.
pub(super) async fn stored_file(
    State(services): State<Services>,
    Path((name, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let now = services.chat.now();
    let permitted = addresses::may_read_stored(&services.app, &name, &key, now);
    if !is_storage_name(&name) || !permitted {
        return Err(no_file());
    }
    let record = services.chat.media(services.app.id, &name).await;
    serve(&services, &record.map_err(chat_refused)?, &headers).await
}

/// The bytes, with the type that the content has; ranges are answered.
async fn serve(
    services: &Services,
    record: &MediaRecord,
    request: &HeaderMap,
) -> Result<Response, Refused> {
    let file = &record.attachment;
    let served = files::serve(services, file, request, serving::headers(file)).await;
    served.map_err(|error| match error {
        MediaError::NotFound => no_file(),
        MediaError::TooLarge { .. } | MediaError::Interrupted(_) | MediaError::Failed(_) => {
            Refused::unavailable()
        }
    })
}
