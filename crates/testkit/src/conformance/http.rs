//! A small HTTP client that sends what it is told and nothing else.
//!
//! One connection a request, no cookie store, no redirects, no headers of its own beside `Host` and
//! the framing of the body.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;

use super::failure::Failure;
use super::matcher::shorten;
use super::target::Target;

/// A request before it is sent.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    /// The `Host` header, which chooses the app.
    pub(super) host: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Outgoing {
    pub(super) fn new(method: Method, host: &str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            host: host.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Result<Self, Failure> {
        let value = HeaderValue::from_str(value)
            .map_err(|_| Failure::new(format!("{name}: {value:?} cannot stand in a header")))?;
        self.headers.append(name, value);
        Ok(self)
    }

    /// Adds `Authorization: scheme credential`.
    pub(super) fn authorization(self, scheme: &str, credential: &str) -> Result<Self, Failure> {
        self.header(
            http::header::AUTHORIZATION,
            &format!("{scheme} {credential}"),
        )
    }

    /// Sets the body and its type.
    pub(super) fn body(self, content_type: &str, body: impl Into<Bytes>) -> Result<Self, Failure> {
        let mut with_type = self.header(CONTENT_TYPE, content_type)?;
        with_type.body = body.into();
        Ok(with_type)
    }

    /// Sets a JSON body.
    pub(super) fn json(self, document: &Value) -> Result<Self, Failure> {
        self.body("application/json", document.to_string())
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::new(format!("no JSON ({error}): {}", self.excerpt())))
    }

    /// The body for a message: JSON or text, cut where it gets long.
    pub(super) fn excerpt(&self) -> String {
        match serde_json::from_slice(&self.body) {
            Ok(document) => shorten(&document),
            Err(_) if self.body.is_empty() => "an empty body".to_owned(),
            Err(_) => shorten(&Value::String(
                String::from_utf8_lossy(&self.body).into_owned(),
            )),
        }
    }
}

/// Sends one request and reads the whole answer.
pub(super) async fn send(target: &Target, outgoing: Outgoing) -> Result<Answer, Failure> {
    let what = format!("no answer to {} {}", outgoing.method, outgoing.path);
    target.within(&what, exchange(target, outgoing)).await
}

async fn exchange(target: &Target, outgoing: Outgoing) -> Result<Answer, Failure> {
    let broken = |error: hyper::Error| Failure::new(format!("broken HTTP exchange: {error}"));
    let request = build(outgoing)?;
    let stream = TokioIo::new(target.connect().await?);
    let (mut sender, connection) = http1::handshake(stream).await.map_err(broken)?;
    let driver = tokio::spawn(connection);
    let answer = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(broken)?.to_bytes();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }
    .await;
    driver.abort();
    answer
}

fn build(outgoing: Outgoing) -> Result<Request<Full<Bytes>>, Failure> {
    let wrong = |error: http::Error| Failure::new(format!("cannot ask for it: {error}"));
    let mut request = Request::builder()
        .method(outgoing.method)
        .uri(&outgoing.path)
        .header(HOST, &outgoing.host)
        .body(Full::new(outgoing.body))
        .map_err(|error| wrong(error).at(&outgoing.path))?;
    request.headers_mut().extend(outgoing.headers);
    Ok(request)
}
