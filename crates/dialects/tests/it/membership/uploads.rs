//! Files: announced, put once, served to whoever has their address.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RANGE};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Desk;
use crate::world::{Answer, request};

/// Sound, as far as its first bytes say.
const VOICE: &[u8] =
    b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01";
const HOST: &str = "http://test.local";

async fn presign(desk: &Desk, name: &str) -> Value {
    let wish = json!({ "filename": name, "contentType": "audio/ogg" });
    let answer = desk
        .alice(Method::POST, "/api/files/presign/", Some(wish))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    answer.json()
}

fn path(address: &Value) -> String {
    let address = address.as_str().expect("an address");
    address
        .strip_prefix(HOST)
        .expect("of the host that was asked")
        .to_owned()
}

async fn put(desk: &Desk, path: &str, bytes: &'static [u8]) -> Answer {
    let request = request(Method::PUT, path).header(CONTENT_TYPE, "audio/ogg");
    desk.world
        .ask(request.body(Body::from(bytes)).expect("a request"))
        .await
}

async fn get(desk: &Desk, path: &str, range: Option<&str>) -> Answer {
    let mut request = request(Method::GET, path);
    if let Some(range) = range {
        request = request.header(RANGE, range);
    }
    desk.world
        .ask(request.body(Body::empty()).expect("a request"))
        .await
}

#[tokio::test]
async fn a_recording_is_put_once_and_played_from_its_public_address() {
    let desk = Desk::new().await;
    let signed = presign(&desk, "../my voice.ogg").await;
    let (upload, public) = (path(&signed["url"]), path(&signed["publicUrl"]));
    assert!(public.ends_with("/my_voice.ogg"), "{public}");
    assert_eq!(
        get(&desk, &public, None).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(put(&desk, &upload, VOICE).await.status, StatusCode::OK);
    assert_eq!(
        put(&desk, &upload, VOICE).await.status,
        StatusCode::FORBIDDEN
    );
    let whole = get(&desk, &public, None).await;
    assert_eq!((whole.status, &whole.bytes[..]), (StatusCode::OK, VOICE));
    assert_eq!(whole.headers[CONTENT_TYPE], "audio/ogg");
    assert_eq!(whole.headers["accept-ranges"], "bytes");
    let part = get(&desk, &public, Some("bytes=4-7")).await;
    assert_eq!(
        (part.status, &part.bytes[..]),
        (StatusCode::PARTIAL_CONTENT, &VOICE[4..8])
    );
}

#[tokio::test]
async fn an_address_that_was_not_made_here_opens_nothing() {
    let desk = Desk::new().await;
    let signed = presign(&desk, "a.ogg").await;
    let (upload, public) = (path(&signed["url"]), path(&signed["publicUrl"]));
    let id = signed["fileId"].as_str().expect("an id");
    let other = uuid::Uuid::nil().to_string();
    for forged in [
        upload.replace(id, &other),
        upload.replace("a.ogg", "b.ogg"),
        upload.split('?').next().expect("a path").to_owned(),
        "/files/upload/x?key=y".to_owned(),
    ] {
        assert_eq!(
            put(&desk, &forged, VOICE).await.status,
            StatusCode::FORBIDDEN,
            "{forged}"
        );
    }
    put(&desk, &upload, VOICE).await;
    for forged in [
        public.replace(id, &other),
        format!("/files/public/{id}/x/a.ogg"),
    ] {
        assert_eq!(
            get(&desk, &forged, None).await.status,
            StatusCode::NOT_FOUND,
            "{forged}"
        );
    }
}

#[tokio::test]
async fn a_form_is_taken_at_once_and_scripts_are_not_shown() {
    let desk = Desk::new().await;
    let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.html\"\r\n\r\n\
                <script>alert(1)</script>\r\n--x--\r\n";
    let request = request(Method::POST, "/api/files/upload/")
        .header(AUTHORIZATION, format!("Bearer {}", desk.alice_token))
        .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body));
    let answer = desk.world.ask(request.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
    let file = answer.json();
    assert_eq!(
        (&file["filename"], &file["size"]),
        (&json!("a.html"), &json!(25))
    );
    assert_eq!(file["url"], file["publicUrl"]);
    let served = get(&desk, &path(&file["publicUrl"]), None).await;
    assert_eq!(served.status, StatusCode::OK);
    assert_eq!(served.headers[CONTENT_TYPE], "application/octet-stream");
    let missing = desk
        .alice(Method::POST, "/api/files/upload/", Some(json!({})))
        .await;
    assert_eq!(missing.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn too_large_and_empty_files_are_refused() {
    let desk = Desk::new().await;
    let large: &'static [u8] = Box::leak(vec![b'x'; 10 * 1024 * 1024 + 1].into_boxed_slice());
    for (bytes, status) in [(large, 413), (&b""[..], 400)] {
        let signed = presign(&desk, "a.txt").await;
        let answer = put(&desk, &path(&signed["url"]), bytes).await;
        assert_eq!(answer.status.as_u16(), status);
        assert!(answer.json()["error"].is_string());
        let public = get(&desk, &path(&signed["publicUrl"]), None).await;
        assert_eq!(public.status, StatusCode::NOT_FOUND);
    }
}
