//! A socket's handshake: Origin, credential, topics, and only then the upgrade.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use parlance_core::ChatError;
use parlance_dialects::contract::{self, Admission, Dialect, Opened, Refusal, Step};
use tokio::net::TcpStream;

use crate::Shared;
use crate::directory::Site;
use crate::hub::SocketHandle;
use crate::origin;
use crate::socket::{Refused, Seated, Socket, say_first};
use crate::websocket::Handshake;

/// Answers a request that asks for the upgrade to WebSocket.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    site: &Site,
    mut request: http::Request<Incoming>,
    peer: IpAddr,
) -> Response<Body> {
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let handshake = match Handshake::from_request(&parts) {
        Ok(handshake) => handshake,
        Err(error) => {
            shared.metrics.handshakes_refused.one();
            return error.response().map(|()| Body::from(error.to_string()));
        }
    };
    let subprotocols: Vec<String> = handshake
        .protocols()
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    let facts = contract::Handshake {
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        subprotocols: &subprotocols,
        peer,
    };
    match open(shared, site, &facts).await {
        Ok((dialect, opened, mark)) => {
            let protocol = opened.subprotocol.clone();
            match seat(shared, site, dialect, opened, mark).await {
                Ok(ready) => {
                    start(shared, upgrade, ready);
                    handshake
                        .response(protocol.as_deref())
                        .map(|()| Body::empty())
                }
                Err(refusal) => refuse(shared, refusal),
            }
        }
        Err(refusal) => refuse(shared, refusal),
    }
}

/// A socket that only waits for its upgrade.
struct Ready {
    handle: Arc<SocketHandle>,
    session: Box<dyn contract::Session>,
    /// What its session wants to begin with.
    opening: VecDeque<Step>,
    seated: Option<Seated>,
}

async fn open(
    shared: &Shared,
    site: &Site,
    facts: &contract::Handshake<'_>,
) -> Result<(Arc<dyn Dialect>, Opened, u64), Response<Body>> {
    if *shared.stopping.borrow() {
        return Err(plain(StatusCode::SERVICE_UNAVAILABLE, "the server stops"));
    }
    if !origin::is_allowed(&site.app, facts.headers) {
        let text = "this origin is not allowed; list it in the app's `origins`";
        return Err(plain(StatusCode::FORBIDDEN, text));
    }
    let mark = shared.hub.ends_mark();
    for dialect in &site.dialects {
        match dialect.open(facts).await {
            None => {}
            Some(Ok(opened)) => return Ok((Arc::clone(dialect), opened, mark)),
            Some(Err(refusal)) => return Err(rendered(refusal)),
        }
    }
    Err(plain(StatusCode::NOT_FOUND, ""))
}

async fn seat(
    shared: &Arc<Shared>,
    site: &Site,
    dialect: Arc<dyn Dialect>,
    opened: Opened,
    mark: u64,
) -> Result<Ready, Response<Body>> {
    let handle = shared
        .hub
        .new_socket(site.app.id, dialect, None, shared.limits.queue_bytes);
    // Registered before the last look at its rights, so that a revocation cannot fall in between.
    shared.hub.register(&handle);
    let Opened {
        mut session,
        admission,
        ..
    } = opened;
    let Some(Admission { principal, listen }) = admission else {
        return Ok(Ready {
            handle,
            session,
            opening: VecDeque::new(),
            seated: None,
        });
    };
    let seated = async {
        let mut seated = Seated::count_in(shared, &handle, principal).await?;
        let opening = say_first(&handle, session.on_open());
        seated.listen(&handle, listen, mark).await?;
        Ok((seated, opening))
    };
    match seated.await {
        Ok((seated, opening)) => Ok(Ready {
            handle,
            session,
            opening,
            seated: Some(seated),
        }),
        Err(Refused(error)) => {
            shared.hub.unregister(&handle);
            Err(refused_seat(&error))
        }
    }
}

fn refused_seat(error: &ChatError) -> Response<Body> {
    match error {
        ChatError::TooMany { retry_after } => {
            let mut response = plain(StatusCode::TOO_MANY_REQUESTS, "too many sockets");
            let seconds = retry_after.as_secs().max(1);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        ChatError::Unavailable { .. } => {
            plain(StatusCode::SERVICE_UNAVAILABLE, "the store is unavailable")
        }
        ChatError::NotFound(_)
        | ChatError::Forbidden(_)
        | ChatError::Invalid { .. }
        | ChatError::Exists(_)
        | ChatError::Closed => plain(StatusCode::FORBIDDEN, ""),
    }
}

/// Runs the socket once the connection is its own. Whatever happens before that takes the seat back.
fn start(shared: &Arc<Shared>, upgrade: OnUpgrade, ready: Ready) {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let Ready {
            handle,
            session,
            opening,
            seated,
        } = ready;
        let Some((stream, early)) = upgraded(upgrade).await else {
            shared.hub.unregister(&handle);
            return;
        };
        let socket = Socket::new(shared, stream, handle, session, opening, seated, early);
        // The loop lives in a task of its own: this one's memory, sized for the handshake, goes.
        tokio::spawn(async move {
            // A broken connection has nobody left to be told.
            let _broken = socket.run().await;
        });
    });
}

/// The connection once it is a WebSocket, and what the client sent before the answer; `None` when it
/// went away before.
pub(crate) async fn upgraded(upgrade: OnUpgrade) -> Option<(TcpStream, Vec<u8>)> {
    let raw = upgrade
        .await
        .ok()?
        .downcast::<TokioIo<TcpStream>>()
        .expect("connections are accepted as TokioIo<TcpStream> in http1.rs");
    Some((raw.io.into_inner(), raw.read_buf.to_vec()))
}

fn refuse(shared: &Shared, response: Response<Body>) -> Response<Body> {
    shared.metrics.handshakes_refused.one();
    response
}

fn rendered(refusal: Refusal) -> Response<Body> {
    let empty = refusal.body.is_empty();
    let mut response = Response::new(Body::from(refusal.body));
    *response.status_mut() = refusal.status;
    if !empty {
        let content_type = HeaderValue::from_static(refusal.content_type);
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}
