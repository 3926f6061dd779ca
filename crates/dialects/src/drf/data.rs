//! Request bodies: JSON, form and multipart are read alike.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::refused::Refused;

/// The fields of a request body, whatever its form. Forms give texts only; file parts of a
/// multipart body are passed over.
#[derive(Debug, Default)]
pub(crate) struct Data(Map<String, Value>);

impl Data {
    /// A field.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl From<Map<String, Value>> for Data {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

impl<S: Send + Sync> FromRequest<S> for Data {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let declared = content_type(request.headers()).to_owned();
        if is_multipart(&declared) {
            let form = Multipart::from_request(request, state).await;
            return read_multipart(form.map_err(|e| multipart_error(e.body_text()))?).await;
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| too_large(&error))?;
        if body.is_empty() {
            return Ok(Self::default());
        }
        match essence(&declared).as_str() {
            "application/json" => read_json(&body),
            "application/x-www-form-urlencoded" => Ok(read_form(&body)),
            _ => Err(unsupported(&declared)),
        }
    }
}

/// The header as it came; empty when there is none.
fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Type and subtype without parameters.
fn essence(declared: &str) -> String {
    let end = declared.find(';').unwrap_or(declared.len());
    declared[..end].trim().to_ascii_lowercase()
}

/// Whether a body of this type has parts.
pub(crate) fn is_multipart(declared: &str) -> bool {
    essence(declared) == "multipart/form-data"
}

fn read_json(body: &[u8]) -> Result<Data, Refused> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(Data(fields)),
        Ok(other) => {
            let kind = python_type(&other);
            let text = format!("Invalid data. Expected a dictionary, but got {kind}.");
            Err(Refused::non_field(text))
        }
        Err(error) => {
            let text = format!("JSON parse error - {error}");
            Err(Refused::detail(StatusCode::BAD_REQUEST, text))
        }
    }
}

const fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

fn read_form(body: &[u8]) -> Data {
    let fields = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
    Data(fields.collect())
}

async fn read_multipart(mut form: Multipart) -> Result<Data, Refused> {
    let mut fields = Map::new();
    loop {
        let field = form.next_field().await;
        let Some(field) = field.map_err(|e| multipart_error(e.body_text()))? else {
            return Ok(Data(fields));
        };
        let Some(name) = field.name().map(str::to_owned) else {
            continue;
        };
        if field.file_name().is_some() {
            continue;
        }
        let text = field.text().await;
        let text = text.map_err(|e| multipart_error(e.body_text()))?;
        fields.insert(name, Value::String(text));
    }
}

/// A body that is no multipart form, whatever it says.
pub(crate) fn multipart_error(text: impl std::fmt::Display) -> Refused {
    let text = format!("Multipart form parse error - {text}");
    Refused::detail(StatusCode::BAD_REQUEST, text)
}

fn too_large(rejection: &BytesRejection) -> Refused {
    Refused::detail(rejection.status(), rejection.body_text())
}

fn unsupported(declared: &str) -> Refused {
    let text = format!("Unsupported media type \"{declared}\" in request.");
    Refused::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use serde_json::json;

    async fn read(declared: &str, body: &'static str) -> Result<Data, Refused> {
        let request = Request::builder().header(CONTENT_TYPE, declared);
        let request = request.body(Body::from(body)).expect("a request");
        Data::from_request(request, &()).await
    }

    #[tokio::test]
    async fn json_form_and_multipart_are_read_alike() {
        let multipart =
            "--x\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nhi\r\n--x--\r\n";
        let same = [
            ("application/json; charset=utf-8", r#"{"content":"hi"}"#),
            ("application/x-www-form-urlencoded", "content=hi"),
            ("multipart/form-data; boundary=x", multipart),
        ];
        for (declared, body) in same {
            let data = read(declared, body).await.expect(declared);
            assert_eq!(data.get("content"), Some(&json!("hi")), "{declared}");
        }
    }

    #[tokio::test]
    async fn an_empty_body_has_no_fields_whatever_its_type() {
        let data = read("text/plain", "").await.expect("nothing to refuse");
        assert_eq!(data.get("content"), None);
    }

    #[tokio::test]
    async fn what_is_no_object_is_refused_by_its_kind() {
        let broken = read("application/json", "{").await.expect_err("broken");
        assert_eq!(broken.status, StatusCode::BAD_REQUEST);
        assert!(broken.text().starts_with("JSON parse error - "));
        let list = read("application/json", "[1]").await.expect_err("a list");
        let expected = "Invalid data. Expected a dictionary, but got list.";
        assert_eq!(list, Refused::non_field(expected));
        let deep = "[".repeat(10_000);
        let deep: &'static str = Box::leak(deep.into_boxed_str());
        let deep = read("application/json", deep).await.expect_err("too deep");
        assert_eq!(deep.status, StatusCode::BAD_REQUEST);
        let text = read("text/plain", "hi").await.expect_err("unknown type");
        assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let expected = r#"Unsupported media type "text/plain" in request."#;
        assert_eq!(text.text(), expected);
    }
}
