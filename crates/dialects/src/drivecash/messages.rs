//! History, sending, editing, deleting, answering and single read marks over REST.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use parlance_core::ChatError;
use parlance_core::command::{Anchor, MarkRead, MessageList, MessagePage, ReadTarget, Sent};
use parlance_core::conversation::ConversationKind;
use parlance_core::error::Subject;
use parlance_core::ids::{ConversationId, MessageId};
use parlance_core::message::Message;
use parlance_core::principal::Principal;
use serde_json::{Value, json};

use super::addresses::Links;
use super::auth::Caller;
use super::errors::{ROOM_NOT_FOUND, bad, chat_refused, error_key, unknown};
use super::outgoing::Outgoing;
use super::uploads::Submission;
use super::views::{self, Read};
use super::{Desk, conversations};
use crate::drf::data::Data;
use crate::drf::form::{Form, as_integer, as_text};
use crate::drf::query::Query;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// Messages of a page whose size is not said.
const PAGE: usize = 50;
/// Messages of a page at most.
const LARGEST_PAGE: usize = 1_000;

const NO_MESSAGE: ChatError = ChatError::NotFound(Subject::Message);

/// All messages of a room that the caller may see, oldest first.
pub(super) async fn of_room(
    services: &Services,
    caller: &Caller,
    room: ConversationId,
) -> Result<Vec<Value>, Refused> {
    let mut pages = Vec::new();
    let mut anchor = Anchor::Newest;
    loop {
        let page = services
            .chat
            .list_messages(&caller.principal, room, anchor, 0, false);
        let page = page.await.map_err(chat_refused)?;
        let earlier = page.messages.first().filter(|_| page.has_before);
        let earlier = earlier.map(|message| Anchor::Before(message.seq));
        pages.push(page);
        match earlier {
            Some(earlier) => anchor = earlier,
            None => break,
        }
    }
    let pages = pages.iter().rev();
    Ok(pages
        .flat_map(|page| of_page(page, &caller.links))
        .collect())
}

fn of_page<'a>(page: &'a MessagePage, links: &'a Links) -> impl Iterator<Item = Value> + 'a {
    page.messages.iter().map(|message| {
        let quoted = quoted(message, &page.quoted);
        let read = Read::of(message, &page.receipts);
        views::message(message, quoted, read, &page.people, links)
    })
}

fn quoted<'a>(message: &Message, among: &'a [Message]) -> Option<&'a Message> {
    let id = message.reply_to?;
    among.iter().find(|quoted| quoted.id == id)
}

/// What a list over several rooms shows; conversations that are no rooms are passed over.
fn of_list<'a>(list: &'a MessageList, links: &'a Links) -> impl Iterator<Item = Value> + 'a {
    list.messages.iter().filter_map(|message| {
        let (state, receipts) = list.place_of(message)?;
        let is_room = state.head.kind == ConversationKind::Desk;
        let quoted = quoted(message, &list.quoted);
        let read = Read::of(message, receipts);
        is_room.then(|| views::message(message, quoted, read, &list.people, links))
    })
}

/// `{"count", "next", "previous", "results"}`: everything, or the page that is asked for.
pub(super) fn paged(
    all: Vec<Value>,
    query: &Query,
    path: &str,
    links: &Links,
) -> Result<Value, Refused> {
    let count = all.len();
    let (number, size) = (query.get("page"), query.get("page_size"));
    if number.or(size).is_none() {
        return Ok(json!({ "count": count, "next": null, "previous": null, "results": all }));
    }
    let size = size.and_then(|size| size.parse().ok()).unwrap_or(PAGE);
    let size = size.clamp(1, LARGEST_PAGE);
    let last = count.div_ceil(size).max(1);
    let number = match number {
        None => Some(1),
        Some("last") => Some(last),
        Some(number) => number.parse().ok(),
    };
    let number = number.filter(|number| (1..=last).contains(number));
    let number = number.ok_or_else(|| Refused::detail(StatusCode::NOT_FOUND, "Invalid page."))?;
    let at = |number: usize| {
        let mut address = form_urlencoded::Serializer::new(String::new());
        if let Some(room) = query.get("room_id") {
            address.append_pair("room_id", room);
        }
        address.append_pair("page", &number.to_string());
        address.append_pair("page_size", &size.to_string());
        links.absolute(&format!("{path}?{}", address.finish()))
    };
    let results: Vec<_> = all
        .into_iter()
        .skip((number - 1) * size)
        .take(size)
        .collect();
    Ok(json!({
        "count": count,
        "next": (number < last).then(|| at(number + 1)),
        "previous": (number > 1).then(|| at(number - 1)),
        "results": results,
    }))
}

/// `GET /api/chat/messages/`: of one room, or of all that the caller may see.
pub(super) async fn list(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Refused> {
    let room = query.get("room_id").filter(|room| !room.is_empty());
    let found = match room {
        None => of_all_rooms(&desk.services, &caller).await?,
        Some(room) => {
            let room = room.trim().parse().map(ConversationId);
            let room = room.map_err(|_| bad("room_id has to be a number"))?;
            let seen = conversations::may_read(&desk.services, &caller.principal, room).await;
            match seen {
                Ok(()) => of_room(&desk.services, &caller, room).await?,
                // Filtered by a room that is not the caller's, nothing is left.
                Err(ChatError::NotFound(_)) => Vec::new(),
                Err(error) => return Err(chat_refused(error)),
            }
        }
    };
    let body = paged(found, &query, "/api/chat/messages/", &caller.links)?;
    Ok(json_response(StatusCode::OK, &body))
}

async fn of_all_rooms(services: &Services, caller: &Caller) -> Result<Vec<Value>, Refused> {
    let mut found = Vec::new();
    let mut after = MessageId(0);
    loop {
        let list = services.chat.all_messages(&caller.principal, after, 0);
        let list = list.await.map_err(chat_refused)?;
        found.extend(of_list(&list, &caller.links));
        match list.messages.last() {
            Some(last) if list.has_more => after = last.id,
            _ => return Ok(found),
        }
    }
}

/// `GET /api/chat/messages/room_messages/`: a plain array, which the chat service sorts.
pub(super) async fn room_messages(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Refused> {
    let room = query.get("room_id").filter(|room| !room.is_empty());
    let room = room.ok_or_else(|| bad("room_id is required"))?;
    let refusal = "You do not have permission to view this room";
    let room = named_room(&desk.services, &caller, room.trim().parse().ok(), refusal).await?;
    let found = of_room(&desk.services, &caller, room).await?;
    Ok(json_response(StatusCode::OK, &Value::Array(found)))
}

/// A room that a field names: 404 where there is none, 403 where it is somebody else's.
pub(super) async fn named_room(
    services: &Services,
    caller: &Caller,
    id: Option<i64>,
    refusal: &str,
) -> Result<ConversationId, Refused> {
    let missing = || unknown(ROOM_NOT_FOUND);
    let id = ConversationId(id.ok_or_else(missing)?);
    match conversations::may_read(services, &caller.principal, id).await {
        Ok(()) => return Ok(id),
        Err(ChatError::NotFound(_)) => {}
        Err(error) => return Err(chat_refused(error)),
    }
    let app = Principal::App(services.app.id);
    match conversations::may_read(services, &app, id).await {
        Ok(()) => Err(error_key(StatusCode::FORBIDDEN, refusal)),
        Err(ChatError::NotFound(_)) => Err(missing()),
        Err(error) => Err(chat_refused(error)),
    }
}

/// The message of that id in a path, if it is of a room that the caller may see.
async fn visible(
    services: &Services,
    caller: &Caller,
    id: &str,
) -> Result<(MessageList, ConversationId, MessageId), Refused> {
    let id = id.parse().map(MessageId);
    let id = id.map_err(|_| chat_refused(NO_MESSAGE))?;
    let list = services.chat.message(&caller.principal, id).await;
    let list = list.map_err(chat_refused)?;
    let room = list.conversations.iter().find_map(|(state, _)| {
        (state.head.kind == ConversationKind::Desk).then_some(state.head.id)
    });
    let room = room.ok_or_else(|| chat_refused(NO_MESSAGE))?;
    Ok((list, room, id))
}

/// A message as it stands now.
async fn answer(
    services: &Services,
    caller: &Caller,
    status: StatusCode,
    id: MessageId,
) -> Result<Response, Refused> {
    let list = services.chat.message(&caller.principal, id).await;
    let list = list.map_err(chat_refused)?;
    let message = of_list(&list, &caller.links).next();
    let message = message.ok_or_else(|| chat_refused(NO_MESSAGE))?;
    Ok(json_response(status, &message))
}

/// `GET /api/chat/messages/{id}/`
pub(super) async fn detail(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (list, ..) = visible(&desk.services, &caller, &id).await?;
    let message = of_list(&list, &caller.links).next();
    let message = message.ok_or_else(|| chat_refused(NO_MESSAGE))?;
    Ok(json_response(StatusCode::OK, &message))
}

/// `POST /api/chat/messages/`: like any message, it goes to sockets and notifications as well.
pub(super) async fn send(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refused> {
    let submission = Submission::read(&desk.services, &caller, None, request).await?;
    let outgoing = read_message(&submission)?;
    let room = submission.data.get("room_id").filter(|room| {
        let empty = json!("");
        !room.is_null() && **room != empty
    });
    let Some(room) = room.filter(|_| !outgoing.is_blank()) else {
        return Err(bad("room_id and message are required"));
    };
    let room = as_integer(room);
    let room = named_room(&desk.services, &caller, room, super::uploads::MAY_NOT_SEND).await?;
    post(&desk.services, &caller, room, outgoing).await
}

/// `POST /api/chat/messages/{id}/reply/`
pub(super) async fn reply(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (_, room, id) = visible(&desk.services, &caller, &id).await?;
    let submission = Submission::read(&desk.services, &caller, Some(room), request).await?;
    let outgoing = read_message(&submission)?.in_reply_to(id);
    if outgoing.is_blank() {
        return Err(bad("message is required"));
    }
    post(&desk.services, &caller, room, outgoing).await
}

fn read_message(submission: &Submission) -> Result<Outgoing, Refused> {
    let data = &submission.data;
    let body = match data.get("message") {
        None | Some(Value::Null) => String::new(),
        Some(value) => as_text(value).ok_or_else(|| bad("message has to be a text"))?,
    };
    let outgoing = Outgoing::read(&body, |name| data.get(name)).map_err(unknown)?;
    Ok(outgoing.with_file(submission.file.clone()))
}

async fn post(
    services: &Services,
    caller: &Caller,
    room: ConversationId,
    outgoing: Outgoing,
) -> Result<Response, Refused> {
    let wish = outgoing.into_command(room);
    let sent = services.chat.send_message(&caller.principal, wish).await;
    let sent = sent.map_err(chat_refused)?;
    if sent.repeated {
        // It may have been read meanwhile.
        return answer(services, caller, StatusCode::CREATED, sent.message.id).await;
    }
    Ok(json_response(
        StatusCode::CREATED,
        &fresh(&sent, &caller.links),
    ))
}

/// A message that nobody can have read yet.
fn fresh(sent: &Sent, links: &Links) -> Value {
    let quoted = sent.quoted.as_deref();
    views::message(&sent.message, quoted, Read::default(), &sent.people, links)
}

/// `PATCH` and `PUT /api/chat/messages/{id}/`: the words, by their author.
pub(super) async fn update(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    method: http::Method,
    data: Data,
) -> Result<Response, Refused> {
    let (list, _, id) = visible(&desk.services, &caller, &id).await?;
    let author = list.messages.first().and_then(|message| message.sender);
    if author != Some(caller.user.id) {
        return Err(super::errors::forbidden());
    }
    if method == http::Method::PATCH && data.get("message").is_none() {
        return answer(&desk.services, &caller, StatusCode::OK, id).await;
    }
    let mut form = Form::new(&data);
    let body = form.required("message");
    form.check()?;
    let body = body.unwrap_or_default().replace('\0', "");
    let chat = &desk.services.chat;
    let edited = chat.edit_message(&caller.principal, id, body).await;
    edited.map_err(chat_refused)?;
    answer(&desk.services, &caller, StatusCode::OK, id).await
}

/// `DELETE /api/chat/messages/{id}/`: by its author, or by the desk.
pub(super) async fn delete(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (.., id) = visible(&desk.services, &caller, &id).await?;
    let gone = desk.services.chat.delete_message(&caller.principal, id);
    gone.await.map_err(chat_refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/chat/messages/{id}/mark_read/`: the other side's only; one's own stays as it is.
pub(super) async fn mark_read(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let (_, room, id) = visible(&desk.services, &caller, &id).await?;
    let wish = MarkRead {
        conversation: room.into(),
        target: ReadTarget::Messages(vec![id.into()]),
        announce_unchanged: false,
    };
    let marked = desk.services.chat.mark_read(&caller.principal, wish).await;
    marked.map_err(chat_refused)?;
    answer(&desk.services, &caller, StatusCode::OK, id).await
}

#[cfg(test)]
mod tests {
    use super::super::encode::tests::links;
    use super::*;

    fn page(query: &str) -> Result<Value, Refused> {
        let all = (1..=5).map(Value::from).collect();
        paged(all, &Query::parse(query), "/m/", &links())
    }

    #[test]
    fn without_a_page_everything_is_on_one() {
        let body = page("room_id=7").expect("a page");
        assert_eq!(body["results"], json!([1, 2, 3, 4, 5]));
        assert_eq!((&body["count"], &body["next"]), (&json!(5), &Value::Null));
    }

    #[test]
    fn pages_name_their_neighbours() {
        let body = page("room_id=7&page=2&page_size=2").expect("a page");
        assert_eq!(body["results"], json!([3, 4]));
        assert_eq!(
            body["next"],
            "http://a.test/m/?room_id=7&page=3&page_size=2"
        );
        assert_eq!(
            body["previous"],
            "http://a.test/m/?room_id=7&page=1&page_size=2"
        );
        let last = page("page=last&page_size=2").expect("a page");
        assert_eq!(
            (&last["results"], &last["next"]),
            (&json!([5]), &Value::Null)
        );
        let first = page("page_size=9").expect("a page");
        assert_eq!(first["results"], json!([1, 2, 3, 4, 5]));
        for wrong in ["page=0", "page=9", "page=x", "page=-1"] {
            assert_eq!(page(wrong).expect_err(wrong).status, StatusCode::NOT_FOUND);
        }
    }
}
