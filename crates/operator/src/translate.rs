//! The core's types to the API's objects.

use parlance_core::app::App as CoreApp;
use parlance_core::command::ConversationView;
use parlance_core::conversation::Context as CoreContext;
use parlance_core::member::Member as CoreMember;
use parlance_core::message::Message as CoreMessage;
use parlance_core::people::People;
use parlance_core::user::User as CoreUser;
use parlance_dialects::contract::WireIds;
use parlance_dialects::native::{Links, objects as native};
use uuid::Uuid;

use crate::objects::{App, Conversation, Member, Message, User, WireId};

/// What the context of a conversation about a job is called.
const JOB: &str = "job";

impl From<&CoreApp> for App {
    fn from(app: &CoreApp) -> Self {
        Self {
            id: app.id.0,
            uuid: app.uuid,
            name: app.name.clone(),
            dialects: app.profile.dialects.clone(),
            host: app.profile.host.clone(),
        }
    }
}

/// Of conversations and messages.
const fn wire_id(ids: WireIds, id: i64, uuid: Uuid) -> WireId {
    match ids {
        WireIds::Integer => WireId::Integer(id),
        WireIds::Uuid | WireIds::UuidButUsers => WireId::Uuid(uuid),
    }
}

const fn wire_id_of_user(ids: WireIds, id: i64, uuid: Uuid) -> WireId {
    match ids {
        WireIds::Integer | WireIds::UuidButUsers => WireId::Integer(id),
        WireIds::Uuid => WireId::Uuid(uuid),
    }
}

impl User {
    pub(crate) fn new(user: &CoreUser, ids: WireIds) -> Self {
        Self {
            id: user.id.0,
            uuid: user.uuid,
            wire_id: wire_id_of_user(ids, user.id.0, user.uuid),
            external_id: user.external_id.clone(),
            username: user.username.clone(),
            email: user.email.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            name: user.display_name(),
            role: user.role.clone(),
            is_staff: user.is_staff,
            is_active: user.is_active,
            avatar_url: user.avatar_url.clone(),
            metadata: user.metadata.clone(),
            created_at: user.created_at,
            profile_id: user.id.0,
        }
    }
}

impl Member {
    pub(crate) fn new(member: &CoreMember, people: &People, ids: WireIds) -> Self {
        let user = member.party.user().and_then(|user| people.get(user));
        Self {
            user: user.map(|user| User::new(user, ids)),
            part: member.part.clone(),
            read_seq: member.read_seq,
            delivered_seq: member.delivered_seq,
        }
    }
}

impl Conversation {
    pub(crate) fn new(view: &ConversationView, people: &People, ids: WireIds) -> Self {
        let conversation = &view.conversation;
        let head = &conversation.head;
        let members = view.members.iter();
        Self {
            id: head.id.0,
            uuid: head.uuid,
            wire_id: wire_id(ids, head.id.0, head.uuid),
            kind: head.kind.into(),
            status: head.status.into(),
            title: head.title.clone(),
            context: head.context.as_ref().map(native::Context::from),
            job_id: head.context.as_ref().and_then(job_id),
            metadata: head.metadata.clone(),
            members: members.map(|m| Member::new(m, people, ids)).collect(),
            last_seq: conversation.last_seq,
            revision: conversation.revision,
            created_at: head.created_at,
            last_activity_at: conversation.last_activity_at,
        }
    }
}

fn job_id(context: &CoreContext) -> Option<WireId> {
    let id = context.id.as_ref().filter(|_| context.kind == JOB)?;
    let integer = id.parse::<i64>().ok();
    // "007" is a text that only looks like a number.
    let integer = integer.filter(|integer| integer.to_string() == *id);
    Some(integer.map_or_else(|| WireId::Text(id.clone()), WireId::Integer))
}

impl Message {
    pub(crate) fn new(
        message: &CoreMessage,
        conversation: Uuid,
        people: &People,
        ids: WireIds,
        links: &Links,
    ) -> Self {
        let shown = native::Message::new(message, conversation, people, links);
        Self {
            id: message.id.0,
            uuid: message.uuid,
            wire_id: wire_id(ids, message.id.0, message.uuid),
            conversation,
            seq: shown.seq,
            revision: shown.revision,
            sender: shown.sender,
            sender_name: shown.sender_name,
            kind: shown.kind,
            body: shown.body,
            attachments: shown.attachments,
            metadata: shown.metadata,
            reply_to: shown.reply_to,
            client_id: shown.client_id,
            created_at: shown.created_at,
            edited_at: shown.edited_at,
            deleted_at: shown.deleted_at,
            reactions: shown.reactions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(kind: &str, id: &str) -> CoreContext {
        CoreContext {
            kind: kind.to_owned(),
            id: Some(id.to_owned()),
            title: None,
            url: None,
            metadata: serde_json::Map::new(),
        }
    }

    #[test]
    fn a_job_is_named_by_an_integer_where_it_has_one() {
        assert_eq!(job_id(&context("job", "12")), Some(WireId::Integer(12)));
        assert_eq!(
            job_id(&context("job", "012")),
            Some(WireId::Text("012".into()))
        );
        assert_eq!(job_id(&context("loan", "12")), None);
    }
}
