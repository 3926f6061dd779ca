//! Handshakes, and the wishes of sessions run by a real core.

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, StatusCode};
use parlance_core::event::EventBody;
use parlance_core::ids::SocketId;
use parlance_core::principal::Principal;
use parlance_dialects::contract::{Frame, Handshake, Opened, Relation, Step, View};
use serde_json::{Value, json};

use super::{Desk, Person, bearer};

async fn open(
    desk: &Desk,
    path: &str,
    query: &str,
    header: Option<&str>,
) -> Option<Result<Opened, StatusCode>> {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, "test.local".parse().expect("a host"));
    if let Some(header) = header {
        headers.insert(AUTHORIZATION, header.parse().expect("a value"));
    }
    let handshake = Handshake {
        path,
        query,
        headers: &headers,
        subprotocols: &[],
        peer: [127, 0, 0, 1].into(),
    };
    let opened = desk.world.dialect.open(&handshake).await?;
    Some(opened.map_err(|refusal| refusal.status))
}

#[tokio::test]
async fn whatever_is_wrong_is_refused_before_the_upgrade() {
    let desk = Desk::new().await;
    let room = format!("/ws/chat/{}/", desk.room().await);
    let token = |who: &Person| format!("token={}", who.token);
    let issued = desk.world.dialect.issue_credential(&desk.uma.user).await;
    let refresh = issued.expect("a pair").refresh.expect("a refresh token");
    let header = bearer(&desk.uma.token);
    let rows = [
        (room.as_str(), String::new(), None, 403),
        (&room, "token=null".to_owned(), None, 403),
        (&room, "token=garbage".to_owned(), None, 403),
        (&room, format!("token={refresh}"), None, 403),
        (&room, token(&desk.vic), None, 403),
        ("/ws/chat/999999999/", token(&desk.ada), None, 403),
        ("/ws/chat/undefined/", token(&desk.uma), None, 404),
        ("/ws/chat/undefined/", String::new(), None, 404),
        ("/ws/chat/1", token(&desk.uma), None, 404),
        ("/ws/other/", token(&desk.uma), None, 0),
        (&room, token(&desk.uma), None, 101),
        (&room, token(&desk.ada), None, 101),
        (&room, String::new(), Some(header.as_str()), 101),
    ];
    for (path, query, header, expected) in rows {
        let status = match open(&desk, path, &query, header).await {
            None => 0,
            Some(Ok(_)) => 101,
            Some(Err(status)) => status.as_u16(),
        };
        assert_eq!(status, expected, "{path}?{query}");
    }
}

/// A socket as the gateway runs it, without a gateway.
struct Socket<'a> {
    desk: &'a Desk,
    opened: Opened,
    by: Principal,
}

impl<'a> Socket<'a> {
    async fn open(desk: &'a Desk, who: &Person, room: i64) -> Self {
        let query = format!("token={}", who.token);
        let opened = open(desk, &format!("/ws/chat/{room}/"), &query, None).await;
        let opened = opened.expect("our path").expect("is let in");
        let admission = opened.admission.as_ref().expect("somebody");
        let mut principal = admission.principal.clone();
        principal.socket = Some(SocketId(1));
        Self {
            desk,
            opened,
            by: Principal::User(principal),
        }
    }

    fn view(&self) -> View {
        self.opened.admission.as_ref().expect("somebody").listen[0].view
    }

    /// Sends a frame; answers with what the socket alone is told.
    async fn send(&mut self, frame: Value) -> Vec<Value> {
        let mut steps = self
            .opened
            .session
            .on_frame(Frame::Text(&frame.to_string()));
        let mut said = Vec::new();
        while !steps.is_empty() {
            match steps.remove(0) {
                Step::Send(text) => said.push(serde_json::from_str(&text).expect("JSON")),
                Step::Run { tag, request } => {
                    let chat = &self.desk.world.services.chat;
                    let reply = chat.run(&self.by, *request).await;
                    steps.extend(self.opened.session.on_reply(tag, reply));
                }
                other => panic!("unexpected {other:?}"),
            }
        }
        said
    }
}

/// What another socket of that view is told of everything since the last call.
fn heard(desk: &Desk, view: View) -> Vec<Value> {
    let events = std::mem::take(&mut *desk.world.published.events.lock());
    let dialect = &desk.world.dialect;
    let frames = events
        .iter()
        .flat_map(|event| dialect.encode_all(event, view, Relation::Other));
    frames
        .map(|text| serde_json::from_str(&text).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn each_message_of_a_read_room_has_its_receipt_and_a_repeated_one_goes_out_again() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let first = desk.say(&desk.uma, room, "one").await;
    let second = desk.say(&desk.uma, room, "two").await;
    let own = desk.say(&desk.ada, room, "three").await;
    let mut ada = Socket::open(&desk, &desk.ada, room).await;
    heard(&desk, ada.view());
    let path = format!("/api/chat/rooms/{room}/mark_as_read/");
    let marked = desk.post(&desk.ada, &path, json!({})).await;
    assert_eq!(marked.json()["count"], 2);
    let receipts = heard(&desk, ada.view());
    let ids: Vec<_> = receipts
        .iter()
        .map(|frame| frame["message_id"].clone())
        .collect();
    assert_eq!(ids, [first, second]);
    assert!(
        receipts
            .iter()
            .all(|frame| frame["read_by"] == desk.ada.user.id.0)
    );
    let receipt = |id| json!({ "type": "read_receipt", "message_id": id });
    assert!(ada.send(receipt(first)).await.is_empty());
    let again = heard(&desk, ada.view());
    assert_eq!((again.len(), &again[0]["message_id"]), (1, &json!(first)));
    assert_eq!(again[0]["read_at"], receipts[0]["read_at"]);
    for ignored in [own, 999] {
        assert!(ada.send(receipt(ignored)).await.is_empty());
        assert_eq!(heard(&desk, ada.view()), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_reply_on_a_socket_quotes_and_one_to_nothing_is_an_error() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let question = desk.say(&desk.uma, room, "question").await;
    let mut ada = Socket::open(&desk, &desk.ada, room).await;
    heard(&desk, ada.view());
    let reply = json!({ "message": "answer", "reply_to": question, "client_id": "k-1" });
    assert!(ada.send(reply.clone()).await.is_empty());
    let frame = heard(&desk, ada.view()).remove(0);
    assert_eq!(frame["reply_to"]["message"], "question");
    assert_eq!(
        (&frame["client_id"], &frame["sender_type"]),
        (&json!("k-1"), &json!("admin"))
    );
    let echo = ada.send(reply).await.remove(0);
    assert_eq!(echo["message_id"], frame["message_id"]);
    assert!(heard(&desk, ada.view()).is_empty());
    let unknown = ada.send(json!({ "message": "x", "reply_to": 999 })).await;
    assert_eq!(
        unknown,
        [json!({ "error": "Reply target message not found" })]
    );
    let stored = desk.get(&desk.uma, "/api/chat/messages/").await;
    assert_eq!(stored["count"], 2);
}

#[tokio::test]
async fn addresses_in_frames_name_the_host_by_which_the_socket_came() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let uma = Socket::open(&desk, &desk.uma, room).await;
    let services = &desk.world.services;
    let rules = parlance_media::UploadRules::files(services.chat.limits());
    let bytes = axum::body::Bytes::from_static(b"hello");
    let uploader = Some(desk.uma.user.id);
    let stored = services
        .uploads
        .store_bytes(services.app.id, uploader, "a.txt", bytes, rules);
    let stored = stored.await.expect("a file");
    let wish = parlance_core::command::SendMessage {
        attachments: vec![stored.id.into()],
        ..parlance_core::command::SendMessage::text(parlance_core::ids::ConversationId(room), "")
    };
    services
        .chat
        .send_message(&uma.by, wish)
        .await
        .expect("a message");
    let events = desk.world.published.events.lock().clone();
    let event = events
        .iter()
        .find(|event| matches!(event.body, EventBody::MessageCreated { .. }));
    let event = event.expect("an event");
    let frames = desk
        .world
        .dialect
        .encode_all(event, uma.view(), Relation::Other);
    let frame: Value = serde_json::from_str(&frames[0]).expect("JSON");
    let address = frame["attachment"].as_str().expect("an address");
    assert!(
        address.starts_with("http://test.local/media/chat_attachments/"),
        "{address}"
    );
    assert_eq!(frame["attachment_name"], "a.txt");
}
