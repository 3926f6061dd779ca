//! Conversations with members, context and history.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_conversation_comes_with_its_history_unread_for_all_but_the_authors() {
    let world = World::new().await;
    let host = world.host("shop", "fixmate").await;
    let people = host.users(&["ann", "bo"]).await;
    let wish = json!({
        "members": [
            {"user": people[0]["id"], "part": "customer"},
            {"user": "external:bo", "part": "provider"},
        ],
        "title": "Sink", "context": {"kind": "job", "title": "Sink"}, "unique_key": "job:1",
        "metadata": {"a": 1},
        "messages": [
            {"from": people[0]["uuid"], "text": "one", "created_at": "2026-01-02T03:04:05Z"},
            {"from": people[1]["id"], "text": "two", "created_at": "2026-01-02T03:05:05Z"},
            {"from": null, "text": "three"},
        ],
    });
    let answer = host
        .ask(Method::POST, "/conversations", Some(wish.clone()))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
    let made = answer.json();
    assert_eq!(
        (&made["last_seq"], &made["wire_id"]),
        (&json!(3), &made["id"])
    );
    let job = made["job_id"].as_i64().expect("a fresh integer");
    assert!((1..=i64::from(i32::MAX)).contains(&job));
    assert_eq!(made["context"]["id"], job.to_string());
    assert_eq!(made["created_at"], "2026-01-02T03:04:05.000000Z");
    let again = host.ask(Method::POST, "/conversations", Some(wish)).await;
    assert_eq!(
        (again.status, &again.json()["id"]),
        (StatusCode::OK, &made["id"])
    );

    let path = format!("/conversations/{}", made["uuid"].as_str().expect("a uuid"));
    let history = host
        .done(Method::GET, &format!("{path}/messages"), None)
        .await;
    let items = history["items"].as_array().expect("items");
    let told: Vec<_> = items
        .iter()
        .map(|m| (m["body"].as_str(), m["kind"].as_str(), m["seq"].as_i64()))
        .collect();
    assert_eq!(
        told,
        [
            (Some("one"), Some("text"), Some(1)),
            (Some("two"), Some("text"), Some(2)),
            (Some("three"), Some("system"), Some(3)),
        ]
    );
    assert_eq!(items[0]["created_at"], "2026-01-02T03:04:05.000000Z");
    assert_eq!(items[1]["sender"], people[1]["uuid"]);
    assert_eq!(items[2]["sender"], Value::Null);
    let members = made["members"].as_array().expect("members");
    assert!(
        members.iter().all(|member| member["read_seq"] == 0),
        "{members:?}"
    );
    let piece = host
        .done(
            Method::GET,
            &format!("{path}/messages?after=1&limit=1"),
            None,
        )
        .await;
    assert_eq!(
        (&piece["items"][0]["seq"], &piece["has_after"]),
        (&json!(2), &json!(true))
    );
}

#[tokio::test]
async fn staff_who_are_named_in_a_desk_stand_for_the_staff_side() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    host.users(&["ann"]).await;
    let agents = json!({"users": [
        {"external_id": "agent", "is_staff": true}, {"external_id": "other", "is_staff": true},
    ]});
    host.done(Method::PUT, "/users", Some(agents)).await;
    let wish = json!({"kind": "desk", "members": [
        {"user": "external:ann", "part": "user"},
        {"user": "external:agent", "part": "admin"}, {"user": "external:other", "part": "admin"},
    ], "messages": [{"from": "external:agent", "text": "how can we help?"}]});
    let made = host.done(Method::POST, "/conversations", Some(wish)).await;
    let members = made["members"].as_array().expect("members");
    let mut sides: Vec<_> = members
        .iter()
        .map(|m| (m["user"]["external_id"].as_str(), m["part"].as_str()))
        .collect();
    sides.sort_unstable();
    assert_eq!(sides, [(None, Some("admin")), (Some("ann"), Some("user"))]);
    assert_eq!(made["wire_id"], made["uuid"]);
}

#[tokio::test]
async fn a_conversation_is_listed_changed_and_deleted() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    host.users(&["ann", "bo", "cy"]).await;
    let members =
        json!([{"user": "external:ann", "part": "a"}, {"user": "external:bo", "part": "b"}]);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(
            host.done(
                Method::POST,
                "/conversations",
                Some(json!({"members": members})),
            )
            .await["id"]
                .clone(),
        );
    }
    let first = host.done(Method::GET, "/conversations?limit=2", None).await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = host
        .done(
            Method::GET,
            &format!("/conversations?limit=2&cursor={cursor}"),
            None,
        )
        .await;
    assert_eq!(
        (&second["items"][0]["id"], &second["next_cursor"]),
        (&ids[0], &json!(null))
    );

    let path = format!("/conversations/{}", ids[0]);
    let patch = json!({"title": "Tap", "status": "closed", "context": {"kind": "job", "id": 12}, "metadata": {"a": 1}});
    let changed = host.done(Method::PATCH, &path, Some(patch)).await;
    assert_eq!(
        (&changed["job_id"], &changed["status"]),
        (&json!(12), &json!("closed"))
    );
    let changed = host
        .done(
            Method::PATCH,
            &path,
            Some(json!({"title": null, "context": null})),
        )
        .await;
    assert_eq!(
        (&changed["title"], &changed["context"], &changed["metadata"]),
        (&json!(null), &json!(null), &json!({"a": 1}))
    );

    let joined = host
        .ask(
            Method::POST,
            &format!("{path}/members"),
            Some(json!({"user": "external:cy", "part": "c"})),
        )
        .await;
    assert_eq!(
        (joined.status, &joined.json()["part"]),
        (StatusCode::CREATED, &json!("c"))
    );
    let left = host
        .ask(Method::DELETE, &format!("{path}/members/external:cy"), None)
        .await;
    assert_eq!(left.status, StatusCode::NO_CONTENT);
    assert_eq!(
        host.ask(Method::DELETE, &path, None).await.status,
        StatusCode::NO_CONTENT
    );
    host.ask(Method::GET, &path, None)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn the_host_posts_as_a_user_and_as_the_system() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    let people = host.users(&["ann", "bo"]).await;
    let members =
        json!([{"user": "external:ann", "part": "a"}, {"user": "external:bo", "part": "b"}]);
    let made = host
        .done(
            Method::POST,
            "/conversations",
            Some(json!({"members": members})),
        )
        .await;
    let path = format!("/conversations/{}/messages", made["id"]);
    world.published.events.lock().clear();
    let wish =
        json!({"as": people[0]["id"], "body": "hello", "client_id": "a", "metadata": {"x": 1}});
    for expected in [StatusCode::CREATED, StatusCode::OK] {
        let posted = host.ask(Method::POST, &path, Some(wish.clone())).await;
        assert_eq!(posted.status, expected);
        assert_eq!(posted.json()["sender"], people[0]["uuid"]);
    }
    let system = host
        .done(
            Method::POST,
            &path,
            Some(json!({"as": "system", "body": "paid", "kind": "payment"})),
        )
        .await;
    assert_eq!(
        (&system["sender"], &system["kind"]),
        (&json!(null), &json!("payment"))
    );
    let names: Vec<_> = world
        .published
        .events
        .lock()
        .iter()
        .map(|event| event.name())
        .collect();
    assert_eq!(names, ["message.created", "message.created"]);
}

#[tokio::test]
async fn a_conversation_that_cannot_be_is_refused_and_nothing_of_it_stays() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    let other = world.host("other", "native").await;
    host.users(&["ann", "bo", "cy"]).await;
    let foreign = other.users(&["ann", "dee"]).await;
    let ann = json!({"user": "external:ann", "part": "a"});
    let with = |message: Value| json!({"members": [ann], "messages": [message]});
    for (wish, field) in [
        (json!({}), "members"),
        (json!({"members": []}), "members"),
        (json!({"members": [ann, ann]}), "members"),
        (
            json!({"members": [{"user": "external:ann"}]}),
            "members[0].part",
        ),
        (
            json!({"members": [{"user": "ann", "part": "a"}]}),
            "members[0].user",
        ),
        (
            json!({"members": [{"user": foreign[1]["id"], "part": "a"}]}),
            "members[0].user",
        ),
        (
            json!({"members": [{"user": foreign[1]["uuid"], "part": "a"}]}),
            "members[0].user",
        ),
        (json!({"members": [ann], "kind": "party"}), "kind"),
        (json!({"members": [ann], "context": {}}), "context.kind"),
        (
            with(json!({"from": "external:dee", "text": "x"})),
            "messages[0].from",
        ),
        (
            with(json!({"from": "external:ann", "text": 7})),
            "messages[0].text",
        ),
        (
            with(json!({"from": "external:ann", "text": "x", "created_at": "soon"})),
            "messages[0].created_at",
        ),
        // Found out only when it is posted: she is no member.
        (with(json!({"from": "external:cy", "text": "x"})), "as"),
        (with(json!({"from": "external:ann", "text": " "})), "body"),
    ] {
        let refused = host
            .ask(Method::POST, "/conversations", Some(wish.clone()))
            .await;
        let problem = refused.refused(422, "invalid");
        assert!(problem["errors"][field].is_array(), "{wish}: {problem}");
    }
    let usage = host.done(Method::GET, "/usage", None).await;
    assert_eq!(usage["conversations"], 0);
}
