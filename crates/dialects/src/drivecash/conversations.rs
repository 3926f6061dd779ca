//! Rooms: one a user, with the desk as the other side.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use parlance_core::ChatError;
use parlance_core::command::{
    ConversationView, CreateConversation, ListConversations, MarkRead, ReadTarget,
    UpdateConversation,
};
use parlance_core::conversation::{ConversationKind, ConversationStatus};
use parlance_core::error::Subject;
use parlance_core::ids::{ConversationId, UserId};
use parlance_core::member::{NewMember, Party};
use parlance_core::people::People;
use parlance_core::principal::Principal;
use parlance_core::user::User;
use serde_json::{Map, Value, json};

use super::auth::Caller;
use super::errors::{
    NO_ROOM_FOR_ADMINS, ROOM_TAKEN, bad, chat_refused, error_key, forbidden, unknown,
};
use super::views::{self, ADMIN, USER};
use super::{Desk, messages};
use crate::drf::data::Data;
use crate::drf::form::as_integer;
use crate::drf::query::Query;
use crate::drf::refused::{NULL, REQUIRED, Refused, json_response};
use crate::services::Services;

/// A room with the people in it.
type Room = (ConversationView, People);

/// `GET /api/chat/`: where what is.
pub(super) async fn index(Extension(caller): Extension<Caller>) -> Response {
    let at = |name: &str| caller.links.absolute(&format!("/api/chat/{name}/"));
    let body = json!({
        "rooms": at("rooms"), "messages": at("messages"), "notifications": at("notifications"),
    });
    json_response(StatusCode::OK, &body)
}

/// `GET /api/chat/rooms/`: newest change first.
pub(super) async fn list(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refused> {
    let (mut rooms, people) = rooms(&desk.services, &caller.principal, None)
        .await
        .map_err(chat_refused)?;
    rooms.sort_by_key(|room| {
        let room = &room.conversation;
        std::cmp::Reverse((room.updated_at, room.head.id))
    });
    let seen = rooms.iter().map(|room| seen(&desk.services, room, &people));
    Ok(json_response(StatusCode::OK, &seen.collect::<Value>()))
}

/// All rooms that the principal may see, or those of one user.
async fn rooms(
    services: &Services,
    by: &Principal,
    owner: Option<UserId>,
) -> Result<(Vec<ConversationView>, People), ChatError> {
    let query = ListConversations {
        with_users: owner.into_iter().collect(),
        ..ListConversations::default()
    };
    let found = services.chat.list_conversations(by, &query).await?;
    let is_room = |view: &ConversationView| {
        let of = views::owner(&view.members);
        let of_wanted = owner.is_none() || of == owner;
        view.conversation.head.kind == ConversationKind::Desk && of.is_some() && of_wanted
    };
    let mut rooms = found.items;
    rooms.retain(is_room);
    Ok((rooms, found.people))
}

fn seen(services: &Services, view: &ConversationView, people: &People) -> Value {
    let open_for = services
        .chat
        .presence()
        .attending(view.conversation.head.id);
    let is_online = views::owner(&view.members).is_some_and(|owner| open_for.contains(&owner));
    views::room(view, people, is_online)
}

fn answer(services: &Services, status: StatusCode, (view, people): &Room) -> Response {
    json_response(status, &seen(services, view, people))
}

/// The room of that id in a path, if the principal may see it.
pub(super) async fn readable(
    services: &Services,
    by: &Principal,
    id: &str,
) -> Result<ConversationId, Refused> {
    let id = id.parse().map(ConversationId);
    let id = id.map_err(|_| chat_refused(NO_ROOM))?;
    may_read(services, by, id).await.map_err(chat_refused)?;
    Ok(id)
}

const NO_ROOM: ChatError = ChatError::NotFound(Subject::Conversation);

/// Whether the principal may see this room; what is no room is as unknown as any other.
pub(super) async fn may_read(
    services: &Services,
    by: &Principal,
    id: ConversationId,
) -> Result<(), ChatError> {
    let seat = services.chat.access().may_read(by, id).await?;
    if seat.state.head.kind == ConversationKind::Desk {
        Ok(())
    } else {
        Err(NO_ROOM)
    }
}

/// `GET /api/chat/rooms/{id}/`
pub(super) async fn detail(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let id = readable(&desk.services, &caller.principal, &id).await?;
    let found = desk.services.chat.conversation(&caller.principal, id);
    let room = found.await.map_err(chat_refused)?;
    Ok(answer(&desk.services, StatusCode::OK, &room))
}

/// `GET /api/chat/rooms/my_room/`: the own room, made at the first call.
pub(super) async fn mine(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refused> {
    if caller.is_admin() {
        return Err(bad(NO_ROOM_FOR_ADMINS));
    }
    let opened = of_user(&desk.services, &caller.principal, caller.user.id);
    let ((view, people), created) = opened.await.map_err(chat_refused)?;
    let room = seen(&desk.services, &view, &people);
    // One page reads the room's fields at the top, others below `room`.
    let mut body = room.clone();
    body["room"] = room;
    body["created"] = json!(created);
    Ok(json_response(StatusCode::OK, &body))
}

/// `GET /api/chat/rooms/user/{user id}/`: the room of a user, for the desk.
pub(super) async fn by_user(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    if !caller.is_admin() {
        let text = "You do not have permission to access this room";
        return Err(error_key(StatusCode::FORBIDDEN, text));
    }
    let missing = || unknown("User not found");
    let id = id.parse().map(UserId).map_err(|_| missing())?;
    let user = match desk.services.chat.user(&caller.principal, id).await {
        Ok(user) => user,
        Err(ChatError::NotFound(_)) => return Err(missing()),
        Err(error) => return Err(chat_refused(error)),
    };
    if is_admin(&user) {
        return Err(bad(NO_ROOM_FOR_ADMINS));
    }
    let opened = of_user(&desk.services, &caller.principal, id);
    let (room, _) = opened.await.map_err(chat_refused)?;
    Ok(answer(&desk.services, StatusCode::OK, &room))
}

fn is_admin(user: &User) -> bool {
    views::user_type(user) == ADMIN
}

/// The oldest room of a user, made if there is none. Of calls at the same time one makes it.
async fn of_user(
    services: &Services,
    by: &Principal,
    owner: UserId,
) -> Result<(Room, bool), ChatError> {
    let (rooms, people) = rooms(services, by, Some(owner)).await?;
    let oldest = rooms
        .into_iter()
        .min_by_key(|room| room.conversation.head.id);
    if let Some(room) = oldest {
        return Ok(((room, people), false));
    }
    make(services, by, owner).await
}

async fn make(
    services: &Services,
    by: &Principal,
    owner: UserId,
) -> Result<(Room, bool), ChatError> {
    let member = |party, part: &str| NewMember {
        party,
        part: part.to_owned(),
    };
    let wish = CreateConversation {
        kind: ConversationKind::Desk,
        members: vec![
            member(Party::User(owner), USER),
            member(Party::Staff, ADMIN),
        ],
        title: None,
        context: None,
        metadata: Map::new(),
        unique_key: Some(format!("desk:{}", owner.0)),
        created_at: None,
    };
    let opened = services.chat.create_conversation(by, wish).await?;
    Ok(((opened.view, opened.people), opened.created))
}

/// `POST /api/chat/rooms/`: by the desk for anybody, by a user for oneself.
pub(super) async fn create(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    data: Data,
) -> Result<Response, Refused> {
    let refuse = |text: &str| Refused::field(USER, text);
    let owner = match data.get(USER) {
        None => return Err(refuse(REQUIRED)),
        Some(Value::Null) => return Err(refuse(NULL)),
        Some(value) => as_integer(value).map(UserId),
    };
    let owner = owner
        .ok_or_else(|| refuse("Incorrect type. Expected pk value, received something else."))?;
    // First of all, so that nobody learns which users there are.
    if !caller.is_admin() && owner != caller.user.id {
        return Err(forbidden());
    }
    match desk.services.chat.user(&caller.principal, owner).await {
        Ok(user) if is_admin(&user) => return Err(refuse(NO_ROOM_FOR_ADMINS)),
        Ok(_) => {}
        Err(ChatError::NotFound(_)) => {
            let text = format!("Invalid pk \"{}\" - object does not exist.", owner.0);
            return Err(refuse(&text));
        }
        Err(error) => return Err(chat_refused(error)),
    }
    let opened = of_user(&desk.services, &caller.principal, owner);
    match opened.await.map_err(chat_refused)? {
        (room, true) => Ok(answer(&desk.services, StatusCode::CREATED, &room)),
        (_, false) => Err(refuse(ROOM_TAKEN)),
    }
}

/// `PATCH` and `PUT /api/chat/rooms/{id}/`: the desk's label. Everything else of a room follows
/// from what is written and read in it.
pub(super) async fn update(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    data: Data,
) -> Result<Response, Refused> {
    let id = readable(&desk.services, &caller.principal, &id).await?;
    if !caller.is_admin() {
        return Err(forbidden());
    }
    let status = wanted_status(&data)?;
    let update = UpdateConversation {
        status,
        ..UpdateConversation::default()
    };
    let chat = &desk.services.chat;
    let updated = chat.update_conversation(&caller.principal, id, update);
    let room = updated.await.map_err(chat_refused)?;
    Ok(answer(&desk.services, StatusCode::OK, &room))
}

/// `is_active`, as a truth value or one of the framework's words for it.
fn wanted_status(data: &Data) -> Result<Option<ConversationStatus>, Refused> {
    const NAME: &str = "is_active";
    let is_active = match data.get(NAME) {
        None => return Ok(None),
        Some(Value::Null) => return Err(Refused::field(NAME, NULL)),
        Some(Value::Bool(is)) => Some(*is),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
        Some(Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
            _ => None,
        },
        Some(Value::Array(_) | Value::Object(_)) => None,
    };
    let wrong = || Refused::field(NAME, "Must be a valid boolean.");
    Ok(Some(if is_active.ok_or_else(wrong)? {
        ConversationStatus::Open
    } else {
        ConversationStatus::Closed
    }))
}

/// `DELETE /api/chat/rooms/{id}/`: by the desk; the core closes its sockets.
pub(super) async fn delete(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let id = readable(&desk.services, &caller.principal, &id).await?;
    if !caller.is_admin() {
        return Err(forbidden());
    }
    let chat = &desk.services.chat;
    let gone = chat.delete_conversation(&caller.principal, id).await;
    gone.map_err(chat_refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/chat/rooms/{id}/mark_as_read/`
pub(super) async fn mark_as_read(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let id = readable(&desk.services, &caller.principal, &id).await?;
    let wish = MarkRead {
        conversation: id.into(),
        target: ReadTarget::All,
        announce_unchanged: false,
    };
    let marked = desk.services.chat.mark_read(&caller.principal, wish).await;
    let count = marked.map_err(chat_refused)?.messages.len();
    let body = json!({ "message": "Messages marked as read", "count": count });
    Ok(json_response(StatusCode::OK, &body))
}

/// `GET /api/chat/rooms/{id}/messages/`: the history in the form of an object.
pub(super) async fn history(
    State(desk): State<Desk>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Refused> {
    let id = readable(&desk.services, &caller.principal, &id).await?;
    let found = messages::of_room(&desk.services, &caller, id).await?;
    let path = format!("/api/chat/rooms/{}/messages/", id.0);
    let mut body = messages::paged(found, &query, &path, &caller.links)?;
    body["room_id"] = json!(id.0);
    body["messages"] = body["results"].clone();
    Ok(json_response(StatusCode::OK, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_is_a_truth_value_in_the_frameworks_words() {
        let read = |value: Value| {
            let Value::Object(fields) = json!({ "is_active": value, "user": 3 }) else {
                unreachable!("an object");
            };
            wanted_status(&fields.into())
        };
        for yes in [json!(true), json!("true"), json!("1"), json!(1)] {
            assert_eq!(read(yes), Ok(Some(ConversationStatus::Open)));
        }
        for no in [json!(false), json!("False"), json!("off"), json!(0)] {
            assert_eq!(read(no), Ok(Some(ConversationStatus::Closed)));
        }
        for wrong in [json!(null), json!("maybe"), json!(2), json!([true])] {
            assert!(read(wrong).is_err());
        }
        assert_eq!(wanted_status(&Data::default()), Ok(None));
    }
}
