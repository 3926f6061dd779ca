//! A private server with two apps and a few people, and the question that every test asks at its end:
//! is everything as it was, and does a good message still pass?

use parlance_testkit::client::native::{Authentication, NativeSocket};
use parlance_testkit::client::operator::{Operator, Person, Place};
use parlance_testkit::client::rest::Rest;
use parlance_testkit::client::socket::{Opening, Socket};
use parlance_testkit::client::{Address, ClientError};
use parlance_testkit::server::{Server, ServerError};
use serde_json::{Value, json};

pub(crate) const ALPHA_KEY: &str = "app-key-of-the-app-alpha";
pub(crate) const BETA_KEY: &str = "app-key-of-the-app-beta";
pub(crate) const ALPHA_SECRET: &str = "token-secret-of-the-app-alpha";
pub(crate) const BETA_SECRET: &str = "token-secret-of-the-app-beta";
/// Listed in the settings of the app alpha.
pub(crate) const LISTED_ORIGIN: &str = "https://pages.example.com";
pub(crate) const ALPHA_HOST: &str = "alpha.example.com";
const BETA_HOST: &str = "beta.example.com";

/// Why there is no world.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorldError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{0}")]
    Changed(String),
}

/// App alpha has Ann, Bo and a stranger; app beta has somebody with the same external id as Bo. Ann
/// and Bo have a conversation, Bo and the stranger have one, and app beta has one.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) alpha: Address,
    pub(crate) beta: Address,
    pub(crate) operator: Operator,
    pub(crate) ann: Person,
    pub(crate) bo: Person,
    pub(crate) stranger: Person,
    pub(crate) foreigner: Person,
    /// Ann and Bo.
    pub(crate) place: Place,
    /// Ann, Bo and the stranger.
    pub(crate) square: Place,
    /// Of app beta.
    pub(crate) foreign: Place,
}

/// Everything that bad input could have changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Snapshot {
    conversations: Vec<Value>,
    histories: Vec<Value>,
}

impl World {
    /// With default limits and rates.
    pub(crate) async fn start() -> Result<Self, WorldError> {
        Self::start_with("").await
    }

    /// With further settings.
    pub(crate) async fn start_with(settings: &str) -> Result<Self, WorldError> {
        let app = |name: &str, host: &str, key: &str, secret: &str, origins: &str| {
            format!(
                "[[apps]]\nname = \"{name}\"\nhost = \"{host}\"\ndialects = [\"fixmate\"]\n\
                 key = \"{key}\"\norigins = [{origins}]\nauth = {{ hs256_secret = \"{secret}\" }}\n"
            )
        };
        let alpha = app(
            "alpha",
            ALPHA_HOST,
            ALPHA_KEY,
            ALPHA_SECRET,
            &format!("\"{LISTED_ORIGIN}\""),
        );
        let beta = app("beta", BETA_HOST, BETA_KEY, BETA_SECRET, "");
        let settings = format!("{settings}\n[log]\nlevel = \"warn\"\n{alpha}{beta}");
        let server = Server::options().settings(&settings).start().await?;
        let listener = Address::new(server.base_url());
        let (alpha, beta) = (listener.host(ALPHA_HOST), listener.host(BETA_HOST));
        let operator = Operator::new(&alpha, ALPHA_KEY);
        let [ann, bo, stranger] = named(operator.people(&["ann", "bo", "stranger"]).await?)?;
        let place = operator.conversation(&[&ann, &bo]).await?;
        let square = operator.conversation(&[&ann, &bo, &stranger]).await?;
        let abroad = Operator::new(&beta, BETA_KEY);
        let [other_ann, foreigner] = named(abroad.people(&["ann", "bo"]).await?)?;
        let foreign = abroad.conversation(&[&other_ann, &foreigner]).await?;
        let world = Self {
            server,
            alpha,
            beta,
            operator,
            ann,
            bo,
            stranger,
            foreigner,
            place,
            square,
            foreign,
        };
        world
            .send(&world.ann, world.place, "the first message")
            .await?;
        Ok(world)
    }

    /// Native REST as this person of app alpha.
    pub(crate) fn rest(&self, person: &Person) -> Rest {
        Rest::new(&self.alpha).bearer(&person.token)
    }

    /// FixMate's REST as this person.
    pub(crate) fn fixmate(&self, person: &Person) -> Rest {
        let credential = format!("Token {}", person.dialect_token);
        Rest::new(&self.alpha).header(&http::header::AUTHORIZATION, &credential)
    }

    /// A native socket of this person of app alpha.
    pub(crate) async fn native(&self, person: &Person) -> Result<NativeSocket, ClientError> {
        NativeSocket::open(&self.alpha, &person.token, Authentication::Header).await
    }

    /// A FixMate chat socket.
    pub(crate) async fn chat(&self, person: &Person, place: Place) -> Result<Socket, ClientError> {
        let path = format!("/ws/chat/{}/?token={}", place.id, person.dialect_token);
        Socket::open(&self.alpha, &path, Opening::default()).await
    }

    /// Sends a good message by REST; its answer.
    pub(crate) async fn send(
        &self,
        by: &Person,
        place: Place,
        body: &str,
    ) -> Result<Value, ClientError> {
        let path = format!("/v1/conversations/{}/messages", place.uuid);
        let wish = json!({ "body": body, "client_id": format!("{}: {body}", by.external_id) });
        self.rest(by).post(&path, &wish).await?.success()
    }

    /// What there is now, seen by Ann, who may see all of app alpha, and by app beta's people.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, WorldError> {
        let abroad = Rest::new(&self.beta).bearer(&self.foreigner.token);
        let ann = self.rest(&self.ann);
        let mut snapshot = Snapshot {
            conversations: Vec::new(),
            histories: Vec::new(),
        };
        for (rest, place) in [
            (&ann, self.place),
            (&ann, self.square),
            (&abroad, self.foreign),
        ] {
            let path = format!("/v1/conversations/{}", place.uuid);
            snapshot
                .conversations
                .push(rest.get(&path).await?.success()?);
            let path = format!("{path}/messages?limit=200");
            snapshot.histories.push(rest.get(&path).await?.success()?);
        }
        Ok(snapshot)
    }

    /// Nothing has changed since.
    pub(crate) async fn unchanged_since(&self, before: &Snapshot) -> Result<(), WorldError> {
        let now = self.snapshot().await?;
        if now == *before {
            return Ok(());
        }
        Err(WorldError::Changed(format!(
            "bad input changed something:\nbefore {before:#?}\nafter {now:#?}"
        )))
    }

    /// The words of all messages in Ann's and Bo's conversation.
    pub(crate) async fn bodies(&self) -> Result<Vec<String>, ClientError> {
        let path = format!("/v1/conversations/{}/messages?limit=200", self.place.uuid);
        let page = self.rest(&self.ann).get(&path).await?.success()?;
        let items = page["items"].as_array().into_iter().flatten();
        Ok(items
            .filter_map(|message| message["body"].as_str().map(str::to_owned))
            .collect())
    }

    /// The socket lives, and a good message on it is stored.
    pub(crate) async fn still_sends(&self, socket: &mut NativeSocket) -> Result<(), WorldError> {
        let body = "a good message after all that";
        let wish = json!({ "conversation": self.place.uuid, "body": body, "client_id": body });
        socket.call("message.send", wish).await?;
        self.was_stored(body).await
    }

    /// The last message of Ann's and Bo's conversation.
    pub(crate) async fn was_stored(&self, body: &str) -> Result<(), WorldError> {
        let bodies = self.bodies().await?;
        if bodies.last().map(String::as_str) == Some(body) {
            return Ok(());
        }
        Err(WorldError::Changed(format!(
            "{body:?} is not the last of {bodies:?}"
        )))
    }

    /// A counter or gauge of `/metrics`.
    pub(crate) async fn metric(&self, name: &str) -> Result<u64, ClientError> {
        let text = Rest::new(&self.alpha).get("/metrics").await?.text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = line.and_then(|value| value.trim().parse().ok());
        value.ok_or_else(|| ClientError::Unexpected(format!("no {name} in the metrics")))
    }
}

fn named<const N: usize>(people: Vec<Person>) -> Result<[Person; N], ClientError> {
    people.try_into().map_err(|people: Vec<Person>| {
        ClientError::Unexpected(format!("{} people instead of {N}", people.len()))
    })
}
