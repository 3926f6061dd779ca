//! The desk's side of threads: inbox, one thread, assignment.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use parlance_core::ChatError;
use parlance_core::command::{ListConversations, UpdateConversation};
use parlance_core::conversation::ConversationStatus;
use parlance_core::user::User;
use serde_json::{Value, json};
use uuid::Uuid;

use super::auth::Caller;
use super::conversations::{find, is_thread};
use super::errors::{bad, chat_refused};
use super::messages;
use super::outgoing::Outgoing;
use super::status::{self, ASSIGNED, CLOSED, OPEN, RESOLVED};
use super::views;
use crate::drf::data::Data;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// `GET /api/admin/chat/threads/` (MA-25)
pub(super) async fn inbox(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refused> {
    let all = ListConversations::default();
    let found = services.chat.list_conversations(&caller.principal, &all);
    let found = found.await.map_err(chat_refused)?;
    let threads = found.items.iter().filter(|view| is_thread(view));
    let threads = threads.map(|view| views::inbox_thread(view, &found.people));
    let threads: Vec<Value> = threads.collect();
    // The page looks for `results`, the original answered `threads`.
    let body = json!({ "count": threads.len(), "results": threads, "threads": threads });
    Ok(json_response(StatusCode::OK, &body))
}

/// `GET /api/admin/chat/threads/{id}/`
pub(super) async fn detail(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (view, people) = find(&services, &caller, &id).await?;
    let messages = messages::all(&services, &caller, &id, None).await?;
    let head = &view.conversation.head;
    let owner = views::owner(&view.members, &people);
    let thread = json!({
        "id": head.uuid,
        "user": owner.map_or("", |user| &user.email),
        "subject": head.title,
        "status": status::staff_status(head),
        "assigned_to": status::assignee(head),
        "created_at": head.created_at,
    });
    let body = json!({ "thread": thread, "messages": messages });
    Ok(json_response(StatusCode::OK, &body))
}

/// What `assign` asks for.
struct Assignment {
    /// As staff call it.
    status: &'static str,
    agent: Option<Arc<User>>,
    reply: Option<Outgoing>,
}

/// `PUT` or `POST /api/admin/chat/threads/{id}/assign/` (MA-23): the reply, if one comes along, goes
/// out like any message.
pub(super) async fn assign(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    data: Result<Data, Refused>,
) -> Result<Response, Refused> {
    let (view, _) = find(&services, &caller, &id).await?;
    let wished = read_assignment(&services, &caller, &data?).await?;
    let head = &view.conversation.head;
    let (status, kept) = match wished.status {
        // A thread that is opened again still has its agent.
        RESOLVED if wished.agent.is_some() => (ConversationStatus::Closed, ASSIGNED),
        RESOLVED => (ConversationStatus::Closed, OPEN),
        status => (ConversationStatus::Open, status),
    };
    let update = UpdateConversation {
        status: Some(status),
        metadata: Some(status::assignment(kept, wished.agent.as_deref())),
        ..UpdateConversation::default()
    };
    if let Some(reply) = wished.reply {
        let mut wish = reply.into_command(head.id);
        // The last word and the closing, or the opening and the first word, are one act.
        wish.even_if_closed = true;
        wish.leave_out_origin = true;
        let sent = services.chat.send_message(&caller.principal, wish).await;
        sent.map_err(chat_refused)?;
    }
    let updated = services
        .chat
        .update_conversation(&caller.principal, head.id, update);
    let (view, _) = updated.await.map_err(chat_refused)?;
    let head = &view.conversation.head;
    let body = json!({
        "success": true,
        "thread_id": head.uuid,
        "status": status::staff_status(head),
        "assigned_to": status::assignee(head),
    });
    Ok(json_response(StatusCode::OK, &body))
}

async fn read_assignment(
    services: &Services,
    caller: &Caller,
    data: &Data,
) -> Result<Assignment, Refused> {
    let status = match data.get("status") {
        None | Some(Value::Null) => None,
        Some(status) => Some(staff_status(status)?),
    };
    let agent = match data.get("assigned_to") {
        None => Some(Arc::clone(&caller.user)),
        Some(Value::Null) => None,
        Some(named) => Some(agent(services, caller, named).await?),
    };
    let message = data.get("message");
    let reply = message.filter(|text| !text.is_null() && *text != "");
    let reply = reply.map(|_| Outgoing::read(|name| data.get(name).filter(|_| name != "body")));
    Ok(Assignment {
        status: status.unwrap_or(if agent.is_some() { ASSIGNED } else { OPEN }),
        agent,
        reply: reply.transpose().map_err(bad)?,
    })
}

fn staff_status(value: &Value) -> Result<&'static str, Refused> {
    match value.as_str() {
        Some(OPEN) => Ok(OPEN),
        Some(ASSIGNED) => Ok(ASSIGNED),
        Some(RESOLVED | CLOSED) => Ok(RESOLVED),
        _ => Err(bad("status has to be open, assigned or resolved")),
    }
}

/// Somebody of the staff.
async fn agent(services: &Services, caller: &Caller, named: &Value) -> Result<Arc<User>, Refused> {
    let nobody = || bad("assigned_to has to be the id of an agent");
    let id = named.as_str().and_then(|id| Uuid::try_parse(id).ok());
    let id = id.ok_or_else(nobody)?;
    match services.chat.user(&caller.principal, id).await {
        Ok(user) if user.is_staff && user.is_active => Ok(user),
        Ok(_) | Err(ChatError::NotFound(_)) => Err(nobody()),
        Err(error) => Err(chat_refused(error)),
    }
}
