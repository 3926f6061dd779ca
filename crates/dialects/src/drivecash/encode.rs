//! Events as the frames of this dialect.

use parlance_core::clock::Timestamp;
use parlance_core::command::Sent;
use parlance_core::event::{Event, EventBody};
use parlance_core::ids::UserId;
use parlance_core::member::{Member, MessageKey, Party};
use parlance_core::message::Message;
use parlance_core::people::People;
use parlance_core::receipt::DeliveryStatus;
use serde_json::{Value, json};

use super::addresses::Links;
use super::views::{self, Author};
use crate::contract::Relation;

/// The frames for sockets with that relation, in order; none if they do not hear of the event.
pub(super) fn encode(event: &Event, relation: Relation, links: &Links) -> Vec<String> {
    match &event.body {
        EventBody::MessageCreated {
            message, quoted, ..
        } => {
            let quoted = quoted.as_deref();
            vec![chat_message(message, quoted, false, &event.people, links).to_string()]
        }
        // The one who types knows, in all tabs.
        EventBody::TypingStarted if relation == Relation::Other => typing(event, true),
        EventBody::TypingStopped if relation == Relation::Other => typing(event, false),
        EventBody::ReceiptRead { member, messages } => read_receipts(event, member, messages),
        // A fresh socket says its own status itself, before it hears anything.
        EventBody::AttendanceChanged { user, present, .. } if relation != Relation::SameSocket => {
            vec![status(user.id, *present)]
        }
        // What the client has no frame for, it finds in the list and the history.
        EventBody::TypingStarted
        | EventBody::TypingStopped
        | EventBody::AttendanceChanged { .. }
        | EventBody::ReceiptDelivered { .. }
        | EventBody::ReactionAdded { .. }
        | EventBody::ReactionRemoved { .. }
        | EventBody::MessageUpdated { .. }
        | EventBody::MessageDeleted { .. }
        | EventBody::PresenceChanged { .. }
        | EventBody::ConversationCreated { .. }
        | EventBody::ConversationUpdated { .. }
        | EventBody::ConversationDeleted
        | EventBody::MemberAdded { .. }
        | EventBody::MemberRemoved { .. }
        | EventBody::MemberUpdated { .. } => Vec::new(),
    }
}

/// An error frame. Without a type: the client reports its own faults as `error`.
pub(super) fn error(text: &str) -> String {
    json!({ "error": text }).to_string()
}

/// Somebody is on the room, or is there no more.
pub(super) fn status(user: UserId, online: bool) -> String {
    let status = if online { "online" } else { "offline" };
    json!({ "type": "user_status", "user_id": user.0, "status": status }).to_string()
}

/// The frame of a message that was sent once more under the same client id.
pub(super) fn echo(sent: &Sent, links: &Links) -> String {
    let is_read = sent.status == DeliveryStatus::Read;
    let quoted = sent.quoted.as_deref();
    chat_message(&sent.message, quoted, is_read, &sent.people, links).to_string()
}

/// No `status` and no `messageId`: a page takes a frame with these two for a change of status.
fn chat_message(
    message: &Message,
    quoted: Option<&Message>,
    is_read: bool,
    people: &People,
    links: &Links,
) -> Value {
    let author = Author::of(message, people);
    let mut frame = json!({
        "type": "chat_message",
        "message_id": message.id.0,
        "room_id": message.conversation.0,
        "conversationId": message.conversation.0,
        "message": message.body,
        "sender_id": author.id,
        "sender_type": views::sender_type(message),
        "sender_name": author.name,
        "created_at": message.created_at,
        "is_read": is_read,
        "reply_to": quoted.map(|quoted| views::quote(quoted, people)),
    });
    if let Some(frame) = frame.as_object_mut() {
        views::add_file(frame, message, links);
        if let Some(client_id) = &message.client_id {
            frame.insert("client_id".to_owned(), json!(client_id));
        }
    }
    frame
}

fn typing(event: &Event, is_typing: bool) -> Vec<String> {
    let Some(user) = &event.actor else {
        return Vec::new();
    };
    let room = event.conversation.as_ref().map(|state| state.head.id.0);
    let frame = json!({
        "type": "typing", "user_id": user.id.0, "user_name": views::name(user),
        "is_typing": is_typing, "isTyping": is_typing, "room_id": room,
    });
    vec![frame.to_string()]
}

/// One frame a message, the oldest first.
fn read_receipts(event: &Event, member: &Member, messages: &[MessageKey]) -> Vec<String> {
    // The desk has no user of its own: it is whoever read for it.
    let reader = match member.party {
        Party::User(id) => Some(id),
        Party::Staff => event.actor_id(),
    };
    let read_at = member.read_at.unwrap_or(event.at);
    let frames = messages.iter();
    frames
        .map(|message| read_receipt(message, member, reader, read_at).to_string())
        .collect()
}

fn read_receipt(
    message: &MessageKey,
    member: &Member,
    reader: Option<UserId>,
    read_at: Timestamp,
) -> Value {
    json!({
        "type": "read_receipt",
        "message_id": message.id.0,
        "messageId": message.id.0,
        "read_by": reader.map(|reader| reader.0),
        "room_id": member.conversation.0,
        "conversationId": member.conversation.0,
        "status": "read",
        "read_at": read_at,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use parlance_core::app::{App, AppProfile};
    use parlance_core::conversation::{
        ConversationHead, ConversationKind, ConversationState, ConversationStatus,
    };
    use parlance_core::ids::{AppId, ConversationId, MessageId};
    use parlance_core::message::{Attachment, MessageKind};
    use parlance_core::user::User;
    use serde_json::Map;
    use std::sync::Arc;
    use uuid::Uuid;

    const AT: Timestamp = Timestamp::from_micros(1_767_323_045_678_901);
    const ALL: [Relation; 3] = [Relation::SameSocket, Relation::SameUser, Relation::Other];

    pub(in super::super) fn links() -> Links {
        let app = App {
            id: AppId(1),
            uuid: Uuid::nil(),
            name: "one".to_owned(),
            profile: AppProfile::default(),
            key_hash: [0; 32],
            secret: b"secret".to_vec(),
            created_at: AT,
        };
        Links::new(Arc::new(app), "http://a.test".into(), AT)
    }

    pub(in super::super) fn user(id: i64, first: &str, is_staff: bool) -> Arc<User> {
        Arc::new(User {
            id: UserId(id),
            uuid: Uuid::nil(),
            app: AppId(1),
            external_id: id.to_string(),
            username: String::new(),
            email: format!("user{id}@x.test"),
            first_name: first.to_owned(),
            last_name: String::new(),
            role: String::new(),
            is_staff,
            is_active: true,
            avatar_url: None,
            metadata: Map::new(),
            created_at: AT,
            last_seen_at: None,
        })
    }

    pub(in super::super) fn attachment(extension: &str, content_type: &str) -> Attachment {
        Attachment {
            id: Uuid::nil(),
            storage_name: format!("0123456789abcdef0123456789abcdef.{extension}"),
            name: format!("mine.{extension}"),
            content_type: content_type.to_owned(),
            size_bytes: 12,
            width: None,
            height: None,
            duration_ms: None,
        }
    }

    pub(in super::super) fn text(id: i64, body: &str) -> Message {
        Message {
            id: MessageId(id),
            uuid: Uuid::nil(),
            conversation: ConversationId(7),
            seq: 1,
            revision: 2,
            created_revision: 2,
            sender: Some(UserId(3)),
            sender_party: Some(Party::User(UserId(3))),
            kind: MessageKind::Text,
            body: body.to_owned(),
            attachments: Vec::new(),
            metadata: None,
            reply_to: None,
            reply_to_uuid: None,
            client_id: None,
            created_at: AT,
            edited_at: None,
            deleted_at: None,
            reactions: Vec::new(),
        }
    }

    fn member(party: Party) -> Member {
        Member {
            conversation: ConversationId(7),
            party,
            part: String::new(),
            read_seq: 0,
            delivered_seq: 0,
            seen_count: 0,
            muted: false,
            archived: false,
            joined_at: AT,
            left_at: None,
            read_at: Some(AT),
            revision: 1,
        }
    }

    fn state() -> Arc<ConversationState> {
        let head = ConversationHead {
            id: ConversationId(7),
            uuid: Uuid::nil(),
            app: AppId(1),
            kind: ConversationKind::Desk,
            status: ConversationStatus::Open,
            title: None,
            context: None,
            metadata: Map::new(),
            unique_key: None,
            created_by: None,
            created_at: AT,
            deleted_at: None,
        };
        Arc::new(ConversationState {
            head: head.into(),
            members: vec![member(Party::User(UserId(3))), member(Party::Staff)],
        })
    }

    fn people() -> People {
        People::from_iter([user(3, "Uma", false), user(9, "", true)])
    }

    fn event(actor: Arc<User>, body: EventBody) -> Event {
        Event {
            id: Uuid::nil(),
            app: AppId(1),
            conversation: Some(state()),
            revision: Some(2),
            at: AT,
            actor: Some(actor),
            socket: None,
            skip_origin: false,
            also: Vec::new(),
            people: people(),
            body,
        }
    }

    pub(in super::super) fn sent(repeated: bool) -> Sent {
        let mut message = text(31, "once");
        message.client_id = Some("k-1".to_owned());
        Sent {
            message: Arc::new(message),
            repeated,
            quoted: None,
            conversation: state(),
            people: people(),
            status: DeliveryStatus::Sent,
        }
    }

    fn frames(event: &Event, relation: Relation) -> Vec<Value> {
        let texts = encode(event, relation, &links());
        let read = |text: &String| serde_json::from_str(text).expect("frames are JSON");
        texts.iter().map(read).collect()
    }

    fn heard_by(event: &Event) -> Vec<Relation> {
        let heard = ALL.into_iter();
        heard.filter(|r| !frames(event, *r).is_empty()).collect()
    }

    #[test]
    fn a_message_reaches_every_socket_and_is_no_change_of_status() {
        let mut message = text(31, "<b>x</b> & \"y\"");
        message.client_id = Some("k-1".to_owned());
        message.attachments = vec![attachment("png", "image/png")];
        let event = event(
            user(3, "Uma", false),
            EventBody::MessageCreated {
                message: Arc::new(message),
                quoted: Some(Arc::new(text(30, "question"))),
                status: DeliveryStatus::Delivered,
            },
        );
        assert_eq!(heard_by(&event), ALL);
        let frame = &frames(&event, Relation::Other)[0];
        let address = frame["attachment"].as_str().expect("an address");
        assert!(
            address.starts_with("http://a.test/media/chat_attachments/0123"),
            "{address}"
        );
        let expected = json!({
            "type": "chat_message", "message_id": 31, "room_id": 7, "conversationId": 7,
            "message": "<b>x</b> & \"y\"", "sender_id": 3, "sender_type": "user",
            "sender_name": "Uma", "created_at": "2026-01-02T03:04:05.678901Z", "is_read": false,
            "reply_to": {
                "id": 30, "message": "question", "sender_type": "user", "sender_name": "Uma",
                "created_at": "2026-01-02T03:04:05.678901Z",
            },
            "attachment": address, "attachment_name": "mine.png", "client_id": "k-1",
        });
        assert_eq!(*frame, expected);
    }

    #[test]
    fn what_the_desk_says_is_an_admins_and_a_nameless_admin_is_an_address() {
        let mut message = text(31, "hi");
        message.sender = Some(UserId(9));
        message.sender_party = Some(Party::Staff);
        let event = event(
            user(9, "", true),
            EventBody::MessageCreated {
                message: Arc::new(message),
                quoted: None,
                status: DeliveryStatus::Sent,
            },
        );
        let frame = &frames(&event, Relation::Other)[0];
        assert_eq!(frame["sender_type"], "admin");
        assert_eq!(frame["sender_name"], "user9@x.test");
        assert_eq!(
            (&frame["attachment"], &frame["reply_to"]),
            (&Value::Null, &Value::Null)
        );
    }

    #[test]
    fn typing_is_told_to_others_under_both_names() {
        for (body, expected) in [
            (EventBody::TypingStarted, true),
            (EventBody::TypingStopped, false),
        ] {
            let event = event(user(3, "Uma", false), body);
            assert_eq!(heard_by(&event), [Relation::Other]);
            let frame = json!({
                "type": "typing", "user_id": 3, "user_name": "Uma", "is_typing": expected,
                "isTyping": expected, "room_id": 7,
            });
            assert_eq!(frames(&event, Relation::Other), [frame]);
        }
    }

    #[test]
    fn each_message_read_has_a_receipt_and_the_desks_reader_is_whoever_read() {
        let key = |id, seq| MessageKey {
            id: MessageId(id),
            uuid: Uuid::nil(),
            seq,
        };
        let event = event(
            user(9, "", true),
            EventBody::ReceiptRead {
                member: member(Party::Staff),
                messages: vec![key(31, 1), key(33, 2)],
            },
        );
        assert_eq!(heard_by(&event), ALL);
        let frames = frames(&event, Relation::SameSocket);
        let ids: Vec<_> = frames
            .iter()
            .map(|frame| frame["message_id"].clone())
            .collect();
        assert_eq!(ids, [31, 33]);
        let expected = json!({
            "type": "read_receipt", "message_id": 31, "messageId": 31, "read_by": 9,
            "room_id": 7, "conversationId": 7, "status": "read",
            "read_at": "2026-01-02T03:04:05.678901Z",
        });
        assert_eq!(frames[0], expected);
    }

    #[test]
    fn a_status_is_told_to_everybody_but_the_socket_that_says_it_itself() {
        for (present, expected) in [(true, "online"), (false, "offline")] {
            let uma = user(3, "Uma", false);
            let body = EventBody::AttendanceChanged {
                user: Arc::clone(&uma),
                present,
                first: false,
            };
            let event = event(uma, body);
            assert_eq!(heard_by(&event), [Relation::SameUser, Relation::Other]);
            assert_eq!(frames(&event, Relation::Other)[0]["status"], expected);
        }
    }
}
