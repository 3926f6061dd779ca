//! The operator API, against `/parlance/v1/openapi.json`.

use parlance_testkit::client::rest::Rest;
use serde_json::json;

use crate::Outcome;
use crate::description::Description;
use crate::walk::{Call, Walk};
use crate::world::World;

#[tokio::test]
async fn every_operation_answers_as_described_and_nothing_else_is_there() -> Outcome {
    let world = World::start().await?;
    let nobody = Rest::new(&world.address);
    let document = Description::fetch(&nobody, "/parlance/v1/openapi.json").await?;
    let mut walk = Walk::new(document)?;
    let operator = nobody.bearer(world.server.operator_key());
    let app = json!({"name": "fresh", "dialects": ["fixmate"], "host": "fresh.example.com", "origins": [], "hs256_secret": "a secret of some length"});
    for call in [
        Call::new("create_app", "/parlance/v1/apps", 201).json(app),
        Call::new("list_apps", "/parlance/v1/apps", 200),
        Call::new("delete_app", "/parlance/v1/apps/fresh", 204),
    ] {
        walk.call(&operator, call).await?;
    }
    let users = json!({"users": [{"external_id": "dee", "username": "dee", "first_name": "Dee", "is_staff": false, "avatar_url": null, "metadata": {"a": 1}, "password": "quiet"}]});
    let about = json!({"kind": "job", "title": "Sink"});
    let conversation = json!({
        "members": [{"user": "external:ann", "part": "customer"}, {"user": "external:bo", "part": "provider"}],
        "title": "Sink", "context": about, "unique_key": "one", "metadata": {"a": 1},
        "messages": [{"from": "external:ann", "text": "hello", "created_at": "2026-01-02T03:04:05Z"}],
    });
    let desk = json!({"kind": "desk", "members": [{"user": "external:ann", "part": "user"}]});
    let post = json!({"as": "external:bo", "body": "hello", "client_id": "one"});
    for call in [
        Call::new("upsert_users", "/parlance/v1/users", 200).json(users),
        Call::new("list_users", "/parlance/v1/users?limit=1", 200).keep("/next_cursor", "next"),
        Call::new("list_users", "/parlance/v1/users?limit=1&cursor={next}", 200),
        Call::new("get_user", "/parlance/v1/users/external:dee", 200).keep("/id", "dee"),
        Call::new("create_conversation", "/parlance/v1/conversations", 201).json(conversation.clone()).keep("/id", "c"),
        Call::new("create_conversation", "/parlance/v1/conversations", 200).json(conversation),
        Call::new("create_conversation", "/parlance/v1/conversations", 201).json(desk),
        Call::new("list_conversations", "/parlance/v1/conversations", 200),
        Call::new("get_conversation", "/parlance/v1/conversations/{c}", 200),
        Call::new("update_conversation", "/parlance/v1/conversations/{c}", 200)
            .json(json!({"title": null, "status": "open", "context": {"kind": "loan", "id": 7}, "metadata": {"b": 2}})),
        Call::new("post_message", "/parlance/v1/conversations/{c}/messages", 201).json(post.clone()),
        Call::new("post_message", "/parlance/v1/conversations/{c}/messages", 200).json(post),
        Call::new("post_message", "/parlance/v1/conversations/{c}/messages", 201).json(json!({"as": "system", "body": "paid", "kind": "payment"})),
        Call::new("list_messages", "/parlance/v1/conversations/{c}/messages?limit=2", 200),
        Call::new("add_member", "/parlance/v1/conversations/{c}/members", 201).json(json!({"user": "external:dee", "part": "guest"})),
        Call::new("remove_member", "/parlance/v1/conversations/{c}/members/{dee}", 204),
        Call::new("create_token", "/parlance/v1/tokens", 201).json(json!({"user": "external:dee", "expires_in_seconds": 60})).keep("/native", "token"),
        Call::new("revoke_tokens", "/parlance/v1/tokens/revoke", 200).json(json!({"token": "{token}"})),
        Call::new("revoke_tokens", "/parlance/v1/tokens/revoke", 200).json(json!({"user": "external:dee"})),
        Call::new("get_usage", "/parlance/v1/usage", 200),
        Call::new("delete_conversation", "/parlance/v1/conversations/{c}", 204),
    ] {
        walk.call(&world.host, call).await?;
    }
    walk.refusals(&nobody).await?;
    for path in [
        "/parlance/v1",
        "/parlance/v1/nothing",
        "/parlance/v1/users/1/2",
    ] {
        walk.check_problem(&world.host.get(path).await?, 404)?;
    }
    walk.finish()?;
    Ok(())
}
