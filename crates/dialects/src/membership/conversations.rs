//! Threads: listing, making, reading and closing them.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use parlance_core::command::{
    Anchor, ConversationView, CreateConversation, ListConversations, UpdateConversation,
};
use parlance_core::conversation::{ConversationKind, ConversationStatus};
use parlance_core::member::{NewMember, Party};
use parlance_core::people::People;
use parlance_core::principal::Principal;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::auth::Caller;
use super::errors::{NO_SUBJECT, bad, chat_refused, no_thread};
use super::outgoing::Outgoing;
use super::status::{CLOSED, OPEN};
use super::views::{self, Messages, SUPPORT, USER};
use crate::drf::data::Data;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// Messages nested in a thread: the newest ones. No client reads them.
const NESTED: usize = 50;
/// Threads of a list that nest their messages, each of which is a query; the others have their last.
const NESTING: usize = 50;

/// `GET /api/chat/threads/`: own threads, latest activity first.
pub(super) async fn list(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refused> {
    let (own, people) = own_threads(&services, &caller).await?;
    let mut threads = Vec::with_capacity(own.len());
    for (at, view) in own.iter().enumerate() {
        let messages = if at < NESTING {
            nested(&services, &caller.principal, view).await?
        } else {
            last_alone(&services, view, &people)
        };
        threads.push(views::thread(&services.app, view, &people, &messages));
    }
    Ok(json_response(StatusCode::OK, &Value::Array(threads)))
}

/// Threads that the caller owns; whoever is of the staff may read all, but has these.
async fn own_threads(
    services: &Services,
    caller: &Caller,
) -> Result<(Vec<ConversationView>, People), Refused> {
    let query = ListConversations {
        with_users: vec![caller.user.id],
        ..ListConversations::default()
    };
    let found = services.chat.list_conversations(&caller.principal, &query);
    let found = found.await.map_err(chat_refused)?;
    let threads = found.items.into_iter().filter(is_thread);
    Ok((threads.collect(), found.people))
}

/// Whether a conversation is one with the desk; an app may have others, of other dialects.
pub(super) fn is_thread(view: &ConversationView) -> bool {
    view.conversation.head.kind == ConversationKind::Desk
}

/// The newest messages of a thread, oldest first.
async fn nested(
    services: &Services,
    by: &Principal,
    view: &ConversationView,
) -> Result<Vec<Value>, Refused> {
    let id = view.conversation.head.id;
    if view.last_message.is_none() {
        return Ok(Vec::new());
    }
    let page = services
        .chat
        .list_messages(by, id, Anchor::Newest, NESTED, false);
    let page = page.await.map_err(chat_refused)?;
    let thread = Messages {
        app: &services.app,
        thread: view.conversation.head.uuid,
        people: &page.people,
    };
    Ok(thread.views(&page.messages, &page.receipts))
}

fn last_alone(services: &Services, view: &ConversationView, people: &People) -> Vec<Value> {
    let thread = Messages {
        app: &services.app,
        thread: view.conversation.head.uuid,
        people,
    };
    thread.views(&view.last_message, &view.receipts())
}

/// The id in a path; one that is no UUID is as unknown as any other.
pub(super) fn named(id: &str) -> Result<Uuid, Refused> {
    let hyphenated = id.len() == uuid::fmt::Hyphenated::LENGTH;
    let id = Uuid::try_parse(id).ok().filter(|_| hyphenated);
    id.ok_or_else(Refused::not_found)
}

/// The thread in a path, if the caller may read it.
pub(super) async fn find(
    services: &Services,
    caller: &Caller,
    id: &str,
) -> Result<(ConversationView, People), Refused> {
    let found = services.chat.conversation(&caller.principal, named(id)?);
    let (view, people) = found.await.map_err(chat_refused)?;
    if is_thread(&view) {
        Ok((view, people))
    } else {
        Err(no_thread())
    }
}

/// `GET /api/chat/threads/{id}/`
pub(super) async fn detail(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (view, people) = find(&services, &caller, &id).await?;
    answer(&services, &caller, StatusCode::OK, &view, &people).await
}

async fn answer(
    services: &Services,
    caller: &Caller,
    status: StatusCode,
    view: &ConversationView,
    people: &People,
) -> Result<Response, Refused> {
    let messages = nested(services, &caller.principal, view).await?;
    let thread = views::thread(&services.app, view, people, &messages);
    Ok(json_response(status, &thread))
}

/// `PATCH /api/chat/threads/{id}/`: closes or opens it (MA-22).
pub(super) async fn update(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    data: Result<Data, Refused>,
) -> Result<Response, Refused> {
    let (view, _) = find(&services, &caller, &id).await?;
    let data = data?;
    let status = match data.get("status").and_then(Value::as_str) {
        Some(OPEN) => ConversationStatus::Open,
        Some(CLOSED) => ConversationStatus::Closed,
        _ => return Err(bad("status has to be open or closed")),
    };
    let update = UpdateConversation {
        status: Some(status),
        ..UpdateConversation::default()
    };
    let thread = view.conversation.head.id;
    let updated = services
        .chat
        .update_conversation(&caller.principal, thread, update);
    let (view, people) = updated.await.map_err(chat_refused)?;
    answer(&services, &caller, StatusCode::OK, &view, &people).await
}

/// `POST /api/chat/threads/`: each makes a new one (MA-13).
pub(super) async fn create(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    data: Data,
) -> Result<Response, Refused> {
    let subject = subject(&data)?.ok_or_else(|| bad(NO_SUBJECT))?;
    let first = first_message(&data)?;
    make(&services, &caller, Some(subject), first).await
}

/// `POST /api/chats/threads/`: the phone app asks twice on its first visit, so a thread with that
/// subject in which nothing was said yet is answered once more (MA-26).
pub(super) async fn create_on_phone(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    data: Data,
) -> Result<Response, Refused> {
    let subject = subject(&data)?;
    let first = first_message(&data)?;
    let (own, people) = own_threads(&services, &caller).await?;
    let same = |view: &&ConversationView| {
        let head = &view.conversation.head;
        let is_open = head.status == ConversationStatus::Open;
        is_open && view.conversation.last_seq == 0 && head.title == subject
    };
    match own.iter().find(same) {
        Some(view) if first.is_none() => {
            answer(&services, &caller, StatusCode::CREATED, view, &people).await
        }
        Some(view) => {
            let thread = view.conversation.head.uuid;
            say_first(&services, &caller, thread, first).await
        }
        None => make(&services, &caller, subject, first).await,
    }
}

fn subject(data: &Data) -> Result<Option<String>, Refused> {
    text(data, "subject")
}

fn first_message(data: &Data) -> Result<Option<Outgoing>, Refused> {
    // Blanks alone are no message, and no reason to refuse the thread.
    let text = text(data, "initialMessage")?.filter(|text| !text.trim().is_empty());
    Ok(text.map(Outgoing::text))
}

/// A text exactly as it came; none where it is missing, null or empty.
fn text(data: &Data, name: &str) -> Result<Option<String>, Refused> {
    match data.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(bad(format!("{name} has to be a text"))),
    }
}

async fn make(
    services: &Services,
    caller: &Caller,
    subject: Option<String>,
    first: Option<Outgoing>,
) -> Result<Response, Refused> {
    let member = |party, part: &str| NewMember {
        party,
        part: part.to_owned(),
    };
    let wish = CreateConversation {
        kind: ConversationKind::Desk,
        members: vec![
            member(Party::User(caller.user.id), USER),
            member(Party::Staff, SUPPORT),
        ],
        title: subject,
        context: None,
        metadata: Map::new(),
        unique_key: None,
        created_at: None,
    };
    let opened = services.chat.create_conversation(&caller.principal, wish);
    let opened = opened.await.map_err(chat_refused)?;
    let thread = opened.view.conversation.head.uuid;
    say_first(services, caller, thread, first).await
}

/// Sends the message that came with a new thread, and answers with the thread.
async fn say_first(
    services: &Services,
    caller: &Caller,
    thread: Uuid,
    first: Option<Outgoing>,
) -> Result<Response, Refused> {
    if let Some(first) = first {
        let mut wish = first.into_command(thread);
        wish.leave_out_origin = true;
        let sent = services.chat.send_message(&caller.principal, wish).await;
        sent.map_err(chat_refused)?;
    }
    let found = services.chat.conversation(&caller.principal, thread).await;
    let (view, people) = found.map_err(chat_refused)?;
    answer(services, caller, StatusCode::CREATED, &view, &people).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_uuids_with_hyphens_name_a_thread() {
        assert!(named("8e0f987b-f69d-4ca1-be8b-3fa5e3df4f30").is_ok());
        for wrong in [
            "12",
            "",
            "8e0f987bf69d4ca1be8b3fa5e3df4f30",
            "test-thread-id",
        ] {
            let refused = named(wrong).expect_err("no UUID");
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{wrong}");
        }
    }
}
