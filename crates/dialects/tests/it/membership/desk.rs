//! The inbox and what agents do with threads.

use http::{Method, StatusCode};
use parlance_dialects::contract::Relation;
use serde_json::{Value, json};

use super::{Desk, MEMBER, STAFF};

const INBOX: &str = "/api/admin/chat/threads/";

async fn assign(desk: &Desk, thread: &str, wish: Value) -> (StatusCode, Value) {
    let path = format!("{INBOX}{thread}/assign/");
    let answer = desk.sam(Method::PUT, &path, Some(wish)).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn an_assigned_thread_shows_its_agent_and_stays_open_for_its_member() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    desk.forget();
    let (status, done) = assign(&desk, &id, json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&done["success"], &done["status"]),
        (&json!(true), &json!("assigned"))
    );
    let inbox = desk.sam(Method::GET, INBOX, None).await.json();
    assert_eq!(inbox["count"], 1);
    assert_eq!(inbox["results"], inbox["threads"]);
    assert_eq!(inbox["results"][0]["assigned_to"], "Sam Stone");
    assert_eq!(inbox["results"][0]["last_message"], "");
    assert!(desk.frames(MEMBER, Relation::Other).is_empty());
    assert_eq!(
        desk.frames(STAFF, Relation::Other)[0]["thread"]["assignedTo"],
        "Sam Stone"
    );
    let own = desk
        .alice(Method::GET, "/api/chat/threads/", None)
        .await
        .json();
    assert_eq!(
        (&own[0]["status"], &own[0]["metadata"]),
        (&json!("open"), &json!({}))
    );
}

#[tokio::test]
async fn a_last_word_and_the_closing_are_one_act() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    desk.forget();
    let wish = json!({ "message": "All done", "status": "resolved" });
    let (_, done) = assign(&desk, &id, wish).await;
    assert_eq!(done["status"], "resolved");
    let heard = desk.frames(MEMBER, Relation::Other);
    assert_eq!(
        (&heard[0]["body"], &heard[0]["sender"]),
        (&json!("All done"), &json!("support"))
    );
    assert_eq!(heard[1]["thread"]["status"], "closed");
    assert_eq!(heard.len(), 2);
    // Opened again by its member, it still has its agent.
    let path = format!("/api/chat/threads/{id}/");
    desk.alice(Method::PATCH, &path, Some(json!({ "status": "open" })))
        .await;
    let one = desk
        .sam(Method::GET, &format!("{INBOX}{id}/"), None)
        .await
        .json();
    assert_eq!(
        (&one["thread"]["status"], &one["thread"]["user"]),
        (&json!("assigned"), &json!(desk.alice.email))
    );
    assert_eq!(one["messages"][0]["body"], "All done");
}

#[tokio::test]
async fn an_agent_is_named_by_id_and_may_be_taken_away() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    let (_, done) = assign(&desk, &id, json!({ "assigned_to": desk.sam.uuid })).await;
    assert_eq!(done["assigned_to"], "Sam Stone");
    let (_, done) = assign(&desk, &id, json!({ "assigned_to": null })).await;
    assert_eq!(
        (&done["status"], &done["assigned_to"]),
        (&json!("open"), &json!(null))
    );
    for wrong in [
        json!({ "assigned_to": desk.alice.uuid }),
        json!({ "assigned_to": "nobody" }),
        json!({ "status": "gone" }),
        json!({ "message": 5 }),
    ] {
        let (status, _) = assign(&desk, &id, wrong.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn members_find_no_desk() {
    let desk = Desk::new().await;
    let id = desk.open("x").await;
    for (method, path) in [
        (Method::GET, INBOX.to_owned()),
        (Method::GET, format!("{INBOX}{id}/")),
        (Method::POST, format!("{INBOX}{id}/assign/")),
    ] {
        let answer = desk
            .alice(method, &path, Some(json!({ "message": "x" })))
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        let text = "You do not have permission to perform this action.";
        assert_eq!(answer.json(), json!({ "detail": text }));
    }
    let history = format!("/api/chat/threads/{id}/messages/");
    assert_eq!(
        desk.alice(Method::GET, &history, None).await.json(),
        json!([])
    );
}
