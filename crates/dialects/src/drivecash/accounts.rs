//! The site's own login, as far as its pages call it: tokens, login, profile.
//!
//! What needs a code by e-mail (registering, the desk's login in two steps, a forgotten password) is
//! answered with 501: this server sends no e-mail. Whoever belongs to the desk logs in at
//! `/api/token/`.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use parlance_core::user::User;
use parlance_identity::{SecretText, SimpleJwtRules, TokenPair, UserIdForm};
use serde_json::{Map, Value, json};

use super::auth::Caller;
use super::errors::{error_key, handed_in_refused, login_refused};
use super::{Desk, views};
use crate::drf::data::Data;
use crate::drf::form::Form;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// How tokens are made: as the existing login makes them.
pub(super) fn token_rules() -> SimpleJwtRules {
    SimpleJwtRules {
        access_lifetime: Duration::from_hours(12),
        refresh_lifetime: Duration::from_hours(7 * 24),
        user_id: UserIdForm::AsText,
        rotate: true,
        extra: Map::new(),
    }
}

fn pair(services: &Services, user: &User) -> TokenPair {
    services
        .identity
        .issue_pair(&services.app, user, &token_rules())
}

fn tokens(pair: &TokenPair) -> Value {
    json!({ "access": pair.access.expose(), "refresh": pair.refresh.expose() })
}

/// Whoever has this e-mail address and password.
async fn log_in_with(
    services: &Services,
    data: &Data,
    wrong: Refused,
    inactive: Refused,
) -> Result<User, Refused> {
    let mut form = Form::new(data);
    let (email, password) = (form.required("email"), form.required("password"));
    form.check()?;
    let (email, password) = (email.unwrap_or_default(), password.unwrap_or_default());
    let found = services
        .identity
        .log_in(&services.app, email.trim(), &password);
    match found.await {
        Ok(account) => Ok(account.user),
        Err(error) => Err(login_refused(&error, wrong, inactive)),
    }
}

/// `POST /api/token/`
pub(super) async fn token(State(desk): State<Desk>, data: Data) -> Result<Response, Refused> {
    let text = "No active account found with the given credentials";
    let wrong = Refused::detail(StatusCode::UNAUTHORIZED, text);
    let user = log_in_with(&desk.services, &data, wrong.clone(), wrong).await?;
    let pair = pair(&desk.services, &user);
    Ok(json_response(StatusCode::OK, &tokens(&pair)))
}

/// `POST /api/token/refresh/`, `POST /api/accounts/token/refresh/`
pub(super) async fn refresh(State(desk): State<Desk>, data: Data) -> Result<Response, Refused> {
    let mut form = Form::new(&data);
    let token = form.required("refresh");
    form.check()?;
    let (identity, app) = (&desk.services.identity, &desk.services.app);
    let token = token.unwrap_or_default();
    let made = identity.refresh(app, &token, &token_rules()).await;
    let made = made.map_err(handed_in_refused)?;
    let refresh = made.refresh.as_ref().map(SecretText::expose);
    let body = json!({ "access": made.access.expose(), "refresh": refresh });
    Ok(json_response(StatusCode::OK, &body))
}

/// `POST /api/accounts/token/verify/`
pub(super) async fn verify(State(desk): State<Desk>, data: Data) -> Result<Response, Refused> {
    let mut form = Form::new(&data);
    let token = form.required("token");
    form.check()?;
    let (identity, app) = (&desk.services.identity, &desk.services.app);
    let looked_at = identity.verify(app, &token.unwrap_or_default()).await;
    looked_at.map_err(handed_in_refused)?;
    Ok(json_response(StatusCode::OK, &json!({})))
}

/// `POST /api/accounts/login/`: for users; the desk has a login of its own.
pub(super) async fn log_in(State(desk): State<Desk>, data: Data) -> Result<Response, Refused> {
    let unauthorized = |text| error_key(StatusCode::UNAUTHORIZED, text);
    let inactive = unauthorized("User account is inactive. Please contact support.");
    let wrong = unauthorized("Invalid credentials");
    let user = log_in_with(&desk.services, &data, wrong, inactive).await?;
    if views::user_type(&user) == views::ADMIN {
        let text = "Admin users must use the admin login.";
        return Err(error_key(StatusCode::FORBIDDEN, text));
    }
    let pair = pair(&desk.services, &user);
    let body = json!({ "user": views::logged_in(&user), "tokens": tokens(&pair) });
    Ok(json_response(StatusCode::OK, &body))
}

/// Routes that would send a code by e-mail, or take one.
pub(super) async fn needs_mail() -> Refused {
    let text = "This server sends no codes by e-mail.";
    error_key(StatusCode::NOT_IMPLEMENTED, text)
}

/// `GET /api/accounts/profile/`. What the pages show besides is the loan site's, and empty here.
pub(super) async fn profile(Extension(caller): Extension<Caller>) -> Response {
    let body = json!({
        "user": views::profile(&caller.user),
        "profile": {}, "address": {}, "employment": {}, "bank_account": {}, "loan": {},
    });
    json_response(StatusCode::OK, &body)
}

/// `GET /api/notifications/`: notices of the loan site, of which there are none here.
pub(super) async fn notices() -> Response {
    json_response(StatusCode::OK, &json!([]))
}
