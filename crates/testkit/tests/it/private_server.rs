//! The private server's contract with the binary, on a script that keeps it.

use std::path::Path;

use parlance_testkit::server::{Server, ServerError, ServerOptions};

fn scripted(mode: &str) -> ServerOptions {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fake-server.sh");
    Server::options().binary(&script).env("MODE", mode)
}

#[tokio::test]
async fn it_is_ready_once_it_says_where_it_listens() {
    let server = scripted("")
        .settings("[store]\nurl = \"memory:\"")
        .start()
        .await
        .unwrap();
    assert_eq!(server.base_url(), "http://127.0.0.1:4242");
    let config = std::fs::read_to_string(server.config_file()).unwrap();
    let config: toml::Table = config.parse().unwrap();
    assert_eq!(
        config["listen"].as_array().unwrap()[0].as_str(),
        Some("127.0.0.1:0")
    );
    assert_eq!(config["data_dir"].as_str(), server.data_dir().to_str());
    assert_eq!(config["operator_key"].as_str(), Some(server.operator_key()));
    assert_eq!(config["store"]["url"].as_str(), Some("memory:"));
}

#[tokio::test]
async fn every_listener_is_waited_for() {
    let server = scripted("two").more_listeners(1).start().await.unwrap();
    assert_eq!(
        server.base_urls(),
        ["http://127.0.0.1:4242", "http://127.0.0.1:4243"]
    );
}

#[tokio::test]
async fn it_comes_back_on_its_port_with_its_data_after_any_end() {
    let mut server = scripted("").start().await.unwrap();
    let data_dir = server.data_dir();
    assert!(server.pid().is_some());
    server.kill().await.unwrap();
    assert_eq!(server.pid(), None);
    server.restart().await.unwrap();
    assert_eq!(server.base_url(), "http://127.0.0.1:4242");
    assert_eq!(server.data_dir(), data_dir);
    let config = std::fs::read_to_string(server.config_file()).unwrap();
    assert!(
        config.starts_with("listen = [\"127.0.0.1:4242\"]"),
        "{config}"
    );
    let ended = server.terminate().await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
    assert!(
        server.terminate().await.unwrap().is_none(),
        "it runs no more"
    );
}

#[tokio::test]
async fn one_that_ends_before_it_is_ready_shows_what_it_printed() {
    let error = scripted("broken").start().await.unwrap_err();
    assert!(matches!(error, ServerError::NotReady { .. }));
    let text = error.to_string();
    assert!(text.contains("it ended"), "{text}");
    assert!(text.contains("arguments: serve --config "), "{text}");
    assert!(text.contains("listen: address in use"), "{text}");
}
