//! Who asks: the opaque key of a desk page, or an access token; either opens every route.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, StatusCode};
use parlance_core::principal::Principal;
use parlance_core::user::User;
use parlance_identity::AuthError;

use super::tokens;
use crate::drf::authorization::{self, Authorization};
use crate::drf::refused::{FORBIDDEN, INACTIVE, INVALID_TOKEN, NOT_AUTHENTICATED, Refused};
use crate::drf::simple_jwt;
use crate::services::Services;

/// Somebody who is logged in.
#[derive(Clone)]
pub(super) struct Caller {
    /// For the core.
    pub(super) principal: Principal,
    /// The person.
    pub(super) user: Arc<User>,
}

/// Lets a request through with its [`Caller`], or refuses it with 401.
pub(super) async fn require(
    State(services): State<Services>,
    request: Request,
    next: Next,
) -> Response {
    admit(&services, request, next, |_| true).await
}

/// As [`require`], for staff alone: 403 for everybody else who is logged in.
pub(super) async fn require_staff(
    State(services): State<Services>,
    request: Request,
    next: Next,
) -> Response {
    admit(&services, request, next, |user| user.is_staff).await
}

async fn admit(
    services: &Services,
    mut request: Request,
    next: Next,
    may: fn(&User) -> bool,
) -> Response {
    match identify(services, request.headers()).await {
        Ok(caller) if may(&caller.user) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Ok(_) => Refused::detail(StatusCode::FORBIDDEN, FORBIDDEN).into_response(),
        Err(refused) => challenge(refused),
    }
}

/// The clients refresh and repeat on 401 alone, and a browser passes 401 on only with this header.
fn challenge(refused: Refused) -> Response {
    let mut response = refused.into_response();
    if response.status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Token");
        response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    }
    response
}

async fn identify(services: &Services, headers: &HeaderMap) -> Result<Caller, Refused> {
    let principal = match authorization::read(headers, "Token") {
        Authorization::Token(key) => {
            let found = services.identity.authenticate_opaque(&services.app, &key);
            found.await.map_err(key_refused)?
        }
        Authorization::NoToken => {
            return Err(unauthorized(
                "Invalid token header. No credentials provided.",
            ));
        }
        Authorization::Spaces => {
            return Err(unauthorized(
                "Invalid token header. Token string should not contain spaces.",
            ));
        }
        Authorization::Absent | Authorization::OtherScheme => {
            let token = simple_jwt::bearer(headers)?;
            let token = token.ok_or_else(|| unauthorized(NOT_AUTHENTICATED))?;
            let found = tokens::authenticate(services, &token).await;
            found.map_err(simple_jwt::refused)?
        }
    };
    let user = principal.user().cloned();
    let user = user.ok_or_else(|| unauthorized(NOT_AUTHENTICATED))?;
    Ok(Caller { principal, user })
}

fn key_refused(error: AuthError) -> Refused {
    match error {
        AuthError::Unavailable => Refused::unavailable(),
        AuthError::InactiveUser | AuthError::UnknownUser => unauthorized(INACTIVE),
        AuthError::Missing
        | AuthError::Malformed
        | AuthError::BadSignature
        | AuthError::Expired
        | AuthError::WrongType
        | AuthError::Revoked
        | AuthError::WrongAlgorithm => unauthorized(INVALID_TOKEN),
    }
}

fn unauthorized(text: &str) -> Refused {
    Refused::detail(StatusCode::UNAUTHORIZED, text)
}
