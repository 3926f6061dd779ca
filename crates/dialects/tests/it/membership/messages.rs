//! History, posting, reading, reacting, searching and taking a thread away as a file.

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{Method, StatusCode};
use parlance_dialects::contract::Relation;
use serde_json::json;

use super::{Desk, MEMBER, STAFF};

fn messages(thread: &str) -> String {
    format!("/api/chat/threads/{thread}/messages/")
}

#[tokio::test]
async fn a_post_reaches_everybody_but_the_posters_own_sockets() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    desk.forget();
    let posted = desk.say(&id, "once").await;
    assert!(desk.frames(MEMBER, Relation::SameUser).is_empty());
    assert_eq!(desk.frames(STAFF, Relation::Other)[0]["id"], posted["id"]);
    desk.forget();
    let wish = Some(json!({ "body": "we look", "sender": "user" }));
    let reply = desk.sam(Method::POST, &messages(&id), wish).await.json();
    assert_eq!(
        (&reply["sender"], &reply["senderType"]),
        (&json!("support"), &json!("agent"))
    );
    assert_eq!(reply["senderId"], json!(desk.sam.uuid));
    assert!(desk.frames(STAFF, Relation::SameUser).is_empty());
    // Another agent, and the member.
    assert_eq!(desk.frames(STAFF, Relation::Other).len(), 1);
    assert_eq!(desk.frames(MEMBER, Relation::Other)[0]["sender"], "support");
}

#[tokio::test]
async fn words_and_addresses_survive_unchanged() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    let body = " <b>hi</b> & \u{1f600}\u{202e}\r\n\tžluť \\ \u{0} ";
    let files = json!(["https://x.test/a b?q=ü&amp;", "ftp://else.where", ""]);
    let wish = json!({ "body": body, "attachments": files });
    let posted = desk.alice(Method::POST, &messages(&id), Some(wish)).await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.json());
    let history = desk.sam(Method::GET, &messages(&id), None).await.json();
    for seen in [
        &posted.json(),
        &history[0],
        &desk.frames(STAFF, Relation::Other)[0],
    ] {
        assert_eq!(
            (&seen["body"], &seen["attachments"]),
            (&json!(body), &files)
        );
    }
    let large = "x".repeat(64 * 1024);
    let posted = desk.say(&id, &large).await;
    assert_eq!(posted["body"], large);
    let larger = Some(json!({ "body": "x".repeat(300_000) }));
    let refused = desk.alice(Method::POST, &messages(&id), larger).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_stores_nothing() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    for (wish, text) in [
        (json!({}), Some("body is required")),
        (json!({ "body": null }), Some("body is required")),
        (json!({ "body": " \n" }), Some("body is required")),
        (json!({ "body": 5 }), None),
        (
            json!({ "body": "x", "attachments": "https://x.test" }),
            None,
        ),
        (json!({ "body": "x", "attachments": [1] }), None),
    ] {
        let refused = desk
            .alice(Method::POST, &messages(&id), Some(wish.clone()))
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wish}");
        let error = refused.json()["error"].clone();
        assert!(error.is_string(), "{wish}");
        assert_eq!(error, refused.json()["message"], "{wish}");
        if let Some(text) = text {
            assert_eq!(error, text, "{wish}");
        }
    }
    let history = desk.alice(Method::GET, &messages(&id), None).await;
    assert_eq!(history.json(), json!([]));
    let wish = json!({ "message": "phone", "attachments": null });
    let taken = desk.alice(Method::POST, &messages(&id), Some(wish)).await;
    assert_eq!(
        (&taken.json()["body"], &taken.json()["attachments"]),
        (&json!("phone"), &json!([]))
    );
}

#[tokio::test]
async fn reading_counts_down_and_is_told_to_the_other_side() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    for text in ["one", "two"] {
        desk.say(&id, text).await;
    }
    let unread = async |expected: i64| {
        let inbox = desk
            .sam(Method::GET, "/api/admin/chat/threads/", None)
            .await;
        assert_eq!(inbox.json()["results"][0]["unread_count"], expected);
    };
    unread(2).await;
    desk.forget();
    let path = format!("/api/chats/threads/{id}/mark-read/");
    let marked = desk.sam(Method::POST, &path, None).await;
    assert_eq!(marked.json(), json!({ "success": true, "marked": 2 }));
    unread(0).await;
    let heard = desk.frames(MEMBER, Relation::Other);
    assert_eq!(
        (&heard[0]["type"], &heard[0]["reader"]),
        (&json!("read"), &json!("support"))
    );
    assert!(desk.frames(STAFF, Relation::Other).is_empty());
    let history = desk.alice(Method::GET, &messages(&id), None).await.json();
    assert_eq!(history[1]["isRead"], true);
    desk.forget();
    let again = desk.sam(Method::POST, &path, None).await;
    assert_eq!(again.json()["marked"], 0);
    assert!(desk.frames(MEMBER, Relation::Other).is_empty());
}

#[tokio::test]
async fn reactions_are_one_a_user_and_emoji_and_can_be_taken_back() {
    let desk = Desk::new().await;
    let (id, other) = (desk.open("x").await, desk.open("y").await);
    let message = desk.say(&id, "nice").await["id"].clone();
    let message = message.as_str().expect("an id");
    let path = format!("{}{message}/reactions/", messages(&id));
    let thumb = || Some(json!({ "emoji": "👍" }));
    for _ in 0..2 {
        desk.alice(Method::POST, &path, thumb()).await;
    }
    let both = desk.sam(Method::POST, &path, thumb()).await.json();
    let users = json!([desk.alice.uuid, desk.sam.uuid]);
    let expected = json!([{ "emoji": "👍", "count": 2, "users": users }]);
    assert_eq!(both, json!({ "messageId": message, "reactions": expected }));
    desk.forget();
    let one = desk.alice(Method::DELETE, &path, thumb()).await.json();
    assert_eq!(one["reactions"][0]["count"], 1);
    assert_eq!(
        desk.frames(STAFF, Relation::Other)[0]["reactions"][0]["count"],
        1
    );
    let elsewhere = format!("{}{message}/reactions/", messages(&other));
    let refused = desk.alice(Method::POST, &elsewhere, thumb()).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let refused = desk.alice(Method::POST, &path, Some(json!({}))).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn words_are_found_in_own_threads_and_by_staff_in_all() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    desk.say(&id, "Head GASKET leaks").await;
    desk.say(&id, "the gasket again").await;
    let search = async |token: &str, path: &str| {
        let answer = desk.ask(token, Method::GET, path, None).await;
        (answer.status, answer.json())
    };
    let own = "/api/chat/messages/search/?q=gasket";
    let (_, found) = search(&desk.alice_token, own).await;
    assert_eq!(
        (&found["count"], &found["results"][0]["body"]),
        (&json!(2), &json!("the gasket again"))
    );
    for stranger in [&desk.bob_token, &desk.sam_token] {
        assert_eq!(
            search(stranger, own).await.1,
            json!({ "count": 0, "results": [] })
        );
    }
    let all = "/api/admin/chat/messages/search/?q=gasket";
    assert_eq!(search(&desk.sam_token, all).await.1["count"], 2);
    assert_eq!(
        search(&desk.alice_token, all).await.0,
        StatusCode::FORBIDDEN
    );
    let (status, _) = search(&desk.alice_token, "/api/chat/messages/search/?q=").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_thread_is_exported_as_json_and_as_text() {
    let desk = Desk::new().await;
    let id = desk.open("Noise").await;
    desk.say(&id, "It rattles").await;
    let path = format!("/api/chat/threads/{id}/export/");
    let json = desk.alice(Method::GET, &path, None).await;
    assert_eq!(json.json()["thread"]["subject"], "Noise");
    assert_eq!(json.json()["messages"][0]["body"], "It rattles");
    let text = desk
        .sam(Method::GET, &format!("{path}?format=txt"), None)
        .await;
    let words = String::from_utf8(text.bytes.to_vec()).expect("UTF-8");
    assert!(words.contains("alice:\nIt rattles"), "{words}");
    assert_eq!(text.headers[CONTENT_TYPE], "text/plain; charset=utf-8");
    let name = text.headers[CONTENT_DISPOSITION].to_str().expect("ASCII");
    assert_eq!(name, format!("attachment; filename=\"thread-{id}.txt\""));
    let wrong = desk
        .alice(Method::GET, &format!("{path}?format=pdf"), None)
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn since_gives_what_came_strictly_later() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    let first = desk.say(&id, "one").await;
    desk.say(&id, "two").await;
    let at = first["created_at"].as_str().expect("a time");
    let count = async |query: &str| {
        let path = format!("{}?{query}", messages(&id));
        let answer = desk.alice(Method::GET, &path, None).await.json();
        answer.as_array().map_or(0, Vec::len)
    };
    assert_eq!(count(&format!("since={at}")).await, 1);
    assert_eq!(
        count(&format!("since={}", at.trim_end_matches('Z'))).await,
        1
    );
    // A plus that was not encoded is read as a blank.
    assert_eq!(
        count(&format!("since={}+00:00", at.trim_end_matches('Z'))).await,
        1
    );
    assert_eq!(count("since=yesterday&page=2&limit=1").await, 2);
}
