//! Pictures and files: what passes, and who sees it.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, RANGE, SET_COOKIE};
use http::{Method, StatusCode};
use serde_json::json;

use super::Pair;
use crate::world::{Answer, request};

/// The smallest picture.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 13, b'I', b'D', b'A', b'T',
    0x78, 0xda, 0x63, 0x64, 0xf8, 0xcf, 0x50, 0x0f, 0x00, 0x03, 0x86, 0x01, 0x80, 0x5a, 0x34, 0x7d,
    0x6b, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

async fn upload(pair: &Pair, path: &str, field: &str, name: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let request = request(Method::POST, path)
        .header(AUTHORIZATION, format!("Token {}", pair.ann_token))
        .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body));
    pair.world.ask(request.expect("a request")).await
}

async fn upload_image(pair: &Pair, name: &str, bytes: &[u8]) -> Answer {
    upload(pair, "/api/chat/upload-image/", "image", name, bytes).await
}

#[tokio::test]
async fn what_is_no_picture_by_its_content_is_refused() {
    let pair = Pair::new().await;
    let mut large = PNG.to_vec();
    large.resize(5 * 1024 * 1024 + 1, 0);
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let html = b"<!doctype html><script>alert(1)</script>";
    let rows: [(&str, &[u8]); 5] = [
        ("a.png", b""),
        ("a.png", svg),
        ("a.png", html),
        ("a.png", &PNG[..20]),
        ("a.png", &large),
    ];
    for (name, bytes) in rows {
        let answer = upload_image(&pair, name, bytes).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{} bytes",
            bytes.len()
        );
        assert!(answer.json()["error"].is_string(), "{}", answer.json());
    }
    let none = upload(&pair, "/api/chat/upload-image/", "note", "a.png", PNG).await;
    assert_eq!(
        (none.status, none.json()),
        (
            StatusCode::BAD_REQUEST,
            json!({ "error": "No image provided." })
        )
    );
    let json = pair
        .ann(
            Method::POST,
            "/api/chat/upload-image/",
            Some(json!({ "image": "x" })),
        )
        .await;
    assert_eq!(json.status, StatusCode::BAD_REQUEST);
    assert!(json.json()["error"].is_string());
}

#[tokio::test]
async fn a_picture_is_seen_by_its_uploader_then_by_the_other_and_by_nobody_else() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let answer = upload_image(&pair, "../../etc/passwd.png", PNG).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
    let address = answer.json()["image_url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let name = address
        .strip_prefix("/media/chat_images/")
        .expect("a picture's address");
    assert_eq!(
        name.split_once('.').map(|(_, extension)| extension),
        Some("png")
    );
    assert!(!address.contains("passwd"));

    let own = pair.ann(Method::GET, &address, None).await;
    assert_eq!((own.status, &own.bytes[..]), (StatusCode::OK, PNG));
    assert_eq!(own.headers["content-type"], "image/png");
    assert_eq!(own.headers["x-content-type-options"], "nosniff");
    assert!(
        own.headers["cache-control"]
            .to_str()
            .expect("ASCII")
            .contains("private")
    );
    assert_eq!(
        pair.bo(Method::GET, &address, None).await.status,
        StatusCode::NOT_FOUND
    );

    let path = format!("/api/chat/conversations/{id}/send_message/");
    let body = json!({ "content": "", "image_url": address });
    // Nobody sends what somebody else uploaded.
    let stolen = pair.bo(Method::POST, &path, Some(body.clone())).await;
    assert_eq!(stolen.status, StatusCode::BAD_REQUEST);
    let sent = pair.ann(Method::POST, &path, Some(body)).await;
    assert_eq!(sent.json()["image"], address);
    assert_eq!(
        pair.bo(Method::GET, &address, None).await.status,
        StatusCode::OK
    );

    // The page's <img> has the cookie only.
    let profile = pair.bo(Method::GET, "/api/auth/users/profile/", None).await;
    let cookie = profile.headers[SET_COOKIE].to_str().expect("ASCII");
    let cookie = cookie.split(';').next().expect("a cookie");
    let by_cookie = request(Method::GET, &address)
        .header(COOKIE, cookie)
        .body(Body::empty());
    let by_cookie = pair.world.ask(by_cookie.expect("a request")).await;
    assert_eq!(by_cookie.status, StatusCode::OK);
    let nobody = request(Method::GET, &address).body(Body::empty());
    let nobody = pair.world.ask(nobody.expect("a request")).await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN);
    let stranger = pair.world.user("cy", "customer").await;
    let token = pair.world.token(&stranger).await;
    let foreign = pair
        .world
        .as_user(&token, Method::GET, &address, None)
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_part_of_a_picture_can_be_asked_for() {
    let pair = Pair::new().await;
    let answer = upload_image(&pair, "a.png", PNG).await;
    let address = answer.json()["image_url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let ask = async |range: &str| {
        let request = request(Method::GET, &address)
            .header(AUTHORIZATION, format!("Token {}", pair.ann_token))
            .header(RANGE, range)
            .body(Body::empty());
        pair.world.ask(request.expect("a request")).await
    };
    let part = ask("bytes=1-3").await;
    assert_eq!(
        (part.status, &part.bytes[..]),
        (StatusCode::PARTIAL_CONTENT, &b"PNG"[..])
    );
    assert_eq!(
        part.headers["content-range"],
        format!("bytes 1-3/{}", PNG.len())
    );
    assert_eq!(
        ask("bytes=9999-").await.status,
        StatusCode::RANGE_NOT_SATISFIABLE
    );
}

#[tokio::test]
async fn a_file_keeps_its_name_and_is_never_shown_in_place() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let html = b"<!doctype html><script>alert(1)</script>";
    let answer = upload(&pair, "/api/chat/upload-file/", "file", "offer.html", html).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
    let file = answer.json();
    assert_eq!(
        (&file["name"], &file["size"]),
        (&json!("offer.html"), &json!(html.len()))
    );
    assert_eq!(file["content_type"], "application/octet-stream");
    let address = file["file_url"].as_str().expect("an address").to_owned();

    let path = format!("/api/chat/conversations/{id}/send_message/");
    let body = json!({ "content": "my offer", "file_url": address, "duration": 3 });
    let sent = pair.ann(Method::POST, &path, Some(body)).await.json();
    assert_eq!(
        (&sent["file_url"], &sent["image"]),
        (&json!(address), &json!(null))
    );
    assert_eq!(sent["duration"], 3);

    let read = pair.bo(Method::GET, &address, None).await;
    assert_eq!((read.status, &read.bytes[..]), (StatusCode::OK, &html[..]));
    let disposition = read.headers["content-disposition"].to_str().expect("ASCII");
    assert!(disposition.starts_with("attachment;"), "{disposition}");
    assert_eq!(read.headers["x-content-type-options"], "nosniff");
    // Not under a picture's address either.
    let disguised = address.replace("chat_files", "chat_images");
    assert_eq!(
        pair.ann(Method::GET, &disguised, None).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn no_path_reaches_another_file() {
    let pair = Pair::new().await;
    for name in [
        "..%2f..%2ftest.db",
        "%2e%2e",
        "..%5ctest.db",
        "test.db",
        "%00.png",
    ] {
        let path = format!("/media/chat_images/{name}");
        let answer = pair.ann(Method::GET, &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
}
