//! The native protocol: REST, handshakes and sessions.

mod conversations;
mod errors;
mod events;
mod messages;
mod sockets;
mod uploads;

use std::sync::Arc;

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use parlance_core::app::AppProfile;
use parlance_core::limits::Limits;
use parlance_core::principal::Principal;
use parlance_core::user::{User, UserUpsert};
use serde_json::{Value, json};

use crate::world::{Answer, World, request};

/// Ann and Bo, who may talk, and Cy, whom nobody has invited.
struct Trio {
    world: World,
    ann: Arc<User>,
    bo: Arc<User>,
    cy: Arc<User>,
}

impl Trio {
    async fn new() -> Self {
        Self::with(AppProfile::default(), Limits::default()).await
    }

    async fn with(profile: AppProfile, limits: Limits) -> Self {
        let world = World::with("native", profile, limits).await;
        let (ann, bo, cy) = (
            world.user("ann", "customer").await,
            world.user("bo", "provider").await,
            world.user("cy", "customer").await,
        );
        Self { world, ann, bo, cy }
    }

    /// An agent of the app.
    async fn agent(&self) -> Arc<User> {
        let wish = UserUpsert {
            external_id: "agent".to_owned(),
            first_name: Some("Agent".to_owned()),
            is_staff: Some(true),
            ..UserUpsert::default()
        };
        let app = Principal::App(self.world.services.app.id);
        let made = self
            .world
            .services
            .chat
            .upsert_users(&app, vec![wish])
            .await;
        Arc::clone(&made.expect("a user")[0])
    }

    async fn ask(&self, by: &User, method: Method, path: &str, body: Option<Value>) -> Answer {
        let token = self.world.token(by).await;
        let request = request(method, path).header(AUTHORIZATION, format!("Bearer {token}"));
        let request = match body {
            Some(json) => json_body(request, json.to_string()),
            None => request.body(Body::empty()).expect("a request"),
        };
        self.world.ask(request).await
    }

    async fn get(&self, by: &User, path: &str) -> Value {
        let answer = self.ask(by, Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.json());
        answer.json()
    }

    async fn post(&self, by: &User, path: &str, body: Value) -> Value {
        let answer = self.ask(by, Method::POST, path, Some(body)).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.json());
        answer.json()
    }

    /// A conversation of Ann and Bo, by its path.
    async fn start(&self) -> String {
        let wish =
            json!({"members": [{"user": self.bo.uuid, "part": "provider"}], "title": "Sink"});
        let made = self.post(&self.ann, "/v1/conversations", wish).await;
        format!("/v1/conversations/{}", made["id"].as_str().expect("an id"))
    }

    async fn say(&self, by: &User, conversation: &str, body: &str) -> Value {
        let wish = json!({"body": body, "client_id": body});
        self.post(by, &format!("{conversation}/messages"), wish)
            .await
    }
}

fn json_body(request: http::request::Builder, body: String) -> Request<Body> {
    let request = request.header(CONTENT_TYPE, "application/json");
    request.body(Body::from(body)).expect("a request")
}

/// The values of a field of all items.
fn all<'a>(page: &'a Value, field: &str) -> Vec<&'a Value> {
    let items = page["items"].as_array().expect("items");
    items.iter().map(|item| &item[field]).collect()
}
