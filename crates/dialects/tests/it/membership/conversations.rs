//! Threads: making, listing, closing, and who may see them.

use http::{Method, StatusCode};
use parlance_core::command::CreateConversation;
use parlance_core::conversation::ConversationKind;
use parlance_core::member::{NewMember, Party};
use parlance_core::principal::Principal;
use parlance_dialects::contract::Relation;
use serde_json::{Map, json};

use super::{Desk, MEMBER, STAFF};

#[tokio::test]
async fn a_thread_opened_with_a_message_is_told_to_the_desk_and_not_to_its_opener() {
    let desk = Desk::new().await;
    let wish = json!({ "subject": "Noise", "initialMessage": "It rattles" });
    let made = desk
        .alice(Method::POST, "/api/chat/threads/", Some(wish))
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let thread = made.json();
    assert_eq!(thread["last_message"]["body"], "It rattles");
    assert_eq!(thread["messages"][0]["sender"], "user");
    assert_eq!(thread["unreadCount"], 0);
    let heard = desk.frames(STAFF, Relation::Other);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0]["message"]["threadId"], thread["id"]);
    assert!(desk.frames(MEMBER, Relation::SameUser).is_empty());
}

#[tokio::test]
async fn the_list_has_the_latest_activity_first_and_only_own_threads() {
    let desk = Desk::new().await;
    let (first, second) = (desk.open("one").await, desk.open("two").await);
    desk.say(&first, "again").await;
    let list = desk
        .alice(Method::GET, "/chats/threads/", None)
        .await
        .json();
    assert_eq!(
        (&list[0]["id"], &list[1]["id"]),
        (&json!(first), &json!(second))
    );
    // Staff may read all, but their list has what they own.
    for others in [
        desk.bob(Method::GET, "/api/chat/threads/", None).await,
        desk.sam(Method::GET, "/api/chat/threads/", None).await,
    ] {
        assert_eq!(others.json(), json!([]));
    }
    let one = desk
        .sam(Method::GET, &format!("/api/chat/threads/{first}/"), None)
        .await;
    assert_eq!(one.json()["user"], json!(desk.alice.uuid));
}

#[tokio::test]
async fn strangers_find_no_thread_whatever_they_ask() {
    let desk = Desk::new().await;
    let id = desk.open("mine").await;
    let message = desk.say(&id, "private").await["id"].clone();
    let message = message.as_str().expect("an id");
    let body = || Some(json!({ "body": "x", "status": "closed", "emoji": "👍" }));
    for base in ["/api/chat", "/api/chats", "/chats"] {
        let thread = format!("{base}/threads/{id}");
        for (method, path, body) in [
            (Method::GET, format!("{thread}/"), None),
            (Method::PATCH, format!("{thread}/"), body()),
            (Method::GET, format!("{thread}/messages/"), None),
            (Method::POST, format!("{thread}/messages/"), body()),
            (Method::POST, format!("{thread}/mark-read/"), None),
            (Method::GET, format!("{thread}/export/"), None),
            (
                Method::POST,
                format!("{thread}/messages/{message}/reactions/"),
                body(),
            ),
            (
                Method::DELETE,
                format!("{thread}/messages/{message}/reactions/"),
                body(),
            ),
        ] {
            desk.forget();
            let answer = desk.bob(method, &path, body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(answer.json()["error"], "Thread not found", "{path}");
            assert!(desk.frames(STAFF, Relation::Other).is_empty(), "{path}");
        }
    }
    let wrong = desk.alice(Method::GET, "/api/chat/threads/12/", None).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_closed_thread_takes_no_message_until_it_is_opened_again() {
    let desk = Desk::new().await;
    let id = desk.open("done").await;
    let path = format!("/api/chat/threads/{id}/");
    desk.forget();
    let closed = desk
        .alice(Method::PATCH, &path, Some(json!({ "status": "closed" })))
        .await;
    assert_eq!(closed.json()["status"], "closed");
    for (view, expected) in [(MEMBER, "closed"), (STAFF, "resolved")] {
        let heard = desk.frames(view, Relation::Other);
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!(heard[0]["thread"]["status"], expected);
    }
    let messages = format!("{path}messages/");
    let post = || Some(json!({ "body": "one more" }));
    let refused = desk.alice(Method::POST, &messages, post()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error"], "Thread is closed");
    let opened = desk
        .sam(Method::PATCH, &path, Some(json!({ "status": "open" })))
        .await;
    assert_eq!(opened.json()["status"], "open");
    let taken = desk.alice(Method::POST, &messages, post()).await;
    assert_eq!(taken.status, StatusCode::CREATED);
    let wrong = desk
        .alice(Method::PATCH, &path, Some(json!({ "status": "gone" })))
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_phone_gets_its_empty_thread_again_and_the_page_a_new_one() {
    let desk = Desk::new().await;
    let wish = || Some(json!({ "subject": "Support Chat" }));
    let on_phone = async || {
        let made = desk
            .alice(Method::POST, "/api/chats/threads/", wish())
            .await;
        assert_eq!(made.status, StatusCode::CREATED);
        made.json()["id"].as_str().expect("an id").to_owned()
    };
    let first = on_phone().await;
    assert_eq!(on_phone().await, first);
    assert_ne!(desk.open("Support Chat").await, first);
    desk.say(&first, "hello").await;
    let later = on_phone().await;
    desk.say(&later, "hello").await;
    assert_ne!(later, first);
    // The phone may leave the subject out.
    let made = desk
        .alice(Method::POST, "/chats/threads/", Some(json!({})))
        .await;
    assert_eq!(
        (made.status, &made.json()["subject"]),
        (StatusCode::CREATED, &json!(null))
    );
}

#[tokio::test]
async fn a_route_without_its_slash_takes_posts_and_redirects_reading() {
    let desk = Desk::new().await;
    let wish = Some(json!({ "subject": "x" }));
    let made = desk.alice(Method::POST, "/api/chat/threads", wish).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let read = desk.alice(Method::GET, "/api/chat/threads", None).await;
    assert_eq!(read.status, StatusCode::MOVED_PERMANENTLY);
    let wrong = desk.alice(Method::PUT, "/api/chat/threads/", None).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.json()["detail"], "Method \"PUT\" not allowed.");
    let list = desk
        .alice(Method::POST, "/api/chat/threads/", Some(json!([1])))
        .await;
    assert_eq!(list.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn conversations_without_a_desk_are_no_threads() {
    let desk = Desk::new().await;
    let services = &desk.world.services;
    let host = Principal::App(services.app.id);
    let bob = services
        .chat
        .user_by_external_id(&host, "bob")
        .await
        .expect("a user");
    let member = |user| NewMember {
        party: Party::User(user),
        part: "user".to_owned(),
    };
    let wish = CreateConversation {
        kind: ConversationKind::Direct,
        members: vec![member(desk.alice.id), member(bob.id)],
        title: None,
        context: None,
        metadata: Map::new(),
        unique_key: None,
        created_at: None,
    };
    let made = services
        .chat
        .create_conversation(&host, wish)
        .await
        .expect("made");
    let id = made.view.conversation.head.uuid;
    let one = desk
        .alice(Method::GET, &format!("/api/chat/threads/{id}/"), None)
        .await;
    assert_eq!(one.status, StatusCode::NOT_FOUND);
    let list = desk.alice(Method::GET, "/api/chat/threads/", None).await;
    assert_eq!(list.json(), json!([]));
}
