//! REST under `/v1/`. Routes and their descriptions are registered together, so that the OpenAPI
//! document cannot tell of others than there are.

mod conversations;
mod history;
mod me;
mod media;
mod members;
mod messages;
mod receipts;
mod search;
mod uploads;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::{Router, middleware};
use http::{HeaderMap, header};
use parlance_core::limits::Limits;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::problem::Problem;
use super::request::{finish, header_text, no_such_method, no_such_path};
use super::{Api, asyncapi_document, openapi_document};

/// Rows of a page when the caller does not say.
const DEFAULT_PAGE: usize = 50;

/// What an idempotency key may look like: what the core takes as a client id.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// All routes, with their descriptions.
pub(super) fn api(limits: &Limits) -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::with_openapi(super::openapi::frame())
        .routes(routes!(me::get_me))
        .routes(routes!(me::list_presence))
        .routes(routes!(
            conversations::list_conversations,
            conversations::create_conversation
        ))
        .routes(routes!(
            conversations::get_conversation,
            conversations::update_conversation
        ))
        .routes(routes!(conversations::update_membership))
        .routes(routes!(history::list_messages, messages::send_message))
        .routes(routes!(history::list_changes))
        .routes(routes!(
            messages::get_message,
            messages::edit_message,
            messages::delete_message
        ))
        .routes(routes!(messages::add_reaction, messages::remove_reaction))
        .routes(routes!(receipts::mark_read))
        .routes(routes!(receipts::mark_delivered))
        .routes(routes!(receipts::set_typing))
        .routes(routes!(members::list_members, members::add_member))
        .routes(routes!(members::remove_member))
        .routes(routes!(search::search_messages))
        .routes(routes!(uploads::store_upload).layer(uploads::body_limit(limits)))
        .routes(routes!(media::get_media))
}

/// The router of one app.
pub(super) fn router(api_state: Arc<Api>) -> Router {
    let limits = api_state.services.chat.limits().clone();
    let (router, _) = api(&limits).split_for_parts();
    router
        .route("/v1/openapi.json", get(openapi_json))
        .route("/v1/asyncapi.json", get(asyncapi_json))
        .route("/v1", any(no_such_path))
        .route("/v1/", any(no_such_path))
        .route("/v1/{*rest}", any(no_such_path))
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(limits.request_bytes))
        .layer(middleware::from_fn(finish))
        .with_state(api_state)
}

async fn openapi_json() -> Response {
    json_document(openapi_document())
}

async fn asyncapi_json() -> Response {
    json_document(asyncapi_document())
}

fn json_document(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// The header that makes a request safe to repeat.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if !headers.contains_key(IDEMPOTENCY_KEY) {
        return Ok(None);
    }
    let key = header_text(headers, IDEMPOTENCY_KEY).filter(|key| !key.trim().is_empty());
    let key = key.ok_or_else(|| Problem::invalid(IDEMPOTENCY_KEY, "is no visible text"))?;
    Ok(Some(key.trim().to_owned()))
}

/// Rows that a caller asks for.
fn page_size(asked: Option<usize>, limits: &Limits) -> Result<usize, Problem> {
    match asked {
        None => Ok(DEFAULT_PAGE.min(limits.page)),
        Some(asked) if (1..=limits.page).contains(&asked) => Ok(asked),
        Some(_) => Err(Problem::invalid(
            "limit",
            format!("has to be between 1 and {}", limits.page),
        )),
    }
}
