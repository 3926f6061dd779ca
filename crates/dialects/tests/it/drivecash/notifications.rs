//! Notifications: one for each message of the desk, for the owner alone.

use http::{Method, StatusCode};
use serde_json::json;

use super::Desk;

const NOTIFICATIONS: &str = "/api/chat/notifications/";

#[tokio::test]
async fn a_notification_is_there_until_it_is_read() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    desk.say(&desk.uma, room, "question").await;
    let first = desk.say(&desk.ada, room, "one").await;
    let second = desk.say(&desk.ada, room, "two").await;
    let listed = desk.get(&desk.uma, NOTIFICATIONS).await;
    let ids: Vec<_> = listed
        .as_array()
        .into_iter()
        .flatten()
        .map(|n| n["id"].clone())
        .collect();
    assert_eq!(ids, [second, first]);
    assert_eq!(listed[0]["message"], "New message from ada@x.test");
    for who in [&desk.ada, &desk.vic] {
        assert_eq!(desk.get(who, NOTIFICATIONS).await, json!([]));
        let path = format!("{NOTIFICATIONS}{first}/mark_read/");
        assert_eq!(
            desk.post(who, &path, json!({})).await.status,
            StatusCode::NOT_FOUND
        );
    }
    let one = format!("{NOTIFICATIONS}{second}/");
    assert_eq!(
        desk.get(&desk.uma, &one).await["recipient"],
        desk.uma.user.id.0
    );
    let read = format!("{one}mark_read/");
    let marked = desk.post(&desk.uma, &read, json!({})).await;
    assert_eq!(
        (marked.status, &marked.json()["is_read"]),
        (StatusCode::OK, &json!(true))
    );
    assert_eq!(
        desk.post(&desk.uma, &read, json!({})).await.status,
        StatusCode::NOT_FOUND
    );
    let gone = desk.ask(&desk.uma, Method::GET, &one, None).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.get(&desk.uma, NOTIFICATIONS).await[0]["id"], first);
    let all = format!("{NOTIFICATIONS}mark_all_read/");
    assert_eq!(
        desk.post(&desk.uma, &all, json!({})).await.json()["count"],
        1
    );
    assert_eq!(
        desk.post(&desk.uma, &all, json!({})).await.json()["count"],
        0
    );
    desk.say(&desk.ada, room, "three").await;
    assert_eq!(
        desk.get(&desk.uma, NOTIFICATIONS)
            .await
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}
