//! Paths that try to leave the media folder, sent as they are.

use parlance_testkit::client::rest::UploadFile;

use super::raw::request;
use super::world::World;
use super::{Outcome, pictures};

/// Ways to write "one folder up".
const UP: &[&str] = &[
    "../",
    "..%2f",
    "..%2F",
    "%2e%2e/",
    "%2e%2e%2f",
    "%2E%2E%5C",
    "..%5c",
    "..\\",
    "..%252f",
    "%252e%252e%252f",
    "....//",
    ".%2e/",
    "..%c0%af",
    "%c0%ae%c0%ae/",
    "..%00/",
    "..;/",
    "..//",
];

/// Files that are there, relative to the folder of uploads or to the root.
const FILES: &[&str] = &[
    "etc/passwd",
    "parlance.toml",
    "data/parlance.db",
    "parlance.db",
    "server.log",
];

/// What stands in those files, and in nothing that is served.
const MARKS: &[&str] = &[
    "root:x:0",
    "SQLite format 3",
    "operator_key",
    "operator-key-of",
    "listening on",
];

/// Where files are served from.
const PREFIXES: &[&str] = &[
    "/",
    "/media/",
    "/media/chat_images/",
    "/v1/media/",
    "/pages/",
    "/assets/",
];

fn targets() -> Vec<String> {
    let mut targets = Vec::new();
    for prefix in PREFIXES {
        for up in UP {
            for levels in [1, 2, 4, 10] {
                for file in FILES {
                    targets.push(format!("{prefix}{}{file}", up.repeat(levels)));
                }
            }
        }
        for file in FILES {
            for absolute in ["/", "//", "%2f", "%2F%2F", "\\", "/./", "file:///", "C:\\"] {
                targets.push(format!("{prefix}{absolute}{file}"));
            }
        }
    }
    targets.extend(
        [
            "//etc/passwd",
            "///etc/passwd",
            "/.//etc/passwd",
            "/%2fetc/passwd",
            "http://127.0.0.1/../../etc/passwd",
            "etc/passwd",
            "*",
        ]
        .map(str::to_owned),
    );
    targets
}

#[tokio::test]
async fn no_path_reaches_a_file_outside() -> Outcome {
    let world = World::start().await?;
    let credential = format!("Authorization: Token {}\r\n", world.bo.dialect_token);
    let targets = targets();
    for chunk in targets.chunks(16) {
        let asked = chunk
            .iter()
            .map(|target| request(&world.alpha, "GET", target, &credential));
        for (target, answer) in chunk
            .iter()
            .zip(futures_util::future::join_all(asked).await)
        {
            let answer = answer?;
            assert!(
                (300..500).contains(&answer.status) || is_a_page(&answer),
                "{target} was answered with {}",
                answer.status
            );
            for mark in MARKS {
                assert!(
                    !answer.contains(mark),
                    "{target} leads to a file with {mark:?}"
                );
            }
        }
    }
    let mut socket = world.native(&world.bo).await?;
    Ok(world.still_sends(&mut socket).await?)
}

/// Something of the server's own, such as a start page that answers every path.
fn is_a_page(answer: &super::raw::RawAnswer) -> bool {
    answer.status == 200 && answer.contains("<html")
}

#[tokio::test]
async fn names_of_uploads_are_never_paths() -> Outcome {
    let world = World::start().await?;
    let png = pictures::png(4, 4);
    let mark = "mark-of-this-test";
    for (index, way) in UP
        .iter()
        .chain(["/", "//", "/tmp/", "C:\\", "\\\\host\\share\\"].iter())
        .enumerate()
    {
        let name = format!("{}{mark}-{index}.png", way.repeat(3));
        let file = UploadFile {
            name: &name,
            content_type: "image/png",
            bytes: &png,
        };
        let native = world
            .rest(&world.bo)
            .upload("/v1/uploads", "file", &file)
            .await?;
        if native.status.is_success() {
            let kept = native.json()["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            assert!(
                !kept.contains(['/', '\\', '\0']),
                "{name} is kept as {kept:?}"
            );
            let url = native.json()["url"].as_str().unwrap_or_default().to_owned();
            assert!(!url.contains(mark), "{name} is served as {url}");
        } else {
            assert!(native.status.is_client_error(), "{name}: {}", native.text());
        }
        // FixMate's uploads are fewer in a second: some are enough.
        if index % 4 == 0 {
            let chat = world.fixmate(&world.bo);
            let chat = chat
                .upload("/api/chat/upload-image/", "image", &file)
                .await?;
            let url = chat.json()["image_url"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            assert!(
                url.starts_with("/media/chat_images/") && !url.contains(mark),
                "{}",
                chat.text()
            );
        }
    }
    let folder = world.server.data_dir();
    let root = folder.parent().ok_or("the data folder has a parent")?;
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(
                !name.contains(mark),
                "{} was written",
                entry.path().display()
            );
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    for outside in [
        root.parent().ok_or("a parent")?,
        std::path::Path::new("/tmp"),
    ] {
        for entry in std::fs::read_dir(outside)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            assert!(
                !name.contains(mark),
                "{name} was written to {}",
                outside.display()
            );
        }
    }
    Ok(())
}
