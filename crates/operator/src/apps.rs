//! Apps, for the operator.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use parlance_core::app::{AppProfile, TokenKey};
use parlance_dialects::native::problem::{Problem, ProblemCode};
use parlance_dialects::native::request::{Ids, Json as JsonBody};
use parlance_identity::{AppError, check_token_key};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::auth::Operator;
use crate::objects::{App, AppList, NewApp};

/// Always there, so it is not listed among an app's dialects.
const NATIVE: &str = parlance_dialects::native::NAME;

/// All apps.
#[utoipa::path(
    get, path = "/parlance/v1/apps", tag = "apps",
    responses((status = 200, body = AppList)),
)]
pub(crate) async fn list_apps(State(shared): State<Shared>, _: Operator) -> Json<AppList> {
    let apps = shared.identity.apps().all();
    let items = apps.iter().map(|app| App::from(&**app)).collect();
    Json(AppList { items })
}

/// An app to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AppWish {
    /// 1 to 63 of `a-z`, `0-9`, `-` and `_`, starting with a letter or digit.
    name: String,
    /// Dialects besides `native`, which is always there.
    #[serde(default)]
    dialects: Vec<String>,
    /// `Host` by which its requests are told apart on a shared listener.
    host: Option<String>,
    /// Browser origins besides its own that may open sockets and read answers.
    #[serde(default)]
    origins: Vec<String>,
    /// How absolute links are written.
    public_url: Option<String>,
    /// Verifies the host's tokens.
    hs256_secret: Option<String>,
}

/// Makes an app and serves it at once.
#[utoipa::path(
    post, path = "/parlance/v1/apps", tag = "apps", request_body = AppWish,
    responses((status = 201, body = NewApp)),
)]
pub(crate) async fn create_app(
    State(shared): State<Shared>,
    _: Operator,
    JsonBody(wish): JsonBody<AppWish>,
) -> Result<(StatusCode, Json<NewApp>), Problem> {
    let name = wish.name.clone();
    let profile = profile(wish)?;
    let (app, key) = shared
        .identity
        .create_app(&name, profile, None)
        .await
        .map_err(problem)?;
    if let Err(fault) = shared.apps.added(&app) {
        shared.identity.delete_app(app.id).await.map_err(problem)?;
        return Err(Problem::invalid("dialects", fault));
    }
    tracing::info!(app.name = app.name, "app made");
    let made = NewApp {
        app: App::from(&*app),
        key: key.into_exposed(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

fn profile(wish: AppWish) -> Result<AppProfile, Problem> {
    for dialect in &wish.dialects {
        if !parlance_dialects::names().any(|known| known == dialect) {
            let known: Vec<_> = parlance_dialects::names().collect();
            let fault = format!("no dialect {dialect:?}; there are {}", known.join(", "));
            return Err(Problem::invalid("dialects", fault));
        }
    }
    if wish
        .host
        .as_ref()
        .is_some_and(|host| host.trim().is_empty())
    {
        return Err(Problem::invalid("host", "must not be blank"));
    }
    let token_key = wish.hs256_secret.map(|secret| TokenKey::Hs256 { secret });
    if let Some(key) = &token_key {
        check_token_key(key).map_err(|fault| Problem::invalid("hs256_secret", fault))?;
    }
    let mut dialects = wish.dialects;
    dialects.retain(|dialect| dialect != NATIVE);
    Ok(AppProfile {
        dialects,
        host: wish.host,
        origins: wish.origins,
        public_url: wish
            .public_url
            .map(|url| url.trim_end_matches('/').to_owned()),
        token_keys: token_key.into_iter().collect(),
    })
}

/// Deletes an app with everything in it and ends its sockets.
#[utoipa::path(
    delete, path = "/parlance/v1/apps/{name}", tag = "apps",
    params(("name" = String, Path, description = "The app's name")),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete_app(
    State(shared): State<Shared>,
    _: Operator,
    Ids(name): Ids<String>,
) -> Result<StatusCode, Problem> {
    let app = shared.identity.apps().app_by_name(&name);
    let app: Arc<_> = app.ok_or_else(|| Problem::not_found("app"))?;
    shared.apps.removed(app.id);
    shared.identity.delete_app(app.id).await.map_err(problem)?;
    tracing::info!(app.name = app.name, "app deleted");
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: AppError) -> Problem {
    let detail = error.to_string();
    match error {
        AppError::InvalidName => Problem::invalid(
            "name",
            "has to be 1 to 63 of a-z, 0-9, - and _, starting with a letter or digit",
        ),
        AppError::NameTaken => Problem::invalid("name", "is taken"),
        AppError::HostTaken => Problem::invalid("host", "is taken"),
        AppError::Unknown => Problem::not_found("app"),
        AppError::Unavailable => Problem::new(ProblemCode::Unavailable, detail),
    }
}
