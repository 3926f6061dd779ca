//! A fake Socket.IO server: polling, WebSocket and the upgrade; the namespace `/no` is refused, in
//! all others each event comes back as `echo`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, mpsc};

/// One engine session: packets owed to the client, whoever carries them.
struct Session {
    owe: mpsc::Sender<String>,
    owed: AsyncMutex<mpsc::Receiver<String>>,
}

type Sessions = Arc<Mutex<HashMap<String, Arc<Session>>>>;

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/socket.io/", get(receive).post(send))
        .with_state(Sessions::default())
}

fn session(sessions: &Sessions, query: &HashMap<String, String>) -> Option<Arc<Session>> {
    sessions.lock().unwrap().get(query.get("sid")?).cloned()
}

fn begin(sessions: &Sessions, upgrades: &[&str]) -> (Arc<Session>, String) {
    let (owe, owed) = mpsc::channel(100);
    let session = Arc::new(Session {
        owe,
        owed: AsyncMutex::new(owed),
    });
    let mut sessions = sessions.lock().unwrap();
    let sid = format!("s{}", sessions.len());
    sessions.insert(sid.clone(), Arc::clone(&session));
    (
        session,
        format!(
            "0{}",
            json!({"sid": sid, "upgrades": upgrades, "pingInterval": 25000})
        ),
    )
}

async fn receive(
    State(sessions): State<Sessions>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    assert_eq!(query["EIO"], "4");
    let known = session(&sessions, &query);
    if let Ok(upgrade) = upgrade {
        assert_eq!(query["transport"], "websocket");
        return upgrade.on_upgrade(move |socket| carry(sessions, known, socket));
    }
    assert_eq!(query["transport"], "polling");
    let Some(session) = known else {
        return begin(&sessions, &["websocket"]).1.into_response();
    };
    let Ok(mut owed) = session.owed.try_lock() else {
        return (StatusCode::BAD_REQUEST, "two polls at once").into_response();
    };
    let mut body = owed.recv().await.unwrap();
    while let Ok(more) = owed.try_recv() {
        body = format!("{body}\u{1e}{more}");
    }
    body.into_response()
}

async fn send(
    State(sessions): State<Sessions>,
    Query(query): Query<HashMap<String, String>>,
    body: String,
) -> Response {
    let Some(session) = session(&sessions, &query) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    take(&session, &body).await;
    "ok".into_response()
}

/// Carries a session over a WebSocket: a new one, or one that comes from polling.
async fn carry(sessions: Sessions, known: Option<Arc<Session>>, mut socket: WebSocket) {
    let session = if let Some(session) = known {
        assert_eq!(next(&mut socket).await.as_deref(), Some("2probe"));
        socket.send(Message::text("3probe")).await.unwrap();
        // As the original: every poll comes back empty until the client has switched.
        let mut beat = tokio::time::interval(Duration::from_millis(10));
        let switched = loop {
            tokio::select! {
                packet = next(&mut socket) => break packet,
                _ = beat.tick() => session.owe.send("6".to_owned()).await.unwrap(),
            }
        };
        assert_eq!(switched.as_deref(), Some("5"));
        session
    } else {
        let (session, opened) = begin(&sessions, &[]);
        socket.send(Message::text(opened)).await.unwrap();
        session
    };
    let mut owed = session.owed.lock().await;
    // A heartbeat that the client must answer before anything else counts.
    socket.send(Message::text("2")).await.unwrap();
    loop {
        tokio::select! {
            packet = owed.recv() => {
                if socket.send(Message::text(packet.unwrap())).await.is_err() {
                    return;
                }
            }
            packet = next(&mut socket) => match packet {
                Some(packet) => take(&session, &packet).await,
                None => return,
            },
        }
    }
}

async fn next(socket: &mut WebSocket) -> Option<String> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return Some(text.to_string()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

async fn take(session: &Session, packet: &str) {
    let owe = |packet: String| async { session.owe.send(packet).await.unwrap() };
    let split = |rest: &str| match rest.split_once(',') {
        Some((namespace, rest)) if namespace.starts_with('/') => {
            (format!("{namespace},"), rest.to_owned())
        }
        _ => (String::new(), rest.to_owned()),
    };
    if let Some(rest) = packet.strip_prefix("40") {
        let (namespace, auth) = split(rest);
        if namespace == "/no," {
            owe(format!("44{namespace}{}", json!({"message": "not you"}))).await;
            return;
        }
        owe(format!("40{namespace}{}", json!({"sid": "x"}))).await;
        owe(format!(
            "42{namespace}{}",
            json!(["welcome", {"auth": auth}])
        ))
        .await;
    } else if let Some(rest) = packet.strip_prefix("42") {
        let (namespace, event) = split(rest);
        let event: Value = serde_json::from_str(&event).unwrap();
        owe(format!(
            "42{namespace}{}",
            json!(["echo", {"event": event}])
        ))
        .await;
    } else if packet == "3" {
        owe(format!("42{}", json!(["pong", {}]))).await;
    }
}
