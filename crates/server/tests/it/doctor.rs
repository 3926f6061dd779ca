//! `parlance doctor`: what is well, what is not, and what to do.

use std::fs;
use std::net::TcpListener;

use tempfile::tempdir;

use crate::binary::{command, server, stdout};

#[tokio::test]
async fn a_server_that_runs_is_well() {
    let secret = "auth = { hs256_secret = \"0123456789abcdef\" }";
    let settings = format!("[[apps]]\nname = \"one\"\n{secret}\n");
    let server = server().settings(&settings).start().await.unwrap();
    let address = server.base_url().trim_start_matches("http://").to_owned();
    let output = command(&server.data_dir())
        .args(["doctor", "--listen", &address, "--config"])
        .arg(server.config_file())
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains(&format!(
            "{address} is taken by a Parlance server that runs"
        )),
        "{text}"
    );
    assert!(text.contains("can be read and written"), "{text}");
    assert!(text.contains("is whole"), "{text}");
    assert!(!text.contains("FAIL"), "{text}");
}

#[test]
fn everything_that_is_broken_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(
        folder.path().join("data/parlance.db"),
        "no database, ".repeat(100),
    )
    .unwrap();
    fs::write(
        folder.path().join("data/media"),
        "a file where the folder should be",
    )
    .unwrap();
    let output = command(folder.path())
        .args(["doctor", "--listen", &address])
        .output()
        .unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1));
    let failed: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    assert_eq!(failed.len(), 3, "{text}");
    assert!(failed[0].contains("cannot open the database"), "{text}");
    assert!(failed[1].contains("change media.url"), "{text}");
    assert!(
        failed[2].contains(&format!("{address} is taken by another program")),
        "{text}"
    );
}

#[test]
fn wrong_settings_are_all_that_is_said() {
    let folder = tempdir().unwrap();
    let output = command(folder.path())
        .args([
            "doctor",
            "--set",
            "limits.page=0",
            "--set",
            "store.readers=0",
        ])
        .output()
        .unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text.contains("limits.page: out of range; use 1 to 1_000"),
        "{text}"
    );
    assert!(
        text.contains("store.readers: out of range; use 1 to 64"),
        "{text}"
    );
}

#[test]
fn an_empty_folder_is_well_but_warned_about() {
    let folder = tempdir().unwrap();
    let output = command(folder.path())
        .args(["doctor", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("no [[apps]] and no operator key"), "{text}");
    assert!(text.contains("will be made at the first start"), "{text}");
}

#[tokio::test]
async fn a_damaged_database_is_found() {
    let mut server = server().start().await.unwrap();
    server.terminate().await.unwrap();
    let path = server.data_dir().join("parlance.db");
    let mut bytes = fs::read(&path).unwrap();
    // The last page: a leaf of whatever was made last, which opening does not read.
    let end = bytes.len();
    bytes[end - 4_096..].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let output = command(&server.data_dir())
        .args(["doctor", "--listen", "127.0.0.1:0", "--config"])
        .arg(server.config_file())
        .output()
        .unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("is damaged"), "{text}");
}
