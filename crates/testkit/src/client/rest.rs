//! Requests over kept connections.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::{Address, ClientError, within};

/// Asks one app of one server, always with the same credential. Copies share connections.
#[derive(Debug, Clone)]
pub struct Rest {
    client: Client<HttpConnector, Full<Bytes>>,
    address: Address,
    headers: HeaderMap,
}

/// What was answered, whatever the status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    what: String,
}

impl Answer {
    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text, empty when it is missing.
    pub fn header(&self, name: &HeaderName) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When the status is no success.
    pub fn success(&self) -> Result<Value, ClientError> {
        if self.status.is_success() {
            return Ok(self.json());
        }
        Err(ClientError::Status {
            what: self.what.clone(),
            status: self.status,
            body: self.text(),
        })
    }
}

impl Rest {
    /// Without a credential.
    pub fn new(address: &Address) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            address: address.clone(),
            headers: HeaderMap::new(),
        }
    }

    /// The same with `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Self {
        self.header(&AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// The same with a header that goes with every request.
    ///
    /// # Panics
    /// When the text cannot stand in a header.
    #[must_use]
    pub fn header(&self, name: &HeaderName, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("tests use texts that fit into a header");
        let mut other = self.clone();
        other.headers.insert(name.clone(), value);
        other
    }

    /// Reads.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Result<Answer, ClientError> {
        self.send(Method::GET, path, "", Bytes::new()).await
    }

    /// Sends a JSON document.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, path: &str, document: &Value) -> Result<Answer, ClientError> {
        self.document(Method::POST, path, document).await
    }

    /// Sends a JSON document with this method.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn document(
        &self,
        method: Method,
        path: &str,
        document: &Value,
    ) -> Result<Answer, ClientError> {
        let body = Bytes::from(document.to_string());
        self.send(method, path, "application/json", body).await
    }

    /// Sends anything; an empty content type is left out.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Answer, ClientError> {
        let what = format!("{method} {path}");
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address.authority()))
            .header(HOST, self.address.host_header());
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let broken = |why: String| ClientError::broken(what.as_str())(why);
        let mut request = request
            .body(Full::new(body))
            .map_err(|error| broken(error.to_string()))?;
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        within(&what, async {
            let response = self.client.request(request).await;
            let response = response.map_err(|error| broken(causes(&error)))?;
            let (head, body) = response.into_parts();
            let body = body.collect().await;
            let body = body.map_err(|error| broken(causes(&error)))?.to_bytes();
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body,
                what: what.clone(),
            })
        })
        .await
    }

    /// Uploads one file as multipart, field `field`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn upload(
        &self,
        path: &str,
        field: &str,
        file: &UploadFile<'_>,
    ) -> Result<Answer, ClientError> {
        let mut body = Vec::with_capacity(file.bytes.len() + 256);
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; \
                 filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
                file.name, file.content_type
            )
            .as_bytes(),
        );
        body.extend_from_slice(file.bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(Method::POST, path, &content_type, body.into())
            .await
    }
}

/// Occurs in no file of a test.
const BOUNDARY: &str = "----parlance-testkit-3d1f0a57c9";

/// A file as a browser would send it.
#[derive(Debug, Clone, Copy)]
pub struct UploadFile<'a> {
    /// The sender's name of it, put into the quotes as it is.
    pub name: &'a str,
    /// What the sender says it is.
    pub content_type: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// An error with what led to it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
