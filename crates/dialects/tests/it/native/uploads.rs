//! Files: taken in, named in a message, served to whoever has the address.

use axum::body::Body;
use http::{Method, StatusCode};
use parlance_core::app::AppProfile;
use parlance_core::limits::Limits;
use serde_json::{Value, json};

use super::Trio;
use crate::world::{Answer, request};

const BOUNDARY: &str = "boundary";

fn part(head: &str, body: &str) -> String {
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
}

fn file(body: &str) -> String {
    part("name=\"file\"; filename=\"notes.txt\"", body)
}

async fn upload(trio: &Trio, parts: &str) -> Answer {
    let token = trio.world.token(&trio.ann).await;
    let request = request(Method::POST, "/v1/uploads")
        .header("authorization", format!("Bearer {token}"))
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(Body::from(format!("{parts}--{BOUNDARY}--\r\n")));
    trio.world.ask(request.expect("a request")).await
}

async fn fetch(trio: &Trio, url: &str, range: Option<&str>) -> Answer {
    let mut request = request(Method::GET, url);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    trio.world
        .ask(request.body(Body::empty()).expect("a request"))
        .await
}

#[tokio::test]
async fn a_file_travels_with_a_message_and_is_served_by_its_address() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let form = part("name=\"duration_ms\"", "1500") + &file("0123456789");
    let answer = upload(&trio, &form).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
    let stored = answer.json();
    assert_eq!(
        (&stored["name"], &stored["size_bytes"]),
        (&json!("notes.txt"), &json!(10))
    );
    assert_eq!(stored["duration_ms"], 1500);
    let wish = json!({"kind": "file", "client_id": "f", "attachments": [stored["id"]]});
    let sent = trio
        .post(&trio.ann, &format!("{path}/messages"), wish)
        .await;
    assert_eq!(sent["attachments"], json!([stored]));

    let url = stored["url"].as_str().expect("an address");
    assert!(url.starts_with("/v1/media/"), "{url}");
    let whole = fetch(&trio, url, None).await;
    assert_eq!(
        (whole.status, &whole.bytes[..]),
        (StatusCode::OK, &b"0123456789"[..])
    );
    assert_eq!(whole.headers["x-content-type-options"], "nosniff");
    assert_eq!(whole.headers["content-length"], "10");
    assert!(
        whole.headers["content-disposition"]
            .to_str()
            .expect("ASCII")
            .starts_with("attachment")
    );
    let piece = fetch(&trio, url, Some("bytes=2-4")).await;
    assert_eq!(
        (piece.status, &piece.bytes[..]),
        (StatusCode::PARTIAL_CONTENT, &b"234"[..])
    );
    assert_eq!(piece.headers["content-range"], "bytes 2-4/10");
    let beyond = fetch(&trio, url, Some("bytes=10-")).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    for wrong in [
        url.replace("expires=", "expires=9"),
        format!("{url}A"),
        url.replace("/v1/media/", "/v1/media/0"),
        url.split('?').next().unwrap_or_default().to_owned() + "?expires=9999999999&signature=",
    ] {
        assert_eq!(
            fetch(&trio, &wrong, None).await.status,
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn addresses_are_absolute_where_the_public_address_is_known() {
    let public_url = Some("https://chat.example.com".to_owned());
    let profile = AppProfile {
        public_url,
        ..AppProfile::default()
    };
    let trio = Trio::with(profile, Limits::default()).await;
    let stored = upload(&trio, &file("x")).await.json();
    let url = stored["url"].as_str().expect("an address");
    assert!(
        url.starts_with("https://chat.example.com/v1/media/"),
        "{url}"
    );
}

#[tokio::test]
async fn a_form_that_does_not_fit_is_refused() {
    let limits = Limits {
        upload_bytes: 1_000,
        ..Limits::default()
    };
    let trio = Trio::with(AppProfile::default(), limits).await;
    let refusal = async |parts: &str| -> (u16, Value) {
        let answer = upload(&trio, parts).await;
        (answer.status.as_u16(), answer.json())
    };
    let (status, problem) = refusal(&part("name=\"other\"", "x")).await;
    assert_eq!((status, problem["errors"]["file"].is_array()), (422, true));
    let (status, problem) = refusal(&file("")).await;
    assert_eq!((status, problem["errors"]["file"].is_array()), (422, true));
    assert_eq!(refusal(&file(&"x".repeat(1_001))).await.0, 413);
    assert_eq!(refusal(&file(&"x".repeat(100_000))).await.0, 413);
    let wordy = part("name=\"duration_ms\"", "long") + &file("x");
    assert_eq!(refusal(&wordy).await.0, 422);
    let broken =
        "--boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc";
    let token = trio.world.token(&trio.ann).await;
    let request = request(Method::POST, "/v1/uploads")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "multipart/form-data; boundary=boundary")
        .body(Body::from(broken));
    let answer = trio.world.ask(request.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = trio
        .ask(&trio.ann, Method::POST, "/v1/uploads", Some(json!({})))
        .await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
