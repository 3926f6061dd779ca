//! Messages: what is stored, who may change it, how it is listed.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Desk, bearer};
use crate::world::request;

const MESSAGES: &str = "/api/chat/messages/";

#[tokio::test]
async fn what_is_no_message_is_refused_and_a_number_is_a_text() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let rows = [
        (json!({ "room_id": room }), 400),
        (json!({ "room_id": room, "message": "  \n" }), 400),
        (json!({ "room_id": room, "message": ["x"] }), 400),
        (json!({ "room_id": room, "message": { "a": 1 } }), 400),
        (json!({ "room_id": "", "message": "x" }), 400),
        (json!({ "room_id": "x", "message": "x" }), 404),
        (
            json!({ "room_id": room, "message": "x", "reply_to": "x" }),
            404,
        ),
        (
            json!({ "room_id": room, "message": "x", "reply_to": 999 }),
            404,
        ),
        (
            json!({ "room_id": room, "message": "x".repeat(200_001) }),
            413,
        ),
        (json!([1]), 400),
        (json!({ "room_id": room, "message": 42 }), 201),
        (
            json!({ "room_id": room.to_string(), "message": " as sent " }),
            201,
        ),
        (
            json!({ "room_id": room, "message": "x".repeat(200_000) }),
            201,
        ),
    ];
    for (body, status) in rows {
        let answer = desk.post(&desk.uma, MESSAGES, body).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.json());
    }
    let listed = desk
        .get(&desk.uma, &format!("{MESSAGES}?room_id={room}"))
        .await;
    assert_eq!(listed["count"], 3);
    assert_eq!(listed["results"][0]["message"], "42");
    assert_eq!(listed["results"][1]["message"], " as sent ");
}

#[tokio::test]
async fn bodies_are_read_in_every_form_and_refused_in_the_frameworks_words() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let ask = async |method: Method, kind: &str, body: String| {
        let request = request(method, MESSAGES)
            .header(AUTHORIZATION, bearer(&desk.uma.token))
            .header(CONTENT_TYPE, kind)
            .body(Body::from(body));
        desk.world.ask(request.expect("a request")).await
    };
    let form = format!("room_id={room}&message=hi");
    let sent = ask(Method::POST, "application/x-www-form-urlencoded", form).await;
    assert_eq!(sent.status, StatusCode::CREATED);
    let broken = ask(Method::POST, "application/json", "{".to_owned()).await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    let detail = broken.json()["detail"].as_str().map(str::to_owned);
    assert!(detail.is_some_and(|text| text.starts_with("JSON parse error - ")));
    let unknown = ask(Method::POST, "text/plain", "hi".to_owned()).await;
    assert_eq!(unknown.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let method = ask(Method::PUT, "application/json", "{}".to_owned()).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(method.json()["detail"], "Method \"PUT\" not allowed.");
}

#[tokio::test]
async fn a_reply_quotes_until_the_quoted_message_is_deleted() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let question = desk.say(&desk.uma, room, "question").await;
    let path = format!("{MESSAGES}{question}/reply/");
    let empty = desk.post(&desk.ada, &path, json!({ "message": " " })).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    let foreign = desk.post(&desk.vic, &path, json!({ "message": "x" })).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let reply = desk
        .post(&desk.ada, &path, json!({ "message": "answer" }))
        .await;
    assert_eq!(reply.status, StatusCode::CREATED);
    assert_eq!(reply.json()["reply_to"]["message"], "question");
    let reply = format!("{MESSAGES}{}/", reply.json()["id"]);
    assert_eq!(
        desk.get(&desk.uma, &reply).await["reply_to"]["id"],
        question
    );
    let all = desk.get(&desk.ada, MESSAGES).await;
    assert_eq!(all["results"][1]["reply_to"]["id"], question);
    let gone = format!("{MESSAGES}{question}/");
    desk.ask(&desk.uma, Method::DELETE, &gone, None).await;
    assert_eq!(desk.get(&desk.uma, &reply).await["reply_to"], Value::Null);
    let vics = desk.get(&desk.vic, "/api/chat/rooms/my_room/").await["id"].clone();
    let other = json!({ "room_id": vics, "message": "x", "reply_to": question });
    let other = desk.post(&desk.vic, MESSAGES, other).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn words_are_their_authors_and_the_desk_may_delete_any() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let of_uma = format!("{MESSAGES}{}/", desk.say(&desk.uma, room, "mine").await);
    let of_ada = format!("{MESSAGES}{}/", desk.say(&desk.ada, room, "theirs").await);
    let text = |text: &str| Some(json!({ "message": text, "room": 99, "is_read": true }));
    let rows = [
        (&desk.uma, Method::PATCH, &of_ada, text("x"), 403),
        (&desk.uma, Method::DELETE, &of_ada, None, 403),
        (&desk.ada, Method::PUT, &of_uma, text("x"), 403),
        (&desk.vic, Method::PATCH, &of_uma, text("x"), 404),
        (&desk.vic, Method::DELETE, &of_uma, None, 404),
        (&desk.uma, Method::PATCH, &of_uma, text(" "), 400),
        (&desk.uma, Method::PUT, &of_uma, Some(json!({})), 400),
        (&desk.uma, Method::PATCH, &of_uma, Some(json!({})), 200),
        (&desk.uma, Method::PUT, &of_uma, text("changed"), 200),
        (&desk.ada, Method::DELETE, &of_uma, None, 204),
        (&desk.ada, Method::DELETE, &of_uma, None, 404),
    ];
    for (who, method, path, body, status) in rows {
        let answer = desk.ask(who, method.clone(), path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        if status == 200 {
            let seen = answer.json();
            assert_eq!(
                (&seen["room"], &seen["is_read"]),
                (&json!(room), &json!(false))
            );
        }
    }
}

#[tokio::test]
async fn one_message_is_marked_by_the_other_side_and_counted_once() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let id = desk.say(&desk.uma, room, "one").await;
    desk.say(&desk.uma, room, "two").await;
    let path = format!("{MESSAGES}{id}/mark_read/");
    let own = desk.post(&desk.uma, &path, json!({})).await;
    assert_eq!(
        (own.status, &own.json()["is_read"]),
        (StatusCode::OK, &json!(false))
    );
    let read = desk.post(&desk.ada, &path, json!({})).await.json();
    assert_eq!(read["is_read"], true);
    assert!(read["read_at"].is_string());
    let again = desk.post(&desk.ada, &path, json!({})).await.json();
    assert_eq!(again["read_at"], read["read_at"]);
    let room = desk
        .get(&desk.ada, &format!("/api/chat/rooms/{room}/"))
        .await;
    assert_eq!(
        (&room["admin_unread_count"], &room["user_unread_count"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn lists_name_their_errors_and_come_in_pages() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    for n in 0..3 {
        desk.say(&desk.uma, room, &n.to_string()).await;
    }
    let rows = [
        ("?room_id=abc", 400),
        ("?room_id=", 200),
        ("?room_id=999", 200),
        ("?page=9", 404),
        ("room_messages/", 400),
        ("room_messages/?room_id=abc", 404),
        ("room_messages/?room_id=999", 404),
    ];
    for (path, status) in rows {
        let path = format!("{MESSAGES}{path}");
        let answer = desk.ask(&desk.uma, Method::GET, &path, None).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
    }
    let page = desk
        .get(
            &desk.ada,
            &format!("/api/chat/rooms/{room}/messages/?page_size=2"),
        )
        .await;
    assert_eq!(
        (&page["room_id"], &page["count"]),
        (&json!(room), &json!(3))
    );
    assert_eq!(page["messages"], page["results"]);
    let next = format!("http://test.local/api/chat/rooms/{room}/messages/?page=2&page_size=2");
    assert_eq!(page["next"], next);
    let foreign = format!("/api/chat/rooms/{room}/messages/");
    let foreign = desk.ask(&desk.vic, Method::GET, &foreign, None).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_repeated_send_stores_once() {
    let desk = Desk::new().await;
    let room = desk.room().await;
    let body = json!({ "room_id": room, "message": "once", "client_id": "k-1" });
    let first = desk.post(&desk.uma, MESSAGES, body.clone()).await.json();
    let again = desk.post(&desk.uma, MESSAGES, body).await;
    assert_eq!(
        (again.status, &again.json()["id"]),
        (StatusCode::CREATED, &first["id"])
    );
    assert_eq!(desk.get(&desk.uma, MESSAGES).await["count"], 1);
}
