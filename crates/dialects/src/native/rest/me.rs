//! Who the caller is, and who else is there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use parlance_core::error::{ChatError, Subject};

use crate::native::Api;
use crate::native::auth::Caller;
use crate::native::objects::{OnlineUsers, User};
use crate::native::problem::Problem;

/// The caller.
#[utoipa::path(get, path = "/v1/me", tag = "me", responses((status = 200, body = User)))]
pub(super) async fn get_me(Caller(by): Caller) -> Result<Json<User>, Problem> {
    let user = by.user().ok_or(ChatError::NotFound(Subject::User))?;
    Ok(Json(User::from(&**user)))
}

/// Who is online among those with whom the caller shares a conversation.
#[utoipa::path(
    get, path = "/v1/presence", tag = "me",
    responses((status = 200, body = OnlineUsers)),
)]
pub(super) async fn list_presence(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
) -> Result<Json<OnlineUsers>, Problem> {
    let people = api.services.chat.online_partners(&by).await?;
    Ok(Json(OnlineUsers::from(&people)))
}
