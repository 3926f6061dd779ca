//! The web pages in the binary: how they are sent.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$PARLANCE_PAGES_DIR"]
struct Files;

/// Their names hold a hash of what is in them, so they never change.
const HASHED: &str = "assets/";

/// Sends a page, a script or a picture; 404 when there is none of that name. `frames`: origins whose
/// pages may be framed by this one, and may frame it.
pub(crate) fn send(name: &str, headers: &HeaderMap, frames: &[String]) -> Response {
    let Some(file) = Files::get(name) else {
        return status(StatusCode::NOT_FOUND);
    };
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let caching = if name.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok());
    let unchanged = known.is_some_and(|tags| tags.split(',').any(|tag| is_same(tag, &etag)));
    let answer = Response::builder()
        .header(ETAG, etag)
        .header(CACHE_CONTROL, caching)
        .header(CONTENT_TYPE, content_type(name))
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(REFERRER_POLICY, "no-referrer")
        .header(CONTENT_SECURITY_POLICY, policy(frames));
    let answer = if unchanged {
        answer.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        answer.body(Body::from(file.data))
    };
    answer.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
}

/// An answer without a body.
pub(crate) fn status(status: StatusCode) -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

/// Weak comparison (RFC 9110, 8.8.3.2).
fn is_same(tag: &str, etag: &str) -> bool {
    let tag = tag.trim();
    tag == "*" || tag.trim_start_matches("W/") == etag
}

/// Nothing from elsewhere, nothing written into the page; pictures also from memory, for previews.
fn policy(frames: &[String]) -> String {
    let frames = frames.join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         img-src 'self' blob: data:; frame-src 'self' {frames}; frame-ancestors 'self' {frames}; \
         base-uri 'none'; form-action 'none'"
    )
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_the_browser_has_is_not_sent_again() {
        let first = send("index.html", &HeaderMap::new(), &[]);
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        let mut headers = HeaderMap::new();
        let tag = format!("\"other\", W/{}", first.headers()[ETAG].to_str().unwrap());
        headers.insert(IF_NONE_MATCH, tag.parse().unwrap());
        let again = send("index.html", &headers, &[]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn what_is_not_in_the_binary_is_not_found() {
        for name in ["", "none.html", "../Cargo.toml", "assets/"] {
            let answer = send(name, &HeaderMap::new(), &[]);
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
