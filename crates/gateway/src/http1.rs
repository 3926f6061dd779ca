//! Accepting connections and answering requests.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::header::{CONTENT_TYPE, HOST, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use parlance_core::ids::AppId;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::directory::Site;
use crate::{Shared, cors, handshake, socketio, stopped};

/// How long a connection may take for a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait when the process is out of file descriptors.
const OUT_OF_FILES: Duration = Duration::from_millis(50);

/// Accepts until the server stops.
pub(crate) async fn accept(shared: Arc<Shared>, listener: TcpListener, app: Option<AppId>) {
    let mut stopping = shared.stopping.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stopping) => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                tokio::spawn(serve(Arc::clone(&shared), stream, peer, app));
            }
            Err(error) if gone_before_accepted(&error) => {}
            Err(error) => {
                tracing::error!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(OUT_OF_FILES).await;
            }
        }
    }
}

fn gone_before_accepted(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr, app: Option<AppId>) {
    // Frames are small and written whole: waiting for more would only delay them.
    let _unsupported = stream.set_nodelay(true);
    let stopping = shared.stopping.subscribe();
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(respond(&shared, request, peer, app).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(100);
    let connection = http
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    finish(connection, stopping).await;
}

/// Serves a connection; when the server stops, the request under way is the last one.
async fn finish<C>(connection: C, mut stopping: watch::Receiver<bool>)
where
    C: Future<Output = hyper::Result<()>> + Graceful,
{
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What a client does wrong on its connection is its own affair.
        _ended = connection.as_mut() => {}
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful();
            let _ended = connection.await;
        }
    }
}

/// A connection that can be told to end after the present request.
trait Graceful {
    fn graceful(self: std::pin::Pin<&mut Self>);
}

impl<S> Graceful for http1::UpgradeableConnection<TokioIo<TcpStream>, S>
where
    S: hyper::service::HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn graceful(self: std::pin::Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

async fn respond(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    peer: SocketAddr,
    app: Option<AppId>,
) -> Response<Body> {
    let response = match request.uri().path() {
        "/healthz" => text(StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => ready(shared).await,
        "/metrics" => text(StatusCode::OK, shared.metrics.render(&shared.hub)),
        path if path.starts_with("/parlance/") => {
            routed(shared.operator.clone(), request, peer).await
        }
        _ => match site(shared, &request, app) {
            Some(site) => respond_app(shared, &site, request, peer).await,
            None => missing("no app is served under this host"),
        },
    };
    shared.metrics.answered(response.status().as_u16());
    response
}

fn site(shared: &Shared, request: &Request<Incoming>, app: Option<AppId>) -> Option<Arc<Site>> {
    if let Some(app) = app {
        return shared.directory.site(app);
    }
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    shared
        .directory
        .site_by_host(host.or_else(|| request.uri().host()))
}

async fn respond_app(
    shared: &Arc<Shared>,
    site: &Arc<Site>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Body> {
    let is_socket_io = socketio::is_path(site, request.uri().path());
    if is_websocket(&request) {
        return if is_socket_io {
            socketio::answer_upgrade(shared, site, request, peer.ip())
        } else {
            handshake::answer(shared, site, request, peer.ip()).await
        };
    }
    if let Some(answer) = cors::preflight(&site.app, request.method(), request.headers()) {
        return answer;
    }
    let cross_origin = request.headers().get(http::header::ORIGIN).is_some();
    let headers = cross_origin.then(|| request.headers().clone());
    let mut response = if is_socket_io {
        socketio::answer_poll(shared, site, request, peer.ip()).await
    } else {
        routed(site.router.clone(), request, peer).await
    };
    if let Some(headers) = headers {
        cors::allow(&site.app, &headers, response.headers_mut());
    }
    response
}

fn is_websocket(request: &Request<Incoming>) -> bool {
    let upgrade = request.headers().get(UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

async fn routed(
    router: axum::Router,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Body> {
    let mut request = request.map(Body::new);
    request
        .extensions_mut()
        .insert(axum::extract::ConnectInfo(peer));
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn ready(shared: &Shared) -> Response<Body> {
    if *shared.stopping.borrow() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
    }
    match shared.health.ready().await {
        Ok(()) => text(StatusCode::OK, "ready\n".to_owned()),
        Err(why) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

fn text(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn missing(detail: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{{\"detail\":\"{detail}\"}}")));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
