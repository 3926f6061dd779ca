//! What REST handlers take in: bodies, queries, ids in paths, each refused with a problem; and what
//! every answer gets: the request's name.

use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use uuid::Uuid;

use super::problem::{Problem, ProblemCode};

/// Names the request in its answer, and in the log where it failed through no fault of the caller.
const REQUEST_ID: &str = "x-request-id";

/// A JSON body of the shape `T`.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(&request) {
            let expected = "a body of type application/json is expected";
            return Err(Problem::new(ProblemCode::UnsupportedMedia, expected));
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| body_problem(&rejection))?;
        let text = str::from_utf8(&bytes)
            .map_err(|_| Problem::new(ProblemCode::Malformed, "the body is not UTF-8"))?;
        read_json(text).map(Self)
    }
}

/// No content type at all passes: a body that is not JSON is found out anyway.
fn is_json(request: &Request) -> bool {
    let Some(value) = request.headers().get(header::CONTENT_TYPE) else {
        return true;
    };
    let essence = value.to_str().unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn body_problem(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(ProblemCode::TooLarge, "the body has more bytes than pass")
    } else {
        Problem::new(ProblemCode::Malformed, "the body broke off")
    }
}

/// Reads JSON of the shape `T`, naming the field that does not fit.
///
/// # Errors
/// `malformed`: not JSON, nested too deeply, or no object. `invalid`: a field of the wrong type, or
/// missing.
pub fn read_json<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Problem> {
    // A struct would also be read from an array of its fields.
    if !json.trim_ascii_start().starts_with('{') {
        let detail = "a JSON object is expected";
        return Err(Problem::new(ProblemCode::Malformed, detail));
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    let read = serde_path_to_error::deserialize(&mut reader);
    let read = read.map_err(|error| json_problem(&error, json))?;
    reader.end().map_err(|error| syntax_problem(&error))?;
    Ok(read)
}

fn json_problem(error: &serde_path_to_error::Error<serde_json::Error>, json: &str) -> Problem {
    let (path, error) = (error.path().to_string(), error.inner());
    let text = error.to_string();
    if error.is_data() {
        return field_problem(&path, &text);
    }
    // Something else than a text where one of several words belongs counts as broken syntax there,
    // though it is good JSON.
    let no_word = text.starts_with("expected value");
    if no_word && serde_json::from_str::<IgnoredAny>(json).is_ok() {
        return field_problem(&path, "expected a text");
    }
    syntax_problem(error)
}

fn syntax_problem(error: &serde_json::Error) -> Problem {
    Problem::new(ProblemCode::Malformed, format!("not JSON: {error}"))
}

/// The field is the path, or named in the text where the field is not there.
fn field_problem(path: &str, text: &str) -> Problem {
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    let missing = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    match (path, missing) {
        (".", Some(field)) => Problem::invalid(field, "is required"),
        (path, Some(field)) => Problem::invalid(format!("{path}.{field}"), "is required"),
        (path, None) => Problem::invalid(path, text),
    }
}

/// A query of the shape `T`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let reader = serde_urlencoded::Deserializer::new(pairs);
        let read = serde_path_to_error::deserialize(reader);
        read.map(Self).map_err(|error| {
            let path = error.path().to_string();
            field_problem(&path, &error.inner().to_string())
        })
    }
}

/// Ids in the path. A text that is no id names nothing.
pub struct Ids<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Ids<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(ids)| Self(ids))
            .map_err(|_| Problem::new(ProblemCode::NotFound, "no such path"))
    }
}

/// The token of a header `Authorization: Bearer …`.
pub fn bearer(headers: &http::HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Names the request and writes the body of a problem. The outermost layer of an API.
pub async fn finish(request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        if problem.code == ProblemCode::Unavailable {
            tracing::warn!(request.id = id, "a request was answered with unavailable");
        }
        let problem = problem.of_request(id.clone());
        let json = serde_json::to_vec(&problem).expect("a problem is plain data");
        *response.body_mut() = Body::from(json);
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// What unknown paths get.
pub async fn no_such_path() -> Response {
    Problem::new(ProblemCode::NotFound, "no such path").into_response()
}

/// What known paths get when asked with another method.
pub async fn no_such_method() -> Response {
    Problem::new(ProblemCode::MethodNotAllowed, "not with this method").into_response()
}

/// The text of a header, where it is one.
pub fn header_text<'a>(headers: &'a http::HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Wish {
        #[expect(dead_code, reason = "only its reading is looked at")]
        body: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only its reading is looked at")]
        members: Vec<Member>,
    }

    #[derive(Debug, Deserialize)]
    struct Member {
        #[expect(dead_code, reason = "only its reading is looked at")]
        user: Uuid,
    }

    fn refused(json: &str) -> Problem {
        read_json::<Wish>(json).unwrap_err()
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        let deep = format!(r#"{{"body": {}"#, "[".repeat(10_000));
        for json in ["", "{", "[]", "7", "null", "\"a\"", "{} {}", "\u{0}", &deep] {
            let problem = refused(json);
            let expected = if json.starts_with(r#"{"body""#) {
                // The type is wrong before the depth is: the field is named.
                ProblemCode::Invalid
            } else if json == "{} {}" {
                ProblemCode::Invalid
            } else {
                ProblemCode::Malformed
            };
            assert_eq!(problem.code, expected, "{json:.20}");
        }
    }

    #[test]
    fn a_field_that_does_not_fit_is_named() {
        for (json, field) in [
            ("{}", "body"),
            (r#"{"body": 7}"#, "body"),
            (r#"{"body": null}"#, "body"),
            (r#"{"body": "", "members": {}}"#, "members"),
            (r#"{"body": "", "members": [{}]}"#, "members[0].user"),
            (
                r#"{"body": "", "members": [{"user": "ann"}]}"#,
                "members[0].user",
            ),
        ] {
            let problem = refused(json);
            assert_eq!(problem.code, ProblemCode::Invalid, "{json}");
            let fields: Vec<_> = problem.errors.keys().collect();
            assert_eq!(fields, [field], "{json}");
        }
    }
}
