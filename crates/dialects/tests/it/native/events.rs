//! What events look like to sockets.

use http::Method;
use parlance_dialects::contract::{Relation, View};
use serde_json::{Value, json};

use super::Trio;

impl Trio {
    /// All events so far as others hear them, and nothing is kept.
    fn heard(&self) -> Vec<Value> {
        let events = std::mem::take(&mut *self.world.published.events.lock());
        let written = events
            .iter()
            .filter_map(|event| self.world.dialect.encode(event, View(0), Relation::Other));
        written
            .map(|text| serde_json::from_str(&text).expect("JSON"))
            .collect()
    }

    /// The one event since.
    fn heard_one(&self) -> Value {
        let mut heard = self.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.remove(0)
    }
}

#[tokio::test]
async fn what_sockets_hear_is_what_rest_shows() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let made = trio.heard_one();
    let shown = trio.get(&trio.ann, &path).await;
    assert_eq!(
        (&made["type"], &made["conversation"]),
        (&json!("conversation.created"), &shown["id"])
    );
    assert_eq!(made["data"]["members"], shown["members"]);
    assert_eq!(made["revision"], shown["revision"]);
    for field in ["last_message", "unread_count", "muted", "archived"] {
        assert!(
            made["data"].get(field).is_none(),
            "{field} is the viewer's own"
        );
    }

    let sent = trio.say(&trio.ann, &path, "one").await;
    let event = trio.heard_one();
    assert_eq!(
        (&event["type"], &event["data"]),
        (&json!("message.created"), &sent)
    );
    assert_eq!(event["revision"], sent["revision"]);

    let message = format!("/v1/messages/{}", sent["id"].as_str().expect("an id"));
    let edited = trio
        .ask(
            &trio.ann,
            Method::PATCH,
            &message,
            Some(json!({"body": "two"})),
        )
        .await;
    let event = trio.heard_one();
    assert_eq!(
        (&event["type"], &event["data"]),
        (&json!("message.updated"), &edited.json())
    );

    let reacted = trio
        .ask(
            &trio.bo,
            Method::PUT,
            &format!("{message}/reactions/ok"),
            None,
        )
        .await;
    let event = trio.heard_one();
    let expected = json!({"message": reacted.json(), "user": trio.bo.uuid, "emoji": "ok"});
    assert_eq!(
        (&event["type"], &event["data"]),
        (&json!("reaction.added"), &expected)
    );

    trio.ask(&trio.ann, Method::DELETE, &message, None).await;
    let event = trio.heard_one();
    assert_eq!(event["type"], "message.deleted");
    let history = trio.get(&trio.bo, &format!("{path}/messages")).await;
    assert_eq!(event["data"], history["items"][0]);
}

#[tokio::test]
async fn marks_and_members_are_told() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    let sent = trio.say(&trio.ann, &path, "one").await;
    trio.heard();
    trio.post(&trio.bo, &format!("{path}/delivered"), json!({"seq": 1}))
        .await;
    let data = json!({"user": trio.bo.uuid, "part": "provider", "delivered_seq": 1});
    assert_eq!(trio.heard_one()["data"], data);
    trio.post(&trio.bo, &format!("{path}/read"), json!({"seq": 1}))
        .await;
    let data =
        json!({"user": trio.bo.uuid, "part": "provider", "read_seq": 1, "messages": [sent["id"]]});
    assert_eq!(trio.heard_one()["data"], data);

    let members = format!("{path}/members");
    let joined = trio
        .post(
            &trio.ann,
            &members,
            json!({"user": trio.cy.uuid, "part": "guest"}),
        )
        .await;
    let event = trio.heard_one();
    assert_eq!(
        (&event["type"], &event["data"]),
        (&json!("member.added"), &joined)
    );
    trio.ask(
        &trio.cy,
        Method::PATCH,
        &format!("{path}/membership"),
        Some(json!({"muted": true})),
    )
    .await;
    let event = trio.heard_one();
    assert_eq!(
        (&event["type"], &event["data"]["muted"]),
        (&json!("member.updated"), &json!(true))
    );
    trio.ask(
        &trio.cy,
        Method::DELETE,
        &format!("{members}/{}", trio.cy.uuid),
        None,
    )
    .await;
    let event = trio.heard_one();
    assert_eq!(event["type"], "member.removed");
    assert!(event["data"]["left_at"].is_string());

    trio.ask(
        &trio.ann,
        Method::PATCH,
        &path,
        Some(json!({"title": "Tap"})),
    )
    .await;
    let event = trio.heard_one();
    let shown = trio.get(&trio.ann, &path).await;
    assert_eq!(
        (&event["type"], &event["data"]["title"]),
        (&json!("conversation.updated"), &json!("Tap"))
    );
    assert_eq!(event["data"]["members"], shown["members"]);
}

#[tokio::test]
async fn typing_is_told_to_others_only_and_has_no_revision() {
    let trio = Trio::new().await;
    let path = trio.start().await;
    trio.heard();
    trio.ask(
        &trio.ann,
        Method::POST,
        &format!("{path}/typing"),
        Some(json!({"typing": true})),
    )
    .await;
    let event = trio.world.published.events.lock()[0].clone();
    for relation in [Relation::SameSocket, Relation::SameUser] {
        assert_eq!(trio.world.dialect.encode(&event, View(0), relation), None);
    }
    let event = trio.heard_one();
    assert_eq!(
        (&event["type"], &event["revision"]),
        (&json!("typing.started"), &json!(null))
    );
    assert_eq!(event["data"], json!({"user": trio.ann.uuid, "name": "ann"}));
}
