//! Who asks: the token in the `Authorization` header, else the session cookie.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode};
use parlance_core::principal::Principal;
use parlance_core::user::User;
use parlance_identity::AuthError;
use std::sync::Arc;

use super::{cookies, errors};
use crate::drf::authorization::{self, Authorization};
use crate::drf::origin;
use crate::drf::refused::{NOT_AUTHENTICATED, Refused};
use crate::services::Services;

/// Somebody who is logged in.
#[derive(Clone)]
pub(super) struct Caller {
    /// For the core.
    pub(super) principal: Principal,
    /// The person.
    pub(super) user: Arc<User>,
}

impl Caller {
    fn of(principal: Principal) -> Result<Self, Refused> {
        match principal.user().cloned() {
            Some(user) => Ok(Self { principal, user }),
            None => Err(anonymous()),
        }
    }
}

/// Lets a request through with its [`Caller`], or refuses it with 403. Whoever came by a valid
/// token takes the matching session cookie along, whatever the answer is (Authentication, rules 1
/// and 3).
pub(super) async fn require(
    State(services): State<Services>,
    mut request: Request,
    next: Next,
) -> Response {
    let identified = identify(&services, request.method(), request.headers()).await;
    let (caller, token) = match identified {
        Ok(identified) => identified,
        Err(refused) => return refused.into_response(),
    };
    let cookie = token.and_then(|token| cookies::fresh(&services, request.headers(), &token));
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The caller, and the token if it came in the header. The header alone decides where there is one
/// (rule 4).
async fn identify(
    services: &Services,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(Caller, Option<String>), Refused> {
    if let Some(token) = header_token(headers)? {
        let found = services.identity.authenticate_opaque(&services.app, &token);
        let principal = found.await.map_err(errors::token_refused)?;
        return Ok((Caller::of(principal)?, Some(token)));
    }
    let principal = by_cookie(services, headers).await?;
    if !method.is_safe() && !origin::is_own(headers, &services.app.profile) {
        return Err(foreign_origin(headers));
    }
    Ok((Caller::of(principal)?, None))
}

/// The token of the header; `None` when there is no such header at all.
pub(super) fn header_token(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    match authorization::read(headers, "Token") {
        Authorization::Absent => Ok(None),
        Authorization::Token(token) => Ok(Some(token)),
        Authorization::OtherScheme => Err(anonymous()),
        Authorization::NoToken => Err(forbidden("Invalid token header. No credentials provided.")),
        Authorization::Spaces => Err(forbidden(
            "Invalid token header. Token string should not contain spaces.",
        )),
    }
}

/// Whoever the session cookie stands for. One that stands for nobody is as good as none.
pub(super) async fn by_cookie(
    services: &Services,
    headers: &HeaderMap,
) -> Result<Principal, Refused> {
    let value = cookies::read(headers).ok_or_else(anonymous)?;
    let found = services.identity.authenticate_cookie(&services.app, value);
    found.await.map_err(|error| match error {
        AuthError::Unavailable => errors::token_refused(error),
        _ => anonymous(),
    })
}

fn anonymous() -> Refused {
    forbidden(NOT_AUTHENTICATED)
}

fn forbidden(text: &str) -> Refused {
    Refused::detail(StatusCode::FORBIDDEN, text)
}

fn foreign_origin(headers: &HeaderMap) -> Refused {
    let origin = headers.get(ORIGIN).map(http::HeaderValue::as_bytes);
    let origin = String::from_utf8_lossy(origin.unwrap_or_default());
    forbidden(&format!(
        "CSRF Failed: Origin checking failed - {origin} does not match any trusted origins."
    ))
}
