//! Making, starting, listing and deleting conversations.

use http::{Method, StatusCode};
use parlance_core::command::CreateConversation;
use parlance_core::conversation::{Context, ConversationKind};
use parlance_core::member::{NewMember, Party};
use parlance_core::principal::Principal;
use parlance_core::publish::Disconnect;
use serde_json::{Map, json};

use super::Pair;

const CONVERSATIONS: &str = "/api/chat/conversations/";
const START: &str = "/api/chat/conversations/start_conversation/";

#[tokio::test]
async fn parallel_starts_make_one_conversation() {
    let pair = Pair::new().await;
    let wish = || Some(json!({ "provider_id": pair.bo.id.0.to_string() }));
    let starts = (0..8).map(|_| pair.ann(Method::POST, START, wish()));
    let answers = futures_util::future::join_all(starts).await;
    let ids: Vec<_> = answers
        .iter()
        .map(|answer| answer.json()["id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let made = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED);
    assert_eq!(made.count(), 1);
    let job = json!({ "id": null, "title": "Direct conversation" });
    assert_eq!(answers[0].json()["job"], job);
}

#[tokio::test]
async fn starting_finds_the_conversation_about_a_job_as_well() {
    let pair = Pair::new().await;
    let wish = json!({ "job": 12, "customer": pair.ann.id.0, "provider": pair.bo.id.0 });
    let made = pair.bo(Method::POST, CONVERSATIONS, Some(wish)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json());
    assert_eq!(made.json()["job"]["id"], 12);
    assert_eq!(made.json()["id"], pair.start().await);
}

#[tokio::test]
async fn refused_starts_carry_an_error_text() {
    let pair = Pair::new().await;
    let rows = [
        (json!({}), StatusCode::BAD_REQUEST),
        (json!({ "provider_id": null }), StatusCode::BAD_REQUEST),
        (json!({ "provider_id": "x" }), StatusCode::BAD_REQUEST),
        (json!({ "provider_id": [1] }), StatusCode::BAD_REQUEST),
        (json!({ "provider_id": 999_999 }), StatusCode::NOT_FOUND),
        (
            json!({ "provider_id": pair.ann.id.0 }),
            StatusCode::NOT_FOUND,
        ),
    ];
    for (wish, status) in rows {
        let answer = pair.ann(Method::POST, START, Some(wish.clone())).await;
        assert_eq!(answer.status, status, "{wish}");
        assert!(
            answer.json()["error"].is_string(),
            "{wish}: {}",
            answer.json()
        );
    }
    let wish = json!({ "provider_id": pair.bo.id.0 });
    let answer = pair.bo(Method::POST, START, Some(wish)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.json()["error"].is_string());
}

#[tokio::test]
async fn a_job_has_one_conversation_whoever_made_it() {
    let pair = Pair::new().await;
    let stranger = pair.world.user("cy", "customer").await;
    let member = |user, part: &str| NewMember {
        party: Party::User(user),
        part: part.to_owned(),
    };
    let context = Context {
        kind: "job".to_owned(),
        id: Some("7101".to_owned()),
        title: Some("Fix the sink".to_owned()),
        url: None,
        metadata: Map::new(),
    };
    let wish = CreateConversation {
        kind: ConversationKind::Direct,
        members: vec![
            member(stranger.id, "customer"),
            member(pair.bo.id, "provider"),
        ],
        title: None,
        context: Some(context),
        metadata: Map::new(),
        unique_key: None,
        created_at: None,
    };
    let services = &pair.world.services;
    let host = Principal::App(services.app.id);
    services
        .chat
        .create_conversation(&host, wish)
        .await
        .expect("a conversation");
    let wish = json!({ "job": "7101", "customer": pair.ann.id.0, "provider": pair.bo.id.0 });
    let answer = pair.ann(Method::POST, CONVERSATIONS, Some(wish)).await;
    let expected = json!({ "job": ["conversation with this job already exists."] });
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::BAD_REQUEST, expected)
    );
}

#[tokio::test]
async fn only_one_of_the_two_makes_a_conversation() {
    let pair = Pair::new().await;
    let stranger = pair.world.user("cy", "customer").await;
    let token = pair.world.token(&stranger).await;
    let forged = json!({ "job": 1, "customer": pair.ann.id.0, "provider": pair.bo.id.0 });
    let answer = pair
        .world
        .as_user(&token, Method::POST, CONVERSATIONS, Some(forged))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.json()["detail"].is_string());
    let unknown = json!({ "job": 1, "customer": pair.ann.id.0, "provider": 999_999 });
    let answer = pair.ann(Method::POST, CONVERSATIONS, Some(unknown)).await;
    let text = "Invalid pk \"999999\" - object does not exist.";
    assert_eq!(answer.json(), json!({ "provider": [text] }));
    let bad = json!({ "job": "x", "customer": null, "provider": [] });
    let answer = pair.ann(Method::POST, CONVERSATIONS, Some(bad)).await;
    let expected = json!({
        "job": ["A valid integer is required."], "customer": ["This field may not be null."],
        "provider": ["A valid integer is required."],
    });
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::BAD_REQUEST, expected)
    );
}

#[tokio::test]
async fn the_newest_activity_stands_first_and_unread_is_counted() {
    let pair = Pair::new().await;
    let job = |id: i64| json!({ "job": id, "customer": pair.ann.id.0, "provider": pair.bo.id.0 });
    let mut ids = Vec::new();
    for id in [1, 2] {
        let made = pair.ann(Method::POST, CONVERSATIONS, Some(job(id))).await;
        ids.push(made.json()["id"].as_i64().expect("an id"));
    }
    pair.say(ids[0], "hello").await;
    let list = pair.bo(Method::GET, CONVERSATIONS, None).await.json();
    assert_eq!(list[0]["id"], ids[0]);
    assert_eq!(
        (&list[0]["unread_count"], &list[1]["unread_count"]),
        (&json!(1), &json!(0))
    );
    assert!(list[0]["updated_at"].as_str() > list[0]["created_at"].as_str());
    let own = pair.ann(Method::GET, CONVERSATIONS, None).await.json();
    assert_eq!(own[0]["unread_count"], 0);
}

#[tokio::test]
async fn deleting_takes_it_from_both_and_ends_its_sockets() {
    let pair = Pair::new().await;
    let id = pair.start().await;
    let path = format!("{CONVERSATIONS}{id}/");
    for method in [Method::PUT, Method::PATCH] {
        let answer = pair.ann(method, &path, Some(json!({}))).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    let gone = pair.ann(Method::DELETE, &path, None).await;
    assert_eq!((gone.status, gone.bytes.len()), (StatusCode::NO_CONTENT, 0));
    let ended = pair.world.published.ended.lock().clone();
    assert!(
        matches!(ended.as_slice(), [Disconnect::Conversation(c)] if c.0 == id),
        "{ended:?}"
    );
    for token in [&pair.ann_token, &pair.bo_token] {
        let answer = pair.world.as_user(token, Method::GET, &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let list = pair
            .world
            .as_user(token, Method::GET, CONVERSATIONS, None)
            .await;
        assert_eq!(list.json(), json!([]));
    }
    // The pair may start anew.
    assert_ne!(pair.start().await, id);
}
