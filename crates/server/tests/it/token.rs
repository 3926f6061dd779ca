//! `parlance token`: a token for trying things out.

use std::process::Output;

use parlance_testkit::server::Server;
use tempfile::tempdir;

use crate::binary::{command, server, stderr, stdout};

fn token(server: &Server, app: &str, more: &[&str]) -> Output {
    command(&server.data_dir())
        .args(["token", "--app", app, "--user", "41", "--config"])
        .arg(server.config_file())
        .args(more)
        .output()
        .unwrap()
}

#[tokio::test]
async fn it_opens_the_native_protocol_of_a_server_that_runs() {
    let server = server()
        .settings("[[apps]]\nname = \"one\"\n")
        .start()
        .await
        .unwrap();
    let unknown = token(&server, "one", &[]);
    assert!(!unknown.status.success());
    assert!(stderr(&unknown).contains("no user with the external id \"41\""));
    let made = token(&server, "one", &["--create"]);
    assert!(made.status.success(), "{}", stderr(&made));
    let answer = reqwest::Client::new()
        .get(format!("{}/v1/me", server.base_url()))
        .bearer_auth(stdout(&made).trim())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("\"external_id\":\"41\"")
    );
}

#[tokio::test]
async fn an_unknown_app_is_said_with_those_that_there_are() {
    let server = server()
        .settings("[[apps]]\nname = \"one\"\n")
        .start()
        .await
        .unwrap();
    let output = token(&server, "two", &[]);
    assert!(
        stderr(&output).contains("no app \"two\"; there are one"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn without_a_database_it_makes_none() {
    let folder = tempdir().unwrap();
    let output = command(folder.path())
        .args(["token", "--app", "a", "--user", "1"])
        .output()
        .unwrap();
    assert!(stderr(&output).contains("there is no database ./data/parlance.db"));
    assert!(!folder.path().join("data").exists());
}
