//! Cross-origin requests: pages of listed origins may read answers, errors included.

use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use parlance_core::app::App;

use crate::origin;

/// The answer to a preflight, if this request is one.
pub(crate) fn preflight(app: &App, method: &Method, headers: &HeaderMap) -> Option<Response<Body>> {
    if method != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::OK;
    allow(app, headers, response.headers_mut());
    if response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        let out = response.headers_mut();
        let methods = "DELETE, GET, OPTIONS, PATCH, POST, PUT";
        let allowed = "accept, authorization, content-type, idempotency-key, x-csrftoken";
        out.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(methods),
        );
        out.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(allowed),
        );
        out.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    Some(response)
}

/// Lets a listed origin read an answer. Credentials are allowed to origins that are listed by name;
/// where any origin may, cookies may not.
pub(crate) fn allow(app: &App, request: &HeaderMap, response: &mut HeaderMap) {
    let Some(value) = request.get(ORIGIN) else {
        return;
    };
    let Ok(text) = value.to_str() else { return };
    response.append(VARY, HeaderValue::from_static("origin"));
    if !origin::is_listed(app, text) {
        return;
    }
    response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value.clone());
    let exposed = "retry-after, x-request-id";
    response.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(exposed),
    );
    if !app.profile.origins.iter().any(|listed| listed == "*") {
        response.insert(
            ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
    }
}
