//! Handshakes, and the wishes of sessions run by a real core.

use http::HeaderMap;
use parlance_core::principal::Principal;
use parlance_core::topic::Topic;
use parlance_core::user::User;
use parlance_dialects::contract::{Frame, Handshake, Opened, Refusal, Step};
use serde_json::{Value, json};

use super::Trio;

async fn open(
    trio: &Trio,
    headers: &HeaderMap,
    subprotocols: &[String],
) -> Result<Opened, Refusal> {
    let handshake = Handshake {
        path: "/v1/ws",
        query: "",
        headers,
        subprotocols,
        peer: [127, 0, 0, 1].into(),
    };
    let opened = trio.world.dialect.open(&handshake).await;
    opened.expect("this is the socket's path")
}

/// A socket as the gateway would run it, one wish after another.
struct Socket<'a> {
    trio: &'a Trio,
    opened: Opened,
    frames: Vec<Value>,
}

impl<'a> Socket<'a> {
    /// Somebody's, by a token among the subprotocols.
    async fn of(trio: &'a Trio, user: &User) -> Self {
        let offered = [
            "parlance.v1".to_owned(),
            format!("bearer.{}", trio.world.token(user).await),
        ];
        let opened = open(trio, &HeaderMap::new(), &offered).await;
        let mut opened = opened.expect("the token counts");
        assert_eq!(opened.subprotocol.as_deref(), Some("parlance.v1"));
        let steps = opened.session.on_open();
        let mut socket = Self {
            trio,
            opened,
            frames: Vec::new(),
        };
        socket.run(steps).await;
        socket
    }

    /// Nobody's yet.
    async fn unknown(trio: &'a Trio) -> Self {
        let opened = open(trio, &HeaderMap::new(), &[])
            .await
            .expect("it may prove itself later");
        assert!(opened.admission.is_none());
        Self {
            trio,
            opened,
            frames: Vec::new(),
        }
    }

    async fn run(&mut self, mut steps: Vec<Step>) {
        while !steps.is_empty() {
            let mut next = Vec::new();
            for step in steps {
                match step {
                    Step::Send(text) => {
                        self.frames.push(serde_json::from_str(&text).expect("JSON"));
                    }
                    Step::Run { tag, request } => {
                        let admission = self.opened.admission.as_ref().expect("somebody is on it");
                        let by = Principal::User(admission.principal.clone());
                        let reply = self.trio.world.services.chat.run(&by, *request).await;
                        next.extend(self.opened.session.on_reply(tag, reply));
                    }
                    Step::Authenticate { token } => {
                        let result = self.trio.world.dialect.authenticate(&token).await;
                        let user = result.as_ref().map(|admission| &admission.principal.user);
                        next.extend(
                            self.opened
                                .session
                                .on_authenticated(user.map_err(Clone::clone)),
                        );
                        self.opened.admission = result.ok();
                    }
                    Step::Close { code, .. } => panic!("closed with {code}"),
                    Step::Emit(_) | Step::Acknowledge(_) | Step::Listen { .. } | Step::Leave(_) => {
                        panic!("not of this protocol")
                    }
                }
            }
            steps = next;
        }
    }

    /// What came in answer to a frame.
    async fn say(&mut self, text: &str) -> Vec<Value> {
        self.frames.clear();
        let steps = self.opened.session.on_frame(Frame::Text(text));
        self.run(steps).await;
        std::mem::take(&mut self.frames)
    }

    /// The data of a request that is granted.
    async fn call(&mut self, kind: &str, data: Value) -> Value {
        let frame = json!({"id": kind, "type": kind, "data": data});
        let answer = self.say(&frame.to_string()).await.remove(0);
        assert_eq!(
            (&answer["id"], &answer["ok"]),
            (&json!(kind), &json!(true)),
            "{answer}"
        );
        answer["data"].clone()
    }

    /// The code of a request that is refused.
    async fn refused(&mut self, frame: &str) -> (Value, String) {
        let mut answers = self.say(frame).await;
        assert_eq!(answers.len(), 1, "{answers:?}");
        let answer = answers.remove(0);
        assert_eq!(answer["ok"], false, "{answer}");
        assert!(
            answer["error"]["request_id"]
                .as_str()
                .is_some_and(|id| !id.is_empty())
        );
        (
            answer["id"].clone(),
            answer["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    }
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[tokio::test]
async fn a_handshake_proves_who_is_there_or_is_refused() {
    let trio = Trio::new().await;
    let agent = trio.agent().await;
    let mut headers = HeaderMap::new();
    let token = trio.world.token(&agent).await;
    headers.insert(
        "authorization",
        format!("Bearer {token}").parse().expect("a value"),
    );
    let opened = open(&trio, &headers, &[]).await.expect("the token counts");
    assert_eq!(opened.subprotocol, None);
    let listen = opened.admission.expect("somebody").listen;
    let topics: Vec<_> = listen.iter().map(|listen| listen.topic).collect();
    assert_eq!(topics, [Topic::User(agent.id), Topic::Staff(agent.app)]);
    assert!(listen.iter().all(|listen| listen.attendance.is_none()));

    let offered = ["parlance.v1".to_owned(), "bearer.x.y.z".to_owned()];
    let refusal = open(&trio, &HeaderMap::new(), &offered)
        .await
        .err()
        .expect("no token");
    assert_eq!(refusal.status.as_u16(), 401);
    let problem: Value = serde_json::from_str(&refusal.body).expect("a problem");
    assert_eq!(problem["code"], "unauthenticated");

    let elsewhere = Handshake {
        path: "/v1/ws/",
        query: "",
        headers: &headers,
        subprotocols: &[],
        peer: [127, 0, 0, 1].into(),
    };
    assert!(trio.world.dialect.open(&elsewhere).await.is_none());
}

#[tokio::test]
async fn a_socket_starts_by_saying_who_is_on_it() {
    let trio = Trio::new().await;
    let socket = Socket::of(&trio, &trio.ann).await;
    let [started] = &socket.frames[..] else {
        panic!("{:?}", socket.frames)
    };
    assert_eq!(started["type"], "session.started");
    assert_eq!(started["data"]["user"]["external_id"], "ann");
    assert_eq!(
        started["data"]["epoch"],
        json!(trio.world.services.chat.epoch())
    );
}

#[tokio::test]
async fn the_first_frame_may_prove_who_is_there() {
    let trio = Trio::new().await;
    let mut socket = Socket::unknown(&trio).await;
    let (id, code) = socket.refused(r#"{"id": 1, "type": "ping"}"#).await;
    assert_eq!((id, code.as_str()), (json!(1), "unauthenticated"));
    let (_, code) = socket
        .refused(r#"{"id": 1, "type": "session.authenticate", "data": {"token": "x"}}"#)
        .await;
    assert_eq!(code, "unauthenticated");

    let token = trio.world.token(&trio.ann).await;
    let frame = json!({"id": 2, "type": "session.authenticate", "data": {"token": token}});
    let answers = socket.say(&frame.to_string()).await;
    assert_eq!(answers[0]["id"], 2);
    assert_eq!(answers[0]["data"]["user"]["external_id"], "ann");
    assert_eq!(answers[1]["type"], "session.started");
    let (_, code) = socket.refused(&frame.to_string()).await;
    assert_eq!(code, "conflict");
    assert_eq!(socket.call("ping", json!({})).await, json!({}));
}

#[tokio::test]
async fn every_request_is_answered_by_its_id() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let conversation = id_of(&path);
    let mut ann = Socket::of(&trio, &trio.ann).await;
    let mut bo = Socket::of(&trio, &trio.bo).await;
    let wish = json!({"conversation": conversation, "body": "hello", "client_id": "a"});
    let sent = ann.call("message.send", wish).await;
    assert_eq!(
        (&sent["seq"], &sent["conversation"]),
        (&json!(1), &json!(conversation))
    );
    let message = sent["id"].clone();
    let edited = ann
        .call("message.edit", json!({"message": message, "body": "hi"}))
        .await;
    assert_eq!(edited["body"], "hi");
    let wish = json!({"message": message, "emoji": "👍"});
    assert_eq!(
        bo.call("reaction.add", wish.clone()).await["reactions"][0]["emoji"],
        "👍"
    );
    assert_eq!(
        bo.call("reaction.remove", wish).await["reactions"],
        json!([])
    );
    let mark = json!({"conversation": conversation, "seq": 1});
    assert_eq!(
        bo.call("receipt.mark_delivered", mark.clone()).await,
        json!({"delivered_seq": 1})
    );
    let read = json!({"read_seq": 1, "unread_count": 0});
    assert_eq!(bo.call("receipt.mark_read", mark).await, read);
    let single = json!({"conversation": conversation, "messages": [message]});
    assert_eq!(bo.call("receipt.mark_read", single).await, read);
    let here = json!({"conversation": conversation});
    assert_eq!(bo.call("typing.start", here.clone()).await, json!({}));
    assert_eq!(bo.call("typing.stop", here).await, json!({}));
    assert_eq!(
        bo.call("presence.list", json!({})).await,
        json!({"online": []})
    );
    assert_eq!(
        ann.call("message.delete", json!({"message": message}))
            .await,
        json!({})
    );
    let epoch = trio.world.services.chat.epoch();
    let known = json!({"epoch": epoch, "conversations": {conversation: 1}});
    let resumed = bo.call("session.resume", known).await;
    assert_eq!(resumed["reset"], false);
    assert_eq!(resumed["conversations"][0]["messages"][0]["id"], message);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_the_socket_goes_on() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let mut socket = Socket::of(&trio, &trio.ann).await;
    let deep = "[".repeat(10_000);
    for (frame, id, code) in [
        ("", json!(null), "malformed"),
        ("{", json!(null), "malformed"),
        ("[]", json!(null), "malformed"),
        (deep.as_str(), json!(null), "malformed"),
        (r#"{"type": "ping"}"#, json!(null), "malformed"),
        (r#"{"id": 1, "type": "vanish"}"#, json!(1), "invalid"),
        (
            r#"{"id": "x", "type": "message.send", "data": []}"#,
            json!("x"),
            "malformed",
        ),
        (
            r#"{"id": 2, "type": "message.send", "data": {"body": 7}}"#,
            json!(2),
            "invalid",
        ),
        (
            r#"{"id": 3, "type": "typing.start", "data": {"conversation": "01890a5d-ac96-774b-bcce-b302099a8057"}}"#,
            json!(3),
            "not_found",
        ),
        (
            r#"{"id": 4, "type": "receipt.mark_read", "data": {"conversation": "01890a5d-ac96-774b-bcce-b302099a8057"}}"#,
            json!(4),
            "invalid",
        ),
    ] {
        assert_eq!(
            socket.refused(frame).await,
            (id, code.to_owned()),
            "{frame:.40}"
        );
    }
    socket.frames.clear();
    let steps = socket.opened.session.on_frame(Frame::Binary(&[0]));
    socket.run(steps).await;
    assert_eq!(socket.frames[0]["error"]["code"], "malformed");
    let wish = json!({"conversation": id_of(&path), "body": "still here", "client_id": "a"});
    assert_eq!(socket.call("message.send", wish).await["seq"], 1);
}
