//! Connections that never say what they want. These tests wait for the server's own deadlines: ten
//! seconds for a socket to say who it is, thirty for a request's head.

use futures_util::future::join_all;
use http::header::AUTHORIZATION;
use parlance_testkit::client::native::PATH;
use parlance_testkit::client::socket::{Opening, Socket};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::Outcome;
use super::raw::{exchange, read_to_end};
use super::world::World;

/// Connections that hang at once.
const HANGING: usize = 200;

#[tokio::test]
async fn who_never_says_anything_is_let_go() -> Outcome {
    let world = World::start().await?;
    let silent = Socket::open(&world.alpha, PATH, Opening::default()).await?;
    // Requests that are refused do not count as saying who one is.
    let mut talking = Socket::open(&world.alpha, PATH, Opening::default()).await?;
    talking
        .send_text(json!({ "id": 1, "type": "ping", "data": {} }).to_string())
        .await?;
    let mut heads = Vec::new();
    for index in 0..HANGING {
        let mut stream = TcpStream::connect(world.alpha.authority()).await?;
        let head = [
            "",
            "G",
            "GET /v1/me HTTP/1.1\r\n",
            "GET /v1/ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgr",
            "GET /v1/me HTTP/1.1\r\nHost: alpha.example.com\r\nX-Slow: ",
        ][index % 5];
        stream.write_all(head.as_bytes()).await?;
        heads.push(stream);
    }
    // Meanwhile others are served.
    let mut socket = world.native(&world.bo).await?;
    world.still_sends(&mut socket).await?;
    let ends =
        join_all([silent, talking].map(|mut socket| async move { socket.ended().await })).await;
    for end in ends {
        assert_eq!(end?, Some(4401));
    }
    for answer in join_all(heads.into_iter().map(read_to_end)).await {
        let status = answer?.status;
        assert!(
            [0, 400, 408].contains(&status),
            "half a head was answered with {status}"
        );
    }
    socket.call("ping", json!({})).await?;
    Ok(())
}

#[tokio::test]
async fn heads_that_are_no_http_are_refused() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let long = "x".repeat(1024 * 1024);
    let many = "X-Again: 1\r\n".repeat(200);
    for head in [
        "\r\n\r\n\r\n".to_owned(),
        "hello\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}".to_owned(),
        format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"),
    ] {
        // The server may hang up while a long head is still being sent.
        if let Ok(answer) = exchange(&world.alpha, head.as_bytes()).await {
            let refused = answer.status == 0 || (400..=505).contains(&answer.status);
            assert!(
                refused,
                "{} for {:?}",
                answer.status,
                &head[..head.len().min(60)]
            );
        }
    }
    world.unchanged_since(&before).await?;
    let mut socket = world.native(&world.bo).await?;
    Ok(world.still_sends(&mut socket).await?)
}

#[tokio::test]
async fn handshakes_that_are_none_are_refused() -> Outcome {
    let world = World::start().await?;
    let token = format!("{AUTHORIZATION}: Bearer {}\r\n", world.bo.token);
    let head = |headers: &str| {
        format!(
            "GET /v1/ws HTTP/1.1\r\nHost: alpha.example.com\r\n{token}Upgrade: websocket\r\n{headers}\r\n"
        )
    };
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for headers in [
        "Connection: close\r\n".to_owned(),
        "Connection: Upgrade\r\n".to_owned(),
        format!("Connection: Upgrade\r\n{key}"),
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n".to_owned(),
        format!("Connection: Upgrade\r\n{key}Sec-WebSocket-Version: 8\r\n"),
        "Connection: Upgrade\r\nSec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n"
            .to_owned(),
        format!("Connection: Upgrade\r\n{key}{key}Sec-WebSocket-Version: 13\r\n"),
    ] {
        let headers = headers.replace("Connection: Upgrade", "Connection: Upgrade, close");
        let answer = exchange(&world.alpha, head(&headers).as_bytes()).await?;
        assert!(
            [400, 426].contains(&answer.status),
            "{} for {headers:?}",
            answer.status
        );
    }
    let mut socket = world.native(&world.bo).await?;
    Ok(world.still_sends(&mut socket).await?)
}
