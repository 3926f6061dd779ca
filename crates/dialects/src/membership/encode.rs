//! Events as the frames of this dialect. Frames are not converted by any client: camelCase.

use parlance_core::app::App;
use parlance_core::conversation::{Conversation, ConversationKind, ConversationStatus};
use parlance_core::event::{Event, EventBody};
use parlance_core::member::Party;
use parlance_core::message::Message;
use serde_json::{Value, json};
use uuid::Uuid;

use super::status;
use super::views::{self, side};
use crate::contract::{Relation, View};

/// Sockets of a member, for the member's own threads.
pub(super) const MEMBER: View = View(0);
/// Sockets of staff, for all threads of the desk.
pub(super) const STAFF: View = View(1);

/// The frame for sockets with that view and relation, if they hear of the event.
pub(super) fn encode(app: &App, event: &Event, view: View, relation: Relation) -> Option<String> {
    let state = event.conversation.as_ref()?;
    if state.head.kind != ConversationKind::Desk {
        return None;
    }
    let thread = state.head.uuid;
    let frame = match &event.body {
        EventBody::MessageCreated { message, .. } => {
            (!answered(event, relation)).then(|| new_message(app, thread, message))
        }
        EventBody::TypingStarted => typing(event, thread, view, true),
        EventBody::TypingStopped => typing(event, thread, view, false),
        EventBody::ReceiptRead { member, .. } => {
            let at = member.read_at.unwrap_or(event.at);
            hears_of(view, member.party).then(|| {
                json!({
                    "type": "read", "threadId": thread, "reader": side(Some(member.party)),
                    "readAt": at,
                })
            })
        }
        EventBody::ReactionAdded { message, .. } | EventBody::ReactionRemoved { message, .. } => {
            (relation != Relation::SameSocket).then(|| {
                json!({
                    "type": "reaction", "threadId": thread, "messageId": message.uuid,
                    "reactions": views::reactions(message, &event.people),
                })
            })
        }
        EventBody::ConversationUpdated {
            conversation,
            status_before,
        } => changed_thread(conversation, *status_before, view),
        EventBody::MessageUpdated { .. }
        | EventBody::MessageDeleted { .. }
        | EventBody::ReceiptDelivered { .. }
        | EventBody::PresenceChanged { .. }
        | EventBody::AttendanceChanged { .. }
        | EventBody::ConversationCreated { .. }
        | EventBody::ConversationDeleted
        | EventBody::MemberAdded { .. }
        | EventBody::MemberRemoved { .. }
        | EventBody::MemberUpdated { .. } => None,
    };
    frame.map(|frame| frame.to_string())
}

/// An error frame: only for the sender of what was refused.
pub(super) fn error(text: &str) -> String {
    json!({ "type": "error", "error": text }).to_string()
}

/// The web page appends the answer of its POST without looking for a double, so whoever posted by
/// REST is not told on a socket (MA-9).
fn answered(event: &Event, relation: Relation) -> bool {
    event.skip_origin && event.socket.is_none() && relation == Relation::SameUser
}

/// The nested object is what the pages read; the flat copies are for clients of the older frame.
fn new_message(app: &App, thread: Uuid, message: &Message) -> Value {
    let sender = side(message.sender_party);
    let attachments = views::attachments(app, message);
    json!({
        "type": "message",
        "message": {
            "id": message.uuid, "threadId": thread, "sender": sender, "body": message.body,
            "attachments": attachments, "timestamp": message.created_at,
            "createdAt": message.created_at,
        },
        "id": message.uuid, "threadId": thread, "sender": sender, "body": message.body,
        "attachments": attachments, "timestamp": message.created_at,
    })
}

/// Whether sockets of that view are the other side of a party.
fn hears_of(view: View, party: Party) -> bool {
    match party {
        Party::User(_) => view == STAFF,
        Party::Staff => view == MEMBER,
    }
}

/// Typing is for the other side alone, and so never for the typist.
fn typing(event: &Event, thread: Uuid, view: View, is_typing: bool) -> Option<Value> {
    let typist = event.actor.as_ref()?;
    let state = event.conversation.as_ref()?;
    let party = state.party_of(typist.id, typist.is_staff)?;
    hears_of(view, party).then(|| {
        json!({
            "type": "typing", "threadId": thread, "isTyping": is_typing, "user": typist.uuid,
            "sender": side(Some(party)),
        })
    })
}

/// The member hears of it when the status changed as the member sees it (MA-22, MA-23).
fn changed_thread(
    conversation: &Conversation,
    before: ConversationStatus,
    view: View,
) -> Option<Value> {
    let head = &conversation.head;
    let seen = status::member_status(head.status);
    let thread = if view == STAFF {
        json!({
            "id": head.uuid, "subject": head.title, "status": status::staff_status(head),
            "assignedTo": status::assignee(head), "updatedAt": conversation.updated_at,
        })
    } else if seen == status::member_status(before) {
        return None;
    } else {
        json!({
            "id": head.uuid, "subject": head.title, "status": seen,
            "updatedAt": conversation.updated_at,
        })
    };
    Some(json!({ "type": "thread", "thread": thread }))
}

#[cfg(test)]
mod tests {
    use super::super::views::tests::{AT, THREAD, app, both, conversation, head, member, message};
    use super::*;
    use parlance_core::conversation::ConversationState;
    use parlance_core::ids::{AppId, SocketId, UserId};
    use parlance_core::receipt::DeliveryStatus;
    use std::sync::Arc;

    const ALICE: Party = Party::User(UserId(3));

    fn event(actor: i64, body: EventBody) -> Event {
        Event {
            id: Uuid::nil(),
            app: AppId(1),
            conversation: Some(Arc::new(ConversationState {
                head: head().into(),
                members: vec![member(ALICE), member(Party::Staff)],
            })),
            revision: Some(2),
            at: AT,
            actor: both().get(UserId(actor)).cloned(),
            socket: Some(SocketId(1)),
            skip_origin: false,
            also: Vec::new(),
            people: both(),
            body,
        }
    }

    fn frame(event: &Event, view: View, relation: Relation) -> Option<Value> {
        let text = encode(&app(), event, view, relation)?;
        Some(serde_json::from_str(&text).expect("JSON"))
    }

    /// Which of (the actor's socket, the actor's others, the other side) hear of it.
    fn heard(event: &Event, own: View, other: View) -> [bool; 3] {
        [
            frame(event, own, Relation::SameSocket).is_some(),
            frame(event, own, Relation::SameUser).is_some(),
            frame(event, other, Relation::Other).is_some(),
        ]
    }

    fn sent(by: Party, actor: i64) -> Event {
        let body = EventBody::MessageCreated {
            message: Arc::new(message(Some(by), "hi")),
            quoted: None,
            status: DeliveryStatus::Sent,
        };
        event(actor, body)
    }

    #[test]
    fn a_message_is_nested_with_flat_copies_beside_it() {
        let seen = frame(&sent(ALICE, 3), STAFF, Relation::Other).expect("a frame");
        assert_eq!(seen["type"], "message");
        for field in [
            "id",
            "threadId",
            "sender",
            "body",
            "attachments",
            "timestamp",
        ] {
            assert_eq!(seen[field], seen["message"][field], "{field}");
            assert!(!seen[field].is_null(), "{field}");
        }
        assert_eq!(seen["message"]["createdAt"], "2026-01-02T03:04:05.678901Z");
        assert_eq!(
            (&seen["threadId"], &seen["sender"]),
            (&json!(THREAD), &json!("user"))
        );
        let reply = frame(&sent(Party::Staff, 5), MEMBER, Relation::Other).expect("a frame");
        assert_eq!(reply["sender"], "support");
    }

    #[test]
    fn a_message_sent_by_socket_goes_to_all_and_one_posted_not_to_the_poster() {
        let mut posted = sent(ALICE, 3);
        assert_eq!(heard(&posted, MEMBER, STAFF), [true, true, true]);
        posted.skip_origin = true;
        posted.socket = None;
        assert_eq!(frame(&posted, MEMBER, Relation::SameUser), None);
        assert!(frame(&posted, STAFF, Relation::Other).is_some());
        // Another dialect's request asks for nothing of the kind.
        posted.skip_origin = false;
        assert!(frame(&posted, MEMBER, Relation::SameUser).is_some());
    }

    #[test]
    fn typing_and_reading_are_for_the_other_side_alone() {
        for (party, actor, own, other) in
            [(ALICE, 3, MEMBER, STAFF), (Party::Staff, 5, STAFF, MEMBER)]
        {
            let typing = event(actor, EventBody::TypingStarted);
            assert_eq!(heard(&typing, own, other), [false, false, true]);
            let read = EventBody::ReceiptRead {
                member: member(party),
                messages: Vec::new(),
            };
            assert_eq!(heard(&event(actor, read), own, other), [false, false, true]);
        }
        let seen = frame(&event(3, EventBody::TypingStopped), STAFF, Relation::Other);
        let expected = json!({
            "type": "typing", "threadId": THREAD, "isTyping": false, "user": Uuid::from_u128(3),
            "sender": "user",
        });
        assert_eq!(seen, Some(expected));
    }

    #[test]
    fn a_reaction_is_told_to_everybody_but_the_socket_that_asked() {
        let body = EventBody::ReactionAdded {
            message: Arc::new(message(Some(ALICE), "hi")),
            user: UserId(5),
            emoji: "👍".to_owned(),
        };
        assert_eq!(heard(&event(5, body), STAFF, MEMBER), [false, true, true]);
    }

    #[test]
    fn a_member_hears_of_a_thread_when_its_status_changed_as_the_member_sees_it() {
        let updated = |status, status_before| {
            let mut head = head();
            head.status = status;
            head.metadata = status::assignment(status::ASSIGNED, None);
            let conversation = Box::new(conversation(head));
            let body = EventBody::ConversationUpdated {
                conversation,
                status_before,
            };
            event(5, body)
        };
        let (open, closed) = (ConversationStatus::Open, ConversationStatus::Closed);
        let assigned = updated(open, open);
        assert_eq!(frame(&assigned, MEMBER, Relation::Other), None);
        let seen = frame(&assigned, STAFF, Relation::Other).expect("a frame");
        assert_eq!(seen["thread"]["status"], "assigned");
        let seen = frame(&updated(closed, open), MEMBER, Relation::Other).expect("a frame");
        assert_eq!(
            (&seen["type"], &seen["thread"]["status"]),
            (&json!("thread"), &json!("closed"))
        );
    }

    #[test]
    fn conversations_without_a_desk_are_no_threads() {
        let mut event = sent(ALICE, 3);
        let mut head = head();
        head.kind = ConversationKind::Direct;
        event.conversation = Some(Arc::new(ConversationState {
            head: head.into(),
            members: vec![member(ALICE)],
        }));
        assert_eq!(frame(&event, MEMBER, Relation::SameSocket), None);
    }
}
