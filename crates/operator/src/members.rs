//! Members of a conversation.

use axum::Json;
use http::StatusCode;
use parlance_dialects::native::problem::Problem;
use parlance_dialects::native::request::{Ids, Json as JsonBody};

use crate::auth::Host;
use crate::conversations::MemberWish;
use crate::named;
use crate::objects::Member;

/// Adds a user, or lets a former member back in.
#[utoipa::path(
    post, path = "/parlance/v1/conversations/{id}/members", tag = "members",
    params(("id" = String, Path, description = "Id or uuid")),
    request_body = MemberWish, responses((status = 201, body = Member)),
)]
pub(crate) async fn add_member(
    host: Host,
    Ids(id): Ids<String>,
    JsonBody(wish): JsonBody<MemberWish>,
) -> Result<(StatusCode, Json<Member>), Problem> {
    let named = named::conversation(&id)?;
    let user = wish.user.find_in(&host, "user").await?;
    let chat = &host.services.chat;
    let (member, people) = chat
        .add_member(&host.principal(), named, user.id, wish.part)
        .await?;
    let member = Member::new(&member, &people, host.wire_ids());
    Ok((StatusCode::CREATED, Json(member)))
}

/// Removes a member; the member's live sockets on the conversation are closed.
#[utoipa::path(
    delete, path = "/parlance/v1/conversations/{id}/members/{user}", tag = "members",
    params(
        ("id" = String, Path, description = "Id or uuid"),
        ("user" = String, Path, description = "Id, uuid or external:…"),
    ),
    responses((status = 204, description = "The user is no member any more")),
)]
pub(crate) async fn remove_member(
    host: Host,
    Ids((id, user)): Ids<(String, String)>,
) -> Result<StatusCode, Problem> {
    let named = named::conversation(&id)?;
    let user = named::user(&user)?.find(&host).await?;
    let chat = &host.services.chat;
    chat.remove_member(&host.principal(), named, user.id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
