//! The API's own description: the OpenAPI document, and a page that shows it.

use axum::response::{Html, IntoResponse as _, Response};
use http::header;

use crate::document::document;

/// The page loads nothing but the document beside it.
const POLICY: &str = "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; \
                      script-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// The OpenAPI document.
pub(crate) async fn openapi_json() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document()).into_response()
}

/// The page.
pub(crate) async fn page() -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, Html(include_str!("docs.html"))).into_response()
}
