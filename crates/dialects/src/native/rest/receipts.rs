//! Read and delivered marks, typing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use parlance_core::command::MarkRead;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::native::Api;
use crate::native::auth::Caller;
use crate::native::frames::read_target;
use crate::native::objects::{DeliveredMark, ReadMark};
use crate::native::problem::Problem;
use crate::native::request::{Ids, Json as JsonBody};

/// What was read: everything up to a `seq`, or single messages; one of the two.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ReadWish {
    /// Everything up to here.
    #[schema(nullable = false)]
    seq: Option<i64>,
    /// These.
    #[schema(nullable = false)]
    messages: Option<Vec<Uuid>>,
}

/// Marks messages as read.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/read", tag = "receipts", request_body = ReadWish,
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 200, body = ReadMark)),
)]
pub(super) async fn mark_read(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    JsonBody(wish): JsonBody<ReadWish>,
) -> Result<Json<ReadMark>, Problem> {
    let command = MarkRead {
        conversation: id.into(),
        target: read_target(wish.seq, wish.messages)?,
        announce_unchanged: false,
    };
    let marked = api.services.chat.mark_read(&by, command).await?;
    Ok(Json(ReadMark::from(&marked)))
}

/// What has reached the device.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DeliveredWish {
    /// Everything up to here.
    seq: i64,
}

/// Marks messages as delivered.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/delivered", tag = "receipts", request_body = DeliveredWish,
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 200, body = DeliveredMark)),
)]
pub(super) async fn mark_delivered(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    JsonBody(wish): JsonBody<DeliveredWish>,
) -> Result<Json<DeliveredMark>, Problem> {
    let marked = api.services.chat.mark_delivered(&by, id, wish.seq).await?;
    Ok(Json(DeliveredMark::from(&marked)))
}

/// Whether the caller types.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct TypingWish {
    /// It ends by itself after six seconds.
    typing: bool,
}

/// Tells the others that the caller types, or does not any more.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/typing", tag = "receipts", request_body = TypingWish,
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 204, description = "It is told")),
)]
pub(super) async fn set_typing(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    JsonBody(wish): JsonBody<TypingWish>,
) -> Result<StatusCode, Problem> {
    api.services.chat.set_typing(&by, id, wish.typing).await?;
    Ok(StatusCode::NO_CONTENT)
}
