//! A private server with one app, many users and a conversation.

use anyhow::{Context, Result, bail};
use parlance_testkit::server::Server;
use serde_json::{Value, json};

use crate::client::authority;
use crate::token;

/// Signs the tokens of the app that is measured.
const SECRET: &str = "a secret for measuring only, 32+ bytes";

/// Limits far above what is measured: rates are not what this is about.
const LIMITS: &str = "[rates]
send = \"1000000/s burst 1000000\"
change = \"1000000/s burst 1000000\"
query = \"1000000/s burst 1000000\"
connect = \"1000000/s burst 1000000\"
host = \"1000000/s burst 1000000\"
";

/// A running server and how to reach its app.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) address: String,
    pub(crate) host: &'static str,
    http: reqwest::Client,
    key: String,
}

impl World {
    /// Starts a server with an empty app.
    pub(crate) async fn start() -> Result<Self> {
        let server = Server::options().settings(LIMITS).start().await?;
        let address = authority(server.base_url())?;
        let mut world = Self {
            address,
            host: "bench.parlance.test",
            http: reqwest::Client::new(),
            key: server.operator_key().to_owned(),
            server,
        };
        let app =
            json!({"name": "bench", "dialects": [], "host": world.host, "hs256_secret": SECRET});
        let made = world.post("apps", &app).await?;
        made["key"]
            .as_str()
            .context("no key")?
            .clone_into(&mut world.key);
        Ok(world)
    }

    /// The server's process.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.server.pid().context("the server has ended")
    }

    /// Calls the operator API.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(reqwest::Method::POST, path, body).await
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: &Value) -> Result<Value> {
        let url = format!("http://{}/parlance/v1/{path}", self.address);
        let request = self
            .http
            .request(method, url)
            .bearer_auth(&self.key)
            .json(body);
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{path}: {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Makes users `u0`, `u1` …
    pub(crate) async fn users(&self, count: usize) -> Result<()> {
        let names: Vec<usize> = (0..count).collect();
        for chunk in names.chunks(1_000) {
            let users: Vec<Value> = chunk
                .iter()
                .map(|n| json!({"external_id": format!("u{n}")}))
                .collect();
            self.call(reqwest::Method::PUT, "users", &json!({"users": users}))
                .await?;
        }
        Ok(())
    }

    /// A conversation of these users; answers its public id.
    pub(crate) async fn conversation(&self, users: impl Iterator<Item = usize>) -> Result<String> {
        let members: Vec<Value> = users
            .map(|n| json!({"user": format!("external:u{n}"), "part": "user"}))
            .collect();
        let made = self
            .post("conversations", &json!({"members": members}))
            .await?;
        Ok(made["uuid"].as_str().context("no uuid")?.to_owned())
    }

    /// The token of user `un`.
    pub(crate) fn token(user: usize) -> Result<String> {
        token::sign(SECRET, &format!("u{user}"))
    }
}
