//! Who asks: an access token in the `Authorization` header.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, StatusCode};
use parlance_core::principal::Principal;
use parlance_core::user::User;
use parlance_identity::AuthError;
use serde_json::json;

use super::addresses::Links;
use super::{Desk, errors, views};
use crate::drf::authorization::{self, Authorization};
use crate::drf::origin;
use crate::drf::refused::Refused;
use crate::services::Services;

/// Somebody who is logged in.
#[derive(Clone)]
pub(super) struct Caller {
    /// For the core.
    pub(super) principal: Principal,
    /// The person.
    pub(super) user: Arc<User>,
    /// Addresses as this request reaches us.
    pub(super) links: Links,
}

impl Caller {
    /// Whether the person belongs to the desk.
    pub(super) fn is_admin(&self) -> bool {
        views::user_type(&self.user) == views::ADMIN
    }
}

/// Lets a request through with its [`Caller`], or refuses it with 401.
pub(super) async fn require(
    State(desk): State<Desk>,
    mut request: Request,
    next: Next,
) -> Response {
    match identify(&desk, request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refused) => challenge(refused),
    }
}

/// A refusal, with what has to come along where it is 401.
fn challenge(refused: Refused) -> Response {
    let is_unauthorized = refused.status == StatusCode::UNAUTHORIZED;
    let mut response = refused.into_response();
    if is_unauthorized {
        let scheme = HeaderValue::from_static("Bearer realm=\"api\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    }
    response
}

async fn identify(desk: &Desk, headers: &HeaderMap) -> Result<Caller, Refused> {
    let token = header_token(headers)?;
    let token = token.ok_or_else(|| errors::token_refused(AuthError::Missing))?;
    let principal = verify(&desk.services, &token).await;
    let principal = principal.map_err(|error| {
        tracing::info!(error = %error, "refused a token");
        errors::token_refused(error)
    })?;
    let user = principal.user().cloned();
    let user = user.ok_or_else(|| errors::token_refused(AuthError::Missing))?;
    let app = &desk.services.app;
    let base = origin::base_address(headers, &app.profile).unwrap_or_default();
    let links = Links::new(app.clone(), base.into(), desk.services.chat.now());
    Ok(Caller {
        principal,
        user,
        links,
    })
}

/// The token of the header; another scheme is as good as none.
pub(super) fn header_token(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    match authorization::read(headers, "Bearer") {
        Authorization::Absent | Authorization::OtherScheme => Ok(None),
        Authorization::Token(token) => Ok(Some(token)),
        Authorization::NoToken | Authorization::Spaces => {
            let body = json!({
                "detail": "Authorization header must contain two space-delimited values",
                "code": "bad_authorization_header",
            });
            Err(Refused::new(StatusCode::UNAUTHORIZED, body))
        }
    }
}

/// Whoever an access token stands for.
pub(super) async fn verify(services: &Services, token: &str) -> Result<Principal, AuthError> {
    services
        .identity
        .authenticate_access(&services.app, token)
        .await
}
