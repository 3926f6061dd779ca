//! Making, listing, changing; members.

use http::{Method, StatusCode};
use serde_json::json;

use super::{Trio, all};

#[tokio::test]
async fn a_conversation_shows_its_members_and_what_is_unread() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    trio.say(&trio.ann, &path, "hello").await;
    let seen = trio.get(&trio.bo, &path).await;
    assert_eq!(seen["title"], "Sink");
    assert_eq!(seen["kind"], "direct");
    assert_eq!(seen["unread_count"], 1);
    assert_eq!(seen["last_message"]["body"], "hello");
    assert_eq!(seen["last_message"]["sender_name"], "ann");
    let members = seen["members"].as_array().expect("members");
    let mut parts: Vec<_> = members
        .iter()
        .map(|m| (m["user"]["name"].as_str(), m["part"].as_str()))
        .collect();
    parts.sort_unstable();
    // Whoever makes a conversation plays the own role when nothing else is said.
    assert_eq!(
        parts,
        [
            (Some("ann"), Some("customer")),
            (Some("bo"), Some("provider"))
        ]
    );
    let own = trio.get(&trio.ann, &path).await;
    assert_eq!(own["unread_count"], 0);
}

#[tokio::test]
async fn an_idempotency_key_makes_one_conversation() {
    let trio = Trio::new().await;
    let token = trio.world.token(&trio.ann).await;
    let mut made = Vec::new();
    for expected in [StatusCode::CREATED, StatusCode::OK] {
        let wish = json!({"members": [{"user": trio.bo.uuid, "part": "provider"}]});
        let request = crate::world::request(Method::POST, "/v1/conversations")
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", "one");
        let answer = trio
            .world
            .ask(super::json_body(request, wish.to_string()))
            .await;
        assert_eq!(answer.status, expected);
        made.push(answer.json()["id"].clone());
    }
    assert_eq!(made[0], made[1]);
}

#[tokio::test]
async fn pages_hold_every_conversation_once() {
    let trio = Trio::new().await;
    for _ in 0..5 {
        trio.start().await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/conversations?limit=2{cursor}");
        let page = trio.get(&trio.ann, &path).await;
        seen.extend(all(&page, "id").into_iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 5);
    assert_eq!(
        trio.get(&trio.cy, "/v1/conversations").await["items"],
        json!([])
    );
}

#[tokio::test]
async fn title_and_status_change_and_a_null_takes_the_title_away() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let patch = |body| trio.ask(&trio.bo, Method::PATCH, &path, Some(body));
    let answer = patch(json!({"status": "closed"})).await.json();
    assert_eq!(
        (&answer["status"], &answer["title"]),
        (&json!("closed"), &json!("Sink"))
    );
    let refused = trio
        .ask(
            &trio.ann,
            Method::POST,
            &format!("{path}/messages"),
            Some(json!({"body": "late", "client_id": "late"})),
        )
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.json()["code"], "closed");
    let answer = patch(json!({"title": null, "status": "open"})).await.json();
    assert_eq!(
        (&answer["status"], &answer["title"]),
        (&json!("open"), &json!(null))
    );
}

#[tokio::test]
async fn muting_and_archiving_are_the_callers_own() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let wish = json!({"muted": true, "archived": true});
    let membership = format!("{path}/membership");
    let answer = trio
        .ask(&trio.bo, Method::PATCH, &membership, Some(wish))
        .await
        .json();
    assert_eq!(
        (&answer["muted"], &answer["archived"]),
        (&json!(true), &json!(true))
    );
    let archived = trio.get(&trio.bo, "/v1/conversations?archived=true").await;
    assert_eq!(all(&archived, "muted"), [&json!(true)]);
    let others = trio.get(&trio.bo, "/v1/conversations?archived=false").await;
    assert_eq!(others["items"], json!([]));
    assert_eq!(trio.get(&trio.ann, &path).await["muted"], json!(false));
}

#[tokio::test]
async fn members_join_and_leave() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let members = format!("{path}/members");
    let wish = json!({"user": trio.cy.uuid, "part": "guest"});
    let joined = trio.post(&trio.ann, &members, wish).await;
    assert_eq!(joined["user"]["external_id"], "cy");
    assert_eq!(joined["part"], "guest");
    assert_eq!(all(&trio.get(&trio.cy, &members).await, "part").len(), 3);
    let own = format!("{members}/{}", trio.cy.uuid);
    let other = format!("{members}/{}", trio.bo.uuid);
    let refused = trio.ask(&trio.cy, Method::DELETE, &other, None).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let left = trio.ask(&trio.cy, Method::DELETE, &own, None).await;
    assert_eq!(left.status, StatusCode::NO_CONTENT);
    let gone = trio.ask(&trio.cy, Method::GET, &path, None).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_desk_has_the_staff_as_one_side() {
    let trio = Trio::new().await;
    let agent = trio.agent().await;
    let wish = json!({"kind": "desk", "members": []});
    let made = trio.post(&trio.ann, "/v1/conversations", wish).await;
    let path = format!("/v1/conversations/{}", made["id"].as_str().expect("an id"));
    trio.say(&trio.ann, &path, "help").await;
    let seen = trio.get(&agent, &path).await;
    assert_eq!(seen["unread_count"], 1);
    let staff = seen["members"]
        .as_array()
        .expect("members")
        .iter()
        .find(|m| m["user"].is_null());
    assert_eq!(staff.expect("the staff side")["part"], "support");
    trio.say(&agent, &path, "how?").await;
    assert_eq!(trio.get(&trio.ann, &path).await["unread_count"], 1);
}
