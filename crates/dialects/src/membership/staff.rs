//! Logging in at the desk: an opaque key, the same every time.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use parlance_core::user::User;
use serde_json::{Value, json};

use super::accounts::check_login;
use super::auth::Caller;
use super::errors::app;
use crate::drf::data::Data;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// `POST /api/admin/auth/login/` (MA-25)
pub(super) async fn log_in(
    State(services): State<Services>,
    data: Data,
) -> Result<Response, Refused> {
    let user = check_login(&services, &data).await?;
    if !user.is_staff {
        let text = "Insufficient permissions - admin access required";
        return Err(app(StatusCode::FORBIDDEN, text));
    }
    let key = services.identity.opaque_token(&services.app, &user).await;
    let key = key.map_err(|_| Refused::unavailable())?;
    let mut agent = agent(&user);
    let is_superuser = user.metadata.get("is_superuser").and_then(Value::as_bool);
    agent["is_superuser"] = json!(is_superuser.unwrap_or(false));
    let body = json!({ "token": key.expose(), "user": agent });
    Ok(json_response(StatusCode::OK, &body))
}

/// `GET /api/admin/auth/verify/`
pub(super) async fn verify(Extension(caller): Extension<Caller>) -> Response {
    let body = json!({ "valid": true, "user": agent(&caller.user) });
    json_response(StatusCode::OK, &body)
}

/// `GET /api/admin/settings/`: what the page's shell loads first.
pub(super) async fn settings(Extension(caller): Extension<Caller>) -> Response {
    let user = &caller.user;
    let own = user.metadata.get("notifications").unwrap_or(&Value::Null);
    let body = json!({
        "name": user.display_name(),
        "email": user.email,
        "notifications": {
            "emailAlerts": flag(&own["emailAlerts"], true),
            "appointmentReminders": flag(&own["appointmentReminders"], true),
            "systemUpdates": flag(&own["systemUpdates"], true),
        },
    });
    json_response(StatusCode::OK, &body)
}

fn agent(user: &User) -> Value {
    json!({ "id": user.uuid, "name": user.display_name(), "email": user.email })
}

fn flag(value: &Value, otherwise: bool) -> bool {
    value.as_bool().unwrap_or(otherwise)
}
