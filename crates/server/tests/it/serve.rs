//! `parlance serve`: starts, answers, stops.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use parlance_testkit::server::Server;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::tempdir;

use crate::binary::{command, server, stderr};

#[tokio::test]
async fn it_answers_and_ends_on_sigterm() {
    let mut server = server()
        .settings("[[apps]]\nname = \"one\"\n")
        .start()
        .await
        .unwrap();
    for path in ["healthz", "readyz", "metrics"] {
        let answer = reqwest::get(format!("{}/{path}", server.base_url()))
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    let me = reqwest::get(format!("{}/v1/me", server.base_url()))
        .await
        .unwrap();
    assert_eq!(me.status(), 401);
    let status = server.terminate().await.unwrap().expect("it ran");
    assert!(
        status.success(),
        "{status}\n{}",
        server.log().last_lines(20)
    );
}

#[tokio::test]
async fn an_app_of_its_own_address_is_reached_there_only() {
    let settings = "[[apps]]\nname = \"own\"\nlisten = \"127.0.0.1:0\"\n";
    let server = server()
        .settings(settings)
        .more_listeners(1)
        .start()
        .await
        .unwrap();
    assert!(server.log().last_lines(50).lines().any(|line| {
        line.starts_with("parlance: listening on http://127.0.0.1:") && line.ends_with(" (own)")
    }));
}

#[test]
fn a_port_that_is_taken_is_said_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempdir().unwrap();
    let output = command(folder.path())
        .args(["serve", "--listen", &address])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = format!(
        "parlance: listen: cannot listen on {address}; stop what listens there, or choose another port"
    );
    assert!(stderr(&output).contains(&said), "{}", stderr(&output));
}

#[test]
fn a_store_that_cannot_be_opened_is_said_before_a_port_is_bound() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(
        folder.path().join("data/parlance.db"),
        "no database, ".repeat(100),
    )
    .unwrap();
    let output = command(folder.path())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(
        stderr(&output).contains("cannot open the database ./data/parlance.db"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn apps_of_the_settings_follow_the_settings_over_restarts() {
    let settings = |key: &str| format!("[[apps]]\nname = \"one\"\nkey = \"{key}\"\n");
    let folder = tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap().to_owned();
    for key in ["first-key-0123456789", "other-key-0123456789"] {
        let mut server = server()
            .settings(&settings(key))
            .arg("--data-dir")
            .arg(&data_dir)
            .start()
            .await
            .unwrap();
        for (tried, expected) in [(key, 200), ("wrong-key-0123456789", 401)] {
            let answer = reqwest::Client::new()
                .get(format!("{}/parlance/v1/usage", server.base_url()))
                .bearer_auth(tried)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), expected);
        }
        server.terminate().await.unwrap();
    }
}

const FIXMATE: &str = "[[apps]]\nname = \"one\"\ndialects = [\"fixmate\"]\n";

/// A request whose body never comes; the server has begun to wait for it.
fn hanging_request(server: &Server) -> TcpStream {
    let address = server.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /api/auth/users/login/ HTTP/1.1\r\nHost: {address}\r\nContent-Length: 10\r\n\
         Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    stream
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut server = server()
        .settings(&format!("stop_deadline = \"10min\"\n{FIXMATE}"))
        .start()
        .await
        .unwrap();
    let _hanging = hanging_request(&server);
    let pid = Pid::from_raw(server.pid().unwrap().cast_signed()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    while !server.log().last_lines(50).contains("stopping") {
        tokio::task::yield_now().await;
    }
    let status = server.terminate().await.unwrap().expect("it ran");
    assert_eq!(status.code(), Some(1));
}

#[tokio::test]
async fn a_request_that_hangs_is_cut_off_at_the_deadline() {
    let mut server = server()
        .settings(&format!("stop_deadline = \"0s\"\n{FIXMATE}"))
        .start()
        .await
        .unwrap();
    let _hanging = hanging_request(&server);
    let status = server.terminate().await.unwrap().expect("it ran");
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn an_app_taken_out_of_the_settings_does_not_stand_in_the_way() {
    let folder = tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap().to_owned();
    for name in ["before", "after"] {
        let mut server = server()
            .settings(&format!("[[apps]]\nname = \"{name}\"\n"))
            .arg("--data-dir")
            .arg(&data_dir)
            .start()
            .await
            .unwrap();
        let me = reqwest::get(format!("{}/v1/me", server.base_url()))
            .await
            .unwrap();
        assert_eq!(me.status(), 401, "{name}");
        server.terminate().await.unwrap();
    }
}

#[tokio::test]
async fn an_app_made_by_the_operator_is_served_at_once_and_after_a_restart() {
    let mut server = server().start().await.unwrap();
    let client = reqwest::Client::new();
    let made = client
        .post(format!("{}/parlance/v1/apps", server.base_url()))
        .bearer_auth(server.operator_key())
        .json(&serde_json::json!({"name": "made", "host": "made.test", "dialects": ["fixmate"]}))
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    for _ in 0..2 {
        for path in ["v1/me", "api/auth/users/profile/"] {
            let url = format!("{}/{path}", server.base_url());
            let answer = client.get(url).header("Host", "made.test").send();
            let status = answer.await.unwrap().status();
            assert!(matches!(status.as_u16(), 401 | 403), "{path}: {status}");
        }
        server.restart().await.unwrap();
    }
    let url = format!("{}/parlance/v1/apps/made", server.base_url());
    let deleted = client.delete(url).bearer_auth(server.operator_key()).send();
    assert_eq!(deleted.await.unwrap().status(), 204);
    let url = format!("{}/v1/me", server.base_url());
    let gone = client.get(url).header("Host", "made.test").send();
    assert_eq!(gone.await.unwrap().status(), 404);
}
