//! Members: listing, adding, removing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::native::Api;
use crate::native::auth::Caller;
use crate::native::objects::{Member, MemberList};
use crate::native::problem::Problem;
use crate::native::request::{Ids, Json as JsonBody};
use crate::native::translate::members;

/// Present members.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/members", tag = "members",
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 200, body = MemberList)),
)]
pub(super) async fn list_members(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
) -> Result<Json<MemberList>, Problem> {
    let (view, people) = api.services.chat.conversation(&by, id).await?;
    let items = members(&view, &people);
    Ok(Json(MemberList { items }))
}

/// Who is to join.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewMember {
    /// Who.
    user: Uuid,
    /// The part to be played.
    part: String,
}

/// Adds a user, or lets a former member back in.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/members", tag = "members", request_body = NewMember,
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 201, body = Member)),
)]
pub(super) async fn add_member(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    JsonBody(wish): JsonBody<NewMember>,
) -> Result<(StatusCode, Json<Member>), Problem> {
    let chat = &api.services.chat;
    let (member, people) = chat.add_member(&by, id, wish.user, wish.part).await?;
    Ok((StatusCode::CREATED, Json(Member::new(&member, &people))))
}

/// Removes a member. Anybody may leave; staff may remove others.
#[utoipa::path(
    delete, path = "/v1/conversations/{id}/members/{user}", tag = "members",
    params(
        ("id" = Uuid, Path, description = "The conversation"),
        ("user" = Uuid, Path, description = "Who"),
    ),
    responses((status = 204, description = "The user is no member any more")),
)]
pub(super) async fn remove_member(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids((id, user)): Ids<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    api.services.chat.remove_member(&by, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
