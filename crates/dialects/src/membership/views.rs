//! What clients see of users, threads and messages.

use std::sync::Arc;

use parlance_core::app::App;
use parlance_core::command::ConversationView;
use parlance_core::member::{Member, Party};
use parlance_core::message::Message;
use parlance_core::people::People;
use parlance_core::receipt::{DeliveryStatus, Receipts};
use parlance_core::user::User;
use serde_json::{Value, json};
use uuid::Uuid;

use super::addresses;
use super::outgoing::kept_addresses;
use super::status::{assignee, member_status, staff_status};

/// The name of the member's side.
pub(super) const USER: &str = "user";
/// The name of the desk's side, which is no person.
pub(super) const SUPPORT: &str = "support";
/// The side of a party.
pub(super) const fn side(party: Option<Party>) -> &'static str {
    match party {
        Some(Party::User(_)) => USER,
        Some(Party::Staff) | None => SUPPORT,
    }
}

/// The member whose thread it is.
pub(super) fn owner<'a>(members: &[Member], people: &'a People) -> Option<&'a Arc<User>> {
    let user = members.iter().find_map(|member| member.party.user());
    people.get(user?)
}

/// First and last name; `None` where there is neither.
pub(super) fn full_name(user: &User) -> Option<String> {
    let name = format!("{} {}", user.first_name.trim(), user.last_name.trim());
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// A text from a user's metadata; null where there is none.
pub(super) fn extra(user: &User, key: &str) -> Value {
    let text = Some(user.extra(key)).filter(|text| !text.is_empty());
    json!(text)
}

/// What a member is called when others are invited.
pub(super) fn referral_code(user: &User) -> String {
    let own = user.extra("referral_code");
    if own.is_empty() {
        let code = user.uuid.simple().to_string();
        code[code.len() - 8..].to_ascii_uppercase()
    } else {
        own.to_owned()
    }
}

/// A number from a user's metadata; 0 where there is none.
pub(super) fn number(user: &User, key: &str) -> Value {
    let own = user.metadata.get(key).filter(|value| value.is_number());
    own.cloned().unwrap_or(json!(0))
}

/// The user of a login's answer, which no client converts.
pub(super) fn account(user: &User) -> Value {
    json!({
        "id": user.uuid,
        "name": full_name(user),
        "email": user.email,
        "phone": extra(user, "phone"),
        "membershipId": extra(user, "membership_id"),
        "referralCode": referral_code(user),
        "rewardsBalance": number(user, "rewards_balance"),
        "createdAt": user.created_at,
    })
}

/// The addresses that travel with a message; an empty array where there are none.
pub(super) fn attachments(app: &App, message: &Message) -> Value {
    if let Some(kept) = kept_addresses(message.metadata.as_ref()) {
        return kept.clone();
    }
    let files = message.attachments.iter();
    files
        .map(|file| json!(addresses::stored(app, file)))
        .collect()
}

/// Reactions by emoji, in the order in which each came first.
pub(super) fn reactions(message: &Message, people: &People) -> Value {
    let mut groups: Vec<(&str, Vec<Uuid>)> = Vec::new();
    for reaction in &message.reactions {
        let Some(user) = people.get(reaction.user) else {
            continue;
        };
        match groups
            .iter_mut()
            .find(|(emoji, _)| *emoji == reaction.emoji)
        {
            Some((_, users)) => users.push(user.uuid),
            None => groups.push((&reaction.emoji, vec![user.uuid])),
        }
    }
    let group = |(emoji, users): (&str, Vec<Uuid>)| json!({ "emoji": emoji, "count": users.len(), "users": users });
    groups.into_iter().map(group).collect()
}

/// Messages of one thread on their way to a client.
#[derive(Clone, Copy)]
pub(super) struct Messages<'a> {
    /// Whose addresses stand in them.
    pub(super) app: &'a App,
    /// Their thread.
    pub(super) thread: Uuid,
    /// Who wrote them and reacted to them.
    pub(super) people: &'a People,
}

impl Messages<'_> {
    /// A message over REST, in the words of all clients at once.
    pub(super) fn view(&self, message: &Message, status: DeliveryStatus) -> Value {
        let sender_type = match message.sender_party {
            Some(Party::User(_)) => "user",
            Some(Party::Staff) => "agent",
            None => "system",
        };
        let sender = message.sender.and_then(|id| self.people.get(id));
        json!({
            "id": message.uuid,
            "thread": self.thread,
            "thread_id": self.thread,
            "sender": side(message.sender_party),
            "body": message.body,
            "attachments": attachments(self.app, message),
            "created_at": message.created_at,
            "message": message.body,
            "senderType": sender_type,
            "senderId": sender.map(|user| user.uuid),
            "timestamp": message.created_at,
            "isRead": status == DeliveryStatus::Read,
            "reactions": reactions(message, self.people),
        })
    }

    /// All of them, in their order.
    pub(super) fn views<'m>(
        &self,
        messages: impl IntoIterator<Item = &'m Message>,
        receipts: &Receipts,
    ) -> Vec<Value> {
        let messages = messages.into_iter();
        messages.map(|m| self.view(m, receipts.status(m))).collect()
    }
}

/// A thread for its member. `messages` are the newest ones, oldest first.
pub(super) fn thread(
    app: &App,
    view: &ConversationView,
    people: &People,
    messages: &[Value],
) -> Value {
    let conversation = &view.conversation;
    let head = &conversation.head;
    let owner = owner(&view.members, people);
    let last = view.last_message.as_ref();
    let thread = Messages {
        app,
        thread: head.uuid,
        people,
    };
    let unread = owner.map_or(0, |user| view.unread_of(Party::User(user.id)));
    json!({
        "id": head.uuid,
        "user": owner.map(|user| user.uuid),
        "subject": head.title,
        "status": member_status(head.status),
        "metadata": {},
        "messages": messages,
        "last_message": last.map(|m| thread.view(m, view.receipts().status(m))),
        "created_at": head.created_at,
        "updated_at": conversation.updated_at,
        "userId": owner.map(|user| user.uuid),
        "lastMessageAt": last.map(|message| message.created_at),
        "unreadCount": unread,
    })
}

/// A thread of the inbox. The page calls string functions on `last_message`.
pub(super) fn inbox_thread(view: &ConversationView, people: &People) -> Value {
    let head = &view.conversation.head;
    let owner = owner(&view.members, people);
    let last = view.last_message.as_ref();
    json!({
        "id": head.uuid,
        "member": {
            "id": owner.map(|user| user.uuid),
            "name": owner.map_or_else(String::new, |user| user.display_name()),
            "email": owner.map_or("", |user| &user.email),
        },
        "user": owner.map(|user| user.uuid),
        "subject": head.title,
        "last_message": last.map_or("", |message| &message.body),
        "last_message_time": last.map_or(head.created_at, |message| message.created_at),
        "unread_count": view.unread_of(Party::Staff),
        "status": staff_status(head),
        "assigned_to": assignee(head),
        "created_at": head.created_at,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::status::{ASSIGNED, OPEN, assignment};
    use super::*;
    use parlance_core::app::AppProfile;
    use parlance_core::clock::Timestamp;
    use parlance_core::conversation::{
        Conversation, ConversationHead, ConversationKind, ConversationStatus,
    };
    use parlance_core::ids::{AppId, ConversationId, MessageId, UserId};
    use parlance_core::message::{Attachment, MessageKind, Reaction};
    use serde_json::Map;

    pub(in super::super) const AT: Timestamp = Timestamp::from_micros(1_767_323_045_678_901);
    pub(in super::super) const THREAD: Uuid = Uuid::from_u128(7);

    pub(in super::super) fn app() -> App {
        App {
            id: AppId(1),
            uuid: Uuid::nil(),
            name: "test".to_owned(),
            profile: AppProfile {
                public_url: Some("https://chat.test/".to_owned()),
                ..AppProfile::default()
            },
            key_hash: [0; 32],
            secret: vec![1; 32],
            created_at: AT,
        }
    }

    pub(in super::super) fn user(id: i64, first: &str, is_staff: bool) -> Arc<User> {
        Arc::new(User {
            id: UserId(id),
            uuid: Uuid::from_u128(u128::from(id.unsigned_abs())),
            app: AppId(1),
            external_id: id.to_string(),
            username: format!("{first}@x.test"),
            email: format!("{first}@x.test"),
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

    pub(in super::super) fn member(party: Party) -> Member {
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

    pub(in super::super) fn head() -> ConversationHead {
        ConversationHead {
            id: ConversationId(7),
            uuid: THREAD,
            app: AppId(1),
            kind: ConversationKind::Desk,
            status: ConversationStatus::Open,
            title: Some("Oil change".to_owned()),
            context: None,
            metadata: Map::new(),
            unique_key: None,
            created_by: None,
            created_at: AT,
            deleted_at: None,
        }
    }

    pub(in super::super) fn conversation(head: ConversationHead) -> Conversation {
        Conversation {
            head: head.into(),
            last_seq: 0,
            revision: 1,
            message_count: 2,
            last_message: None,
            last_activity_at: AT,
            updated_at: AT,
        }
    }

    pub(in super::super) fn message(from: Option<Party>, body: &str) -> Message {
        Message {
            id: MessageId(31),
            uuid: Uuid::from_u128(31),
            conversation: ConversationId(7),
            seq: 1,
            revision: 2,
            created_revision: 2,
            sender: from.map(|party| party.user().unwrap_or(UserId(5))),
            sender_party: from,
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

    pub(in super::super) fn both() -> People {
        People::from_iter([user(3, "Alice", false), user(5, "Sam", true)])
    }

    fn view(head: ConversationHead, last: Option<Message>) -> ConversationView {
        ConversationView {
            conversation: conversation(head),
            members: vec![member(Party::Staff), member(Party::User(UserId(3)))],
            party: Some(Party::Staff),
            unread_count: 2,
            last_message: last,
        }
    }

    #[test]
    fn a_message_speaks_all_clients_words() {
        let (app, people) = (app(), both());
        let thread = Messages {
            app: &app,
            thread: THREAD,
            people: &people,
        };
        let rows = [
            (
                Some(Party::User(UserId(3))),
                USER,
                "user",
                json!(Uuid::from_u128(3)),
            ),
            (
                Some(Party::Staff),
                SUPPORT,
                "agent",
                json!(Uuid::from_u128(5)),
            ),
            (None, SUPPORT, "system", Value::Null),
        ];
        for (party, sender, sender_type, id) in rows {
            let seen = thread.view(&message(party, "hi"), DeliveryStatus::Sent);
            assert_eq!(seen["sender"], sender);
            assert_eq!(seen["senderType"], sender_type);
            assert_eq!(seen["senderId"], id);
            assert_eq!(
                (&seen["body"], &seen["message"]),
                (&json!("hi"), &json!("hi"))
            );
            assert_eq!(seen["thread"], seen["thread_id"]);
            assert_eq!(seen["created_at"], seen["timestamp"]);
            assert_eq!(
                (&seen["attachments"], &seen["isRead"]),
                (&json!([]), &json!(false))
            );
        }
    }

    #[test]
    fn kept_addresses_are_shown_as_they_came_and_files_of_others_get_one() {
        let mut sent = message(None, "x");
        sent.attachments = vec![Attachment {
            id: Uuid::nil(),
            storage_name: "0123456789abcdef0123456789abcdef.png".to_owned(),
            name: "a.png".to_owned(),
            content_type: "image/png".to_owned(),
            size_bytes: 1,
            width: None,
            height: None,
            duration_ms: None,
        }];
        let shown = attachments(&app(), &sent);
        let address = shown[0].as_str().expect("an address");
        assert!(
            address.starts_with("https://chat.test/files/stored/0123"),
            "{address}"
        );
        sent.metadata = Some(json!({ "attachment_urls": ["http://x.test/ ü"] }));
        assert_eq!(attachments(&app(), &sent), json!(["http://x.test/ ü"]));
    }

    #[test]
    fn reactions_are_counted_by_emoji() {
        let mut sent = message(None, "x");
        let reaction = |user, emoji: &str| Reaction {
            user: UserId(user),
            emoji: emoji.to_owned(),
        };
        sent.reactions = vec![reaction(5, "👍"), reaction(3, "❤"), reaction(3, "👍")];
        let seen = reactions(&sent, &both());
        assert_eq!(seen[0]["count"], 2);
        assert_eq!(
            seen[0]["users"],
            json!([Uuid::from_u128(5), Uuid::from_u128(3)])
        );
        assert_eq!(
            (&seen[1]["emoji"], &seen[1]["count"]),
            (&json!("❤"), &json!(1))
        );
    }

    #[test]
    fn an_inbox_has_texts_even_of_a_thread_without_messages() {
        let seen = inbox_thread(&view(head(), None), &both());
        assert_eq!(
            (&seen["last_message"], &seen["last_message_time"]),
            (&json!(""), &json!(AT))
        );
        assert_eq!(seen["member"]["name"], "Alice");
        assert_eq!(seen["unread_count"], 2);
        let last = message(Some(Party::Staff), "second");
        assert_eq!(
            inbox_thread(&view(head(), Some(last)), &both())["last_message"],
            "second"
        );
    }

    #[test]
    fn a_threads_metadata_stays_the_desks_own() {
        let mut head = head();
        head.metadata = assignment(ASSIGNED, Some(&user(5, "Sam", true)));
        let seen = thread(&app(), &view(head, None), &both(), &[]);
        assert_eq!(seen["metadata"], json!({}));
        assert_eq!(
            (&seen["status"], &seen["last_message"]),
            (&json!(OPEN), &Value::Null)
        );
        assert_eq!(
            (&seen["user"], &seen["unreadCount"]),
            (&seen["userId"], &json!(2))
        );
    }
}
