//! Refusals in the framework's form: `{"detail": text}`, `{"field": [text, …]}`,
//! `{"non_field_errors": [text]}`.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

/// Nobody said who asks.
pub(crate) const NOT_AUTHENTICATED: &str = "Authentication credentials were not provided.";
/// A token that opens nothing.
pub(crate) const INVALID_TOKEN: &str = "Invalid token.";
/// A token whose user is switched off or gone.
pub(crate) const INACTIVE: &str = "User inactive or deleted.";
/// No such route, or an id that cannot be one.
pub(crate) const NOT_FOUND: &str = "Not found.";
/// Known, but not for this user.
pub(crate) const FORBIDDEN: &str = "You do not have permission to perform this action.";
/// A field that has to be there.
pub(crate) const REQUIRED: &str = "This field is required.";
/// A field that is there as null.
pub(crate) const NULL: &str = "This field may not be null.";
/// A text of nothing but blanks.
pub(crate) const BLANK: &str = "This field may not be blank.";
/// A list, an object or a truth value where a text is expected.
pub(crate) const NOT_TEXT: &str = "Not a valid string.";
/// Anything where an integer is expected.
pub(crate) const NOT_INTEGER: &str = "A valid integer is required.";

/// A refused request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// The JSON body.
    pub(crate) body: Value,
    /// When to try again.
    pub(crate) retry_after: Option<Duration>,
}

impl Refused {
    /// Any body.
    pub(crate) const fn new(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            body,
            retry_after: None,
        }
    }

    /// `{"detail": text}`
    pub(crate) fn detail(status: StatusCode, text: impl Into<String>) -> Self {
        Self::new(status, json!({ "detail": text.into() }))
    }

    /// 400 with one text under one field.
    pub(crate) fn field(name: &str, text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, json!({ name: [text.into()] }))
    }

    /// 400 with what is wrong with the fields together.
    pub(crate) fn non_field(text: impl Into<String>) -> Self {
        Self::field("non_field_errors", text)
    }

    /// 404 for a route or an id that cannot be.
    pub(crate) fn not_found() -> Self {
        Self::detail(StatusCode::NOT_FOUND, NOT_FOUND)
    }

    /// 503: the store or its neighbours do not answer.
    pub(crate) fn unavailable() -> Self {
        let text = "Service temporarily unavailable, try again later.";
        Self::detail(StatusCode::SERVICE_UNAVAILABLE, text)
    }

    /// 429: try again after this time, in whole seconds.
    pub(crate) fn throttled(retry_after: Duration) -> Self {
        let seconds = whole_seconds(retry_after);
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let text = format!("Request was throttled. Expected available in {seconds} {unit}.");
        Self {
            retry_after: Some(retry_after),
            ..Self::detail(StatusCode::TOO_MANY_REQUESTS, text)
        }
    }

    /// The text for a person: the detail, else the first text of the first field.
    pub(crate) fn text(&self) -> String {
        let found = self.body.as_object().and_then(|body| {
            body.get("detail")
                .or_else(|| body.values().next().and_then(|texts| texts.get(0)))
        });
        found.and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// Rounded up: a client that waits so long is let through.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status, &self.body);
        if let Some(time) = self.retry_after {
            let seconds = HeaderValue::from(whole_seconds(time));
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}

/// An answer in JSON.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, json)], body.to_string()).into_response()
}

/// What is wrong with the fields of a request, by name.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors(BTreeMap<&'static str, Vec<String>>);

impl FieldErrors {
    /// Adds a text under a field.
    pub(crate) fn add(&mut self, name: &'static str, text: impl Into<String>) {
        self.0.entry(name).or_default().push(text.into());
    }

    /// Goes on if nothing is wrong.
    pub(crate) fn check(self) -> Result<(), Refused> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Refused::new(StatusCode::BAD_REQUEST, json!(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttled_request_says_when_to_come_back_in_whole_seconds() {
        let refused = Refused::throttled(Duration::from_millis(20));
        let expected = "Request was throttled. Expected available in 1 second.";
        assert_eq!(refused.text(), expected);
        let response = refused.into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn the_text_for_a_person_is_found_in_every_form() {
        assert_eq!(Refused::not_found().text(), NOT_FOUND);
        assert_eq!(Refused::field("content", BLANK).text(), BLANK);
    }
}
