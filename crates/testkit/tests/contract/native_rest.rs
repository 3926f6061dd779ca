//! REST of the native protocol, against `/v1/openapi.json`.

use parlance_testkit::client::rest::Rest;
use serde_json::json;

use crate::Outcome;
use crate::description::Description;
use crate::walk::{Call, Walk};
use crate::world::World;

const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"duration_ms\"\r\n\r\n1500\r\n\
    --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"notes.txt\"\r\n\r\n\
    some words\r\n--b--\r\n";

#[tokio::test]
async fn every_operation_answers_as_described_and_nothing_else_is_there() -> Outcome {
    let world = World::start().await?;
    let nobody = Rest::new(&world.address);
    let mut walk = Walk::new(Description::fetch(&nobody, "/v1/openapi.json").await?)?;
    walk.known.insert("bo".into(), world.bo.uuid.to_string());
    walk.known.insert("cy".into(), world.cy.uuid.to_string());
    let (ann, bo) = (world.rest(&world.ann), world.rest(&world.bo));

    let about =
        json!({"kind": "job", "id": "12", "title": "Sink", "url": null, "metadata": {"a": 1}});
    let made = json!({"members": [{"user": "{bo}", "part": "provider"}], "kind": "direct", "title": "Sink", "context": about});
    let message = json!({"body": "hello", "client_id": "one", "kind": "text", "metadata": [1]});
    let calls = [
        Call::new("get_me", "/v1/me", 200),
        Call::new("create_conversation", "/v1/conversations", 201).json(made).keep("/id", "c"),
        Call::new("create_conversation", "/v1/conversations", 201).json(json!({"kind": "desk"})),
        Call::new("store_upload", "/v1/uploads", 201).form(FORM).keep("/id", "file"),
        Call::new("send_message", "/v1/conversations/{c}/messages", 201).json(message.clone()).keep("/id", "m"),
        Call::new("send_message", "/v1/conversations/{c}/messages", 200).json(message),
        Call::new("send_message", "/v1/conversations/{c}/messages", 201)
            .json(json!({"attachments": ["{file}"], "kind": "file", "reply_to": "{m}", "client_id": "two"}))
            .keep("/attachments/0/url", "url"),
        Call::new("edit_message", "/v1/messages/{m}", 200).json(json!({"body": "hello there"})),
        Call::new("add_reaction", "/v1/messages/{m}/reactions/%F0%9F%91%8D", 200),
        Call::new("get_message", "/v1/messages/{m}", 200),
        Call::new("list_conversations", "/v1/conversations?limit=1", 200).keep("/next_cursor", "next"),
        Call::new("list_conversations", "/v1/conversations?limit=1&cursor={next}", 200),
        Call::new("get_conversation", "/v1/conversations/{c}", 200),
        Call::new("update_conversation", "/v1/conversations/{c}", 200).json(json!({"title": null, "status": "open"})),
        Call::new("update_membership", "/v1/conversations/{c}/membership", 200).json(json!({"muted": true})),
        Call::new("list_messages", "/v1/conversations/{c}/messages?around=1&limit=10", 200),
        Call::new("list_changes", "/v1/conversations/{c}/changes?since=0", 200),
        Call::new("search_messages", "/v1/search?q=hello&limit=1", 200),
        Call::new("set_typing", "/v1/conversations/{c}/typing", 204).json(json!({"typing": true})),
        Call::new("list_presence", "/v1/presence", 200),
        Call::new("list_members", "/v1/conversations/{c}/members", 200),
        Call::new("add_member", "/v1/conversations/{c}/members", 201).json(json!({"user": "{cy}", "part": "guest"})),
    ];
    for call in calls {
        walk.call(&ann, call).await?;
    }
    for call in [
        Call::new("mark_delivered", "/v1/conversations/{c}/delivered", 200).json(json!({"seq": 2})),
        Call::new("mark_read", "/v1/conversations/{c}/read", 200)
            .json(json!({"messages": ["{m}"]})),
        Call::new("mark_read", "/v1/conversations/{c}/read", 200).json(json!({"seq": 2})),
    ] {
        walk.call(&bo, call).await?;
    }
    for call in [
        Call::new(
            "remove_reaction",
            "/v1/messages/{m}/reactions/%F0%9F%91%8D",
            200,
        ),
        Call::new("delete_message", "/v1/messages/{m}", 204),
        // With a tombstone, and a message that answers it.
        Call::new("list_messages", "/v1/conversations/{c}/messages", 200),
    ] {
        walk.call(&ann, call).await?;
    }
    walk.call(
        &world.rest(&world.cy),
        Call::new("remove_member", "/v1/conversations/{c}/members/{cy}", 204),
    )
    .await?;

    // The address of a file is its own permission.
    let url = walk.known["url"].clone();
    let (name, query) = url
        .trim_start_matches("/v1/media/")
        .split_once('?')
        .ok_or("no query")?;
    walk.known.insert("name".into(), name.to_owned());
    walk.known.insert("query".into(), query.to_owned());
    for (range, status) in [("lines=1", 200), ("bytes=0-3", 206), ("bytes=99-", 416)] {
        let viewer = nobody.header(&http::header::RANGE, range);
        walk.call(
            &viewer,
            Call::new("get_media", "/v1/media/{name}?{query}", status),
        )
        .await?;
    }

    walk.refusals(&nobody).await?;
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/conversations/1/2/3",
        "/v2/me",
    ] {
        let answer = ann.get(path).await?;
        assert_eq!(answer.status.as_u16(), 404, "{path}");
    }
    walk.finish()?;
    Ok(())
}
