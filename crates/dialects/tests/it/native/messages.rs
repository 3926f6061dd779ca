//! Sending, changing, reading, searching, resuming.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Trio, all, json_body};
use crate::world::request;

#[tokio::test]
async fn a_repeated_send_answers_with_the_first_message() {
    let trio = Trio::new().await;
    let path = format!("{}/messages", trio.start().await);
    let wish = json!({"body": "hello", "client_id": "a"});
    let first = trio
        .ask(&trio.ann, Method::POST, &path, Some(wish.clone()))
        .await;
    let second = trio.ask(&trio.ann, Method::POST, &path, Some(wish)).await;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    assert_eq!(first.json(), second.json());
    let token = trio.world.token(&trio.ann).await;
    for expected in [StatusCode::CREATED, StatusCode::OK] {
        let request = request(Method::POST, &path)
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", "b");
        let answer = trio
            .world
            .ask(json_body(request, json!({"body": "again"}).to_string()))
            .await;
        assert_eq!(answer.status, expected);
        assert_eq!(answer.json()["client_id"], "b");
    }
    assert_eq!(
        all(&trio.get(&trio.bo, &path).await, "seq"),
        [&json!(1), &json!(2)]
    );
}

#[tokio::test]
async fn a_message_is_answered_edited_reacted_to_and_deleted_in_its_place() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let first = trio.say(&trio.ann, &path, "one").await;
    let wish =
        json!({"body": "two", "client_id": "two", "reply_to": first["id"], "metadata": {"a": [1]}});
    let answer = trio.post(&trio.bo, &format!("{path}/messages"), wish).await;
    assert_eq!(answer["reply_to"], first["id"]);
    assert_eq!(answer["metadata"], json!({"a": [1]}));

    let message = format!("/v1/messages/{}", first["id"].as_str().expect("an id"));
    let edited = json!({"body": "one, mended"});
    let refused = trio
        .ask(&trio.bo, Method::PATCH, &message, Some(edited.clone()))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let changed = trio
        .ask(&trio.ann, Method::PATCH, &message, Some(edited))
        .await
        .json();
    assert_eq!(changed["body"], "one, mended");
    assert!(changed["edited_at"].is_string());

    let reaction = format!("{message}/reactions/%F0%9F%91%8D");
    let reacted = trio
        .ask(&trio.bo, Method::PUT, &reaction, None)
        .await
        .json();
    assert_eq!(
        reacted["reactions"],
        json!([{"emoji": "👍", "users": [trio.bo.uuid]}])
    );
    let taken_back = trio
        .ask(&trio.bo, Method::DELETE, &reaction, None)
        .await
        .json();
    assert_eq!(taken_back["reactions"], json!([]));

    let deleted = trio.ask(&trio.ann, Method::DELETE, &message, None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(
        trio.ask(&trio.bo, Method::GET, &message, None).await.status,
        StatusCode::NOT_FOUND
    );
    let history = trio.get(&trio.bo, &format!("{path}/messages")).await;
    assert_eq!(all(&history, "seq"), [&json!(1), &json!(2)]);
    let tombstone = &history["items"][0];
    assert_eq!(
        (&tombstone["body"], &tombstone["attachments"]),
        (&json!(""), &json!([]))
    );
    assert!(tombstone["deleted_at"].is_string());
    // What answers a deleted message still says which one it was.
    assert_eq!(history["items"][1]["reply_to"], first["id"]);
}

#[tokio::test]
async fn history_is_read_before_after_and_around_a_seq() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    for n in 1..=9 {
        trio.say(&trio.ann, &path, &n.to_string()).await;
    }
    for (query, seqs, before, after) in [
        ("limit=3", vec![7, 8, 9], true, false),
        ("limit=3&before=4", vec![1, 2, 3], false, true),
        ("limit=3&after=4", vec![5, 6, 7], true, true),
        ("limit=4&around=5", vec![3, 4, 5, 6], true, true),
        ("limit=200", (1..=9).collect(), false, false),
    ] {
        let page = trio
            .get(&trio.bo, &format!("{path}/messages?{query}"))
            .await;
        let found: Vec<_> = all(&page, "seq")
            .into_iter()
            .filter_map(Value::as_i64)
            .collect();
        assert_eq!(found, seqs, "{query}");
        assert_eq!(
            (&page["has_before"], &page["has_after"]),
            (&json!(before), &json!(after)),
            "{query}"
        );
        assert_eq!(page["members"].as_array().map(Vec::len), Some(2));
    }
}

#[tokio::test]
async fn marks_move_and_are_seen_at_once() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let mut ids = Vec::new();
    for n in 1..=4 {
        ids.push(trio.say(&trio.ann, &path, &n.to_string()).await["id"].clone());
    }
    let mark = async |kind: &str, body: Value| {
        let path = format!("{path}/{kind}");
        trio.post(&trio.bo, &path, body).await
    };
    assert_eq!(
        mark("delivered", json!({"seq": 3})).await,
        json!({"delivered_seq": 3})
    );
    assert_eq!(
        mark("read", json!({"seq": 2})).await,
        json!({"read_seq": 2, "unread_count": 2})
    );
    let single = mark("read", json!({"messages": [ids[3]]})).await;
    assert_eq!(single, json!({"read_seq": 2, "unread_count": 1}));
    let history = trio.get(&trio.ann, &format!("{path}/messages")).await;
    let members = history["members"].as_array().expect("members").clone();
    let bo = members
        .iter()
        .find(|m| m["user"]["external_id"] == "bo")
        .expect("Bo");
    assert_eq!(bo["read_seq"], 2);
    let conversation = trio.get(&trio.bo, &path).await;
    assert_eq!(conversation["unread_count"], 1);
}

#[tokio::test]
async fn changes_are_told_by_revision_in_pieces() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let since = trio.get(&trio.bo, &path).await["revision"]
        .as_i64()
        .expect("a revision");
    for n in 1..=3 {
        trio.say(&trio.ann, &path, &n.to_string()).await;
    }
    let (mut revision, mut bodies) = (since, Vec::new());
    loop {
        let changes = trio
            .get(
                &trio.bo,
                &format!("{path}/changes?since={revision}&limit=2"),
            )
            .await;
        let changed = &changes["conversations"][0];
        for message in changed["messages"].as_array().expect("messages") {
            bodies.push(message["body"].clone());
        }
        revision = changed["revision"].as_i64().expect("a revision");
        if changed["has_more"] == json!(false) {
            break;
        }
    }
    assert_eq!(bodies, [json!("1"), json!("2"), json!("3")]);
    let nothing = trio
        .get(&trio.bo, &format!("{path}/changes?since={revision}"))
        .await;
    assert_eq!(nothing["conversations"][0]["messages"], json!([]));
    let other = "01890a5d-ac96-774b-bcce-b302099a8057";
    let reset = trio
        .get(&trio.bo, &format!("{path}/changes?since=0&epoch={other}"))
        .await;
    assert_eq!(
        (&reset["reset"], &reset["conversations"]),
        (&json!(true), &json!([]))
    );
}

#[tokio::test]
async fn search_finds_what_the_caller_may_read_page_by_page() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    for body in ["a leak", "a tap", "leaking still"] {
        trio.say(&trio.ann, &path, body).await;
    }
    let first = trio.get(&trio.bo, "/v1/search?q=leak&limit=1").await;
    assert_eq!(all(&first, "body"), [&json!("leaking still")]);
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = trio
        .get(
            &trio.bo,
            &format!("/v1/search?q=leak&limit=1&cursor={cursor}"),
        )
        .await;
    assert_eq!(all(&second, "body"), [&json!("a leak")]);
    assert_eq!(second["next_cursor"], json!(null));
    assert_eq!(
        trio.get(&trio.cy, "/v1/search?q=leak").await["items"],
        json!([])
    );
}
