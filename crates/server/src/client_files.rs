//! The product's own web client, served from a folder under the app's origin.
//!
//! Clients of some of the old backends talk to their own host only; with this they need no proxy.

use std::path::Path;

use axum::Router;
use parlance_gateway::directory::unknown_path;
use tower_http::services::ServeDir;

/// Serves a folder wherever nothing else has a path. What is not in it is answered as everywhere.
pub(crate) fn routes(folder: &Path) -> Router {
    let unknown = axum::routing::any(unknown_path);
    let files = ServeDir::new(folder)
        .call_fallback_on_method_not_allowed(true)
        .fallback(unknown.clone());
    Router::new()
        .route_service("/", files.clone())
        .route_service("/{*path}", files)
}
