//! FixMate's REST half and its handshakes.

mod accounts;
mod conversations;
mod messages;
mod sockets;
mod uploads;

use std::sync::Arc;

use http::{Method, StatusCode};
use parlance_core::user::User;
use serde_json::{Value, json};

use crate::world::{Answer, World};

/// A customer and a provider, with their tokens.
struct Pair {
    world: World,
    ann: Arc<User>,
    bo: Arc<User>,
    ann_token: String,
    bo_token: String,
}

impl Pair {
    async fn new() -> Self {
        Self::of(World::new("fixmate").await).await
    }

    async fn of(world: World) -> Self {
        let (ann, bo) = (
            world.user("ann", "customer").await,
            world.user("bo", "provider").await,
        );
        let (ann_token, bo_token) = (world.token(&ann).await, world.token(&bo).await);
        Self {
            world,
            ann,
            bo,
            ann_token,
            bo_token,
        }
    }

    async fn ann(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.world
            .as_user(&self.ann_token, method, path, body)
            .await
    }

    async fn bo(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.world.as_user(&self.bo_token, method, path, body).await
    }

    /// Starts their conversation.
    async fn start(&self) -> i64 {
        let wish = json!({ "provider_id": self.bo.id.0 });
        let path = "/api/chat/conversations/start_conversation/";
        let answer = self.ann(Method::POST, path, Some(wish)).await;
        assert!(answer.status.is_success(), "{}", answer.json());
        answer.json()["id"].as_i64().expect("an id")
    }

    /// Sends a message as Ann.
    async fn say(&self, conversation: i64, text: &str) -> Value {
        let path = format!("/api/chat/conversations/{conversation}/send_message/");
        let answer = self
            .ann(Method::POST, &path, Some(json!({ "content": text })))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        answer.json()
    }
}
