//! What the server tells on the socket: one table of event types, from which frames are written and
//! the AsyncAPI document is made.

use parlance_core::clock::Timestamp;
use parlance_core::event::{Event, EventBody};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::frames::{Empty, RequestId};
use super::links::Links;
use super::objects::{Member, Message, OwnMember, SharedConversation, User};
use super::problem::Problem;
use super::schema::{SchemaOf, schema_of};
use super::translate::uuid_of;

/// What a client should expect to hear within, in milliseconds: the socket's heartbeat.
const HEARTBEAT_MS: u32 = 25_000;

/// Somebody reacted, or took it back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReactionEvent {
    /// The message with its reactions as they stand now.
    pub(super) message: Message,
    /// Who.
    pub(super) user: Uuid,
    /// With what.
    pub(super) emoji: String,
}

/// A party read.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadEvent {
    /// Who; null for the staff side of a desk conversation.
    #[schema(required)]
    pub(super) user: Option<Uuid>,
    /// The part played.
    pub(super) part: String,
    /// Everything up to this `seq` is read.
    pub(super) read_seq: i64,
    /// What was unread before.
    pub(super) messages: Vec<Uuid>,
}

/// Messages reached a device of a party.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveredEvent {
    /// Who; null for the staff side of a desk conversation.
    #[schema(required)]
    pub(super) user: Option<Uuid>,
    /// The part played.
    pub(super) part: String,
    /// Everything up to this `seq` has arrived.
    pub(super) delivered_seq: i64,
}

/// Somebody types, or does not any more.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TypingEvent {
    /// Who.
    pub(super) user: Uuid,
    /// The name to show.
    pub(super) name: String,
}

/// Somebody came online or went offline.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PresenceEvent {
    /// Who.
    pub(super) user: Uuid,
    /// Whether at least one socket is open.
    pub(super) online: bool,
    /// When that was found.
    #[schema(value_type = String, format = DateTime)]
    pub(super) last_seen_at: Timestamp,
}

/// A type of event, as the AsyncAPI document tells it.
pub(super) struct EventType {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) data: SchemaOf,
}

macro_rules! events {
    ($($(#[doc = $about:literal])+ $name:literal => $variant:ident($data:ty);)*) => {
        /// What an event tells, by its type.
        #[derive(Debug, Serialize)]
        #[serde(untagged)]
        pub(super) enum EventData {
            $($(#[doc = $about])+ $variant($data),)*
        }

        /// All types of events.
        pub(super) const EVENTS: &[EventType] = &[$(EventType {
            name: $name,
            about: concat!($($about),+),
            data: schema_of::<$data>,
        }),*];

        impl EventData {
            const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }
        }
    };
}

events! {
    /// A message was stored. The sender's own sockets hear it, too; they match it by `client_id`.
    "message.created" => MessageCreated(Message);
    /// A message's words changed.
    "message.updated" => MessageUpdated(Message);
    /// A message was deleted.
    "message.deleted" => MessageDeleted(Message);
    /// Somebody reacted.
    "reaction.added" => ReactionAdded(ReactionEvent);
    /// Somebody took a reaction back.
    "reaction.removed" => ReactionRemoved(ReactionEvent);
    /// A party read.
    "receipt.read" => ReceiptRead(ReadEvent);
    /// Messages reached a device of a party.
    "receipt.delivered" => ReceiptDelivered(DeliveredEvent);
    /// Somebody types. Never told to the typist's own sockets.
    "typing.started" => TypingStarted(TypingEvent);
    /// Somebody does not type any more.
    "typing.stopped" => TypingStopped(TypingEvent);
    /// Somebody who shares a conversation with the user came online or went offline.
    "presence.changed" => PresenceChanged(PresenceEvent);
    /// A conversation was made.
    "conversation.created" => ConversationCreated(SharedConversation);
    /// A conversation's title, context or status changed.
    "conversation.updated" => ConversationUpdated(SharedConversation);
    /// A conversation is gone for everybody.
    "conversation.deleted" => ConversationDeleted(Empty);
    /// Somebody joined.
    "member.added" => MemberAdded(Member);
    /// Somebody left or was removed.
    "member.removed" => MemberRemoved(Member);
    /// The user muted or archived, on another device. Told to that user alone.
    "member.updated" => MemberUpdated(OwnMember);
}

#[derive(Serialize)]
struct EventFrame<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    conversation: Option<Uuid>,
    revision: Option<i64>,
    at: Timestamp,
    data: &'a EventData,
}

/// The text of an event's frame. `None` where a user that it is about is not known any more.
pub(super) fn write_event(event: &Event, links: &Links) -> Option<String> {
    let data = event_data(event, links)?;
    let frame = EventFrame {
        kind: data.name(),
        conversation: event.conversation.as_ref().map(|state| state.head.uuid),
        revision: event.revision,
        at: event.at,
        data: &data,
    };
    Some(to_text(&frame))
}

fn event_data(event: &Event, links: &Links) -> Option<EventData> {
    let people = &event.people;
    let state = event.conversation.as_deref();
    let message = |message| Some(Message::new(message, state?.head.uuid, people, links));
    let reaction = |of, user, emoji: &String| {
        Some(ReactionEvent {
            message: message(of)?,
            user: uuid_of(user, people)?,
            emoji: emoji.clone(),
        })
    };
    let shared = |conversation| Some(SharedConversation::new(conversation, state?, people));
    Some(match &event.body {
        EventBody::MessageCreated { message: of, .. } => EventData::MessageCreated(message(of)?),
        EventBody::MessageUpdated { message: of } => EventData::MessageUpdated(message(of)?),
        EventBody::MessageDeleted { message: of } => EventData::MessageDeleted(message(of)?),
        EventBody::ReactionAdded {
            message: of,
            user,
            emoji,
        } => EventData::ReactionAdded(reaction(of, *user, emoji)?),
        EventBody::ReactionRemoved {
            message: of,
            user,
            emoji,
        } => EventData::ReactionRemoved(reaction(of, *user, emoji)?),
        EventBody::ReceiptRead { member, messages } => EventData::ReceiptRead(ReadEvent {
            user: member.party.user().and_then(|user| uuid_of(user, people)),
            part: member.part.clone(),
            read_seq: member.read_seq,
            messages: messages.iter().map(|key| key.uuid).collect(),
        }),
        EventBody::ReceiptDelivered { member } => EventData::ReceiptDelivered(DeliveredEvent {
            user: member.party.user().and_then(|user| uuid_of(user, people)),
            part: member.part.clone(),
            delivered_seq: member.delivered_seq,
        }),
        EventBody::TypingStarted => EventData::TypingStarted(typing(event)?),
        EventBody::TypingStopped => EventData::TypingStopped(typing(event)?),
        EventBody::PresenceChanged { user, online } => EventData::PresenceChanged(PresenceEvent {
            user: user.uuid,
            online: *online,
            last_seen_at: event.at,
        }),
        // Native sockets listen to their user, so nobody has a single conversation open on one.
        EventBody::AttendanceChanged { .. } => return None,
        EventBody::ConversationCreated { conversation } => {
            EventData::ConversationCreated(shared(conversation)?)
        }
        EventBody::ConversationUpdated { conversation, .. } => {
            EventData::ConversationUpdated(shared(conversation)?)
        }
        EventBody::ConversationDeleted => EventData::ConversationDeleted(Empty {}),
        EventBody::MemberAdded { member } => EventData::MemberAdded(Member::new(member, people)),
        EventBody::MemberRemoved { member } => {
            EventData::MemberRemoved(Member::new(member, people))
        }
        EventBody::MemberUpdated { member } => {
            EventData::MemberUpdated(OwnMember::new(member, people))
        }
    })
}

fn typing(event: &Event) -> Option<TypingEvent> {
    let typist = event.actor.as_ref()?;
    Some(TypingEvent {
        user: typist.uuid,
        name: typist.display_name(),
    })
}

/// What a socket hears right after it is authenticated.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionStarted {
    /// Who is on it.
    pub(super) user: User,
    /// Names the store's present life, for resuming.
    pub(super) epoch: Uuid,
    /// How often the server checks that the client is there, in milliseconds.
    pub(super) heartbeat_ms: u32,
}

/// Its type.
pub(super) const SESSION_STARTED: &str = "session.started";

#[derive(Serialize)]
struct SessionFrame {
    #[serde(rename = "type")]
    kind: &'static str,
    data: SessionStarted,
}

/// The first frame of an authenticated socket.
pub(super) fn write_session_started(user: User, epoch: Uuid) -> String {
    to_text(&SessionFrame {
        kind: SESSION_STARTED,
        data: SessionStarted {
            user,
            epoch,
            heartbeat_ms: HEARTBEAT_MS,
        },
    })
}

#[derive(Serialize)]
struct Answer<'a, T> {
    id: &'a RequestId,
    ok: bool,
    data: &'a T,
}

/// The reply to a request that was granted.
pub(super) fn write_answer<T: Serialize>(id: &RequestId, data: &T) -> String {
    to_text(&Answer { id, ok: true, data })
}

#[derive(Serialize)]
struct Refused<'a> {
    id: Option<&'a RequestId>,
    ok: bool,
    error: &'a Problem,
}

/// The reply to a request that was refused, or (without an id) to a frame that could not be read.
pub(super) fn write_refusal(id: Option<&RequestId>, error: &Problem) -> String {
    to_text(&Refused {
        id,
        ok: false,
        error,
    })
}

fn to_text<T: Serialize>(frame: &T) -> String {
    serde_json::to_string(frame).expect("frames are plain data with text keys")
}
