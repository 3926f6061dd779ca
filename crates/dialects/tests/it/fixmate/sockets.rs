//! Handshakes, and the wishes of sessions run by a real core.

use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode};
use parlance_core::event::EventBody;
use parlance_core::ids::SocketId;
use parlance_core::presence::Attendance;
use parlance_core::principal::Principal;
use parlance_core::topic::Topic;
use parlance_dialects::contract::{Frame, Handshake, Opened, Relation, Step};
use serde_json::Value;

use super::Pair;

async fn open(pair: &Pair, path: &str, query: &str, headers: &[(&str, &str)]) -> Opening {
    let mut all = HeaderMap::new();
    all.insert(HOST, "test.local".parse().expect("a host"));
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().expect("a name");
        all.insert(name, value.parse().expect("a value"));
    }
    let handshake = Handshake {
        path,
        query,
        headers: &all,
        subprotocols: &[],
        peer: [127, 0, 0, 1].into(),
    };
    match pair.world.dialect.open(&handshake).await {
        None => Opening::NotOurs,
        Some(Err(refusal)) => Opening::Refused(refusal.status),
        Some(Ok(opened)) => Opening::Open(opened),
    }
}

enum Opening {
    NotOurs,
    Refused(StatusCode),
    Open(Opened),
}

impl Opening {
    fn status(&self) -> u16 {
        match self {
            Self::NotOurs => 0,
            Self::Refused(status) => status.as_u16(),
            Self::Open(_) => 101,
        }
    }
}

#[tokio::test]
async fn a_handshake_is_refused_before_the_upgrade() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let chat = format!("/ws/chat/{id}/");
    let profile = pair
        .ann(Method::GET, "/api/auth/users/profile/", None)
        .await;
    let cookie = profile.headers[SET_COOKIE].to_str().expect("ASCII");
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let own_token = format!("token={}", pair.ann_token);
    let own_header = format!("Token {}", pair.ann_token);
    let stranger = pair.world.user("cy", "customer").await;
    let foreign = format!("token={}", pair.world.token(&stranger).await);
    let cookie = (COOKIE.as_str(), cookie.as_str());
    let header = (AUTHORIZATION.as_str(), own_header.as_str());
    let origin = |origin: &'static str| (ORIGIN.as_str(), origin);

    type Row<'a> = (&'a str, &'a str, Vec<(&'a str, &'a str)>, u16);
    let rows: Vec<Row<'_>> = vec![
        (&chat, "", vec![], 403),
        ("/ws/notifications/", "", vec![], 403),
        (&chat, "token=garbage", vec![], 403),
        (&chat, &foreign, vec![], 403),
        ("/ws/chat/999999999/", &own_token, vec![], 403),
        ("/ws/chat/abc/", &own_token, vec![], 403),
        ("/ws/chat/1", &own_token, vec![], 404),
        ("/ws/other/", "", vec![], 404),
        ("/v1/ws", "", vec![], 0),
        (&chat, &own_token, vec![], 101),
        (&chat, "", vec![header], 101),
        (&chat, "", vec![(AUTHORIZATION.as_str(), "Bearer x")], 403),
        (&chat, "", vec![cookie], 101),
        (&chat, "", vec![cookie, origin("http://test.local")], 101),
        (&chat, "", vec![cookie, origin("http://evil.example")], 403),
        (&chat, "", vec![cookie, origin("null")], 403),
        // A token that is given alone decides, and needs no own page.
        (&chat, "token=garbage", vec![cookie], 403),
        (&chat, "token=", vec![cookie], 403),
        (&chat, &own_token, vec![origin("http://evil.example")], 101),
        ("/ws/notifications/", "", vec![cookie], 101),
    ];
    for (path, query, headers, status) in rows {
        let opening = open(&pair, path, query, &headers).await;
        assert_eq!(opening.status(), status, "{path}?{query} {headers:?}");
    }
}

#[tokio::test]
async fn sockets_listen_to_what_their_address_says() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let token = format!("token={}", pair.bo_token);
    let Opening::Open(chat) = open(&pair, &format!("/ws/chat/{id}/"), &token, &[]).await else {
        panic!("the chat socket opens");
    };
    let heard = &chat.admission.expect("known at once").listen[0];
    let Topic::Conversation(topic) = heard.topic else {
        panic!("a conversation");
    };
    assert_eq!(topic.0, id);
    assert_eq!(
        heard.attendance,
        Some(Attendance::Conversation(pair.bo.id, topic))
    );
    let Opening::Open(rest) = open(&pair, "/ws/notifications/", &token, &[]).await else {
        panic!("the notification socket opens");
    };
    let heard = &rest.admission.expect("known at once").listen[0];
    assert_eq!(heard.topic, Topic::User(pair.bo.id));
    assert_eq!(heard.attendance, Some(Attendance::Everything(pair.bo.id)));
}

/// Runs what a session wishes, as the gateway would, and gives what it wants sent.
async fn run(pair: &Pair, opened: &mut Opened, socket: u64, steps: Vec<Step>) -> Vec<String> {
    let mut by = opened.admission.clone().expect("known at once").principal;
    by.socket = Some(SocketId(socket));
    let by = Principal::User(by);
    let mut sent = Vec::new();
    let mut steps = std::collections::VecDeque::from(steps);
    while let Some(step) = steps.pop_front() {
        match step {
            Step::Send(text) => sent.push(text),
            Step::Run { tag, request } => {
                let reply = pair.world.services.chat.run(&by, *request).await;
                steps.extend(opened.session.on_reply(tag, reply));
            }
            other => panic!("not of this dialect: {other:?}"),
        }
    }
    sent
}

#[tokio::test]
async fn opening_reads_what_was_there_before_the_handshake_is_answered() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    pair.say(id, "one").await;
    let token = format!("token={}", pair.bo_token);
    let path = format!("/ws/chat/{id}/");
    pair.world.published.events.lock().clear();
    let Opening::Open(mut socket) = open(&pair, &path, &token, &[]).await else {
        panic!("the chat socket opens");
    };
    // What comes while it is open stays unread, however early.
    pair.say(id, "two").await;
    let steps = socket.session.on_open();
    assert!(run(&pair, &mut socket, 1, steps).await.is_empty());
    let history = format!("/api/chat/conversations/{id}/messages/");
    let read = pair.ann(Method::GET, &history, None).await.json();
    assert_eq!(
        (&read[0]["is_read"], &read[1]["is_read"]),
        (&true.into(), &false.into())
    );
    let steps = socket
        .session
        .on_frame(Frame::Text(r#"{"type":"mark_read"}"#));
    assert!(run(&pair, &mut socket, 1, steps).await.is_empty());
    // Opening finds nothing unread and says nothing; asking is answered all the same.
    assert_eq!(open(&pair, &path, &token, &[]).await.status(), 101);
    let steps = socket
        .session
        .on_frame(Frame::Text(r#"{"type":"mark_read"}"#));
    assert!(run(&pair, &mut socket, 1, steps).await.is_empty());
    let events = pair.world.published.events.lock().clone();
    let told = events
        .iter()
        .filter(|event| matches!(event.body, EventBody::ReceiptRead { .. }));
    let told: Vec<_> = told.map(|event| event.socket).collect();
    assert_eq!(told, [None, Some(SocketId(1)), Some(SocketId(1))]);
}

#[tokio::test]
async fn a_refused_frame_gets_an_error_and_stores_nothing() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let token = format!("token={}", pair.ann_token);
    let Opening::Open(mut socket) = open(&pair, &format!("/ws/chat/{id}/"), &token, &[]).await
    else {
        panic!("the chat socket opens");
    };
    let name = "0123456789abcdef0123456789abcdef.png";
    let unknown = format!(
        r#"{{"type":"chat_message","message":"","image_url":"/media/chat_images/{name}"}}"#
    );
    let refused = [
        r#"{"type":"chat_message","message":"  \n "}"#,
        r#"{"type":"chat_message","message":"\u0000"}"#,
        r#"{"type":"reaction","message_id":999999,"emoji":"👍"}"#,
        &unknown,
    ];
    for frame in refused {
        let steps = socket.session.on_frame(Frame::Text(frame));
        let sent = run(&pair, &mut socket, 1, steps).await;
        assert_eq!(sent.len(), 1, "{frame}");
        let error: Value = serde_json::from_str(&sent[0]).expect("JSON");
        assert_eq!(error["type"], "error", "{frame}");
        assert!(
            !error["error"].as_str().expect("a text").is_empty(),
            "{frame}"
        );
    }
    let history = format!("/api/chat/conversations/{id}/messages/");
    assert_eq!(
        pair.ann(Method::GET, &history, None).await.json(),
        serde_json::json!([])
    );
}

#[tokio::test]
async fn a_reaction_to_a_message_of_another_conversation_is_refused() {
    let pair = Pair::new().await;
    let first = pair.start().await;
    let message = pair.say(first, "here").await["id"].clone();
    let wish = serde_json::json!({ "job": 5, "customer": pair.ann.id.0, "provider": pair.bo.id.0 });
    let second = pair
        .ann(Method::POST, "/api/chat/conversations/", Some(wish))
        .await;
    let second = second.json()["id"].clone();
    let token = format!("token={}", pair.ann_token);
    let Opening::Open(mut socket) = open(&pair, &format!("/ws/chat/{second}/"), &token, &[]).await
    else {
        panic!("the chat socket opens");
    };
    let frame = format!(r#"{{"type":"reaction","message_id":{message},"emoji":"👍"}}"#);
    let steps = socket.session.on_frame(Frame::Text(&frame));
    let sent = run(&pair, &mut socket, 1, steps).await;
    assert!(sent[0].contains("\"error\""), "{sent:?}");
}

#[tokio::test]
async fn what_waited_is_delivered_when_the_notification_socket_opens() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    assert_eq!(pair.say(id, "waiting").await["status"], "sent");
    let token = format!("token={}", pair.bo_token);
    let Opening::Open(mut socket) = open(&pair, "/ws/notifications/", &token, &[]).await else {
        panic!("the notification socket opens");
    };
    pair.world.published.events.lock().clear();
    for _ in 0..2 {
        let steps = socket.session.on_open();
        assert!(run(&pair, &mut socket, 2, steps).await.is_empty());
    }
    let events = pair.world.published.events.lock().clone();
    let frames = events.iter().filter_map(|event| {
        let view = parlance_dialects::contract::View(0);
        pair.world.dialect.encode(event, view, Relation::Other)
    });
    let frames: Vec<Value> = frames
        .map(|text| serde_json::from_str(&text).expect("JSON"))
        .collect();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0]["type"], "messages_delivered");
    assert_eq!(frames[0]["user_id"], pair.bo.id.0);
    let path = format!("/api/chat/conversations/{id}/messages/");
    let history = pair.ann(Method::GET, &path, None).await.json();
    assert_eq!(
        (&history[0]["status"], &history[0]["is_read"]),
        (&"delivered".into(), &false.into())
    );
}
