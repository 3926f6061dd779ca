//! What clients see of users, conversations and messages over REST.

use std::sync::Arc;

use parlance_core::command::ConversationView;
use parlance_core::conversation::ConversationHead;
use parlance_core::member::{Member, Party};
use parlance_core::message::Message;
use parlance_core::people::People;
use parlance_core::receipt::DeliveryStatus;
use parlance_core::user::User;
use serde_json::{Map, Value, json};

use super::addresses;
use super::outgoing::noted_duration;

/// The part of a customer.
pub(super) const CUSTOMER: &str = "customer";
/// The part of a provider.
pub(super) const PROVIDER: &str = "provider";
/// The part of whoever runs the marketplace.
pub(super) const ADMIN: &str = "admin";
/// The kind of a context that is a job.
pub(super) const JOB: &str = "job";
/// The sender of what nobody wrote. No user has this id.
const NOBODY: i64 = 0;

/// `customer`, `provider` or `admin`.
pub(super) fn user_type(user: &User) -> &'static str {
    match user.role.as_str() {
        PROVIDER => PROVIDER,
        ADMIN => ADMIN,
        CUSTOMER => CUSTOMER,
        _ if user.is_staff => ADMIN,
        _ => CUSTOMER,
    }
}

/// The username; where there is none, the host's id of the person.
pub(super) fn username(user: &User) -> &str {
    if user.username.is_empty() {
        &user.external_id
    } else {
        &user.username
    }
}

/// One's own profile. No `get_full_name`: a client would call it.
pub(super) fn profile(user: &User) -> Value {
    let extra = |key| Some(user.extra(key)).filter(|text| !text.is_empty());
    let is_verified = user.metadata.get("is_verified").and_then(Value::as_bool);
    json!({
        "id": user.id.0,
        "username": username(user),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "user_type": user_type(user),
        "phone_number": extra("phone_number"),
        "address": extra("address"),
        "profile_picture": user.avatar_url,
        "is_verified": is_verified.unwrap_or(false),
        "created_at": user.created_at,
    })
}

/// Somebody within a conversation.
fn participant(user: &User) -> Value {
    let business_name = match user_type(user) {
        PROVIDER => user.extra("business_name"),
        _ => "",
    };
    json!({
        "id": user.id.0,
        "username": username(user),
        "get_full_name": user.display_name(),
        "business_name": business_name,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "user_type": user_type(user),
        "profile_picture": user.avatar_url,
    })
}

/// A side on which nobody sits by name: the app's staff, or somebody who left.
fn empty_side(part: &str) -> Value {
    json!({
        "id": NOBODY, "username": "", "get_full_name": "Support", "business_name": "",
        "first_name": "", "last_name": "", "user_type": part, "profile_picture": null,
    })
}

/// The two sides of a conversation. Members who play other parts take the sides that are free.
#[derive(Default)]
pub(super) struct Sides<'a> {
    /// The customer.
    pub(super) customer: Option<&'a Arc<User>>,
    /// The provider.
    pub(super) provider: Option<&'a Arc<User>>,
}

impl<'a> Sides<'a> {
    /// Of a conversation with these members.
    pub(super) fn of(members: &[Member], people: &'a People) -> Self {
        let user_of = |member: &Member| match member.party {
            Party::User(id) => people.get(id),
            Party::Staff => None,
        };
        let by_part = |part: &str| members.iter().find(|m| m.part == part).and_then(user_of);
        let (mut customer, mut provider) = (by_part(CUSTOMER), by_part(PROVIDER));
        let others = members
            .iter()
            .filter(|m| m.part != CUSTOMER && m.part != PROVIDER);
        for user in others.filter_map(user_of) {
            if customer.is_none() {
                customer = Some(user);
            } else if provider.is_none() {
                provider = Some(user);
            }
        }
        Self { customer, provider }
    }
}

/// The title of what a conversation is about.
fn title(head: &ConversationHead) -> String {
    let context = head.context.as_ref();
    if let Some(title) = context.and_then(|context| context.title.clone()) {
        return title;
    }
    match context.and_then(|context| context.id.as_deref()) {
        Some(id) => format!("Job #{id}"),
        None => head
            .title
            .clone()
            .unwrap_or_else(|| "Direct conversation".to_owned()),
    }
}

/// The job's id; ids are integers here, so a host's other id is none.
fn job_id(head: &ConversationHead) -> Option<i64> {
    let context = head
        .context
        .as_ref()
        .filter(|context| context.kind == JOB)?;
    context.id.as_deref()?.parse().ok()
}

/// A conversation as the asking user sees it. Its three objects are never null: the client reads
/// their fields without a check.
pub(super) fn conversation(view: &ConversationView, people: &People) -> Value {
    let conversation = &view.conversation;
    let head = &conversation.head;
    let sides = Sides::of(&view.members, people);
    let object = |user: Option<&Arc<User>>, part| match user {
        Some(user) => participant(user),
        None => empty_side(part),
    };
    let customer = object(sides.customer, CUSTOMER);
    let provider = object(sides.provider, PROVIDER);
    let title = title(head);
    json!({
        "id": head.id.0,
        "customer_name": customer["get_full_name"],
        "provider_name": provider["get_full_name"],
        "job_title": title,
        "customer": customer,
        "provider": provider,
        "job": { "id": job_id(head), "title": title },
        "unread_count": view.unread_count,
        "created_at": head.created_at,
        "updated_at": conversation.last_activity_at,
    })
}

/// Who wrote a message.
pub(super) struct Author {
    /// Integer id; 0 for the system.
    pub(super) id: i64,
    /// The username.
    pub(super) username: String,
    /// The name to show.
    pub(super) name: String,
}

impl Author {
    /// Of a message.
    pub(super) fn of(message: &Message, people: &People) -> Self {
        match message.sender.map(|id| (id, people.get(id))) {
            Some((id, Some(user))) => Self {
                id: id.0,
                username: username(user).to_owned(),
                name: user.display_name(),
            },
            Some((id, None)) => Self {
                id: id.0,
                username: String::new(),
                name: String::new(),
            },
            None => Self {
                id: NOBODY,
                username: "system".to_owned(),
                name: "System".to_owned(),
            },
        }
    }
}

/// A message of the history.
pub(super) fn message(message: &Message, status: DeliveryStatus, people: &People) -> Value {
    let author = Author::of(message, people);
    let reactions = message.reactions.iter();
    let reactions = reactions.map(|r| json!({ "user_id": r.user.0, "emoji": r.emoji }));
    let mut view = json!({
        "id": message.id.0,
        "conversation": message.conversation.0,
        "sender": author.id,
        "sender_name": author.name,
        "content": message.body,
        "image": addresses::shown_picture(message).map(addresses::picture),
        "is_read": status == DeliveryStatus::Read,
        "status": status.name(),
        "created_at": message.created_at,
        "reactions": reactions.collect::<Value>(),
    });
    if let Some(view) = view.as_object_mut() {
        add_file(view, message);
    }
    view
}

/// The fields of a file that is not the message's picture, where there is one (FX-35, FX-36).
pub(super) fn add_file(view: &mut Map<String, Value>, message: &Message) {
    let Some(file) = addresses::shown_file(message) else {
        return;
    };
    let Value::Object(fields) = uploaded_file(file) else {
        return;
    };
    view.extend(fields);
    let known = file.duration_ms.map(|ms| json!(f64::from(ms) / 1_000.0));
    let noted = || noted_duration(message.metadata.as_ref()).map(|seconds| json!(seconds));
    if let Some(duration) = known.or_else(noted) {
        view.insert("duration".to_owned(), duration);
    }
}

/// A file as its upload answers.
pub(super) fn uploaded_file(file: &parlance_core::message::Attachment) -> Value {
    json!({
        "file_url": addresses::file(file),
        "name": file.name,
        "size": file.size_bytes,
        "content_type": file.content_type,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use parlance_core::clock::Timestamp;
    use parlance_core::conversation::{
        Context, Conversation, ConversationKind, ConversationStatus,
    };
    use parlance_core::ids::{AppId, ConversationId, MessageId, UserId};
    use parlance_core::message::{Attachment, MessageKind, Reaction};
    use uuid::Uuid;

    pub(in super::super) const AT: Timestamp = Timestamp::from_micros(1_767_323_045_678_901);

    pub(in super::super) fn user(id: i64, first: &str, role: &str) -> Arc<User> {
        Arc::new(User {
            id: UserId(id),
            uuid: Uuid::nil(),
            app: AppId(1),
            external_id: id.to_string(),
            username: format!("{role}@x.test"),
            email: format!("{role}@x.test"),
            first_name: first.to_owned(),
            last_name: String::new(),
            role: role.to_owned(),
            is_staff: false,
            is_active: true,
            avatar_url: None,
            metadata: Map::from_iter([("business_name".to_owned(), json!("Birk Repairs"))]),
            created_at: AT,
            last_seen_at: None,
        })
    }

    pub(in super::super) fn member(id: i64, part: &str) -> Member {
        Member {
            conversation: ConversationId(7),
            party: Party::from_key(id),
            part: part.to_owned(),
            read_seq: 0,
            delivered_seq: 0,
            seen_count: 0,
            muted: false,
            archived: false,
            joined_at: AT,
            left_at: None,
            read_at: None,
            revision: 1,
        }
    }

    pub(in super::super) fn head(context: Option<Context>) -> ConversationHead {
        ConversationHead {
            id: ConversationId(7),
            uuid: Uuid::nil(),
            app: AppId(1),
            kind: ConversationKind::Direct,
            status: ConversationStatus::Open,
            title: None,
            context,
            metadata: Map::new(),
            unique_key: None,
            created_by: None,
            created_at: AT,
            deleted_at: None,
        }
    }

    pub(in super::super) fn text(body: &str) -> Message {
        Message {
            id: MessageId(31),
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

    pub(in super::super) fn attachment(extension: &str, content_type: &str) -> Attachment {
        Attachment {
            id: Uuid::from_u128(u128::from(extension.len() as u64)),
            storage_name: format!("0123456789abcdef0123456789abcdef.{extension}"),
            name: format!("mine.{extension}"),
            content_type: content_type.to_owned(),
            size_bytes: 12,
            width: None,
            height: None,
            duration_ms: None,
        }
    }

    fn view(members: Vec<Member>, context: Option<Context>) -> ConversationView {
        ConversationView {
            conversation: Conversation {
                head: head(context).into(),
                last_seq: 0,
                revision: 1,
                message_count: 2,
                last_message: None,
                last_activity_at: AT,
                updated_at: AT,
            },
            members,
            party: Some(Party::User(UserId(3))),
            unread_count: 2,
            last_message: None,
        }
    }

    fn both() -> People {
        People::from_iter([user(3, "Ann", CUSTOMER), user(4, "Bo", PROVIDER)])
    }

    #[test]
    fn a_conversation_nests_its_objects_and_keeps_the_flat_names() {
        let job = Context {
            kind: JOB.to_owned(),
            id: Some("12".to_owned()),
            title: Some("Leaking tap".to_owned()),
            url: None,
            metadata: Map::new(),
        };
        let members = vec![member(4, PROVIDER), member(3, CUSTOMER)];
        let seen = conversation(&view(members, Some(job)), &both());
        assert_eq!(seen["customer"]["id"], 3);
        assert_eq!(seen["customer"]["business_name"], "");
        assert_eq!(seen["provider"]["business_name"], "Birk Repairs");
        assert_eq!(seen["provider"]["get_full_name"], "Bo");
        assert_eq!(seen["customer_name"], "Ann");
        assert_eq!(seen["job"], json!({ "id": 12, "title": "Leaking tap" }));
        assert_eq!(seen["job_title"], "Leaking tap");
        assert_eq!(seen["unread_count"], 2);
        assert_eq!(seen["updated_at"], "2026-01-02T03:04:05.678901Z");
    }

    #[test]
    fn customer_provider_and_job_are_never_null() {
        let rows = [
            (vec![], json!(0), json!(0)),
            (
                vec![member(3, "user"), member(0, "staff")],
                json!(3),
                json!(0),
            ),
            (vec![member(3, "a"), member(4, "b")], json!(3), json!(4)),
            (
                vec![member(3, "a"), member(4, CUSTOMER)],
                json!(4),
                json!(3),
            ),
        ];
        for (members, customer, provider) in rows {
            let seen = conversation(&view(members, None), &both());
            assert_eq!(seen["customer"]["id"], customer);
            assert_eq!(seen["provider"]["id"], provider);
            assert_eq!(
                seen["job"],
                json!({ "id": null, "title": "Direct conversation" })
            );
        }
    }

    #[test]
    fn a_profile_has_exactly_its_fields() {
        let profile = profile(&user(3, "Ann", CUSTOMER));
        let fields: Vec<_> = profile.as_object().expect("an object").keys().collect();
        let mut expected = [
            "id",
            "username",
            "email",
            "first_name",
            "last_name",
            "user_type",
            "phone_number",
            "address",
            "profile_picture",
            "is_verified",
            "created_at",
        ];
        expected.sort_unstable();
        assert_eq!(fields, expected);
        assert_eq!(profile["phone_number"], Value::Null);
    }

    #[test]
    fn a_message_shows_its_picture_and_its_file_apart() {
        let mut picture = text("look");
        picture.kind = MessageKind::Image;
        picture.attachments = vec![attachment("png", "image/png")];
        picture.reactions = vec![Reaction {
            user: UserId(4),
            emoji: "👍".to_owned(),
        }];
        let seen = message(&picture, DeliveryStatus::Read, &both());
        let address = "/media/chat_images/0123456789abcdef0123456789abcdef.png";
        assert_eq!(seen["image"], address);
        assert_eq!(
            (&seen["is_read"], &seen["status"]),
            (&json!(true), &json!("read"))
        );
        assert_eq!(seen["reactions"], json!([{ "user_id": 4, "emoji": "👍" }]));
        assert_eq!(seen.get("file_url"), None);
        let mut voice = text("");
        voice.kind = MessageKind::Voice;
        voice.attachments = vec![attachment("webm", "audio/webm")];
        voice.metadata = Some(json!({ "duration": 2.5 }));
        let seen = message(&voice, DeliveryStatus::Sent, &both());
        assert_eq!(seen["image"], Value::Null);
        assert_eq!(
            (&seen["duration"], &seen["size"]),
            (&json!(2.5), &json!(12))
        );
    }

    #[test]
    fn what_nobody_wrote_is_the_systems() {
        let mut system = text("The job is done.");
        system.sender = None;
        let seen = message(&system, DeliveryStatus::Sent, &both());
        assert_eq!(
            (&seen["sender"], &seen["sender_name"]),
            (&json!(0), &json!("System"))
        );
    }
}
