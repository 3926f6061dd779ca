//! A server with just enough of the operator API for worlds, and a few scripted routes: some right,
//! some wrong on purpose.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Json, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post, put};
use parlance_testkit::conformance::Target;
use serde_json::{Value, json};

use crate::fake_socket_io;

pub(crate) const OPERATOR_KEY: &str = "fake-operator-key";

/// What the runner asked of the operator API, in order: route and body.
pub(crate) type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// A fake server and what it was asked.
pub(crate) struct Fake {
    pub(crate) target: Target,
    pub(crate) asked: Asked,
}

impl Fake {
    /// Serves on a free port until the test's runtime ends.
    pub(crate) async fn start() -> Self {
        let asked = Asked::default();
        let app = Router::new()
            .route("/parlance/v1/apps", post(create_app))
            .route(
                "/parlance/v1/apps/{name}",
                delete(|| async { StatusCode::NO_CONTENT }),
            )
            .route("/parlance/v1/users", put(put_users))
            .route("/parlance/v1/conversations", post(create_conversation))
            .route("/parlance/v1/tokens", post(create_token))
            .route("/api/auth/users/profile/", get(profile))
            .route("/echo/", any(echo))
            .route("/ws/{script}/", get(socket))
            .with_state(Arc::clone(&asked))
            .merge(fake_socket_io::routes());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let target = Target::new(&format!("http://{address}"), OPERATOR_KEY).unwrap();
        Self { target, asked }
    }

    /// The same for cases that wait in vain: the deadline is what makes them fail.
    pub(crate) async fn impatient() -> Self {
        let mut fake = Self::start().await;
        fake.target.deadline = Duration::from_millis(300);
        fake
    }
}

fn authorization(headers: &HeaderMap) -> &str {
    headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

async fn create_app(
    State(asked): State<Asked>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if authorization(&headers) != format!("Bearer {OPERATOR_KEY}") {
        return (
            StatusCode::UNAUTHORIZED,
            Json(json!({"code": "unauthenticated"})),
        )
            .into_response();
    }
    if body["dialects"] == json!(["klingon"]) {
        let problem = json!({"code": "invalid", "errors": {"dialects": ["unknown"]}});
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response();
    }
    asked.lock().unwrap().push(("apps".to_owned(), body));
    (
        StatusCode::CREATED,
        Json(json!({"id": 1, "key": "app-key"})),
    )
        .into_response()
}

async fn put_users(State(asked): State<Asked>, Json(body): Json<Value>) -> Json<Value> {
    asked
        .lock()
        .unwrap()
        .push(("users".to_owned(), body.clone()));
    let made = body["users"].as_array().unwrap().iter().zip(10..).map(|(user, id)| {
        json!({"id": id, "wire_id": id, "profile_id": id, "uuid": "u", "username": user["username"],
               "email": user["email"]})
    });
    Json(json!({"users": made.collect::<Vec<_>>()}))
}

async fn create_conversation(State(asked): State<Asked>, Json(body): Json<Value>) -> Response {
    asked
        .lock()
        .unwrap()
        .push(("conversations".to_owned(), body));
    let made = json!({"id": 70, "wire_id": "c:70", "job_id": 12});
    (StatusCode::CREATED, Json(made)).into_response()
}

async fn create_token(Json(body): Json<Value>) -> Response {
    let user = &body["user"];
    let made = json!({"token": format!("t-{user}"), "refresh": format!("r-{user}"), "native": "n"});
    (StatusCode::CREATED, Json(made)).into_response()
}

/// As FixMate: the cookie for sockets comes with any authenticated answer.
async fn profile(headers: HeaderMap) -> Response {
    let cookie = authorization(&headers).replace("Token ", "sessionid=cookie-of-");
    (
        [("set-cookie", format!("{cookie}; HttpOnly; Path=/"))],
        Json(json!({})),
    )
        .into_response()
}

/// Answers with what arrived.
async fn echo(request: Request) -> Json<Value> {
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let bytes: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    Json(json!({
        "method": head.method.as_str(),
        "target": head.uri.to_string(),
        "host": header("host"),
        "url": header("host").map(|host| format!("http://{host}/echo/?absolute=1")),
        "authorization": header("authorization"),
        "content_type": header("content-type"),
        "cookie": header("cookie"),
        "body": String::from_utf8_lossy(&bytes),
    }))
}

/// Sockets by script: `echo` is right, the others each have one habit.
async fn socket(
    axum::extract::Path(script): axum::extract::Path<String>,
    Query(query): Query<Value>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if script == "refused" {
        return StatusCode::FORBIDDEN.into_response();
    }
    let cookie = headers
        .get("cookie")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let hello = json!({"type": "hello", "token": query["token"], "cookie": cookie});
    upgrade.on_upgrade(move |socket| play(script, hello, socket))
}

async fn play(script: String, hello: Value, mut socket: WebSocket) {
    // A client that has gone ends the script.
    let _gone = play_script(&script, hello, &mut socket).await;
}

async fn play_script(
    script: &str,
    hello: Value,
    socket: &mut WebSocket,
) -> Result<(), axum::Error> {
    let frame = |value: Value| Message::text(value.to_string());
    match script {
        "closes" => {
            let close = CloseFrame {
                code: 4001,
                reason: "no".into(),
            };
            return socket.send(Message::Close(Some(close))).await;
        }
        "hello" => socket.send(frame(hello)).await?,
        "not-json" => socket.send(Message::text("{")).await?,
        _ => {}
    }
    let mut number = 0;
    while let Some(Ok(message)) = socket.recv().await {
        let text = match message {
            Message::Text(text) => text.to_string(),
            Message::Binary(bytes) => format!("{} bytes", bytes.len()),
            _ => continue,
        };
        if script == "mute" {
            continue;
        }
        number += 1;
        socket
            .send(frame(
                json!({"type": "echo", "number": number, "text": text}),
            ))
            .await?;
        if script == "chatty" {
            socket.send(frame(json!({"type": "extra"}))).await?;
        }
    }
    Ok(())
}
