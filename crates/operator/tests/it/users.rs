//! Users as the host provides them.

use http::Method;
use parlance_core::publish::Disconnect;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn users_are_made_and_changed_in_order() {
    let world = World::new().await;
    let host = world.host("shop", "fixmate").await;
    let first = host.users(&["bo", "ann"]).await;
    let names: Vec<_> = first.iter().map(|user| user["name"].as_str()).collect();
    assert_eq!(names, [Some("bo"), Some("ann")]);
    assert_eq!(
        first[0]["wire_id"], first[0]["id"],
        "FixMate shows integers"
    );
    assert_eq!(first[0]["profile_id"], first[0]["id"]);
    let wish = json!({"users": [
        {"external_id": "ann", "role": "customer", "metadata": {"phone": "1"}, "avatar_url": "https://x.test/a"},
        {"external_id": 42, "username": "new"},
    ]});
    let second = host.done(Method::PUT, "/users", Some(wish)).await;
    let ann = &second["users"][0];
    assert_eq!(
        (&ann["id"], &ann["first_name"]),
        (&first[1]["id"], &json!("ann"))
    );
    assert_eq!(ann["metadata"], json!({"phone": "1"}));
    assert_eq!(second["users"][1]["external_id"], "42");
    let wish =
        json!({"users": [{"external_id": "ann", "avatar_url": null, "metadata": {"phone": null}}]});
    let third = host.done(Method::PUT, "/users", Some(wish)).await;
    assert_eq!(third["users"][0]["avatar_url"], Value::Null);
    assert_eq!(third["users"][0]["metadata"], json!({}));
    for named in [
        ann["id"].to_string(),
        ann["uuid"].as_str().unwrap_or_default().to_owned(),
        "external:ann".to_owned(),
    ] {
        let found = host
            .done(Method::GET, &format!("/users/{named}"), None)
            .await;
        assert_eq!(found["id"], ann["id"]);
    }
}

#[tokio::test]
async fn users_are_listed_page_by_page() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    host.users(&["a", "b", "c", "d", "e"]).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = host
            .done(Method::GET, &format!("/users?limit=2{cursor}"), None)
            .await;
        seen.extend(
            page["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|u| u["external_id"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"].map(Value::from));
    let first = &host.done(Method::GET, "/users?limit=1", None).await["items"][0];
    assert_eq!(
        first["wire_id"], first["uuid"],
        "the native protocol shows public ids"
    );
}

#[tokio::test]
async fn a_password_logs_in_and_whoever_is_switched_off_is_hung_up_on() {
    let world = World::new().await;
    let host = world.host("shop", "fixmate").await;
    let wish = json!({"users": [{"external_id": "ann", "username": "ann@x.test", "password": "correct horse"}]});
    let made = host.done(Method::PUT, "/users", Some(wish)).await;
    assert!(made["users"][0].get("password").is_none());
    let app = world.identity.apps().app_by_name("shop").expect("the app");
    let account = world
        .identity
        .log_in(&app, "ann@x.test", "correct horse")
        .await;
    let user = account.expect("the password is right").user.id;
    assert!(
        world
            .identity
            .log_in(&app, "ann@x.test", "wrong horse")
            .await
            .is_err()
    );
    world.published.ended.lock().clear();
    let wish = json!({"users": [{"external_id": "ann", "is_active": false}]});
    host.done(Method::PUT, "/users", Some(wish)).await;
    assert_eq!(*world.published.ended.lock(), [Disconnect::User(user)]);
}

#[tokio::test]
async fn users_that_do_not_fit_are_refused_all_together() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    let taken = json!({"users": [{"external_id": "ann", "username": "ann"}]});
    host.done(Method::PUT, "/users", Some(taken)).await;
    let many: Vec<_> = (0..1_001).map(|n| json!({"external_id": n})).collect();
    for (users, field) in [
        (json!([{}]), "users[0].external_id"),
        (json!([{"external_id": ""}]), "external_id"),
        (json!([{"external_id": ["x"]}]), "users[0].external_id"),
        (
            json!([{"external_id": "x", "is_staff": "yes"}]),
            "users[0].is_staff",
        ),
        (
            json!([{"external_id": "x", "metadata": []}]),
            "users[0].metadata",
        ),
        (
            json!([{"external_id": "x", "password": ""}]),
            "users[0].password",
        ),
        (
            json!([{"external_id": "x"}, {"external_id": "y", "username": "ANN"}]),
            "username",
        ),
        (json!({"external_id": "x"}), "users"),
        (json!(many), "users"),
    ] {
        let refused = host
            .ask(Method::PUT, "/users", Some(json!({"users": users})))
            .await;
        let problem = refused.refused(422, "invalid");
        assert!(problem["errors"][field].is_array(), "{field}: {problem}");
    }
    let usage = host.done(Method::GET, "/usage", None).await;
    assert_eq!(usage["users"], 1);
}
