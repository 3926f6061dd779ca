//! What no well-behaved client does, and what is on the wire in so many bytes.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use parlance_core::limits::Limits;
use parlance_core::publish::{Disconnect, Publisher as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::world::{PATIENCE, World};

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";

/// Asks, and answers status and body.
async fn ask(world: &World, method: &str, path: &str, body: &[u8]) -> (u16, String) {
    let asked = async {
        let mut stream = TcpStream::connect(world.address).await.expect("it listens");
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("it is read");
        // A body that is refused early is not read to its end.
        let _refused = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).expect("text")
    };
    let answer = tokio::time::timeout(PATIENCE, asked)
        .await
        .expect("an answer in time");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).expect("a status");
    (status.parse().expect("a number"), body.to_owned())
}

/// A polling connection, not yet in a namespace.
async fn opened(world: &World) -> String {
    let (status, body) = ask(world, "GET", POLLING, b"").await;
    assert_eq!(status, 200);
    let open: Value = serde_json::from_str(&body[1..]).expect("JSON");
    let sid = open["sid"].as_str().expect("an id").to_owned();
    format!("{POLLING}&sid={sid}")
}

/// A polling connection in a namespace.
async fn entered(world: &World, namespace: &str, token: &str) -> String {
    let path = opened(world).await;
    let connect = format!("40{namespace}{}", json!({ "token": token }));
    assert_eq!(post(world, &path, &connect).await, (200, "ok".to_owned()));
    let (status, body) = ask(world, "GET", &path, b"").await;
    assert_eq!(status, 200);
    assert!(body.starts_with(&format!("40{namespace}{{\"")), "{body}");
    assert!(
        body.contains("\u{1e}42"),
        "the welcome comes behind: {body}"
    );
    path
}

async fn post(world: &World, path: &str, body: &str) -> (u16, String) {
    ask(world, "POST", path, body.as_bytes()).await
}

async fn poll(world: &World, path: &str) -> (u16, String) {
    ask(world, "GET", path, b"").await
}

/// The number of open sockets, once it is this.
async fn until_sockets(world: &World, count: usize) {
    let wait = async {
        while world.hub.socket_count() != count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.unwrap_or_else(|_| panic!("{} sockets", world.hub.socket_count()));
}

#[tokio::test]
async fn the_first_answer_says_what_the_contract_says() {
    let world = World::new().await;
    for path in [POLLING, "/socket.io?EIO=4&transport=polling&t=x"] {
        let (status, body) = ask(&world, "GET", path, b"").await;
        assert_eq!(status, 200);
        let mut open: Value =
            serde_json::from_str(body.strip_prefix('0').expect("an open")).expect("JSON");
        open["sid"].take();
        let expected = json!({
            "sid": null, "upgrades": ["websocket"], "pingInterval": 25000,
            "pingTimeout": 20000, "maxPayload": 1_000_000,
        });
        assert_eq!(open, expected);
    }
}

#[tokio::test]
async fn wrong_requests_are_refused_as_the_reference_server_does() {
    let world = World::new().await;
    let path = opened(&world).await;
    let rows = [
        ("GET", "/socket.io/?EIO=3&transport=polling", 400, 5),
        ("GET", "/socket.io/?transport=polling", 400, 5),
        ("GET", "/socket.io/?EIO=4", 400, 0),
        ("GET", "/socket.io/?EIO=4&transport=pigeon", 400, 0),
        (
            "GET",
            "/socket.io/?EIO=4&transport=polling&sid=none",
            400,
            1,
        ),
        ("POST", POLLING, 400, 2),
        ("DELETE", &path, 400, 2),
        ("GET", "/socket.io/?EIO=4&transport=websocket", 400, 3),
    ];
    for (method, path, status, code) in rows {
        let (answered, body) = ask(&world, method, path, b"").await;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(
            (answered, &body["code"]),
            (status, &json!(code)),
            "{method} {path}"
        );
    }
    let large = vec![b'4'; 1_000_001];
    assert_eq!(ask(&world, "POST", &path, &large).await.0, 413);
    assert_eq!(post(&world, &path, "2").await, (200, "ok".to_owned()));
}

#[tokio::test]
async fn garbage_ends_its_connection_and_nothing_else() {
    let world = World::new().await;
    let good = entered(&world, "", "ann").await;
    let garbage = [
        "",
        "\u{1e}",
        "x",
        "4",
        "4x",
        "49",
        "42",
        "42[",
        "42[]",
        "42[1]",
        "42{}",
        "40[]",
        "40{",
        "45-[\"x\"]",
        "4599-[\"x\"]",
        "42/ns",
        "43",
        "44{}",
        "0{}",
        "42123456789012345678901[\"x\"]",
        "2\u{1e}\u{1e}2",
        "40{}\u{1e}40{}",
        "😀",
    ];
    for garbage in garbage {
        let path = entered(&world, "", "ann").await;
        // Taken and then found to be wrong, or refused at once.
        let (status, _) = post(&world, &path, garbage).await;
        assert!(status == 200 || status == 400, "{garbage:?}: {status}");
        until_sockets(&world, 1).await;
        assert_eq!(poll(&world, &path).await.0, 400, "{garbage:?}");
    }
    let path = opened(&world).await;
    assert_eq!(ask(&world, "POST", &path, b"\xff\xfe").await.0, 400);
    post(&world, &good, "42[\"echo\",5]").await;
    assert_eq!(
        poll(&world, &good).await,
        (200, "42[\"echo\",5]".to_owned())
    );
}

#[tokio::test]
async fn garbage_over_a_websocket_ends_it_with_a_close_frame() {
    let world = World::new().await;
    let url = format!(
        "ws://{}/socket.io/?EIO=4&transport=websocket",
        world.address
    );
    for garbage in ["", "x", "4x", "42[1]", "40{\"token\":", "40{}\u{1e}"] {
        let (mut socket, _) = tokio_tungstenite::connect_async(&url)
            .await
            .expect("it opens");
        let open = socket.next().await.expect("a frame").expect("text");
        assert!(open.to_text().expect("text").contains("\"upgrades\":[]"));
        // A part of no event is passed over.
        socket
            .send(Message::binary(vec![0xff; 9]))
            .await
            .expect("it is read");
        socket
            .send(Message::text(garbage))
            .await
            .expect("it is read");
        let closed = tokio::time::timeout(PATIENCE, socket.next()).await;
        match closed.expect("in time") {
            Some(Ok(Message::Close(Some(close)))) => assert_eq!(u16::from(close.code), 1002),
            other => panic!("{garbage:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_comes_right_before_the_end_counts() {
    let world = World::new().await;
    let listener = entered(&world, "/me/,", "bo").await;
    let (mut socket, entered) = room(&world, json!({ "token": "ann" })).await;
    let head = format!("/rooms/{},", world.conversation.0);
    let last = [
        format!("42{head}[\"say\",\"last words\"]"),
        format!("41{head}"),
    ];
    for text in last {
        socket.feed(Message::text(text)).await.expect("it is read");
    }
    socket.close(None).await.expect("it closes");
    assert!(poll(&world, &listener).await.1.contains("last words"));
    until_sockets(&world, 1).await;
    let auth = json!({ "token": "ann", "pid": entered["pid"] });
    assert_ne!(room(&world, auth).await.1["pid"], entered["pid"]);
}

#[tokio::test]
async fn events_for_a_namespace_that_was_left_are_passed_over() {
    let world = World::new().await;
    let path = entered(&world, "", "ann").await;
    let room = format!("/rooms/{}/", world.conversation.0);
    let body = format!("42{room},[\"say\",\"x\"]\u{1e}41{room},\u{1e}42[\"echo\",1]");
    assert_eq!(post(&world, &path, &body).await.0, 200);
    assert_eq!(poll(&world, &path).await.1, "42[\"echo\",1]");
}

#[tokio::test]
async fn a_poll_asked_anew_is_the_one_that_is_answered() {
    let world = World::new().await;
    let path = entered(&world, "", "ann").await;
    let (ended, waiting) = two_polls(&world, &path).await;
    assert_eq!(ended, (200, "6".to_owned()));
    post(&world, &path, "42[\"echo\",1]").await;
    assert_eq!(waiting.await, (200, "42[\"echo\",1]".to_owned()));
}

type Poll<'a> = std::pin::Pin<Box<dyn Future<Output = (u16, String)> + 'a>>;

/// Two polls at once: the answer of the one that came first, and the one that waits.
async fn two_polls<'a>(world: &'a World, path: &'a str) -> ((u16, String), Poll<'a>) {
    let poll = || -> Poll<'a> { Box::pin(poll(world, path)) };
    futures_util::future::select(poll(), poll())
        .await
        .into_inner()
}

#[tokio::test]
async fn who_does_not_poll_while_much_is_said_is_let_go() {
    let world = World::with(Limits {
        queue_bytes: 20_000,
        ..Limits::default()
    })
    .await;
    let room = format!("/rooms/{},", world.conversation.0);
    let slow = entered(&world, &room, "ann").await;
    let busy = entered(&world, "", "bo").await;
    for _ in 0..40 {
        let say = format!("42[\"echo\",{}]", json!("x".repeat(1_000)));
        post(&world, &busy, &say).await;
        assert!(poll(&world, &busy).await.1.starts_with("42"));
        post(&world, &slow, &say.replacen("42", &format!("42{room}"), 1)).await;
    }
    until_sockets(&world, 1).await;
    assert_eq!(poll(&world, &slow).await.0, 400);
    assert!(
        world
            .gateway
            .metrics()
            .contains("parlance_slow_readers_total 1")
    );
}

#[tokio::test]
async fn a_void_right_takes_the_client_out_of_its_namespace() {
    let world = World::new().await;
    let room = format!("/rooms/{},", world.conversation.0);
    let path = entered(&world, &room, "ann").await;
    post(&world, &path, "40{\"token\":\"ann\"}").await;
    assert!(poll(&world, &path).await.1.starts_with("40"));
    let ann = world.users[0].id;
    world
        .hub
        .disconnect(Disconnect::Member(world.conversation, ann));
    assert_eq!(poll(&world, &path).await.1, format!("41{room}"));
    world.hub.disconnect(Disconnect::User(ann));
    assert_eq!(poll(&world, &path).await.1, "41");
    // The connection itself lives, for whoever may still enter something.
    post(&world, &path, "40{\"token\":\"bo\"}").await;
    assert!(poll(&world, &path).await.1.starts_with("40"));
}

#[tokio::test]
async fn every_namespace_counts_as_a_socket_of_its_user() {
    let world = World::with(Limits {
        sockets_per_user: 2,
        ..Limits::default()
    })
    .await;
    let path = entered(&world, "", "ann").await;
    let ann = world.users[0].id;
    assert!(world.chat.presence().is_online(ann));
    post(&world, &path, "40/me/,{\"token\":\"ann\"}").await;
    assert!(poll(&world, &path).await.1.starts_with("40/me/,"));
    post(&world, &path, "40/rooms/1/,{\"token\":\"ann\"}").await;
    let refused = "44/rooms/1/,{\"message\":\"Too many connections\"}";
    assert_eq!(poll(&world, &path).await.1, refused);
    // The client's own end takes all of it back.
    assert_eq!(post(&world, &path, "1").await.0, 200);
    until_sockets(&world, 0).await;
    until_offline(&world).await;
}

#[tokio::test]
async fn polls_are_ended_until_the_client_takes_over() {
    let world = World::new().await;
    let path = entered(&world, "", "ann").await;
    let url = format!(
        "ws://{}{}",
        world.address,
        path.replace("polling", "websocket")
    );
    let (mut socket, _) = tokio_tungstenite::connect_async(&url)
        .await
        .expect("it opens");
    let waiting = poll(&world, &path);
    let probing = async {
        socket
            .send(Message::text("2probe"))
            .await
            .expect("it is read");
        socket.next().await.expect("a frame").expect("text")
    };
    let (waited, probed) = tokio::join!(waiting, probing);
    assert_eq!(probed, Message::text("3probe"));
    assert_eq!(waited, (200, "6".to_owned()));
    // A client that has not read the answer to its probe polls on, and must not wait for ever.
    for _ in 0..3 {
        assert_eq!(poll(&world, &path).await, (200, "6".to_owned()));
    }
    post(&world, &path, "42[\"echo\",1]").await;
    assert_eq!(poll(&world, &path).await.1, "42[\"echo\",1]");
    post(&world, &path, "42[\"echo\",2]").await;
    // What was not polled comes over the WebSocket.
    socket.send(Message::text("5")).await.expect("it is read");
    socket
        .send(Message::text("42[\"echo\",3]"))
        .await
        .expect("it is read");
    for n in [2, 3] {
        let next = socket.next().await.expect("a frame").expect("text");
        assert_eq!(next, Message::text(format!("42[\"echo\",{n}]")));
    }
    assert_eq!(poll(&world, &path).await.0, 400);
    assert_eq!(post(&world, &path, "2").await.0, 400);
}

#[tokio::test]
async fn a_websocket_that_does_not_get_through_leaves_polling_as_it_was() {
    let world = World::new().await;
    let path = entered(&world, "", "ann").await;
    let url = format!(
        "ws://{}{}",
        world.address,
        path.replace("polling", "websocket")
    );
    for wrong in ["5", "42[\"echo\",0]", "x", "2probe"] {
        let (mut socket, _) = tokio_tungstenite::connect_async(&url)
            .await
            .expect("it opens");
        socket.send(Message::text(wrong)).await.expect("it is read");
        if wrong == "2probe" {
            assert_eq!(
                socket.next().await.expect("a frame").expect("text"),
                Message::text("3probe")
            );
        }
        drop(socket);
        post(&world, &path, "42[\"echo\",1]").await;
        let mut body = poll(&world, &path).await.1;
        while body == "6" {
            body = poll(&world, &path).await.1;
        }
        assert_eq!(body, "42[\"echo\",1]", "{wrong}");
    }
}

/// Enters a room over a WebSocket with that `auth`; what is sent there comes after the first frame.
async fn room(
    world: &World,
    auth: Value,
) -> (
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<TcpStream>>,
    Value,
) {
    let url = format!(
        "ws://{}/socket.io/?EIO=4&transport=websocket",
        world.address
    );
    let (mut socket, _) = tokio_tungstenite::connect_async(&url)
        .await
        .expect("it opens");
    let head = format!("40/rooms/{},", world.conversation.0);
    let enter = format!("{head}{auth}");
    socket.send(Message::text(enter)).await.expect("it is read");
    let _open = socket.next().await;
    let entered = socket.next().await.expect("a frame").expect("text");
    let entered = entered
        .to_text()
        .expect("text")
        .strip_prefix(&head)
        .expect("entered");
    let entered = serde_json::from_str(entered).expect("JSON");
    (socket, entered)
}

#[tokio::test]
async fn what_was_sent_and_not_received_is_sent_again_to_whom_it_belongs() {
    let world = World::new().await;
    let head = format!("42/rooms/{},", world.conversation.0);
    let (mut socket, entered) = room(&world, json!({ "token": "ann" })).await;
    let pid = entered["pid"].as_str().expect("it may come back");
    for text in ["one", "two"] {
        let say = format!("{head}[\"say\",\"{text}\"]");
        socket.send(Message::text(say)).await.expect("it is read");
    }
    let mut frames = Vec::new();
    for _ in 0..3 {
        let frame = socket.next().await.expect("a frame").expect("text");
        frames.push(frame.to_text().expect("text").to_owned());
    }
    let welcome: Value = serde_json::from_str(&frames[0][head.len()..]).expect("JSON");
    drop(socket);
    until_offline(&world).await;
    // Neither somebody else nor somebody who guesses gets any of it.
    for (token, pid) in [("bo", pid), ("ann", "guessed")] {
        let auth = json!({ "token": token, "pid": pid, "offset": welcome[2] });
        let (mut other, entered) = room(&world, auth).await;
        assert_ne!(entered["pid"], pid);
        let fresh = other.next().await.expect("a frame").expect("text");
        assert!(fresh.to_text().expect("text").contains("welcome"));
        other.close(None).await.expect("it closes");
    }
    until_offline(&world).await;
    let auth = json!({ "token": "ann", "pid": pid, "offset": welcome[2] });
    let (mut socket, entered) = room(&world, auth).await;
    assert_eq!(entered["pid"], pid);
    for missed in &frames[1..] {
        let again = socket.next().await.expect("a frame").expect("text");
        assert_eq!(again.to_text().expect("text"), missed);
    }
    // A right that ends while the client is away ends its session.
    drop(socket);
    until_offline(&world).await;
    let ann = world.users[0].id;
    world
        .hub
        .disconnect(Disconnect::Member(world.conversation, ann));
    let (_socket, entered) = room(&world, json!({ "token": "ann", "pid": pid })).await;
    assert_ne!(entered["pid"], pid);
}

#[tokio::test]
async fn stopping_waits_for_nobody_who_may_come_back() {
    let world = World::new().await;
    let (socket, _) = room(&world, json!({ "token": "ann" })).await;
    drop(socket);
    until_offline(&world).await;
    assert_eq!(world.hub.socket_count(), 1, "its session waits");
    let stop = world.gateway.shutdown(PATIENCE * 2);
    let stopped = tokio::time::timeout(PATIENCE, stop).await;
    stopped.expect("long before its deadline");
    assert_eq!(world.hub.socket_count(), 0);
}

async fn until_offline(world: &World) {
    let ann = world.users[0].id;
    let offline = async {
        while world.chat.presence().is_online(ann) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, offline).await;
    waited.expect("offline in time");
}

#[tokio::test]
async fn stopping_ends_polls_that_wait() {
    let world = World::new().await;
    let named = entered(&world, "", "ann").await;
    let nameless = opened(&world).await;
    let (_, named) = two_polls(&world, &named).await;
    let (_, nameless) = two_polls(&world, &nameless).await;
    let (named, nameless, ()) = tokio::join!(named, nameless, world.gateway.shutdown(PATIENCE));
    assert_eq!(
        [named, nameless],
        [(200, "1".to_owned()), (200, "1".to_owned())]
    );
    assert_eq!(world.hub.socket_count(), 0);
}
