//! Looking for words (MA-24).

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use parlance_core::command::{MessageList, SearchMessages};
use parlance_core::conversation::ConversationKind;
use parlance_core::ids::UserId;
use parlance_core::member::Party;
use serde_json::{Value, json};

use super::auth::Caller;
use super::errors::{bad, chat_refused};
use super::views::Messages;
use crate::drf::query::Query;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// Pages looked through for one answer.
const PAGES: usize = 10;

/// `GET /api/chat/messages/search/?q=`: in the caller's own threads.
pub(super) async fn own(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Refused> {
    find(&services, &caller, &query, Some(caller.user.id)).await
}

/// `GET /api/admin/chat/messages/search/?q=`: in all threads of the desk.
pub(super) async fn all(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Refused> {
    find(&services, &caller, &query, None).await
}

/// The newest messages with these words, a page of them at most.
async fn find(
    services: &Services,
    caller: &Caller,
    query: &Query,
    owner: Option<UserId>,
) -> Result<Response, Refused> {
    let text = query.get("q").unwrap_or_default().trim();
    if text.is_empty() {
        return Err(bad("q is required"));
    }
    let page = services.chat.limits().page;
    let mut results = Vec::new();
    let mut before = None;
    for _ in 0..PAGES {
        let wish = SearchMessages {
            text: text.to_owned(),
            conversation: None,
            before,
            limit: page,
        };
        let found = services.chat.search_messages(&caller.principal, wish).await;
        let found = found.map_err(chat_refused)?;
        results.extend(of_threads(services, &found, owner));
        before = found.messages.last().map(|message| message.id);
        if results.len() >= page || !found.has_more {
            break;
        }
    }
    results.truncate(page);
    let body = json!({ "count": results.len(), "results": results });
    Ok(json_response(StatusCode::OK, &body))
}

/// Those of threads, and where an owner is given, of that owner's.
fn of_threads(services: &Services, found: &MessageList, owner: Option<UserId>) -> Vec<Value> {
    let messages = found.messages.iter().filter_map(|message| {
        let (state, receipts) = found.place_of(message)?;
        let is_thread = state.head.kind == ConversationKind::Desk;
        let is_owned = owner.is_none_or(|user| state.member(Party::User(user)).is_some());
        let thread = Messages {
            app: &services.app,
            thread: state.head.uuid,
            people: &found.people,
        };
        let status = receipts.status(message);
        (is_thread && is_owned).then(|| thread.view(message, status))
    });
    messages.collect()
}
