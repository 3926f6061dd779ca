//! Messages with files, and the addresses under which the files open.

use axum::body::Body;
use http::header::{
    AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, StatusCode};

use super::{Desk, Person, bearer};
use crate::world::{Answer, request};

/// A form with a room, perhaps words, and a file.
async fn send(desk: &Desk, who: &Person, room: i64, name: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"room_id\"\r\n\r\n{room}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n\r\n\
         --x\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"{name}\"\r\n\
         Content-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let request = request(Method::POST, "/api/chat/messages/")
        .header(AUTHORIZATION, bearer(&who.token))
        .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body));
    desk.world.ask(request.expect("a request")).await
}

async fn open(desk: &Desk, address: &str, range: Option<&str>) -> Answer {
    let path = address
        .strip_prefix("http://test.local")
        .expect("the host that was asked");
    let mut request = request(Method::GET, path);
    if let Some(range) = range {
        request = request.header(RANGE, range);
    }
    desk.world
        .ask(request.body(Body::empty()).expect("a request"))
        .await
}

#[tokio::test]
async fn a_file_opens_by_its_address_alone_and_is_not_run() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let html = b"<!doctype html><script>alert(1)</script>";
    let sent = send(&desk, &desk.uma, room, "../pay slip.html", html).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let message = sent.json();
    assert_eq!(message["attachment_name"], "pay slip.html");
    assert_eq!(message["message"], "");
    let address = message["attachment"].as_str().expect("an address");
    let opened = open(&desk, address, None).await;
    assert_eq!(opened.status, StatusCode::OK);
    assert_eq!(&opened.bytes[..], html);
    assert_eq!(opened.headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
    let disposition = opened.headers[CONTENT_DISPOSITION].to_str().expect("ASCII");
    assert!(disposition.starts_with("attachment;"), "{disposition}");
    let part = open(&desk, address, Some("bytes=0-1")).await;
    assert_eq!(
        (part.status, &part.bytes[..]),
        (StatusCode::PARTIAL_CONTENT, &b"<!"[..])
    );
    let (bare, _) = address.split_once('?').expect("a permission");
    for void in [
        bare.to_owned(),
        format!("{address}x"),
        format!("{bare}?expires=1&signature=x"),
    ] {
        assert_eq!(
            open(&desk, &void, None).await.status,
            StatusCode::NOT_FOUND,
            "{void}"
        );
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let sent = send(&desk, &desk.uma, room, "empty.txt", b"").await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
    let message = sent.json();
    assert_eq!(message["attachment_name"], "empty.txt");
    let address = message["attachment"].as_str().expect("an address");
    let opened = open(&desk, address, None).await;
    assert_eq!((opened.status, opened.bytes.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn a_file_too_large_or_for_a_foreign_room_is_refused() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let limit = 10 * 1024 * 1024;
    let fits = send(&desk, &desk.uma, room, "a.bin", &vec![b'a'; limit]).await;
    assert_eq!(fits.status, StatusCode::CREATED);
    let large = send(&desk, &desk.uma, room, "a.bin", &vec![b'a'; limit + 1]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.json()["error"].is_string());
    let foreign = send(&desk, &desk.vic, room, "a.txt", b"x").await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let unknown = send(&desk, &desk.vic, 999, "a.txt", b"x").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let listed = desk.get(&desk.uma, "/api/chat/messages/").await;
    assert_eq!(listed["count"], 1);
}
