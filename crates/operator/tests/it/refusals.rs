//! Who may not, and what cannot be read.

use http::{Method, StatusCode};
use serde_json::json;

use crate::world::{OPERATOR_KEY, World};

#[tokio::test]
async fn each_kind_of_key_opens_its_own_routes() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    let ask = async |path: &str, key: Option<&str>| world.ask(Method::GET, path, key, None).await;
    for path in ["/apps", "/users", "/usage"] {
        ask(path, None).await.refused(401, "unauthenticated");
        let refused = ask(path, Some("pk_guess")).await;
        refused.refused(401, "unauthenticated");
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
    }
    ask("/apps", Some(host.key()))
        .await
        .refused(403, "forbidden");
    ask("/users", Some(OPERATOR_KEY))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn another_apps_things_are_not_there() {
    let world = World::new().await;
    let (one, two) = (
        world.host("one", "native").await,
        world.host("two", "native").await,
    );
    let people = one.users(&["ann"]).await;
    let wish = json!({"members": [{"user": "external:ann", "part": "a"}]});
    let made = one.done(Method::POST, "/conversations", Some(wish)).await;
    for path in [
        format!("/users/{}", people[0]["id"]),
        format!("/users/{}", people[0]["uuid"].as_str().expect("a uuid")),
        "/users/external:ann".to_owned(),
        format!("/conversations/{}", made["id"]),
        format!(
            "/conversations/{}/messages",
            made["uuid"].as_str().expect("a uuid")
        ),
    ] {
        two.ask(Method::GET, &path, None)
            .await
            .refused(404, "not_found");
    }
    let post = json!({"as": "system", "body": "x"});
    let path = format!("/conversations/{}/messages", made["id"]);
    two.ask(Method::POST, &path, Some(post))
        .await
        .refused(404, "not_found");
    two.ask(
        Method::DELETE,
        &format!("/conversations/{}", made["id"]),
        None,
    )
    .await
    .refused(404, "not_found");
    let token = one
        .done(
            Method::POST,
            "/tokens",
            Some(json!({"user": "external:ann"})),
        )
        .await;
    let revoke = json!({"token": token["native"]});
    two.ask(Method::POST, "/tokens/revoke", Some(revoke))
        .await
        .refused(422, "invalid");
}

#[tokio::test]
async fn what_cannot_be_read_is_a_problem() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    let deep = format!("{{\"users\": {}", "[".repeat(10_000));
    for path in ["/conversations", "/tokens", "/tokens/revoke"] {
        for body in ["", "{", "[]", "7", "null"] {
            let answer = world
                .ask(Method::POST, path, Some(host.key()), Some(body.to_owned()))
                .await;
            answer.refused(400, "malformed");
        }
    }
    let answer = world
        .ask(Method::PUT, "/users", Some(host.key()), Some(deep))
        .await;
    assert!(answer.status.is_client_error());
    for path in [
        "",
        "/",
        "/nothing",
        "/users/ann",
        "/conversations/x",
        "/conversations/1.5",
        "/users/1/x",
    ] {
        host.ask(Method::GET, path, None)
            .await
            .refused(404, "not_found");
    }
    host.ask(Method::DELETE, "/users", None)
        .await
        .refused(405, "method_not_allowed");
    for query in [
        "/users?limit=0",
        "/users?cursor=!",
        "/conversations?limit=x",
    ] {
        host.ask(Method::GET, query, None)
            .await
            .refused(422, "invalid");
    }
}

#[tokio::test]
async fn the_description_is_served_to_anybody() {
    let world = World::new().await;
    let document = world.ask(Method::GET, "/openapi.json", None, None).await;
    assert_eq!(document.json()["openapi"], "3.1.0");
    let page = world.ask(Method::GET, "/docs", None, None).await;
    assert_eq!(page.status, StatusCode::OK);
    let html = String::from_utf8_lossy(&page.bytes);
    assert!(html.contains("openapi.json"));
    assert!(
        !html.contains("http://") && !html.contains("https://"),
        "it loads nothing from elsewhere"
    );
}
