//! The clients that people use.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::world::{PATIENCE, World};

/// A script in `packages/sio-tests`.
fn script(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("packages/sio-tests/src").join(name)
}

/// A client under way; its lines on standard output are how it tells where it is.
struct Client {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Client {
    fn start(mut command: Command, world: &World, scenario: &str, transports: &str) -> Self {
        let mut child = command
            .arg(scenario)
            .arg(format!("http://{}", world.address))
            .arg(transports)
            .arg(world.conversation.0.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the client starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Self { child, lines }
    }

    fn node(world: &World, scenario: &str, transports: &str) -> Self {
        let mut command = Command::new("node");
        command.arg(script("client.js"));
        Self::start(command, world, scenario, transports)
    }

    async fn says(&mut self, expected: &str) {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.expect("it says something in time").expect("text");
        assert_eq!(line.as_deref(), Some(expected), "did `npm ci` run?");
    }

    async fn ends_well(mut self) {
        self.says("done").await;
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.expect("it ends in time").expect("it was started");
        assert!(status.success(), "{status}");
    }
}

/// Every way in which the client can be told to connect.
const TRANSPORTS: [&str; 3] = ["websocket", "polling", "polling,websocket"];

async fn by_every_transport(scenario: &str) {
    let world = World::new().await;
    for transports in TRANSPORTS {
        Client::node(&world, scenario, transports).ends_well().await;
    }
}

#[tokio::test]
async fn events_and_answers_go_both_ways() {
    by_every_transport("events").await;
}

#[tokio::test]
async fn who_may_not_enter_is_told_why() {
    by_every_transport("refused").await;
}

#[tokio::test]
async fn namespaces_share_a_connection_and_nothing_else() {
    by_every_transport("namespaces").await;
}

#[tokio::test]
async fn a_thousand_messages_each_way_arrive_in_order_through_the_upgrade() {
    by_every_transport("thousands").await;
}

#[tokio::test]
async fn topics_are_joined_and_left_while_connected() {
    by_every_transport("topics").await;
}

#[tokio::test]
async fn clients_of_both_transports_and_raw_sockets_are_in_one_room() {
    let world = World::new().await;
    Client::node(&world, "room", "polling").ends_well().await;
}

#[tokio::test]
async fn a_client_comes_back_after_a_restart_and_not_after_being_sent_away() {
    for transports in TRANSPORTS {
        let mut world = World::new().await;
        let mut client = Client::node(&world, "restart", transports);
        client.says("connected").await;
        world.restart().await;
        client.says("connected").await;
        client.ends_well().await;
    }
}

#[tokio::test]
async fn a_client_whose_transport_broke_misses_nothing() {
    by_every_transport("recovery").await;
}

/// An interpreter with python-socketio, installed into `.tools` the first time. `None`: there is no
/// python3 here.
async fn python() -> Option<PathBuf> {
    const PACKAGES: [&str; 2] = ["python-socketio[client]==5.14.3", "websocket-client==1.9.0"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/python-socketio");
    let python = folder.join("bin/python");
    if folder.join("installed").exists() {
        return Some(python);
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&folder);
    let made = venv.status().await.ok()?;
    assert!(made.success(), "python3 has no venv (Debian: python3-venv)");
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES);
    let installed = pip.status().await.expect("pip starts");
    assert!(installed.success(), "pip cannot install python-socketio");
    std::fs::write(folder.join("installed"), "").expect("the folder is ours");
    Some(python)
}

#[tokio::test]
async fn python_socketio_connects_by_every_transport() {
    let Some(python) = python().await else {
        eprintln!("SKIPPED: there is no python3, so python-socketio was not tried");
        return;
    };
    let world = World::new().await;
    for transports in TRANSPORTS {
        let mut command = Command::new(&python);
        command.arg(script("client.py"));
        let client = Client::start(command, &world, "", transports);
        client.ends_well().await;
    }
}
