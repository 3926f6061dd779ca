//! What clients see of users, rooms, messages and notifications.

use parlance_core::clock::Timestamp;
use parlance_core::command::ConversationView;
use parlance_core::conversation::ConversationStatus;
use parlance_core::ids::UserId;
use parlance_core::member::{Member, Party};
use parlance_core::message::Message;
use parlance_core::people::People;
use parlance_core::receipt::{DeliveryStatus, Receipts};
use parlance_core::user::User;
use serde_json::{Map, Value, json};

use super::addresses::Links;

/// The part of whoever belongs to the desk.
pub(super) const ADMIN: &str = "admin";
/// The part of everybody else.
pub(super) const USER: &str = "user";
/// Characters of the last message that a room shows.
const PREVIEW_CHARS: usize = 100;

/// `admin` or `user`.
pub(super) const fn user_type(user: &User) -> &'static str {
    if user.is_staff { ADMIN } else { USER }
}

/// "First last"; the e-mail address of whoever has no name.
pub(super) fn name(user: &User) -> String {
    let full = format!("{} {}", user.first_name.trim(), user.last_name.trim());
    let full = full.trim();
    if !full.is_empty() {
        full.to_owned()
    } else if !user.email.is_empty() {
        user.email.clone()
    } else {
        user.display_name()
    }
}

/// Whose room it is.
pub(super) fn owner(members: &[Member]) -> Option<UserId> {
    members.iter().find_map(|member| member.party.user())
}

/// On which side a message was written. What nobody wrote comes from the desk.
pub(super) const fn sender_type(message: &Message) -> &'static str {
    match message.sender_party {
        Some(Party::User(_)) => USER,
        Some(Party::Staff) | None => ADMIN,
    }
}

/// A room as the asking side sees it.
pub(super) fn room(view: &ConversationView, people: &People, is_online: bool) -> Value {
    let conversation = &view.conversation;
    let owner = owner(&view.members);
    let user = owner.and_then(|id| people.get(id));
    let name = user.map(|user| name(user)).unwrap_or_default();
    let for_owner = owner.map_or(0, |owner| view.unread_of(Party::User(owner)));
    let for_admins = view.unread_of(Party::Staff);
    let unread = match view.party {
        Some(Party::User(_)) => for_owner,
        Some(Party::Staff) | None => for_admins,
    };
    json!({
        "id": conversation.head.id.0,
        "user": owner.map(|owner| owner.0),
        "user_email": user.map(|user| user.email.as_str()).unwrap_or_default(),
        "user_name": name,
        "name": name,
        "is_active": conversation.head.status == ConversationStatus::Open,
        "is_online": is_online,
        "user_unread_count": for_owner,
        "admin_unread_count": for_admins,
        "unread_count": unread,
        "last_message": view.last_message.as_ref().map(last_message),
        "created_at": conversation.head.created_at,
        "updated_at": conversation.updated_at,
    })
}

fn last_message(message: &Message) -> Value {
    json!({
        "message": message.body.chars().take(PREVIEW_CHARS).collect::<String>(),
        "sender_type": sender_type(message),
        "created_at": message.created_at,
    })
}

/// Who wrote a message.
pub(super) struct Author {
    /// Integer id; none for what nobody wrote.
    pub(super) id: Option<i64>,
    /// The name to show.
    pub(super) name: String,
    /// The e-mail address.
    pub(super) email: String,
}

impl Author {
    /// Of a message.
    pub(super) fn of(message: &Message, people: &People) -> Self {
        let user = message.sender.and_then(|id| people.get(id));
        Self {
            id: message.sender.map(|id| id.0),
            name: user.map_or_else(|| "Support".to_owned(), |user| name(user)),
            email: user.map(|user| user.email.clone()).unwrap_or_default(),
        }
    }
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Read {
    /// Read by the other side.
    pub(super) is_read: bool,
    /// When.
    pub(super) at: Option<Timestamp>,
}

impl Read {
    /// By the marks of its room.
    pub(super) fn of(message: &Message, receipts: &Receipts) -> Self {
        Self {
            is_read: receipts.status(message) == DeliveryStatus::Read,
            at: receipts.read_at(message),
        }
    }
}

/// The message that another one answers.
pub(super) fn quote(message: &Message, people: &People) -> Value {
    json!({
        "id": message.id.0,
        "message": message.body,
        "sender_type": sender_type(message),
        "sender_name": Author::of(message, people).name,
        "created_at": message.created_at,
    })
}

/// A message of the history; each field under all the names that pages know.
pub(super) fn message(
    message: &Message,
    quoted: Option<&Message>,
    read: Read,
    people: &People,
    links: &Links,
) -> Value {
    let author = Author::of(message, people);
    let sender_type = sender_type(message);
    let updated_at = message.edited_at.unwrap_or(message.created_at);
    let mut view = json!({
        "id": message.id.0,
        "room": message.conversation.0,
        "room_id": message.conversation.0,
        "sender": author.id,
        "sender_type": sender_type,
        "sender_name": author.name,
        "sender_email": author.email,
        "message": message.body,
        "reply_to": quoted.map(|quoted| quote(quoted, people)),
        "is_read": read.is_read,
        "read_at": read.at,
        "created_at": message.created_at,
        "updated_at": updated_at,
        "text": message.body,
        "direction": sender_type,
        "time": message.created_at,
        "status": if read.is_read { "read" } else { "delivered" },
    });
    if let Some(view) = view.as_object_mut() {
        add_file(view, message, links);
    }
    view
}

/// `attachment` and `attachment_name`, null where no file came along.
pub(super) fn add_file(view: &mut Map<String, Value>, message: &Message, links: &Links) {
    let file = message.attachments.first();
    let address = file.map(|file| links.file(file));
    view.insert("attachment".to_owned(), json!(address));
    let name = file.map(|file| &file.name);
    view.insert("attachment_name".to_owned(), json!(name));
}

/// A notification of the room's owner about a message of the desk. It has the message's id.
pub(super) fn notification(
    message: &Message,
    people: &People,
    recipient: UserId,
    is_read: bool,
) -> Value {
    let author = Author::of(message, people);
    let from = if author.email.is_empty() {
        author.name
    } else {
        author.email
    };
    json!({
        "id": message.id.0,
        "room": message.conversation.0,
        "recipient": recipient.0,
        "message": format!("New message from {from}"),
        "is_read": is_read,
        "created_at": message.created_at,
    })
}

/// Somebody as the login shows them.
pub(super) fn logged_in(user: &User) -> Value {
    json!({
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "phone_number": extra(user, "phone_number"),
        "date_of_birth": extra(user, "date_of_birth"),
    })
}

/// One's own profile.
pub(super) fn profile(user: &User) -> Value {
    json!({
        "id": user.id.0,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "full_name": name(user),
        "phone_number": extra(user, "phone_number"),
        "date_of_birth": extra(user, "date_of_birth"),
        "is_verified": user.is_active,
        "user_type": user_type(user),
        "created_at": user.created_at,
    })
}

fn extra<'a>(user: &'a User, key: &str) -> Option<&'a str> {
    Some(user.extra(key)).filter(|text| !text.is_empty())
}
