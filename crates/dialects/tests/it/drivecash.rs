//! DriveCash's REST half and its handshakes.

mod accounts;
mod conversations;
mod messages;
mod notifications;
mod sockets;
mod uploads;

use std::sync::Arc;

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, StatusCode};
use parlance_core::principal::Principal;
use parlance_core::user::{User, UserUpsert};
use serde_json::{Value, json};

use crate::world::{Answer, World, request};

/// Somebody with a token.
struct Person {
    user: Arc<User>,
    token: String,
}

/// Two users and the desk.
struct Desk {
    world: World,
    uma: Person,
    vic: Person,
    ada: Person,
}

impl Desk {
    async fn new() -> Self {
        let world = World::new("drivecash").await;
        let (uma, vic, ada) = (
            person(&world, "uma", false).await,
            person(&world, "vic", false).await,
            person(&world, "ada", true).await,
        );
        Self {
            world,
            uma,
            vic,
            ada,
        }
    }

    async fn ask(&self, who: &Person, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = request(method, path).header(AUTHORIZATION, bearer(&who.token));
        let request = match body {
            Some(json) => request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(json.to_string())),
            None => request.body(Body::empty()),
        };
        self.world.ask(request.expect("a request")).await
    }

    async fn get(&self, who: &Person, path: &str) -> Value {
        let answer = self.ask(who, Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.json());
        answer.json()
    }

    async fn post(&self, who: &Person, path: &str, body: Value) -> Answer {
        self.ask(who, Method::POST, path, Some(body)).await
    }

    /// Uma's room.
    async fn room(&self) -> i64 {
        let room = self.get(&self.uma, "/api/chat/rooms/my_room/").await;
        room["id"].as_i64().expect("an id")
    }

    /// Sends a message and answers with its id.
    async fn say(&self, who: &Person, room: i64, text: &str) -> i64 {
        let body = json!({ "room_id": room, "message": text });
        let sent = self.post(who, "/api/chat/messages/", body).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.json());
        sent.json()["id"].as_i64().expect("an id")
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

async fn person(world: &World, name: &str, is_staff: bool) -> Person {
    let wish = UserUpsert {
        external_id: name.to_owned(),
        username: Some(name.to_owned()),
        email: Some(format!("{name}@x.test")),
        first_name: Some(name.to_owned()),
        is_staff: Some(is_staff),
        ..UserUpsert::default()
    };
    let app = Principal::App(world.services.app.id);
    let made = world.services.chat.upsert_users(&app, vec![wish]).await;
    let user = Arc::clone(&made.expect("a user")[0]);
    let token = world.token(&user).await;
    Person { user, token }
}
