//! History, sending, reading and reacting over REST.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use parlance_core::chat::{Reply, Request};
use parlance_core::clock::Timestamp;
use parlance_core::command::{Anchor, MarkRead, ReadTarget};
use serde_json::{Value, json};

use super::auth::Caller;
use super::conversations::{find, named};
use super::errors::{bad, chat_refused};
use super::outgoing::Outgoing;
use super::views::{self, Messages};
use crate::drf::data::Data;
use crate::drf::query::Query;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// `GET /api/chat/threads/{id}/messages/`: all of them, oldest first, or those strictly later than
/// `since` (MA-11). Pages are not known here.
pub(super) async fn history(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Refused> {
    let since = query.get("since").and_then(read_time);
    let messages = all(&services, &caller, &id, since).await?;
    Ok(json_response(StatusCode::OK, &Value::Array(messages)))
}

/// A thread's messages, as many of the newest as one answer may hold.
pub(super) async fn all(
    services: &Services,
    caller: &Caller,
    id: &str,
    since: Option<Timestamp>,
) -> Result<Vec<Value>, Refused> {
    let (view, _) = find(services, caller, id).await?;
    let head = &view.conversation.head;
    let page = services
        .chat
        .list_messages(&caller.principal, head.id, Anchor::Newest, 0, false);
    let page = page.await.map_err(chat_refused)?;
    let thread = Messages {
        app: &services.app,
        thread: head.uuid,
        people: &page.people,
    };
    let later = |at: Timestamp| since.is_none_or(|since| at > since);
    let messages = page.messages.iter().filter(|m| later(m.created_at));
    Ok(thread.views(messages, &page.receipts))
}

/// A time of ISO 8601; without a zone it is in UTC. A `+` that was not encoded came as a blank.
fn read_time(text: &str) -> Option<Timestamp> {
    let plus = || {
        let (time, zone) = text.rsplit_once(' ')?;
        Timestamp::parse(&format!("{time}+{zone}"))
    };
    Timestamp::parse(text)
        .or_else(plus)
        .or_else(|| Timestamp::parse(&format!("{text}Z")))
}

/// `POST /api/chat/threads/{id}/messages/`: everybody else hears of it at once, the poster's own
/// sockets do not (MA-9).
pub(super) async fn send(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    data: Result<Data, Refused>,
) -> Result<Response, Refused> {
    let (view, _) = find(&services, &caller, &id).await?;
    let data = data?;
    let outgoing = Outgoing::read(|name| data.get(name)).map_err(bad)?;
    let head = &view.conversation.head;
    let mut wish = outgoing.into_command(head.id);
    wish.leave_out_origin = true;
    let sent = services.chat.send_message(&caller.principal, wish).await;
    let sent = sent.map_err(chat_refused)?;
    let thread = Messages {
        app: &services.app,
        thread: head.uuid,
        people: &sent.people,
    };
    let message = thread.view(&sent.message, sent.status);
    Ok(json_response(StatusCode::CREATED, &message))
}

/// `POST /api/chats/threads/{id}/mark-read/` (MA-18)
pub(super) async fn mark_read(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (view, _) = find(&services, &caller, &id).await?;
    let wish = MarkRead {
        conversation: view.conversation.head.id.into(),
        target: ReadTarget::All,
        announce_unchanged: false,
    };
    let marked = services.chat.mark_read(&caller.principal, wish).await;
    let marked = marked.map_err(chat_refused)?;
    let body = json!({ "success": true, "marked": marked.messages.len() });
    Ok(json_response(StatusCode::OK, &body))
}

/// `POST /api/chat/threads/{id}/messages/{message}/reactions/` (MA-21)
pub(super) async fn add_reaction(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<(String, String)>,
    data: Result<Data, Refused>,
) -> Result<Response, Refused> {
    react(&services, &caller, path, data, true).await
}

/// `DELETE` of the same.
pub(super) async fn remove_reaction(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<(String, String)>,
    data: Result<Data, Refused>,
) -> Result<Response, Refused> {
    react(&services, &caller, path, data, false).await
}

async fn react(
    services: &Services,
    caller: &Caller,
    (thread, message): (String, String),
    data: Result<Data, Refused>,
    add: bool,
) -> Result<Response, Refused> {
    let (view, _) = find(services, caller, &thread).await?;
    let message = named(&message)?;
    let data = data?;
    let emoji = data.get("emoji").and_then(Value::as_str);
    let emoji = emoji.ok_or_else(|| bad("emoji is required"))?;
    let wish = Request::React {
        message: message.into(),
        emoji: emoji.to_owned(),
        add,
        within: Some(view.conversation.head.id.into()),
    };
    let reply = services.chat.run(&caller.principal, wish).await;
    let Reply::Message(reacted) = reply.map_err(chat_refused)? else {
        return Err(Refused::unavailable());
    };
    let body = json!({
        "messageId": reacted.message.uuid,
        "reactions": views::reactions(&reacted.message, &reacted.people),
    });
    Ok(json_response(StatusCode::OK, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_or_without_a_zone_and_nonsense_is_none() {
        let at = Timestamp::from_micros(1_767_323_045_678_901);
        for text in [
            "2026-01-02T03:04:05.678901Z",
            "2026-01-02T03:04:05.678901+00:00",
            "2026-01-02T03:04:05.678901 00:00",
            "2026-01-02T04:04:05.678901 01:00",
            "2026-01-02T03:04:05.678901",
            "2026-01-02 03:04:05.678901",
        ] {
            assert_eq!(read_time(text), Some(at), "{text}");
        }
        for nonsense in ["yesterday", "", " ", "1700000000", "2026-13-01T00:00:00Z"] {
            assert_eq!(read_time(nonsense), None, "{nonsense}");
        }
    }
}
