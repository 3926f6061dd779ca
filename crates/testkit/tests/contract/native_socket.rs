//! The socket of the native protocol, against `/v1/asyncapi.json`.

use std::collections::BTreeSet;

use http::Method;
use http::header::AUTHORIZATION;
use parlance_testkit::client::operator::Person;
use parlance_testkit::client::rest::Rest;
use parlance_testkit::client::socket::{Incoming, Opening, Socket};
use parlance_testkit::client::{ClientError, within};
use serde_json::{Value, json};

use crate::Outcome;
use crate::description::Description;
use crate::world::World;

/// Holds every frame of some sockets against the document.
struct Witness {
    description: Description,
    requests: BTreeSet<String>,
    told: BTreeSet<String>,
}

/// A socket whose every frame is held against the document.
struct Wire<'a> {
    socket: Socket,
    witness: &'a std::cell::RefCell<Witness>,
    ids: u64,
}

impl Witness {
    fn payload(&self, message: &str) -> Result<Value, ClientError> {
        let payload = &self.description.document["components"]["messages"][message]["payload"];
        if payload.is_null() {
            return Err(ClientError::Unexpected(format!(
                "no message {message} is described"
            )));
        }
        Ok(payload.clone())
    }

    fn check(&self, message: &str, frame: &Value) -> Result<(), ClientError> {
        let payload = self.payload(message)?;
        self.description
            .check(message, &payload, frame)
            .map_err(ClientError::Unexpected)
    }

    /// Names of the operations with which the server acts so.
    fn described(&self, action: &str) -> BTreeSet<String> {
        let operations = self.description.document["operations"].as_object();
        let named = operations.into_iter().flatten();
        named
            .filter(|(_, operation)| operation["action"] == action)
            .map(|(name, _)| name.clone())
            .collect()
    }
}

impl<'a> Wire<'a> {
    async fn open(
        world: &World,
        witness: &'a std::cell::RefCell<Witness>,
        person: Option<&Person>,
    ) -> Result<Self, ClientError> {
        let opening = person.map_or_else(Opening::default, |person| {
            Opening::default().header(AUTHORIZATION, &format!("Bearer {}", person.token))
        });
        let socket = Socket::open(&world.address, "/v1/ws", opening).await?;
        let mut wire = Self {
            socket,
            witness,
            ids: 0,
        };
        if person.is_some() {
            wire.event("session.started").await?;
        }
        Ok(wire)
    }

    async fn frame(&mut self) -> Result<Value, ClientError> {
        let incoming = within("a frame", async { Ok(self.socket.next().await) }).await?;
        match incoming {
            Incoming::Text(text) => serde_json::from_str(&text)
                .map_err(|error| ClientError::Unexpected(format!("{error}: {text}"))),
            other => Err(ClientError::Unexpected(format!(
                "{other:?} instead of a frame"
            ))),
        }
    }

    /// Reads on to an event of this type; whatever comes before it is checked, too.
    async fn event(&mut self, kind: &str) -> Result<Value, ClientError> {
        loop {
            let frame = self.frame().await?;
            let came = frame["type"].as_str().unwrap_or("refusal").to_owned();
            let mut witness = self.witness.borrow_mut();
            witness.check(&came, &frame)?;
            witness.told.insert(came.clone());
            if came == kind {
                return Ok(frame);
            }
        }
    }

    /// The reply to a request; events before it are checked, too.
    async fn reply(&mut self, id: &Value, message: &str) -> Result<Value, ClientError> {
        loop {
            let frame = self.frame().await?;
            if let Some(came) = frame["type"].as_str() {
                let mut witness = self.witness.borrow_mut();
                witness.check(came, &frame)?;
                witness.told.insert(came.to_owned());
                continue;
            }
            self.witness.borrow().check(message, &frame)?;
            if frame["id"] == *id {
                return Ok(frame);
            }
        }
    }

    /// A request that is granted.
    async fn call(&mut self, kind: &str, data: Value) -> Result<Value, ClientError> {
        self.ids += 1;
        let frame = json!({"id": self.ids, "type": kind, "data": data});
        self.witness.borrow().check(kind, &frame)?;
        self.socket.send_text(frame.to_string()).await?;
        let reply = self
            .reply(&json!(self.ids), &format!("{kind}.reply"))
            .await?;
        self.witness.borrow_mut().requests.insert(kind.to_owned());
        Ok(reply["data"].clone())
    }

    /// A frame that is refused.
    async fn refused(&mut self, text: &str, id: Value) -> Result<Value, ClientError> {
        self.socket.send_text(text).await?;
        let reply = self.reply(&id, "refusal").await?;
        Ok(reply["error"]["code"].clone())
    }
}

#[tokio::test]
async fn every_request_and_every_event_is_as_described() -> Outcome {
    let world = World::start().await?;
    let nobody = Rest::new(&world.address);
    let witness = std::cell::RefCell::new(Witness {
        description: Description::fetch(&nobody, "/v1/asyncapi.json").await?,
        requests: BTreeSet::new(),
        told: BTreeSet::new(),
    });
    let (ann, bo) = (world.rest(&world.ann), world.rest(&world.bo));
    let mut hears = Wire::open(&world, &witness, Some(&world.bo)).await?;

    let members = json!([{"user": world.bo.uuid, "part": "provider"}]);
    let wish = json!({"members": members, "title": "Sink", "context": {"kind": "job"}});
    let made = ann.post("/v1/conversations", &wish).await?.success()?;
    let c = made["id"].as_str().ok_or("no id")?.to_owned();
    let path = format!("/v1/conversations/{c}");
    hears.event("conversation.created").await?;

    let mut says = Wire::open(&world, &witness, None).await?;
    assert_eq!(
        says.refused(r#"{"id": 0, "type": "ping"}"#, json!(0))
            .await?,
        "unauthenticated"
    );
    let who = says
        .call("session.authenticate", json!({"token": world.ann.token}))
        .await?;
    says.event("session.started").await?;
    hears.event("presence.changed").await?;
    says.call("ping", json!({})).await?;

    let wish = json!({"conversation": c, "body": "hello", "client_id": "one", "kind": "text", "metadata": {"a": 1}});
    let message = says.call("message.send", wish).await?["id"].clone();
    hears.event("message.created").await?;
    says.call(
        "message.edit",
        json!({"message": message, "body": "hello there"}),
    )
    .await?;
    hears.event("message.updated").await?;
    let reaction = json!({"message": message, "emoji": "👍"});
    says.call("reaction.add", reaction.clone()).await?;
    hears.event("reaction.added").await?;
    says.call("reaction.remove", reaction).await?;
    hears.event("reaction.removed").await?;
    says.call("typing.start", json!({"conversation": c}))
        .await?;
    hears.event("typing.started").await?;
    says.call("typing.stop", json!({"conversation": c})).await?;
    hears.event("typing.stopped").await?;
    let mark = json!({"conversation": c, "seq": 1});
    hears.call("receipt.mark_delivered", mark.clone()).await?;
    says.event("receipt.delivered").await?;
    hears.call("receipt.mark_read", mark).await?;
    says.event("receipt.read").await?;
    let online = hears.call("presence.list", json!({})).await?;
    assert_eq!(online, json!({"online": [world.ann.uuid]}));
    says.call("message.delete", json!({"message": message}))
        .await?;
    hears.event("message.deleted").await?;
    let known = json!({"epoch": who["epoch"], "conversations": {c.as_str(): 1}});
    says.call("session.resume", known).await?;

    let guest = json!({"user": world.cy.uuid, "part": "guest"});
    ann.post(&format!("{path}/members"), &guest)
        .await?
        .success()?;
    hears.event("member.added").await?;
    let membership = format!("{path}/membership");
    bo.document(Method::PATCH, &membership, &json!({"muted": true}))
        .await?
        .success()?;
    hears.event("member.updated").await?;
    let own = format!("{path}/members/{}", world.cy.uuid);
    let left = world
        .rest(&world.cy)
        .document(Method::DELETE, &own, &Value::Null)
        .await?;
    assert_eq!(left.status.as_u16(), 204);
    hears.event("member.removed").await?;
    ann.document(Method::PATCH, &path, &json!({"title": "Tap"}))
        .await?
        .success()?;
    hears.event("conversation.updated").await?;
    let gone = format!("/parlance/v1/conversations/{c}");
    let deleted = world
        .host
        .document(Method::DELETE, &gone, &Value::Null)
        .await?;
    assert_eq!(deleted.status.as_u16(), 204);
    hears.event("conversation.deleted").await?;

    assert_eq!(says.refused("{", Value::Null).await?, "malformed");
    let unknown = r#"{"id": "x", "type": "message.vanish"}"#;
    assert_eq!(says.refused(unknown, json!("x")).await?, "invalid");
    let late = json!({"id": 99, "type": "typing.start", "data": {"conversation": c}});
    assert_eq!(
        says.refused(&late.to_string(), json!(99)).await?,
        "not_found"
    );

    let witness = witness.borrow();
    assert_eq!(
        witness.requests,
        witness.described("receive"),
        "each request is answered once"
    );
    assert_eq!(
        witness.told,
        witness.described("send"),
        "each event is told once"
    );
    Ok(())
}
