//! Rooms: who sees and changes which.

use futures_util::future::join_all;
use http::{Method, StatusCode};
use parlance_core::command::CreateConversation;
use parlance_core::conversation::ConversationKind;
use parlance_core::member::{NewMember, Party};
use parlance_core::principal::Principal;
use serde_json::{Map, json};

use super::Desk;

#[tokio::test]
async fn of_first_calls_at_the_same_time_one_makes_the_room() {
    let desk = Desk::new().await;
    let calls = (0..8).map(|_| desk.get(&desk.uma, "/api/chat/rooms/my_room/"));
    let rooms = join_all(calls).await;
    let made = rooms.iter().filter(|room| room["created"] == true).count();
    assert_eq!(made, 1);
    assert!(
        rooms
            .iter()
            .all(|room| room["id"] == rooms[0]["room"]["id"])
    );
    assert_eq!(
        desk.get(&desk.ada, "/api/chat/rooms/")
            .await
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_room_is_made_once_and_for_oneself_unless_by_the_desk() {
    let desk = Desk::new().await;
    let (uma, vic, ada) = (desk.uma.user.id.0, desk.vic.user.id.0, desk.ada.user.id.0);
    let rooms = "/api/chat/rooms/";
    let foreign = desk.post(&desk.uma, rooms, json!({ "user": vic })).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let unknown = desk.post(&desk.uma, rooms, json!({ "user": 999 })).await;
    assert_eq!(unknown.status, StatusCode::FORBIDDEN);
    let own = desk
        .post(&desk.uma, rooms, json!({ "user": uma.to_string() }))
        .await;
    assert_eq!(
        (own.status, &own.json()["user"]),
        (StatusCode::CREATED, &json!(uma))
    );
    let made = desk.post(&desk.ada, rooms, json!({ "user": vic })).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let rows = [
        (json!({}), "This field is required."),
        (json!({ "user": null }), "This field may not be null."),
        (
            json!({ "user": vic }),
            "chat room with this user already exists.",
        ),
        (
            json!({ "user": 999 }),
            "Invalid pk \"999\" - object does not exist.",
        ),
        (
            json!({ "user": ada }),
            "Admin users cannot have personal chat rooms",
        ),
    ];
    for (body, expected) in rows {
        let refused = desk.post(&desk.ada, rooms, body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(refused.json(), json!({ "user": [expected] }), "{body}");
    }
}

#[tokio::test]
async fn only_the_desk_labels_and_deletes_and_a_label_keeps_nothing_out() {
    let desk = Desk::new().await;
    let id = desk.room().await;
    let room = format!("/api/chat/rooms/{id}/");
    let body = || Some(json!({ "is_active": false, "user": 1, "admin_unread_count": 7 }));
    for (who, status) in [(&desk.uma, 403), (&desk.vic, 404)] {
        for method in [Method::PATCH, Method::PUT, Method::DELETE] {
            let refused = desk.ask(who, method, &room, body()).await;
            assert_eq!(refused.status.as_u16(), status);
            assert!(refused.json()["detail"].is_string());
        }
    }
    let labelled = desk
        .ask(&desk.ada, Method::PATCH, &room, body())
        .await
        .json();
    assert_eq!(labelled["is_active"], false);
    assert_eq!(labelled["user"], desk.uma.user.id.0);
    assert_eq!(labelled["admin_unread_count"], 0);
    desk.say(&desk.uma, id, "still here").await;
    let deleted = desk.ask(&desk.ada, Method::DELETE, &room, None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let gone = desk.ask(&desk.uma, Method::GET, &room, None).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let anew = desk.get(&desk.uma, "/api/chat/rooms/my_room/").await;
    assert_eq!(
        (&anew["created"], &anew["last_message"]),
        (&json!(true), &json!(null))
    );
}

#[tokio::test]
async fn the_desk_finds_a_room_by_its_user() {
    let desk = Desk::new().await;
    let of = |id: &str| format!("/api/chat/rooms/user/{id}/");
    let (uma, ada) = (
        desk.uma.user.id.0.to_string(),
        desk.ada.user.id.0.to_string(),
    );
    let rows = [
        (&desk.ada, of(&uma), 200),
        (&desk.ada, of(&ada), 400),
        (&desk.ada, of("999"), 404),
        (&desk.ada, of("undefined"), 404),
        (&desk.uma, of("undefined"), 403),
        (&desk.uma, of(&uma), 403),
    ];
    for (who, path, status) in rows {
        let answer = desk.ask(who, Method::GET, &path, None).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.json()["error"].is_string(), status != 200, "{path}");
    }
    let own = desk.get(&desk.uma, "/api/chat/rooms/my_room/").await;
    assert_eq!(own["created"], false);
}

#[tokio::test]
async fn rooms_are_listed_by_their_newest_change() {
    let desk = Desk::new().await;
    let first = desk.room().await;
    let second = desk.get(&desk.vic, "/api/chat/rooms/my_room/").await["id"].clone();
    desk.say(&desk.uma, first, &"é".repeat(150)).await;
    let listed = desk.get(&desk.ada, "/api/chat/rooms/").await;
    assert_eq!(
        (&listed[0]["id"], &listed[1]["id"]),
        (&json!(first), &second)
    );
    let preview = listed[0]["last_message"]["message"]
        .as_str()
        .expect("a text");
    assert_eq!(preview.chars().count(), 100);
    assert_eq!(listed[0]["user_email"], "uma@x.test");
    assert_eq!(
        desk.get(&desk.vic, "/api/chat/rooms/")
            .await
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn conversations_that_are_no_rooms_are_not_seen_here() {
    let desk = Desk::new().await;
    let member = |user| NewMember {
        party: Party::User(user),
        part: "user".to_owned(),
    };
    let wish = CreateConversation {
        kind: ConversationKind::Direct,
        members: vec![member(desk.uma.user.id), member(desk.ada.user.id)],
        title: None,
        context: None,
        metadata: Map::new(),
        unique_key: None,
        created_at: None,
    };
    let app = Principal::App(desk.world.services.app.id);
    let made = desk
        .world
        .services
        .chat
        .create_conversation(&app, wish)
        .await;
    let id = made.expect("a conversation").view.conversation.head.id.0;
    for who in [&desk.uma, &desk.ada] {
        assert_eq!(desk.get(who, "/api/chat/rooms/").await, json!([]));
        let path = format!("/api/chat/rooms/{id}/");
        let answer = desk.ask(who, Method::GET, &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let body = json!({ "room_id": id, "message": "x" });
        let sent = desk.post(who, "/api/chat/messages/", body).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND);
    }
}
