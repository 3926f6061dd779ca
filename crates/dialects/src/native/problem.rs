//! Errors as RFC 9457 problem objects, the same for REST, the socket and the operator API.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use parlance_core::error::{ChatError, Fault};
use parlance_identity::AuthError;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What is wrong, for programs. The set may grow; none changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// No credential, or one that does not count.
    Unauthenticated,
    /// Known, but not for the caller to do.
    Forbidden,
    /// Does not exist, or the caller may not know of it.
    NotFound,
    /// The path exists, without this method.
    MethodNotAllowed,
    /// There is one already.
    Conflict,
    /// The conversation is closed.
    Closed,
    /// More bytes than pass.
    TooLarge,
    /// Not the media type that is read here.
    UnsupportedMedia,
    /// Not JSON.
    Malformed,
    /// Fields are wrong; `errors` names them.
    Invalid,
    /// Too much at once; wait.
    TooManyRequests,
    /// The store does not answer; try again.
    Unavailable,
}

impl ProblemCode {
    /// The HTTP status that goes with it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict | Self::Closed => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the same request may succeed later.
    const fn retryable(self) -> bool {
        matches!(self, Self::TooManyRequests | Self::Unavailable)
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Unauthenticated => "Not authenticated",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::Conflict => "There is one already",
            Self::Closed => "The conversation is closed",
            Self::TooLarge => "Too large",
            Self::UnsupportedMedia => "Unsupported media type",
            Self::Malformed => "Not readable",
            Self::Invalid => "Invalid",
            Self::TooManyRequests => "Too many requests",
            Self::Unavailable => "Unavailable",
        }
    }

    const fn urn(self) -> &'static str {
        match self {
            Self::Unauthenticated => "urn:parlance:problem:unauthenticated",
            Self::Forbidden => "urn:parlance:problem:forbidden",
            Self::NotFound => "urn:parlance:problem:not_found",
            Self::MethodNotAllowed => "urn:parlance:problem:method_not_allowed",
            Self::Conflict => "urn:parlance:problem:conflict",
            Self::Closed => "urn:parlance:problem:closed",
            Self::TooLarge => "urn:parlance:problem:too_large",
            Self::UnsupportedMedia => "urn:parlance:problem:unsupported_media",
            Self::Malformed => "urn:parlance:problem:malformed",
            Self::Invalid => "urn:parlance:problem:invalid",
            Self::TooManyRequests => "urn:parlance:problem:too_many_requests",
            Self::Unavailable => "urn:parlance:problem:unavailable",
        }
    }
}

/// Faults by field.
pub type FieldErrors = BTreeMap<String, Vec<String>>;

/// An error. Its form on the wire is [`ProblemBody`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, for programs.
    pub code: ProblemCode,
    /// What happened this time.
    pub detail: String,
    /// Names the request; empty until it is answered.
    pub request_id: String,
    /// When to try again, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// What is wrong with which field.
    pub errors: FieldErrors,
}

/// An error (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// `urn:parlance:problem:` and the code.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The code in words.
    title: &'static str,
    /// The HTTP status; on a socket the one that REST would have answered.
    status: u16,
    /// What happened this time.
    detail: &'a str,
    /// What is wrong, for programs.
    code: ProblemCode,
    /// The same request may succeed later.
    retryable: bool,
    /// Names the request; also in the header `x-request-id`.
    request_id: &'a str,
    /// When to try again, in milliseconds; with `too_many_requests` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_ms: Option<u64>,
    /// What is wrong with which field; with `invalid` only.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false, value_type = BTreeMap<String, Vec<String>>)]
    errors: &'a FieldErrors,
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let body = ProblemBody {
            kind: self.code.urn(),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code,
            retryable: self.code.retryable(),
            request_id: &self.request_id,
            retry_after_ms: self.retry_after_ms,
            errors: &self.errors,
        };
        body.serialize(serializer)
    }
}

impl Problem {
    /// A problem; its request is named when it is answered.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            request_id: String::new(),
            retry_after_ms: None,
            errors: FieldErrors::new(),
        }
    }

    /// A field is wrong.
    pub fn invalid(field: impl Into<String>, fault: impl Into<String>) -> Self {
        let (field, fault) = (field.into(), fault.into());
        let mut problem = Self::new(ProblemCode::Invalid, format!("{field}: {fault}"));
        problem.errors.insert(field, vec![fault]);
        problem
    }

    /// Nothing is there, or nothing that the caller may know of.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemCode::NotFound, format!("no such {what}"))
    }

    fn too_many(retry_after: Duration) -> Self {
        let mut problem = Self::new(ProblemCode::TooManyRequests, "too many requests");
        let millis = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
        problem.retry_after_ms = Some(millis.max(1));
        problem
    }

    /// Names the request.
    #[must_use]
    pub fn of_request(mut self, request_id: String) -> Self {
        self.request_id = request_id;
        self
    }

    /// Seconds for the header `Retry-After`, rounded up.
    fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_ms.map(|millis| millis.div_ceil(1_000))
    }
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        let detail = error.to_string();
        match error {
            ChatError::NotFound(_) => Self::new(ProblemCode::NotFound, detail),
            ChatError::Forbidden(_) => Self::new(ProblemCode::Forbidden, detail),
            ChatError::Invalid { field, fault } => Self::invalid(field, fault_text(&fault)),
            ChatError::Exists(_) => Self::new(ProblemCode::Conflict, detail),
            ChatError::Closed => Self::new(ProblemCode::Closed, detail),
            ChatError::TooMany { retry_after } => Self::too_many(retry_after),
            ChatError::Unavailable {
                perhaps_done: false,
            } => Self::new(ProblemCode::Unavailable, detail),
            ChatError::Unavailable { perhaps_done: true } => Self::new(
                ProblemCode::Unavailable,
                "the store's answer was lost; repeat with the same client_id",
            ),
        }
    }
}

fn fault_text(fault: &Fault) -> String {
    match fault {
        Fault::Required => "is required".to_owned(),
        Fault::Blank => "must not be blank".to_owned(),
        Fault::TooLong { len, max } => format!("is too long: {len}, at most {max}"),
        Fault::Unknown => "names something that does not exist".to_owned(),
        Fault::Taken => "is taken".to_owned(),
        Fault::Malformed(expected) => format!("expected {expected}"),
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let code = match error {
            AuthError::Unavailable => ProblemCode::Unavailable,
            AuthError::Missing
            | AuthError::Malformed
            | AuthError::BadSignature
            | AuthError::Expired
            | AuthError::WrongType
            | AuthError::Revoked
            | AuthError::UnknownUser
            | AuthError::InactiveUser
            | AuthError::WrongAlgorithm => ProblemCode::Unauthenticated,
        };
        Self::new(code, error.to_string())
    }
}

/// The answer's body is written by [`super::request::finish`], which knows the request's name.
impl axum::response::IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        let mut response = self.code.status().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if self.code == ProblemCode::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_field_is_named_with_its_fault() {
        let error = ChatError::invalid("body", Fault::TooLong { len: 9, max: 5 });
        let problem = Problem::from(error).of_request("r".into());
        assert_eq!(
            serde_json::to_value(problem).unwrap(),
            json!({
                "type": "urn:parlance:problem:invalid", "title": "Invalid", "status": 422,
                "detail": "body: is too long: 9, at most 5", "code": "invalid", "retryable": false,
                "request_id": "r", "errors": {"body": ["is too long: 9, at most 5"]},
            })
        );
    }

    #[test]
    fn waiting_is_rounded_up_to_whole_seconds() {
        let retry_after = Duration::from_millis(1_001);
        let problem = Problem::from(ChatError::TooMany { retry_after });
        assert!(problem.code.retryable());
        assert_eq!(problem.retry_after_ms, Some(1_001));
        assert_eq!(problem.retry_after_seconds(), Some(2));
    }
}
