//! Notifications of a room's owner: one for each message of the desk, whichever way it was sent. A
//! notification has its message's id; what is kept of it is only that it was read.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use parlance_core::ChatError;
use parlance_core::conversation::ConversationKind;
use parlance_core::document::{Document, NewDocument};
use parlance_core::ids::MessageId;
use parlance_core::member::Party;
use parlance_core::message::Message;
use parlance_core::people::People;
use serde_json::{Map, Value, json};

use super::auth::Caller;
use super::errors::chat_refused;
use super::{Desk, views};
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// The kind of the documents that say what was read, one a user.
const KIND: &str = "drivecash.notifications";

/// Which notifications of a user were read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Marks {
    /// All up to this id.
    up_to: i64,
    /// And these above it, rising.
    single: Vec<i64>,
}

impl Marks {
    fn of(data: &Map<String, Value>) -> Self {
        let single = data.get("single").and_then(Value::as_array);
        let single = single.into_iter().flatten().filter_map(Value::as_i64);
        Self {
            up_to: data.get("up_to").and_then(Value::as_i64).unwrap_or(0),
            single: single.collect(),
        }
    }

    fn to_data(&self) -> Map<String, Value> {
        let single = json!(self.single);
        Map::from_iter([
            ("up_to".to_owned(), json!(self.up_to)),
            ("single".to_owned(), single),
        ])
    }

    fn has(&self, id: i64) -> bool {
        id <= self.up_to || self.single.binary_search(&id).is_ok()
    }

    /// Adds one; `unread` are those that were unread before, so that what lies below the first of
    /// them needs no mark of its own.
    fn add(&mut self, id: i64, unread: &[i64]) {
        if let Err(at) = self.single.binary_search(&id) {
            self.single.insert(at, id);
        }
        let first_unread = unread.iter().copied().filter(|one| !self.has(*one)).min();
        let below = first_unread.unwrap_or(id + 1) - 1;
        let below = below.min(id);
        self.up_to = self.up_to.max(below);
        self.single.retain(|one| *one > self.up_to);
    }

    fn add_all_up_to(&mut self, id: i64) {
        self.up_to = self.up_to.max(id);
        self.single.retain(|one| *one > id);
    }
}

/// What a user has not read, oldest first.
struct Unread {
    messages: Vec<Message>,
    people: People,
}

impl Unread {
    fn ids(&self) -> Vec<i64> {
        self.messages.iter().map(|message| message.id.0).collect()
    }

    fn seen(&self, message: &Message, caller: &Caller, is_read: bool) -> Value {
        views::notification(message, &self.people, caller.user.id, is_read)
    }
}

async fn unread(services: &Services, caller: &Caller) -> Result<Unread, ChatError> {
    let mut unread = Unread {
        messages: Vec::new(),
        people: People::default(),
    };
    if caller.is_admin() {
        return Ok(unread);
    }
    let marks = marks(services, caller).await?;
    let mut after = MessageId(marks.up_to);
    loop {
        let list = services.chat.all_messages(&caller.principal, after, 0);
        let list = list.await?;
        let last = list.messages.last().map(|message| message.id);
        let of_desk = list.messages.iter().filter(|message| {
            let place = list.place_of(message);
            let is_room = place.is_some_and(|(state, _)| state.head.kind == ConversationKind::Desk);
            is_room && message.sender_party == Some(Party::Staff) && !marks.has(message.id.0)
        });
        for message in of_desk {
            let sender = message.sender.and_then(|id| list.people.get(id));
            if let Some(sender) = sender {
                unread.people.add(sender.clone());
            }
            unread.messages.push(message.clone());
        }
        match last {
            Some(last) if list.has_more => after = last,
            _ => return Ok(unread),
        }
    }
}

fn subject(caller: &Caller) -> String {
    caller.user.id.0.to_string()
}

async fn marks(services: &Services, caller: &Caller) -> Result<Marks, ChatError> {
    let chat = &services.chat;
    let subject = subject(caller);
    let document = chat.document_by_subject(&caller.principal, KIND, &subject);
    let document = document.await?;
    Ok(document.map_or_else(Marks::default, |document| Marks::of(&document.data)))
}

/// Changes what was read.
async fn mark(
    services: &Services,
    caller: &Caller,
    change: impl Fn(&mut Marks) + Send + Sync,
) -> Result<(), ChatError> {
    let (chat, by) = (&services.chat, &caller.principal);
    let new = NewDocument {
        kind: KIND.to_owned(),
        owner: Some(caller.user.id),
        subject: Some(subject(caller)),
        data: Map::new(),
    };
    let document = chat.put_document(by, new).await?.document;
    let apply = |document: &mut Document| {
        let mut marks = Marks::of(&document.data);
        change(&mut marks);
        document.data = marks.to_data();
        Ok(())
    };
    chat.change_document(by, KIND, document.id, apply)
        .await
        .map(drop)
}

/// `GET /api/chat/notifications/`: the unread ones, newest first.
pub(super) async fn list(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refused> {
    let unread = unread(&desk.services, &caller).await;
    let unread = unread.map_err(chat_refused)?;
    let newest_first = unread.messages.iter().rev();
    let seen = newest_first.map(|message| unread.seen(message, &caller, false));
    Ok(json_response(StatusCode::OK, &seen.collect::<Value>()))
}

/// Finds an unread one; what was read is as unknown as another's.
async fn find(
    services: &Services,
    caller: &Caller,
    id: &str,
) -> Result<(Unread, Message), Refused> {
    let missing = || {
        let text = "No ChatNotification matches the given query.";
        Refused::detail(StatusCode::NOT_FOUND, text)
    };
    let id: i64 = id.parse().map_err(|_| missing())?;
    let unread = unread(services, caller).await.map_err(chat_refused)?;
    let message = unread.messages.iter().find(|message| message.id.0 == id);
    let message = message.cloned().ok_or_else(missing)?;
    Ok((unread, message))
}

/// `GET /api/chat/notifications/{id}/`
pub(super) async fn detail(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (unread, message) = find(&desk.services, &caller, &id).await?;
    let seen = unread.seen(&message, &caller, false);
    Ok(json_response(StatusCode::OK, &seen))
}

/// `POST /api/chat/notifications/{id}/mark_read/`
pub(super) async fn mark_read(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (unread, message) = find(&desk.services, &caller, &id).await?;
    let ids = unread.ids();
    let marked = mark(&desk.services, &caller, |marks| {
        marks.add(message.id.0, &ids);
    });
    marked.await.map_err(chat_refused)?;
    let seen = unread.seen(&message, &caller, true);
    Ok(json_response(StatusCode::OK, &seen))
}

/// `POST /api/chat/notifications/mark_all_read/`
pub(super) async fn mark_all_read(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refused> {
    let unread = unread(&desk.services, &caller).await;
    let ids = unread.map_err(chat_refused)?.ids();
    if let Some(last) = ids.last() {
        let marked = mark(&desk.services, &caller, |marks| marks.add_all_up_to(*last));
        marked.await.map_err(chat_refused)?;
    }
    let body = json!({ "message": "All notifications marked as read", "count": ids.len() });
    Ok(json_response(StatusCode::OK, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_the_first_unread_one_needs_no_mark() {
        let mut marks = Marks::default();
        marks.add(7, &[3, 5, 7]);
        assert_eq!((marks.up_to, marks.single.as_slice()), (2, [7].as_slice()));
        marks.add(3, &[3, 5]);
        assert_eq!((marks.up_to, marks.single.as_slice()), (3, [7].as_slice()));
        assert!(marks.has(3) && !marks.has(5) && marks.has(7) && !marks.has(9));
        marks.add(5, &[5]);
        assert_eq!((marks.up_to, marks.single.as_slice()), (5, [7].as_slice()));
        assert_eq!(Marks::of(&marks.to_data()), marks);
        marks.add_all_up_to(9);
        assert_eq!((marks.up_to, marks.single.len()), (9, 0));
    }

    #[test]
    fn one_that_came_meanwhile_stays_unread() {
        let mut marks = Marks::default();
        marks.add(3, &[3]);
        assert!(marks.has(3) && !marks.has(4));
    }
}
