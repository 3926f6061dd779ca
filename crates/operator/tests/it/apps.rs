//! Apps that come and go.

use http::{Method, StatusCode};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn an_app_is_made_listed_used_and_deleted() {
    let world = World::new().await;
    let host = world.host("shop", "fixmate").await;
    let listed = world.operate(Method::GET, "/apps", None).await.json();
    assert_eq!(listed["items"][0]["name"], "shop");
    assert!(
        listed["items"][0].get("key").is_none(),
        "a key is shown once"
    );
    host.users(&["ann"]).await;
    let usage = host.done(Method::GET, "/usage", None).await;
    assert_eq!(
        usage,
        json!({"users": 1, "conversations": 0, "messages": 0, "sockets": 3})
    );
    let gone = world.operate(Method::DELETE, "/apps/shop", None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    host.ask(Method::GET, "/usage", None)
        .await
        .refused(401, "unauthenticated");
    world
        .operate(Method::DELETE, "/apps/shop", None)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_app_that_cannot_be_is_refused_by_field() {
    let world = World::new().await;
    let wish = json!({"name": "shop", "host": "shop.example.com"});
    assert_eq!(
        world
            .operate(Method::POST, "/apps", Some(wish))
            .await
            .status,
        StatusCode::CREATED
    );
    for (wish, field) in [
        (json!({}), "name"),
        (json!({"name": "A b"}), "name"),
        (json!({"name": "shop"}), "name"),
        (
            json!({"name": "other", "host": "SHOP.example.com:80"}),
            "host",
        ),
        (json!({"name": "other", "host": " "}), "host"),
        (
            json!({"name": "other", "dialects": ["klingon"]}),
            "dialects",
        ),
        (
            json!({"name": "other", "dialects": ["fixmate", "fixmate"]}),
            "dialects",
        ),
        (json!({"name": "other", "dialects": "fixmate"}), "dialects"),
        (json!({"name": "other", "hs256_secret": ""}), "hs256_secret"),
    ] {
        let refused = world
            .operate(Method::POST, "/apps", Some(wish.clone()))
            .await;
        let problem = refused.refused(422, "invalid");
        assert!(problem["errors"][field].is_array(), "{wish}: {problem}");
    }
    let listed = world.operate(Method::GET, "/apps", None).await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
}
