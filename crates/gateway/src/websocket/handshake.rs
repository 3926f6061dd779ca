//! The upgrade request (RFC 6455 section 4.2), judged before anything is upgraded.
//!
//! Origin, authentication and which subprotocol is spoken are the caller's business.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version,
    header::{
        ALLOW, CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
        SEC_WEBSOCKET_VERSION, UPGRADE,
    },
    request::Parts,
};
use sha1::{Digest as _, Sha1};

/// What a server appends to the key (RFC 6455 section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY_BYTES: usize = 16;

/// A valid upgrade request.
///
/// Its `Debug` form does not show the subprotocols: a client may send its token as one.
pub struct Handshake<'r> {
    accept: HeaderValue,
    protocols: Vec<&'r str>,
}

impl<'r> Handshake<'r> {
    /// Judges a request.
    ///
    /// # Errors
    /// The first thing that keeps it from being an upgrade to a WebSocket of version 13.
    pub fn from_request(request: &'r Parts) -> Result<Self, HandshakeError> {
        if request.method != Method::GET {
            return Err(HandshakeError::Method);
        }
        if request.version != Version::HTTP_11 {
            return Err(HandshakeError::HttpVersion);
        }
        let headers = &request.headers;
        if !lists(headers, &UPGRADE, "websocket") {
            return Err(HandshakeError::Upgrade);
        }
        if !lists(headers, &CONNECTION, "upgrade") {
            return Err(HandshakeError::Connection);
        }
        if sole(headers, &SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(HandshakeError::Version);
        }
        let key = sole(headers, &SEC_WEBSOCKET_KEY).ok_or(HandshakeError::Key)?;
        if !STANDARD.decode(key).is_ok_and(|key| key.len() == KEY_BYTES) {
            return Err(HandshakeError::Key);
        }
        Ok(Self {
            accept: accept_value(key.as_bytes()),
            protocols: offered(headers)?,
        })
    }

    /// The subprotocols that the client offers, the one it likes best first.
    pub fn protocols(&self) -> &[&'r str] {
        &self.protocols
    }

    /// The 101 response. It names `protocol` if that is one of the offered; a client fails its
    /// socket on being given another.
    pub fn response(&self, protocol: Option<&str>) -> Response<()> {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        if let Some(protocol) = protocol.filter(|protocol| self.protocols.contains(protocol)) {
            let protocol = HeaderValue::from_str(protocol).expect("it came in a header");
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        response
    }
}

impl fmt::Debug for Handshake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("protocols.count", &self.protocols.len())
            .finish_non_exhaustive()
    }
}

/// Why a request is no upgrade to a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Not GET.
    #[error("a WebSocket is opened with GET")]
    Method,
    /// Not HTTP/1.1.
    #[error("a WebSocket is opened over HTTP/1.1")]
    HttpVersion,
    /// `Upgrade` does not list `websocket`: an ordinary request.
    #[error("this address speaks WebSocket: the request needs `Upgrade: websocket`")]
    Upgrade,
    /// `Connection` does not list `upgrade`; often a proxy's doing.
    #[error("the request needs `Connection: Upgrade`; a proxy on the way may have removed it")]
    Connection,
    /// `Sec-WebSocket-Version` is not 13.
    #[error("the request needs `Sec-WebSocket-Version: 13`")]
    Version,
    /// `Sec-WebSocket-Key` is not 16 bytes in base64.
    #[error("`Sec-WebSocket-Key` must be 16 bytes in base64")]
    Key,
    /// `Sec-WebSocket-Protocol` holds what is not ASCII text.
    #[error("`Sec-WebSocket-Protocol` must be a list of names")]
    Protocols,
}

impl HandshakeError {
    /// The status to refuse with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Upgrade | Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::HttpVersion | Self::Connection | Self::Key | Self::Protocols => {
                StatusCode::BAD_REQUEST
            }
        }
    }

    /// A refusal with [`status`](Self::status) and the headers that go with it; the body is the
    /// caller's.
    pub fn response(self) -> Response<()> {
        let mut response = Response::new(());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        match self {
            Self::Method => {
                headers.insert(ALLOW, HeaderValue::from_static("GET"));
            }
            Self::Upgrade | Self::Version => {
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
                headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            Self::HttpVersion | Self::Connection | Self::Key | Self::Protocols => {}
        }
        response
    }
}

/// `Sec-WebSocket-Accept` for a key.
fn accept_value(key: &[u8]) -> HeaderValue {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    HeaderValue::from_str(&STANDARD.encode(digest)).expect("base64 is ASCII")
}

/// The header's value, if it is there exactly once and is ASCII text.
fn sole<'r>(headers: &'r HeaderMap, name: &HeaderName) -> Option<&'r str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.trim();
    values.next().is_none().then_some(value)
}

/// Whether a comma-separated header lists `token`, in whatever case.
fn lists(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

fn offered(headers: &HeaderMap) -> Result<Vec<&str>, HandshakeError> {
    let mut protocols = Vec::new();
    for value in headers.get_all(SEC_WEBSOCKET_PROTOCOL) {
        let value = value.to_str().map_err(|_| HandshakeError::Protocols)?;
        protocols.extend(
            value
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty()),
        );
    }
    Ok(protocols)
}

#[cfg(test)]
mod tests {
    use http::{Request, request::Parts};

    use super::{Handshake, HandshakeError, StatusCode};

    const VALID: [(&str, &str); 4] = [
        ("upgrade", "WebSocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    fn request(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get("/ws");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("valid").into_parts().0
    }

    /// The valid request with one header's value replaced, or without it.
    fn with(name: &str, value: Option<&str>) -> Parts {
        let mut headers: Vec<_> = VALID
            .into_iter()
            .filter(|(other, _)| *other != name)
            .collect();
        headers.extend(value.map(|value| (name, value)));
        request(&headers)
    }

    fn refused(request: &Parts) -> HandshakeError {
        Handshake::from_request(request)
            .map(|_| ())
            .expect_err("refused")
    }

    #[test]
    fn the_rfc_s_key_gets_the_rfc_s_accept() {
        let request = request(&VALID);
        let response = Handshake::from_request(&request)
            .expect("valid")
            .response(None);
        assert_eq!(response.status(), 101);
        assert_eq!(
            response.headers()["sec-websocket-accept"],
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
        assert_eq!(response.headers()["upgrade"], "websocket");
        assert_eq!(response.headers()["connection"], "Upgrade");
        assert!(!response.headers().contains_key("sec-websocket-protocol"));
    }

    #[test]
    fn each_broken_header_has_its_error() {
        for value in [None, Some("h2c")] {
            assert_eq!(refused(&with("upgrade", value)), HandshakeError::Upgrade);
        }
        for value in [None, Some("keep-alive")] {
            assert_eq!(
                refused(&with("connection", value)),
                HandshakeError::Connection
            );
        }
        for value in [None, Some("8"), Some("13, 8")] {
            assert_eq!(
                refused(&with("sec-websocket-version", value)),
                HandshakeError::Version
            );
        }
        let short = Some("dGhlIHNhbXBsZSBub25j");
        for value in [None, Some(""), Some("not base64 at all!!"), short] {
            assert_eq!(
                refused(&with("sec-websocket-key", value)),
                HandshakeError::Key
            );
        }
        let twice = [&VALID[..], &VALID[3..]].concat();
        assert_eq!(refused(&request(&twice)), HandshakeError::Key);
    }

    #[test]
    fn method_and_http_version_are_judged() {
        let mut request = request(&VALID);
        request.version = http::Version::HTTP_10;
        assert_eq!(refused(&request), HandshakeError::HttpVersion);
        request.method = http::Method::POST;
        assert_eq!(refused(&request), HandshakeError::Method);
        assert_eq!(HandshakeError::Method.response().headers()["allow"], "GET");
    }

    #[test]
    fn another_version_is_told_the_right_one() {
        let response = HandshakeError::Version.response();
        assert_eq!(response.status(), StatusCode::UPGRADE_REQUIRED);
        assert_eq!(response.headers()["sec-websocket-version"], "13");
    }

    #[test]
    fn offered_subprotocols_keep_their_order_and_only_they_are_answered() {
        let mut headers = VALID.to_vec();
        headers.push(("sec-websocket-protocol", "parlance.v1, bearer.secret"));
        headers.push(("sec-websocket-protocol", "other"));
        let request = request(&headers);
        let handshake = Handshake::from_request(&request).expect("valid");
        assert_eq!(
            handshake.protocols(),
            ["parlance.v1", "bearer.secret", "other"]
        );
        let response = handshake.response(Some("parlance.v1"));
        assert_eq!(response.headers()["sec-websocket-protocol"], "parlance.v1");
        let response = handshake.response(Some("unheard-of"));
        assert!(!response.headers().contains_key("sec-websocket-protocol"));
        assert!(!format!("{handshake:?}").contains("secret"));
    }
}
