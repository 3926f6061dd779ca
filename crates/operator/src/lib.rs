//! The operator API under `/parlance/v1`, the same for every app (`docs/operator.md`): what a host's
//! backend provisions with, and what tests build their worlds with.
//!
//! It changes nothing by itself: every change is a command of the core or a call of `identity`, so
//! that everybody hears of it as of any other.

mod apps;
mod auth;
mod conversations;
mod docs;
mod document;
mod members;
mod messages;
mod named;
mod objects;
mod tokens;
mod translate;
mod usage;
mod users;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get};
use axum::{Router, middleware};
use parlance_core::app::App;
use parlance_core::ids::AppId;
use parlance_dialects::contract::Dialect;
use parlance_dialects::native::request::{finish, no_such_method, no_such_path};
use parlance_dialects::services::Services;
use parlance_identity::{Identity, SecretText};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use document::document as openapi_document;

/// Bytes of a request: a thousand users with metadata, or a conversation with its history.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The apps as they are served now. Implemented by whoever serves them; apps come and go while it
/// does.
pub trait AppServices: Send + Sync {
    /// What a served app works with.
    fn services(&self, app: AppId) -> Option<Services>;

    /// The dialect whose ids the app's clients know: the first one besides `native`, else `native`.
    fn dialect(&self, app: AppId) -> Option<Arc<dyn Dialect>>;

    /// Serves an app that was made now.
    ///
    /// # Errors
    /// One sentence: its dialects do not go together.
    fn added(&self, app: &Arc<App>) -> Result<(), String>;

    /// Ends serving an app that was deleted.
    fn removed(&self, app: AppId);

    /// Sockets that are open on an app.
    fn open_sockets(&self, app: AppId) -> usize;
}

/// What the API works with.
#[derive(Clone)]
pub struct OperatorServices {
    /// Apps and their keys, tokens.
    pub identity: Arc<Identity>,
    /// The apps as they are served.
    pub apps: Arc<dyn AppServices>,
    /// Opens the routes about apps; without it nobody does.
    pub operator_key: Option<SecretText>,
}

type Shared = Arc<OperatorServices>;

/// All routes, with their descriptions.
fn api() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(document::frame())
        .routes(routes!(apps::list_apps, apps::create_app))
        .routes(routes!(apps::delete_app))
        .routes(routes!(users::list_users, users::upsert_users))
        .routes(routes!(users::get_user))
        .routes(routes!(
            conversations::list_conversations,
            conversations::create_conversation
        ))
        .routes(routes!(
            conversations::get_conversation,
            conversations::update_conversation,
            conversations::delete_conversation
        ))
        .routes(routes!(members::add_member))
        .routes(routes!(members::remove_member))
        .routes(routes!(messages::list_messages, messages::post_message))
        .routes(routes!(tokens::create_token))
        .routes(routes!(tokens::revoke_tokens))
        .routes(routes!(usage::get_usage))
}

/// The router, for paths under `/parlance/v1`.
pub fn router(services: OperatorServices) -> Router {
    let (router, _) = api().split_for_parts();
    router
        .route("/parlance/v1/openapi.json", get(docs::openapi_json))
        .route("/parlance/v1/docs", get(docs::page))
        .route("/parlance/v1", any(no_such_path))
        .route("/parlance/v1/", any(no_such_path))
        .route("/parlance/v1/{*rest}", any(no_such_path))
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(finish))
        .with_state(Arc::new(services))
}
