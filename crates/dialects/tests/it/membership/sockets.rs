//! Handshakes, and the wishes of sessions run by a real core.

use http::{HeaderMap, Method};
use parlance_core::ids::SocketId;
use parlance_core::presence::Attendance;
use parlance_core::principal::Principal;
use parlance_core::topic::Topic;
use parlance_dialects::contract::{Frame, Handshake, Opened, Relation, Step};
use serde_json::{Value, json};

use super::{Desk, MEMBER, STAFF};

async fn open(desk: &Desk, path: &str, query: &str) -> Result<Opened, u16> {
    let headers = HeaderMap::new();
    let handshake = Handshake {
        path,
        query,
        headers: &headers,
        subprotocols: &[],
        peer: [127, 0, 0, 1].into(),
    };
    match desk.world.dialect.open(&handshake).await {
        None => Err(0),
        Some(Err(refusal)) => {
            assert!(refusal.body.is_empty());
            Err(refusal.status.as_u16())
        }
        Some(Ok(opened)) => Ok(opened),
    }
}

/// Runs one frame as the gateway would, and gives what it wants sent to the sender.
async fn send(desk: &Desk, opened: &mut Opened, frame: &Value) -> Vec<Value> {
    let mut by = opened.admission.clone().expect("known at once").principal;
    by.socket = Some(SocketId(1));
    let by = Principal::User(by);
    let mut sent = Vec::new();
    for step in opened.session.on_frame(Frame::Text(&frame.to_string())) {
        match step {
            Step::Send(text) => sent.push(text),
            Step::Run { tag, request } => {
                let reply = desk.world.services.chat.run(&by, *request).await;
                for step in opened.session.on_reply(tag, reply) {
                    match step {
                        Step::Send(text) => sent.push(text),
                        other => panic!("not of this dialect: {other:?}"),
                    }
                }
            }
            other => panic!("not of this dialect: {other:?}"),
        }
    }
    let parse = |text: &String| serde_json::from_str(text).expect("JSON");
    sent.iter().map(parse).collect()
}

async fn opened(desk: &Desk, token: &str) -> Opened {
    let opened = open(desk, "/chat/ws/", &format!("token={token}")).await;
    opened.expect("the socket opens")
}

#[tokio::test]
async fn a_handshake_needs_an_access_token_in_its_address() {
    let desk = Desk::new().await;
    let issued = desk.world.dialect.issue_credential(&desk.alice).await;
    let refresh = issued.expect("tokens").refresh.expect("a refresh token");
    let key = desk
        .world
        .services
        .identity
        .opaque_token(&desk.world.services.app, &desk.sam);
    let key = key.await.expect("a key").into_exposed();
    let own = format!("token={}", desk.alice_token);
    let with_more = format!("v=1&{own}&x=y");
    let rows = [
        ("/chat/ws/", own.as_str(), None),
        ("/chat/ws", own.as_str(), None),
        ("/chat/ws/", with_more.as_str(), None),
        ("/chat/ws/", "", Some(403)),
        ("/chat/ws/", "token=", Some(403)),
        ("/chat/ws/", "token=garbage", Some(403)),
        ("/chat/wsfoo", own.as_str(), Some(0)),
        ("/x/chat/ws/", own.as_str(), Some(0)),
    ];
    for (path, query, refused) in rows {
        let opened = open(&desk, path, query).await;
        assert_eq!(opened.err(), refused, "{path}?{query}");
    }
    for wrong in [refresh, key] {
        let opened = open(&desk, "/chat/ws/", &format!("token={wrong}")).await;
        assert_eq!(opened.err(), Some(403));
    }
}

#[tokio::test]
async fn members_hear_of_their_own_threads_and_staff_of_all() {
    let desk = Desk::new().await;
    let app = desk.world.services.app.id;
    let heard = async |token: &str| {
        let opened = opened(&desk, token).await;
        let listen = opened.admission.expect("known at once").listen;
        let heard = listen.iter().map(|l| (l.topic, l.view, l.attendance));
        heard.collect::<Vec<_>>()
    };
    let own = |user| {
        (
            Topic::User(user),
            MEMBER,
            Some(Attendance::Everything(user)),
        )
    };
    assert_eq!(heard(&desk.alice_token).await, [own(desk.alice.id)]);
    let all = (Topic::Staff(app), STAFF, Some(Attendance::Staff(app)));
    assert_eq!(heard(&desk.sam_token).await, [own(desk.sam.id), all]);
}

#[tokio::test]
async fn both_sides_write_read_and_react_by_socket() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    let mut sam = opened(&desk, &desk.sam_token).await;
    desk.forget();
    let wish = json!({ "type": "SEND", "threadId": id, "body": "hello", "sender": "user" });
    assert!(send(&desk, &mut sam, &wish).await.is_empty());
    let heard = desk.frames(MEMBER, Relation::Other);
    assert_eq!(
        (&heard[0]["sender"], &heard[0]["body"]),
        (&json!("support"), &json!("hello"))
    );
    // The sender's own sockets as well, this one included.
    for relation in [Relation::SameSocket, Relation::SameUser] {
        assert_eq!(desk.frames(STAFF, relation), heard);
    }
    let mut alice = opened(&desk, &desk.alice_token).await;
    desk.forget();
    let read = json!({ "type": "READ", "threadId": id });
    assert!(send(&desk, &mut alice, &read).await.is_empty());
    assert_eq!(desk.frames(STAFF, Relation::Other)[0]["reader"], "user");
    desk.forget();
    let react =
        json!({ "type": "REACT", "threadId": id, "messageId": heard[0]["id"], "emoji": "👍" });
    assert!(send(&desk, &mut alice, &react).await.is_empty());
    assert_eq!(desk.frames(STAFF, Relation::Other)[0]["type"], "reaction");
    assert!(desk.frames(MEMBER, Relation::SameSocket).is_empty());
}

#[tokio::test]
async fn a_stranger_writes_reads_types_and_reacts_nowhere() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    let message = desk.say(&id, "private").await["id"].clone();
    let mut bob = opened(&desk, &desk.bob_token).await;
    desk.forget();
    for thread in [id.as_str(), "00000000-0000-4000-8000-000000000000"] {
        let refused = [
            json!({ "type": "SEND", "threadId": thread, "body": "intruder" }),
            json!({ "type": "READ", "threadId": thread }),
            json!({ "type": "REACT", "threadId": thread, "messageId": message, "emoji": "👍" }),
        ];
        for frame in refused {
            let told = send(&desk, &mut bob, &frame).await;
            // The same for a foreign and for an unknown thread.
            let expected = json!({ "type": "error", "error": "Thread not found" });
            assert_eq!(told, [expected], "{frame}");
        }
        let typing = json!({ "type": "TYPING", "threadId": thread });
        assert!(send(&desk, &mut bob, &typing).await.is_empty());
    }
    assert!(desk.world.published.events.lock().is_empty());
    let history = format!("/api/chat/threads/{id}/messages/");
    let history = desk.alice(Method::GET, &history, None).await.json();
    assert_eq!(history.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_closed_thread_refuses_a_frame_and_the_socket_stays() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    let path = format!("/api/chat/threads/{id}/");
    desk.alice(Method::PATCH, &path, Some(json!({ "status": "closed" })))
        .await;
    let mut alice = opened(&desk, &desk.alice_token).await;
    let wish = json!({ "type": "SEND", "threadId": id, "body": "late" });
    let told = send(&desk, &mut alice, &wish).await;
    assert_eq!(
        told,
        [json!({ "type": "error", "error": "Thread is closed" })]
    );
    let larger = json!({ "type": "SEND", "threadId": id, "body": "x".repeat(300_000) });
    assert_eq!(send(&desk, &mut alice, &larger).await[0]["type"], "error");
}
