//! `parlance demo`: two apps, demo people, pages.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::tempdir;

use crate::binary::{command, stderr};

/// A running demo on free ports; killed when dropped.
struct Demo {
    process: Child,
    /// What it printed, up to the last line of the summary.
    text: String,
    urls: Vec<String>,
}

impl Demo {
    fn start(data_dir: &Path) -> Self {
        let mut process = command(data_dir)
            .args(["demo", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        let mut urls = Vec::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(listening) = line.strip_prefix("parlance: listening on ") {
                urls.push(listening.split(' ').next().unwrap().to_owned());
            }
            text.push_str(&line);
            text.push('\n');
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        Self {
            process,
            text,
            urls,
        }
    }

    async fn config(&self) -> Value {
        let url = format!("{}/demo/config.json", self.urls[0]);
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

async fn get_as(url: &str, scheme: &str, token: &str) -> (StatusCode, Value) {
    let answer = reqwest::Client::new()
        .get(url)
        .header("Authorization", format!("{scheme} {token}"))
        .send()
        .await
        .unwrap();
    let status = answer.status();
    (
        status,
        serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
    )
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} in {value}"))
}

#[tokio::test]
async fn both_apps_answer_with_the_tokens_of_the_description() {
    let folder = tempdir().unwrap();
    let demo = Demo::start(folder.path());
    assert_eq!(demo.urls.len(), 2, "{}", demo.text);
    let config = demo.config().await;
    for (index, app) in config["apps"].as_array().unwrap().iter().enumerate() {
        assert_eq!(text(app, "/url"), demo.urls[index]);
        assert!(demo.text.contains(text(app, "/key")));
        let (status, me) = get_as(
            &format!("{}/v1/me", demo.urls[index]),
            "Bearer",
            text(app, "/people/0/native_token"),
        )
        .await;
        assert_eq!(status, 200);
        assert_eq!(me["name"], "Demo Customer");
        let conversation = text(app, "/conversation/uuid");
        let url = format!(
            "{}/v1/conversations/{conversation}/messages",
            demo.urls[index]
        );
        let (_, page) = get_as(&url, "Bearer", text(app, "/people/1/native_token")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 6);
    }
    let url = format!("{}/api/chat/conversations/", demo.urls[1]);
    let (status, list) = get_as(
        &url,
        "Token",
        text(&config, "/apps/1/people/0/fixmate_token"),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(list[0]["id"], config["apps"][1]["conversation"]["id"]);
    assert_eq!(list[0]["unread_count"], 1);
    assert_eq!(config["panes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn demo_people_log_in_with_the_printed_password() {
    let folder = tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let config = demo.config().await;
    let person = &config["apps"][1]["people"][1];
    assert!(demo.text.contains(text(person, "/password")));
    let answer = reqwest::Client::new()
        .post(format!("{}/api/auth/users/login/", demo.urls[1]))
        .json(&serde_json::json!({"username": person["username"], "password": person["password"]}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(answer["token"], person["fixmate_token"]);
}

#[tokio::test]
async fn data_and_keys_stay_over_a_restart() {
    let folder = tempdir().unwrap();
    let before = Demo::start(folder.path()).config().await;
    let after = Demo::start(folder.path()).config().await;
    for pointer in [
        "/apps/0/key",
        "/apps/1/key",
        "/apps/0/conversation/uuid",
        "/apps/1/people/0/user",
    ] {
        assert_eq!(text(&before, pointer), text(&after, pointer));
    }
}

#[tokio::test]
async fn pages_are_sent_with_a_strict_policy() {
    let folder = tempdir().unwrap();
    let demo = Demo::start(folder.path());
    for url in &demo.urls {
        for page in ["/", "/demo/", "/demo/chat.html", "/demo/fixmate.html"] {
            let answer = reqwest::get(format!("{url}{page}")).await.unwrap();
            assert_eq!(answer.status(), 200, "{page}");
            assert_eq!(answer.headers()["Content-Type"], "text/html; charset=utf-8");
            let policy = answer.headers()["Content-Security-Policy"]
                .to_str()
                .unwrap()
                .to_owned();
            assert!(
                policy.starts_with("default-src 'none'; script-src 'self';"),
                "{policy}"
            );
            assert!(policy.contains(&demo.urls[1]), "{policy}");
        }
        let missing = reqwest::get(format!("{url}/demo/none.html")).await.unwrap();
        assert_eq!(missing.status(), 404);
    }
}

#[tokio::test]
async fn a_foreign_host_name_gets_no_tokens() {
    let folder = tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let answer = reqwest::Client::new()
        .get(format!("{}/demo/config.json", demo.urls[0]))
        .header("Host", "rebound.example")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 421);
    assert!(answer.text().await.unwrap().is_empty());
}

#[test]
fn it_refuses_an_address_that_others_can_reach() {
    let folder = tempdir().unwrap();
    let output = command(folder.path())
        .args(["demo", "--listen", "0.0.0.0:0", "--data-dir", "data"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--i-know-this-is-public"));
    assert!(!folder.path().join("data").exists());
}
