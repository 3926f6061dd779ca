//! Tokens: minting and revoking.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use parlance_core::ChatError;
use parlance_dialects::native::problem::{Problem, ProblemCode};
use parlance_dialects::native::request::Json as JsonBody;
use parlance_identity::AuthError;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::auth::Host;
use crate::named::UserName;
use crate::objects::{Revoked, Tokens};

/// How long a native token is good when the caller does not say: an hour.
const DEFAULT_SECONDS: u64 = 3_600;
/// How long it may be good: a year.
const MAX_SECONDS: u64 = 366 * 24 * 3_600;

/// For whom.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TokenWish {
    user: UserName,
    /// How long the native token is good: an hour unless said, at most a year.
    expires_in_seconds: Option<u64>,
}

/// Makes credentials for a user: a native token, and what the dialect's own login would hand out.
#[utoipa::path(
    post, path = "/parlance/v1/tokens", tag = "tokens", request_body = TokenWish,
    responses((status = 201, body = Tokens)),
)]
pub(crate) async fn create_token(
    State(shared): State<Shared>,
    host: Host,
    JsonBody(wish): JsonBody<TokenWish>,
) -> Result<(StatusCode, Json<Tokens>), Problem> {
    let seconds = wish.expires_in_seconds.unwrap_or(DEFAULT_SECONDS);
    if !(1..=MAX_SECONDS).contains(&seconds) {
        let fault = format!("has to be between 1 and {MAX_SECONDS}");
        return Err(Problem::invalid("expires_in_seconds", fault));
    }
    let user = wish.user.find_in(&host, "user").await?;
    let lifetime = Duration::from_secs(seconds);
    let native = shared
        .identity
        .mint_native_token(&host.app, &user, lifetime);
    let issued = host.dialect.issue_credential(&user).await;
    let issued = issued.map_err(ChatError::from)?;
    let tokens = Tokens {
        native: native.into_exposed(),
        token: issued.token,
        refresh: issued.refresh,
        expires_at: issued.expires_at,
    };
    Ok((StatusCode::CREATED, Json(tokens)))
}

/// What to revoke; one of the two.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RevokeWish {
    /// All tokens of this user.
    user: Option<UserName>,
    /// This token, native or the dialect's.
    token: Option<String>,
}

/// Revokes tokens; live sockets that were opened with them are closed.
#[utoipa::path(
    post, path = "/parlance/v1/tokens/revoke", tag = "tokens", request_body = RevokeWish,
    responses((status = 200, body = Revoked)),
)]
pub(crate) async fn revoke_tokens(
    State(shared): State<Shared>,
    host: Host,
    JsonBody(wish): JsonBody<RevokeWish>,
) -> Result<Json<Revoked>, Problem> {
    let revoked = match (wish.user, wish.token) {
        (Some(user), None) => {
            let user = user.find_in(&host, "user").await?;
            shared.identity.revoke_user(user.id).await?
        }
        (None, Some(token)) => {
            let revoked = shared.identity.revoke_token(&host.app, &token).await;
            usize::from(revoked.map_err(token_problem)?)
        }
        _ => return Err(Problem::invalid("user", "either user or token is required")),
    };
    Ok(Json(Revoked { revoked }))
}

/// The caller is authenticated; it is the token in the body that is wrong.
fn token_problem(error: AuthError) -> Problem {
    let problem = Problem::from(error);
    if problem.code == ProblemCode::Unauthenticated {
        return Problem::invalid("token", error.to_string());
    }
    problem
}
