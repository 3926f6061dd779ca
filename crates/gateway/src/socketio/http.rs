//! The requests of Engine.IO: the first one, polls, posts, and WebSockets.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode, request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::sync::{mpsc, oneshot};

use super::connection::{Connection, Parts};
use super::engine::EnginePacket;
use super::registry::{Command, Entry, Posted};
use super::seat::Facts;
use super::wire::Wire;
use super::{MAX_PAYLOAD_BYTES, PING_INTERVAL, PING_TIMEOUT, engine_frame};
use crate::Shared;
use crate::directory::Site;
use crate::handshake::upgraded;
use crate::origin;
use crate::websocket::Handshake;

/// Requests of one connection that may wait for its task.
const WAITING: usize = 4;

/// Why a request is refused: the reference server's numbers and words.
#[derive(Clone, Copy)]
enum Refused {
    Transport,
    UnknownSid,
    Method,
    BadRequest,
    Forbidden,
    Version,
    TooBig,
    Unavailable,
}

impl Refused {
    fn response(self) -> Response<Body> {
        let (status, code, message) = match self {
            Self::Transport => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Self::UnknownSid => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Self::Method => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Self::Forbidden => (StatusCode::FORBIDDEN, 4, "Forbidden"),
            Self::Version => (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version"),
            Self::TooBig => (StatusCode::PAYLOAD_TOO_LARGE, 3, "Payload too large"),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                3,
                "Temporarily unavailable",
            ),
        };
        let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}

/// Whether a path is where this app's Socket.IO clients come.
pub(crate) fn is_path(site: &Site, path: &str) -> bool {
    matches!(path, "/socket.io/" | "/socket.io")
        && site
            .dialects
            .iter()
            .any(|dialect| dialect.speaks_socket_io())
}

/// What a request's query says.
struct Asked {
    polling: bool,
    sid: Option<String>,
}

impl Asked {
    fn read(query: &str) -> Result<Self, Refused> {
        let (mut version, mut transport, mut sid) = (None, None, None);
        for (name, value) in url_pairs(query) {
            match name.as_ref() {
                "EIO" => version = Some(value),
                "transport" => transport = Some(value),
                "sid" => sid = Some(value.into_owned()),
                _ => {}
            }
        }
        let polling = match transport.as_deref() {
            Some("polling") => true,
            Some("websocket") => false,
            _ => return Err(Refused::Transport),
        };
        if version.as_deref() != Some("4") {
            return Err(Refused::Version);
        }
        Ok(Self { polling, sid })
    }
}

fn url_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

/// Answers a request that is not for a WebSocket.
pub(crate) async fn answer_poll(
    shared: &Arc<Shared>,
    site: &Arc<Site>,
    request: Request<Incoming>,
    peer: IpAddr,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = async {
        let asked = Asked::read(parts.uri.query().unwrap_or_default())?;
        if !asked.polling {
            return Err(Refused::BadRequest);
        }
        let Some(sid) = asked.sid else {
            if parts.method != Method::GET {
                return Err(Refused::Method);
            }
            return begin_polling(shared, site, &parts, peer);
        };
        let entry = shared.socket_io.find(&sid, site.app.id);
        let entry = entry.ok_or(Refused::UnknownSid)?;
        match parts.method {
            Method::GET => poll(&entry).await,
            Method::POST => post(shared, &entry, body).await,
            _ => Err(Refused::Method),
        }
    };
    answer.await.unwrap_or_else(Refused::response)
}

/// Answers a request for a WebSocket, which opens a connection or takes one over.
pub(crate) fn answer_upgrade(
    shared: &Arc<Shared>,
    site: &Arc<Site>,
    mut request: Request<Incoming>,
    peer: IpAddr,
) -> Response<Body> {
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let handshake = match Handshake::from_request(&parts) {
        Ok(handshake) => handshake,
        Err(error) => return error.response().map(|()| Body::from(error.to_string())),
    };
    let target = match target(shared, site, &parts) {
        Ok(target) => target,
        Err(refused) => {
            shared.metrics.handshakes_refused.one();
            return refused.response();
        }
    };
    let facts = facts(&parts, peer);
    let (shared, site) = (Arc::clone(shared), Arc::clone(site));
    tokio::spawn(async move {
        let Some((stream, early)) = upgraded(upgrade).await else {
            return;
        };
        let wire = Box::new(Wire::new(stream, early, max_payload(&shared)));
        match target {
            Some(entry) => {
                // A connection that has ended meanwhile needs none.
                let _ended = entry.commands.send(Command::Upgrade(wire)).await;
            }
            // Too many that say nothing: this one is let go.
            None => drop(start(&shared, &site, facts, Some(wire))),
        }
    });
    handshake.response(None).map(|()| Body::empty())
}

/// The connection that a WebSocket is to take over; `None`: a new one.
fn target(shared: &Shared, site: &Site, parts: &request::Parts) -> Result<Option<Entry>, Refused> {
    let asked = Asked::read(parts.uri.query().unwrap_or_default())?;
    if asked.polling {
        return Err(Refused::BadRequest);
    }
    may_begin(shared, site, parts)?;
    match asked.sid {
        Some(sid) => {
            let entry = shared.socket_io.find(&sid, site.app.id);
            entry.map(Some).ok_or(Refused::UnknownSid)
        }
        None => Ok(None),
    }
}

fn may_begin(shared: &Shared, site: &Site, parts: &request::Parts) -> Result<(), Refused> {
    if *shared.stopping.borrow() {
        return Err(Refused::Unavailable);
    }
    if !origin::is_allowed(&site.app, &parts.headers) {
        return Err(Refused::Forbidden);
    }
    Ok(())
}

fn begin_polling(
    shared: &Arc<Shared>,
    site: &Arc<Site>,
    parts: &request::Parts,
    peer: IpAddr,
) -> Result<Response<Body>, Refused> {
    may_begin(shared, site, parts)?;
    let open = start(shared, site, facts(parts, peer), None).ok_or(Refused::Unavailable)?;
    Ok(packets(open.into()))
}

fn facts(parts: &request::Parts, peer: IpAddr) -> Facts {
    Facts {
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        peer,
    }
}

fn max_payload(shared: &Shared) -> usize {
    shared.limits.frame_bytes.min(MAX_PAYLOAD_BYTES)
}

/// Starts a connection's task; answers its first packet, which a poll is answered with and a
/// WebSocket gets by the task itself. `None`: there are too many.
fn start(
    shared: &Arc<Shared>,
    site: &Arc<Site>,
    facts: Facts,
    wire: Option<Box<Wire>>,
) -> Option<String> {
    let (command_inlet, commands) = mpsc::channel(WAITING);
    let (post_inlet, posts) = mpsc::channel(1);
    let registered = shared.socket_io.register(Entry {
        app: site.app.id,
        commands: command_inlet,
        posts: post_inlet,
    })?;
    let upgrades: &[&str] = if wire.is_some() { &[] } else { &["websocket"] };
    let open = serde_json::json!({
        "sid": registered.sid,
        "upgrades": upgrades,
        "pingInterval": PING_INTERVAL.as_millis() as u64,
        "pingTimeout": PING_TIMEOUT.as_millis() as u64,
        "maxPayload": max_payload(shared),
    })
    .to_string();
    let open = EnginePacket::Open(&open);
    let connection = Connection::new(Parts {
        shared: Arc::clone(shared),
        site: Arc::clone(site),
        facts: Arc::new(facts),
        registered,
        commands,
        posts,
        open: wire.is_some().then(|| engine_frame(open)),
        wire,
    });
    tokio::spawn(connection.run());
    Some(open.encode())
}

async fn poll(entry: &Entry) -> Result<Response<Body>, Refused> {
    let (answer, answered) = oneshot::channel();
    let sent = entry.commands.send(Command::Poll(answer)).await;
    sent.map_err(|_| Refused::UnknownSid)?;
    answered.await.map(packets).map_err(|_| Refused::BadRequest)
}

async fn post(shared: &Shared, entry: &Entry, body: Incoming) -> Result<Response<Body>, Refused> {
    let body = Limited::new(body, max_payload(shared)).collect().await;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Refused::TooBig
        } else {
            Refused::BadRequest
        }
    })?;
    let body = String::from_utf8(body.to_bytes().into()).map_err(|_| Refused::BadRequest)?;
    let (taken, was_taken) = oneshot::channel();
    let sent = entry.posts.send(Posted { body, taken }).await;
    sent.map_err(|_| Refused::UnknownSid)?;
    was_taken.await.map_err(|_| Refused::BadRequest)?;
    let mut response = Response::new(Body::from("ok"));
    let html = HeaderValue::from_static("text/html");
    response.headers_mut().insert(CONTENT_TYPE, html);
    Ok(response)
}

fn packets(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let text = HeaderValue::from_static("text/plain; charset=UTF-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}
