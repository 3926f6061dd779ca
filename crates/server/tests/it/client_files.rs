//! An app's own web client, served beside its dialects.

use std::fs;

use tempfile::tempdir;

use crate::binary::{command, server, stderr};

#[tokio::test]
async fn the_products_pages_stand_beside_its_api() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("site")).unwrap();
    fs::create_dir(folder.path().join("site/js")).unwrap();
    fs::write(folder.path().join("site/index.html"), "<h1>client</h1>").unwrap();
    fs::write(folder.path().join("site/js/chat.js"), "chat()").unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    let settings = format!(
        "[[apps]]\nname = \"one\"\ndialects = [\"fixmate\"]\nclient_dir = \"{}\"\n",
        folder.path().join("site").display()
    );
    let server = server().settings(&settings).start().await.unwrap();
    let get = async |path: &str| {
        let answer = reqwest::get(format!("{}{path}", server.base_url())).await;
        let answer = answer.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(get("/").await, (200, "<h1>client</h1>".to_owned()));
    assert_eq!(get("/js/chat.js").await, (200, "chat()".to_owned()));
    assert_eq!(get("/v1/me").await.0, 401);
    assert_eq!(get("/api/chat/conversations/").await.0, 403);
    for path in [
        "/js/none.js",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "//etc/passwd",
    ] {
        let (status, text) = get(path).await;
        assert_eq!(status, 404, "{path}");
        assert!(text.contains("Not found"), "{path}: {text}");
    }
    let posted = reqwest::Client::new()
        .post(format!("{}/js/chat.js", server.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 404);
}

#[test]
fn a_folder_that_is_not_there_is_said_before_anything_starts() {
    let folder = tempdir().unwrap();
    let settings = folder.path().join("parlance.toml");
    fs::write(
        &settings,
        "[[apps]]\nname = \"one\"\nclient_dir = \"./nowhere\"\n",
    )
    .unwrap();
    let output = command(folder.path())
        .args(["serve", "--check-config", "--config"])
        .arg(&settings)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("apps.one.client_dir: ./nowhere is no folder"));
}
