//! Membership Auto's REST half, its handshakes and what its sockets hear.

mod accounts;
mod conversations;
mod desk;
mod messages;
mod sockets;
mod uploads;

use std::sync::Arc;

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, StatusCode};
use parlance_core::principal::Principal;
use parlance_core::user::{User, UserUpsert};
use parlance_dialects::contract::{Relation, View};
use serde_json::{Value, json};

use crate::world::{Answer, World, request};

/// Sockets of a member.
const MEMBER: View = View(0);
/// Sockets of staff.
const STAFF: View = View(1);

/// Two members and an agent, with their access tokens.
struct Desk {
    world: World,
    alice: Arc<User>,
    sam: Arc<User>,
    alice_token: String,
    bob_token: String,
    sam_token: String,
}

impl Desk {
    async fn new() -> Self {
        let world = World::new("membership").await;
        let alice = world.user("alice", "member").await;
        let bob = world.user("bob", "member").await;
        let wish = UserUpsert {
            external_id: "sam".to_owned(),
            username: Some("sam@x.test".to_owned()),
            email: Some("sam@x.test".to_owned()),
            first_name: Some("Sam".to_owned()),
            last_name: Some("Stone".to_owned()),
            is_staff: Some(true),
            ..UserUpsert::default()
        };
        let host = Principal::App(world.services.app.id);
        let sam = world.services.chat.upsert_users(&host, vec![wish]).await;
        let sam = Arc::clone(&sam.expect("a user")[0]);
        Self {
            alice_token: world.token(&alice).await,
            bob_token: world.token(&bob).await,
            sam_token: world.token(&sam).await,
            world,
            alice,
            sam,
        }
    }

    async fn ask(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = request(method, path).header(AUTHORIZATION, format!("Bearer {token}"));
        let request = match body {
            Some(json) => request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(json.to_string())),
            None => request.body(Body::empty()),
        };
        self.world.ask(request.expect("a request")).await
    }

    async fn alice(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask(&self.alice_token, method, path, body).await
    }

    async fn bob(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask(&self.bob_token, method, path, body).await
    }

    async fn sam(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask(&self.sam_token, method, path, body).await
    }

    /// Opens a thread of Alice's.
    async fn open(&self, subject: &str) -> String {
        let wish = json!({ "subject": subject });
        let answer = self
            .alice(Method::POST, "/api/chat/threads/", Some(wish))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Posts as Alice.
    async fn say(&self, thread: &str, body: &str) -> Value {
        let path = format!("/api/chat/threads/{thread}/messages/");
        let answer = self
            .alice(Method::POST, &path, Some(json!({ "body": body })))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
        answer.json()
    }

    /// What sockets of that view and relation got since the last call of `forget`.
    fn frames(&self, view: View, relation: Relation) -> Vec<Value> {
        let events = self.world.published.events.lock().clone();
        let frames = events
            .iter()
            .filter_map(|event| self.world.dialect.encode(event, view, relation));
        frames
            .map(|text| serde_json::from_str(&text).expect("JSON"))
            .collect()
    }

    fn forget(&self) {
        self.world.published.events.lock().clear();
    }
}
