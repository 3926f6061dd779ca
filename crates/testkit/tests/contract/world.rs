//! A private server with one app and four people.

use parlance_testkit::client::operator::{Operator, Person};
use parlance_testkit::client::rest::Rest;
use parlance_testkit::client::{Address, ClientError};
use parlance_testkit::server::Server;
use serde_json::json;

const KEY: &str = "app-key-of-the-contract-test";

/// Ann and Bo talk, Cy may join, and there is an agent.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) address: Address,
    pub(crate) host: Rest,
    pub(crate) ann: Person,
    pub(crate) bo: Person,
    pub(crate) cy: Person,
}

impl World {
    pub(crate) async fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let app = format!(
            "[log]\nlevel = \"warn\"\n[[apps]]\nname = \"contract\"\ndialects = [\"fixmate\"]\nkey = \"{KEY}\"\n"
        );
        let server = Server::options().settings(&app).start().await?;
        let address = Address::new(server.base_url());
        let operator = Operator::new(&address, KEY);
        let people = operator.people(&["ann", "bo", "cy"]).await?;
        let [ann, bo, cy] = people
            .try_into()
            .map_err(|_| ClientError::Unexpected("not three people".to_owned()))?;
        operator.upsert("agent", &json!({"is_staff": true})).await?;
        Ok(Self {
            host: Rest::new(&address).bearer(KEY),
            server,
            address,
            ann,
            bo,
            cy,
        })
    }

    /// Native REST as somebody.
    pub(crate) fn rest(&self, person: &Person) -> Rest {
        Rest::new(&self.address).bearer(&person.token)
    }
}
