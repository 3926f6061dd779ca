//! How much an app has.

use axum::Json;
use axum::extract::State;
use parlance_dialects::native::problem::Problem;

use crate::Shared;
use crate::auth::Host;
use crate::objects::Usage;

/// How much the app has, and how many sockets are open.
#[utoipa::path(
    get, path = "/parlance/v1/usage", tag = "usage",
    responses((status = 200, body = Usage)),
)]
pub(crate) async fn get_usage(
    State(shared): State<Shared>,
    host: Host,
) -> Result<Json<Usage>, Problem> {
    let usage = host.services.chat.usage(&host.principal()).await?;
    Ok(Json(Usage {
        users: usage.users,
        conversations: usage.conversations,
        messages: usage.messages,
        sockets: shared.apps.open_sockets(host.app.id),
    }))
}
