//! Messages: sending, changing, deleting, reacting.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::idempotency_key;
use crate::native::Api;
use crate::native::auth::Caller;
use crate::native::objects::Message;
use crate::native::problem::Problem;
use crate::native::request::{Ids, Json as JsonBody};
use crate::native::wishes::{EditedMessage, NewMessage};

/// Sends a message. The answer comes once it is on disk.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/messages", tag = "messages", request_body = NewMessage,
    params(
        ("id" = Uuid, Path, description = "The conversation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Stands for a missing client_id"),
    ),
    responses(
        (status = 201, body = Message),
        (status = 200, body = Message, description = "It was stored before, under the same client_id"),
    ),
)]
pub(super) async fn send_message(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    headers: HeaderMap,
    JsonBody(mut wish): JsonBody<NewMessage>,
) -> Result<(StatusCode, Json<Message>), Problem> {
    let client_id = match wish.client_id.take() {
        Some(client_id) => client_id,
        None => idempotency_key(&headers)?
            .ok_or_else(|| Problem::invalid("client_id", "is required, or an Idempotency-Key"))?,
    };
    let command = wish.into_command(id, client_id);
    let sent = api.services.chat.send_message(&by, command).await?;
    let status = if sent.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(Message::from_sent(&sent, &api.links))))
}

/// One message.
#[utoipa::path(
    get, path = "/v1/messages/{id}", tag = "messages",
    params(("id" = Uuid, Path, description = "The message")),
    responses((status = 200, body = Message)),
)]
pub(super) async fn get_message(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
) -> Result<Json<Message>, Problem> {
    let list = api.services.chat.message(&by, id).await?;
    let message = Message::from_list(&list, &api.links).pop();
    message
        .map(Json)
        .ok_or_else(|| Problem::not_found("message"))
}

/// Changes the words of an own message.
#[utoipa::path(
    patch, path = "/v1/messages/{id}", tag = "messages", request_body = EditedMessage,
    params(("id" = Uuid, Path, description = "The message")),
    responses((status = 200, body = Message)),
)]
pub(super) async fn edit_message(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    JsonBody(edited): JsonBody<EditedMessage>,
) -> Result<Json<Message>, Problem> {
    let sent = api.services.chat.edit_message(&by, id, edited.body).await?;
    Ok(Json(Message::from_sent(&sent, &api.links)))
}

/// Deletes a message for everybody. Its author may, and staff.
#[utoipa::path(
    delete, path = "/v1/messages/{id}", tag = "messages",
    params(("id" = Uuid, Path, description = "The message")),
    responses((status = 204, description = "It is deleted")),
)]
pub(super) async fn delete_message(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
) -> Result<StatusCode, Problem> {
    api.services.chat.delete_message(&by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a reaction of the caller. One that is there stays.
#[utoipa::path(
    put, path = "/v1/messages/{id}/reactions/{emoji}", tag = "messages",
    params(
        ("id" = Uuid, Path, description = "The message"),
        ("emoji" = String, Path, description = "One emoji, or a short word"),
    ),
    responses((status = 200, body = Message)),
)]
pub(super) async fn add_reaction(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids((id, emoji)): Ids<(Uuid, String)>,
) -> Result<Json<Message>, Problem> {
    let sent = api.services.chat.react(&by, id, &emoji, true).await?;
    Ok(Json(Message::from_sent(&sent, &api.links)))
}

/// Takes a reaction of the caller back. One that is not there is no error.
#[utoipa::path(
    delete, path = "/v1/messages/{id}/reactions/{emoji}", tag = "messages",
    params(
        ("id" = Uuid, Path, description = "The message"),
        ("emoji" = String, Path, description = "One emoji, or a short word"),
    ),
    responses((status = 200, body = Message)),
)]
pub(super) async fn remove_reaction(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids((id, emoji)): Ids<(Uuid, String)>,
) -> Result<Json<Message>, Problem> {
    let sent = api.services.chat.react(&by, id, &emoji, false).await?;
    Ok(Json(Message::from_sent(&sent, &api.links)))
}
