//! Events as the frames of this dialect.

use parlance_core::event::{Event, EventBody};
use parlance_core::ids::UserId;
use parlance_core::member::{Member, Party};
use parlance_core::message::{Message, MessageKind};
use parlance_core::receipt::DeliveryStatus;
use parlance_core::user::User;
use serde_json::{Value, json};

use super::addresses;
use super::views::{self, Author};
use crate::contract::{Relation, View};

/// Sockets on one conversation.
pub(super) const CHAT: View = View(0);
/// Notification sockets.
pub(super) const NOTIFICATIONS: View = View(1);

/// Characters of a message that a notification shows.
const NOTIFICATION_CHARS: usize = 140;

/// The frame for sockets with that view and relation, if they hear of the event.
pub(super) fn encode(event: &Event, view: View, relation: Relation) -> Option<String> {
    let frame = if view == NOTIFICATIONS {
        notification(event, relation)
    } else {
        chat_frame(event, relation)
    };
    frame.map(|frame| frame.to_string())
}

/// An error frame: only for the sender of what was refused.
pub(super) fn error(text: &str) -> String {
    json!({ "type": "error", "error": text }).to_string()
}

fn chat_frame(event: &Event, relation: Relation) -> Option<Value> {
    let others_only = relation == Relation::Other;
    match &event.body {
        EventBody::MessageCreated {
            message, status, ..
        } => Some(chat_message(event, message, *status)),
        EventBody::ReceiptRead { member, .. } => {
            let (id, name) = who(event, member)?;
            Some(json!({
                "type": "messages_read", "reader_id": id.0, "reader_name": name,
                "timestamp": event.at,
            }))
        }
        EventBody::ReceiptDelivered { member } if others_only => {
            let (id, name) = who(event, member)?;
            Some(json!({
                "type": "messages_delivered", "user_id": id.0, "user_name": name,
                "timestamp": event.at,
            }))
        }
        EventBody::TypingStarted if others_only => typing(event, true),
        EventBody::TypingStopped if others_only => typing(event, false),
        EventBody::ReactionAdded {
            message,
            user,
            emoji,
        } => Some(reaction(event, message, *user, emoji, "add")),
        EventBody::ReactionRemoved {
            message,
            user,
            emoji,
        } => Some(reaction(event, message, *user, emoji, "remove")),
        // What the client has no frame for, it finds in the list and the history.
        EventBody::ReceiptDelivered { .. }
        | EventBody::TypingStarted
        | EventBody::TypingStopped
        | EventBody::MessageUpdated { .. }
        | EventBody::MessageDeleted { .. }
        | EventBody::PresenceChanged { .. }
        | EventBody::AttendanceChanged { .. }
        | EventBody::ConversationCreated { .. }
        | EventBody::ConversationUpdated { .. }
        | EventBody::ConversationDeleted
        | EventBody::MemberAdded { .. }
        | EventBody::MemberRemoved { .. }
        | EventBody::MemberUpdated { .. } => None,
    }
}

fn chat_message(event: &Event, message: &Message, status: DeliveryStatus) -> Value {
    let author = Author::of(message, &event.people);
    let picture = addresses::shown_picture(message).map(addresses::picture);
    let mut frame = json!({
        "type": "chat_message",
        "message": message.body,
        "message_id": message.id.0,
        "conversation_id": message.conversation.0,
        "sender": author.username,
        "sender_id": author.id,
        "sender_name": author.name,
        "image_url": picture.unwrap_or_default(),
        "timestamp": message.created_at,
        "status": status.name(),
    });
    if let Some(frame) = frame.as_object_mut() {
        views::add_file(frame, message);
    }
    frame
}

/// Whose mark moved. The staff side has no user of its own: it is whoever acted for it.
fn who(event: &Event, member: &Member) -> Option<(UserId, String)> {
    let user: &User = match member.party {
        Party::User(id) => event.people.get(id)?,
        Party::Staff => event.actor.as_ref()?,
    };
    Some((user.id, user.display_name()))
}

fn typing(event: &Event, is_typing: bool) -> Option<Value> {
    let user = event.actor.as_ref()?;
    Some(json!({
        "type": "typing", "user_id": user.id.0, "user_name": user.display_name(),
        "is_typing": is_typing,
    }))
}

fn reaction(event: &Event, message: &Message, user: UserId, emoji: &str, action: &str) -> Value {
    let name = event.people.get(user).map(|user| user.display_name());
    json!({
        "type": "reaction", "message_id": message.id.0, "user_id": user.0,
        "user_name": name.unwrap_or_default(), "emoji": emoji, "action": action,
    })
}

/// Told to everybody but the sender's own sockets. The client writes title and text into its page
/// as markup, so both are escaped here, and nowhere else.
fn notification(event: &Event, relation: Relation) -> Option<Value> {
    let EventBody::MessageCreated { message, .. } = &event.body else {
        return None;
    };
    let own = relation != Relation::Other && message.sender.is_some();
    if own {
        return None;
    }
    let author = Author::of(message, &event.people);
    Some(json!({
        "type": "notification",
        "title": format!("New message from {}", escape(&author.name)),
        "message": escape(&summary(message)),
        "notification_type": "new_message",
        "data": {
            "conversation_id": message.conversation.0,
            "message_id": message.id.0,
            "sender_id": author.id,
        },
        "timestamp": message.created_at,
    }))
}

/// The first words of a message, or what it is.
fn summary(message: &Message) -> String {
    if message.body.trim().is_empty() {
        let what = match message.kind {
            MessageKind::Voice => "Sent a voice message",
            _ if addresses::shown_picture(message).is_some() => "Sent an image",
            _ => "Sent a file",
        };
        return what.to_owned();
    }
    match message.body.char_indices().nth(NOTIFICATION_CHARS) {
        Some((end, _)) => format!("{}…", &message.body[..end]),
        None => message.body.clone(),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::views::tests::{AT, attachment, head, member, text, user};
    use super::super::views::{CUSTOMER, PROVIDER};
    use super::*;
    use parlance_core::conversation::ConversationState;
    use parlance_core::ids::AppId;
    use parlance_core::people::People;
    use std::sync::Arc;
    use uuid::Uuid;

    const ALL: [Relation; 3] = [Relation::SameSocket, Relation::SameUser, Relation::Other];

    fn event(body: EventBody) -> Event {
        let (ann, bo) = (user(3, "Ann <b>", CUSTOMER), user(4, "Bo", PROVIDER));
        Event {
            id: Uuid::nil(),
            app: AppId(1),
            conversation: Some(Arc::new(ConversationState {
                head: head(None).into(),
                members: vec![member(3, CUSTOMER), member(4, PROVIDER)],
            })),
            revision: Some(2),
            at: AT,
            actor: Some(Arc::clone(&ann)),
            socket: None,
            skip_origin: false,
            also: Vec::new(),
            people: People::from_iter([ann, bo]),
            body,
        }
    }

    fn created(message: Message) -> Event {
        event(EventBody::MessageCreated {
            message: Arc::new(message),
            quoted: None,
            status: DeliveryStatus::Delivered,
        })
    }

    fn frame(event: &Event, view: View, relation: Relation) -> Option<Value> {
        let text = encode(event, view, relation)?;
        Some(serde_json::from_str(&text).expect("frames are JSON"))
    }

    fn heard_by(event: &Event, view: View) -> Vec<Relation> {
        let heard = ALL.into_iter();
        heard
            .filter(|relation| encode(event, view, *relation).is_some())
            .collect()
    }

    #[test]
    fn a_message_reaches_every_chat_socket_unchanged() {
        let event = created(text("<b>x</b> & \"y\""));
        assert_eq!(heard_by(&event, CHAT), ALL);
        let expected = json!({
            "type": "chat_message", "message": "<b>x</b> & \"y\"", "message_id": 31,
            "conversation_id": 7, "sender": "customer@x.test", "sender_id": 3,
            "sender_name": "Ann <b>", "image_url": "", "status": "delivered",
            "timestamp": "2026-01-02T03:04:05.678901Z",
        });
        assert_eq!(frame(&event, CHAT, Relation::Other), Some(expected));
    }

    #[test]
    fn a_notification_is_escaped_and_never_the_senders_own() {
        let event = created(text("<b>x</b> & y"));
        assert_eq!(heard_by(&event, NOTIFICATIONS), [Relation::Other]);
        let expected = json!({
            "type": "notification", "title": "New message from Ann &lt;b&gt;",
            "message": "&lt;b&gt;x&lt;/b&gt; &amp; y", "notification_type": "new_message",
            "data": { "conversation_id": 7, "message_id": 31, "sender_id": 3 },
            "timestamp": "2026-01-02T03:04:05.678901Z",
        });
        assert_eq!(
            frame(&event, NOTIFICATIONS, Relation::Other),
            Some(expected)
        );
    }

    #[test]
    fn a_notification_is_cut_before_it_is_escaped() {
        let event = created(text(&"<".repeat(500)));
        let frame = frame(&event, NOTIFICATIONS, Relation::Other).expect("a notification");
        assert_eq!(frame["message"], format!("{}…", "&lt;".repeat(140)));
    }

    #[test]
    fn a_bare_file_says_what_it_is() {
        let rows = [
            (MessageKind::Image, "png", "image/png", "Sent an image"),
            (MessageKind::File, "pdf", "application/pdf", "Sent a file"),
            (
                MessageKind::Voice,
                "webm",
                "audio/webm",
                "Sent a voice message",
            ),
        ];
        for (kind, extension, content_type, expected) in rows {
            let mut message = text("");
            message.kind = kind;
            message.attachments = vec![attachment(extension, content_type)];
            let event = created(message);
            let frame = frame(&event, NOTIFICATIONS, Relation::Other).expect("a notification");
            assert_eq!(frame["message"], expected);
        }
    }

    #[test]
    fn reading_is_told_to_all_and_delivery_and_typing_to_the_other_person() {
        let read = event(EventBody::ReceiptRead {
            member: member(4, PROVIDER),
            messages: Vec::new(),
        });
        assert_eq!(heard_by(&read, CHAT), ALL);
        let expected = json!({
            "type": "messages_read", "reader_id": 4, "reader_name": "Bo",
            "timestamp": "2026-01-02T03:04:05.678901Z",
        });
        assert_eq!(frame(&read, CHAT, Relation::Other), Some(expected));
        let only_others = [
            EventBody::ReceiptDelivered {
                member: member(4, PROVIDER),
            },
            EventBody::TypingStarted,
            EventBody::TypingStopped,
        ];
        for body in only_others {
            let event = event(body);
            assert_eq!(
                heard_by(&event, CHAT),
                [Relation::Other],
                "{}",
                event.name()
            );
            assert!(
                heard_by(&event, NOTIFICATIONS).is_empty(),
                "{}",
                event.name()
            );
        }
    }

    #[test]
    fn a_reaction_is_told_to_all() {
        let event = event(EventBody::ReactionRemoved {
            message: Arc::new(text("x")),
            user: UserId(4),
            emoji: "👍".to_owned(),
        });
        assert_eq!(heard_by(&event, CHAT), ALL);
        let expected = json!({
            "type": "reaction", "message_id": 31, "user_id": 4, "user_name": "Bo",
            "emoji": "👍", "action": "remove",
        });
        assert_eq!(frame(&event, CHAT, Relation::SameSocket), Some(expected));
    }
}
