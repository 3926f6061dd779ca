//! Files that are not what they say, or too large once unpacked.

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use parlance_testkit::client::rest::{Rest, UploadFile};
use serde_json::json;

use super::Outcome;
use super::pictures::{hollow_png, png, png_with_trailing};
use super::world::World;

const MIB: usize = 1024 * 1024;

const SVG: &str = r#"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>"#;
const HTML: &str = "<!DOCTYPE html><html><script>alert(document.cookie)</script></html>";

/// Pictures that are none, or that would fill the memory.
fn no_pictures() -> Vec<(&'static str, Vec<u8>)> {
    let mut broken = png(64, 64);
    broken.truncate(broken.len() / 2);
    vec![
        ("SVG", SVG.as_bytes().to_vec()),
        ("SVG after blanks", format!("  \n\t{SVG}").into_bytes()),
        ("HTML", HTML.as_bytes().to_vec()),
        ("text", b"just words".to_vec()),
        ("an empty file", Vec::new()),
        ("PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec()),
        ("ZIP", b"PK\x03\x04\x14\x00\x00\x00\x08\x00".to_vec()),
        ("ELF", b"\x7fELF\x02\x01\x01".to_vec()),
        ("only the signature", b"\x89PNG\r\n\x1a\n".to_vec()),
        (
            "HTML after a signature",
            [b"\x89PNG\r\n\x1a\n", HTML.as_bytes()].concat(),
        ),
        ("HTML after GIF89a", [b"GIF89a", HTML.as_bytes()].concat()),
        ("a picture cut in two", broken),
        (
            "60,000 by 60,000 pixels in a few bytes",
            hollow_png(60_000, 60_000),
        ),
        ("2^31 pixels wide", hollow_png(0x7fff_ffff, 1)),
        ("no pixels", hollow_png(0, 0)),
        ("within the limit, but hollow", hollow_png(7_000, 7_000)),
        ("8,000 by 8,000 black pixels", png(8_000, 8_000)),
    ]
}

/// Names under which they come; none of them counts.
const DISGUISES: [(&str, &str); 2] = [("photo.png", "image/png"), ("photo.jpg", "image/jpeg")];

#[tokio::test]
async fn fixmate_takes_only_pictures() -> Outcome {
    let world = World::start_with("[rates]\nupload = \"1000/s burst 1000\"").await?;
    let before = world.snapshot().await?;
    let chat = world.fixmate(&world.bo);
    for (what, bytes) in no_pictures() {
        for (name, content_type) in DISGUISES {
            let file = UploadFile {
                name,
                content_type,
                bytes: &bytes,
            };
            let answer = chat
                .upload("/api/chat/upload-image/", "image", &file)
                .await?;
            assert_eq!(answer.status, 400, "{what}: {}", answer.text());
            assert!(
                answer.json()["error"].is_string(),
                "{what}: {}",
                answer.text()
            );
        }
    }
    nothing_kept(&world)?;
    world.unchanged_since(&before).await?;
    let good = png(20, 10);
    let file = UploadFile {
        name: "a.txt",
        content_type: "text/html",
        bytes: &good,
    };
    let answer = chat
        .upload("/api/chat/upload-image/", "image", &file)
        .await?;
    assert_eq!(answer.status, 201, "{}", answer.text());
    Ok(())
}

#[tokio::test]
async fn a_fixmate_picture_is_served_as_a_picture_whatever_follows_it() -> Outcome {
    let world = World::start().await?;
    let bytes = png_with_trailing(HTML);
    let file = UploadFile {
        name: "a.html",
        content_type: "text/html",
        bytes: &bytes,
    };
    let answer = world
        .fixmate(&world.bo)
        .upload("/api/chat/upload-image/", "image", &file)
        .await?;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let url = answer.json()["image_url"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let served = world.fixmate(&world.bo).get(&url).await?;
    assert_eq!(
        served.header(&CONTENT_TYPE),
        "image/png",
        "{url}: {}",
        served.status
    );
    assert_eq!(served.header(&X_CONTENT_TYPE_OPTIONS), "nosniff");
    Ok(())
}

#[tokio::test]
async fn native_never_serves_as_a_picture_or_page_what_is_none() -> Outcome {
    let world = World::start_with("[rates]\nupload = \"1000/s burst 1000\"").await?;
    let rest = world.rest(&world.bo);
    for (what, bytes) in no_pictures() {
        for (name, content_type) in DISGUISES
            .into_iter()
            .chain([("a.svg", "image/svg+xml"), ("a.html", "text/html")])
        {
            let file = UploadFile {
                name,
                content_type,
                bytes: &bytes,
            };
            let answer = rest.upload("/v1/uploads", "file", &file).await?;
            if !answer.status.is_success() {
                let code = answer.json()["code"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                let known = ["invalid", "too_large", "unsupported_media"].contains(&code.as_str());
                assert!(known, "{what}: {}", answer.text());
                continue;
            }
            let attachment = answer.json();
            let url = attachment["url"].as_str().unwrap_or_default().to_owned();
            assert_eq!(attachment["width"], json!(null), "{what}: {attachment}");
            let served = Rest::new(&world.alpha).get(&url).await?;
            assert_eq!(served.status, 200, "{what}: {url}");
            assert_eq!(served.header(&X_CONTENT_TYPE_OPTIONS), "nosniff", "{what}");
            assert!(
                served
                    .header(&CONTENT_DISPOSITION)
                    .starts_with("attachment"),
                "{what}"
            );
            for kind in [
                served.header(&CONTENT_TYPE),
                attachment["content_type"].as_str().unwrap_or_default(),
            ] {
                let harmless =
                    !kind.starts_with("image/") && !kind.contains("html") && !kind.contains("xml");
                assert!(harmless, "{what} is served as {kind}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn large_dimensions_are_refused_before_they_are_decoded() -> Outcome {
    let world = World::start().await?;
    let rest = world.rest(&world.bo);
    for bytes in [
        hollow_png(60_000, 60_000),
        hollow_png(0x7fff_ffff, 0x7fff_ffff),
        png(8_000, 8_000),
    ] {
        let file = UploadFile {
            name: "bomb.png",
            content_type: "image/png",
            bytes: &bytes,
        };
        let answer = rest.upload("/v1/uploads", "file", &file).await?;
        assert!(answer.status.is_client_error(), "{}", answer.text());
    }
    nothing_kept(&world)?;
    Ok(())
}

#[tokio::test]
async fn an_upload_that_is_too_large_is_refused_and_leaves_nothing() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let mut large = png(4, 4);
    large.resize(11 * MIB, 0);
    let file = UploadFile {
        name: "a.png",
        content_type: "image/png",
        bytes: &large,
    };
    let answer = world
        .rest(&world.bo)
        .upload("/v1/uploads", "file", &file)
        .await?;
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert_eq!(answer.json()["code"], "too_large");
    let file = UploadFile {
        bytes: &large[..=5 * MIB],
        ..file
    };
    let answer = world
        .fixmate(&world.bo)
        .upload("/api/chat/upload-image/", "image", &file)
        .await?;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.json()["error"].is_string());
    nothing_kept(&world)?;
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn uploads_without_a_file_or_a_form_are_refused() -> Outcome {
    let world = World::start().await?;
    let bytes = png(4, 4);
    let file = UploadFile {
        name: "a.png",
        content_type: "image/png",
        bytes: &bytes,
    };
    let native = world.rest(&world.bo);
    let fixmate = world.fixmate(&world.bo);
    let wrong_field = native.upload("/v1/uploads", "other", &file).await?;
    assert!(
        wrong_field.status.is_client_error(),
        "{}",
        wrong_field.text()
    );
    let wrong_field = fixmate
        .upload("/api/chat/upload-image/", "other", &file)
        .await?;
    assert_eq!(wrong_field.status, 400, "{}", wrong_field.text());
    for content_type in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "application/json",
        "image/png",
        "",
    ] {
        for (rest, path) in [
            (&native, "/v1/uploads"),
            (&fixmate, "/api/chat/upload-image/"),
        ] {
            let answer = rest
                .send(http::Method::POST, path, content_type, bytes.clone().into())
                .await?;
            assert!(
                answer.status.is_client_error(),
                "{path} {content_type}: {}",
                answer.text()
            );
        }
    }
    nothing_kept(&world)?;
    Ok(())
}

/// The folder of uploads holds no file.
fn nothing_kept(world: &World) -> Outcome {
    let mut folders = vec![world.server.data_dir().join("media")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                return Err(format!("{} was kept", entry.path().display()).into());
            }
        }
    }
    Ok(())
}
