//! The core's types to the protocol's objects.

use parlance_core::chat::Resumed;
use parlance_core::command::{Changes as CoreChanges, ConversationView, Marked, MessageList, Sent};
use parlance_core::conversation::{
    Context as CoreContext, Conversation as CoreConversation, ConversationKind as CoreKind,
    ConversationState, ConversationStatus as CoreStatus,
};
use parlance_core::ids::UserId;
use parlance_core::member::Member as CoreMember;
use parlance_core::message::{
    Attachment as CoreAttachment, Message as CoreMessage, MessageKind as CoreMessageKind,
    Reaction as CoreReaction,
};
use parlance_core::people::People;
use parlance_core::user::User as CoreUser;
use uuid::Uuid;

use super::links::Links;
use super::objects::{
    Attachment, Changes, Context, Conversation, ConversationChanges, ConversationKind,
    ConversationStatus, DeliveredMark, Member, Message, MessageKind, OnlineUsers, OwnMember,
    Reaction, ReadMark, SharedConversation, User,
};

impl From<&CoreUser> for User {
    fn from(user: &CoreUser) -> Self {
        Self {
            id: user.uuid,
            external_id: user.external_id.clone(),
            name: user.display_name(),
            role: user.role.clone(),
            avatar_url: user.avatar_url.clone(),
            is_staff: user.is_staff,
        }
    }
}

impl Member {
    /// A membership with the profile of whoever holds it.
    pub fn new(member: &CoreMember, people: &People) -> Self {
        let user = member.party.user().and_then(|user| people.get(user));
        Self {
            user: user.map(|user| User::from(&**user)),
            part: member.part.clone(),
            read_seq: member.read_seq,
            delivered_seq: member.delivered_seq,
            joined_at: member.joined_at,
            left_at: member.left_at,
            revision: member.revision,
        }
    }
}

impl OwnMember {
    pub(super) fn new(member: &CoreMember, people: &People) -> Self {
        Self {
            member: Member::new(member, people),
            muted: member.muted,
            archived: member.archived,
        }
    }
}

impl Attachment {
    /// A file with a fresh address.
    pub fn new(attachment: &CoreAttachment, links: &Links) -> Self {
        Self {
            id: attachment.id,
            name: attachment.name.clone(),
            content_type: attachment.content_type.clone(),
            size_bytes: attachment.size_bytes,
            width: attachment.width,
            height: attachment.height,
            duration_ms: attachment.duration_ms,
            url: links.address(&attachment.storage_name),
        }
    }
}

/// The public id of a user who is mentioned; `None` for one that is not known (any more).
pub(super) fn uuid_of(user: UserId, people: &People) -> Option<Uuid> {
    people.get(user).map(|user| user.uuid)
}

fn reactions(reactions: &[CoreReaction], people: &People) -> Vec<Reaction> {
    let mut grouped: Vec<Reaction> = Vec::new();
    for reaction in reactions {
        let Some(user) = uuid_of(reaction.user, people) else {
            continue;
        };
        match grouped.iter_mut().find(|r| r.emoji == reaction.emoji) {
            Some(same) => same.users.push(user),
            None => grouped.push(Reaction {
                emoji: reaction.emoji.clone(),
                users: vec![user],
            }),
        }
    }
    grouped
}

impl Message {
    /// A message of the conversation with that public id.
    pub fn new(message: &CoreMessage, conversation: Uuid, people: &People, links: &Links) -> Self {
        let sender = message.sender.and_then(|sender| people.get(sender));
        let attachments = message.attachments.iter();
        Self {
            id: message.uuid,
            conversation,
            seq: message.seq,
            revision: message.revision,
            sender: sender.map(|user| user.uuid),
            sender_name: sender.map(|user| user.display_name()).unwrap_or_default(),
            kind: message.kind.into(),
            body: message.body.clone(),
            attachments: attachments.map(|a| Attachment::new(a, links)).collect(),
            metadata: message.metadata.clone(),
            reply_to: message.reply_to_uuid,
            client_id: message.client_id.clone(),
            created_at: message.created_at,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
            reactions: reactions(&message.reactions, people),
        }
    }

    pub(super) fn from_sent(sent: &Sent, links: &Links) -> Self {
        Self::new(
            &sent.message,
            sent.conversation.head.uuid,
            &sent.people,
            links,
        )
    }

    /// Those of a list whose conversations are in it.
    pub(super) fn from_list(list: &MessageList, links: &Links) -> Vec<Self> {
        let known = list.messages.iter().filter_map(|message| {
            let (state, _) = list.place_of(message)?;
            Some(Self::new(message, state.head.uuid, &list.people, links))
        });
        known.collect()
    }
}

impl From<CoreMessageKind> for MessageKind {
    fn from(kind: CoreMessageKind) -> Self {
        match kind {
            CoreMessageKind::Text => Self::Text,
            CoreMessageKind::Image => Self::Image,
            CoreMessageKind::File => Self::File,
            CoreMessageKind::Voice => Self::Voice,
            CoreMessageKind::System => Self::System,
            CoreMessageKind::Payment => Self::Payment,
            CoreMessageKind::Dispute => Self::Dispute,
            CoreMessageKind::JobUpdate => Self::JobUpdate,
        }
    }
}

impl From<MessageKind> for CoreMessageKind {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Text => Self::Text,
            MessageKind::Image => Self::Image,
            MessageKind::File => Self::File,
            MessageKind::Voice => Self::Voice,
            MessageKind::System => Self::System,
            MessageKind::Payment => Self::Payment,
            MessageKind::Dispute => Self::Dispute,
            MessageKind::JobUpdate => Self::JobUpdate,
        }
    }
}

impl From<CoreKind> for ConversationKind {
    fn from(kind: CoreKind) -> Self {
        match kind {
            CoreKind::Direct => Self::Direct,
            CoreKind::Desk => Self::Desk,
        }
    }
}

impl From<ConversationKind> for CoreKind {
    fn from(kind: ConversationKind) -> Self {
        match kind {
            ConversationKind::Direct => Self::Direct,
            ConversationKind::Desk => Self::Desk,
        }
    }
}

impl From<CoreStatus> for ConversationStatus {
    fn from(status: CoreStatus) -> Self {
        match status {
            CoreStatus::Open => Self::Open,
            CoreStatus::Closed => Self::Closed,
            CoreStatus::Archived => Self::Archived,
        }
    }
}

impl From<ConversationStatus> for CoreStatus {
    fn from(status: ConversationStatus) -> Self {
        match status {
            ConversationStatus::Open => Self::Open,
            ConversationStatus::Closed => Self::Closed,
            ConversationStatus::Archived => Self::Archived,
        }
    }
}

impl From<&CoreContext> for Context {
    fn from(context: &CoreContext) -> Self {
        Self {
            kind: context.kind.clone(),
            id: context.id.clone(),
            title: context.title.clone(),
            url: context.url.clone(),
            metadata: context.metadata.clone(),
        }
    }
}

impl SharedConversation {
    pub(super) fn new(
        conversation: &CoreConversation,
        state: &ConversationState,
        people: &People,
    ) -> Self {
        let head = &conversation.head;
        let members = state.members.iter();
        Self {
            id: head.uuid,
            kind: head.kind.into(),
            status: head.status.into(),
            title: head.title.clone(),
            context: head.context.as_ref().map(Context::from),
            members: members.map(|m| Member::new(m, people)).collect(),
            last_seq: conversation.last_seq,
            revision: conversation.revision,
            created_at: head.created_at,
            last_activity_at: conversation.last_activity_at,
        }
    }
}

impl Conversation {
    pub(super) fn new(view: &ConversationView, people: &People, links: &Links) -> Self {
        let conversation = &view.conversation;
        let head = &conversation.head;
        let own = view.own_member();
        let last = view.last_message.as_ref();
        Self {
            id: head.uuid,
            kind: head.kind.into(),
            status: head.status.into(),
            title: head.title.clone(),
            context: head.context.as_ref().map(Context::from),
            members: members(view, people),
            last_message: last.map(|m| Message::new(m, head.uuid, people, links)),
            last_seq: conversation.last_seq,
            revision: conversation.revision,
            unread_count: view.unread_count,
            muted: own.is_some_and(|m| m.muted),
            archived: own.is_some_and(|m| m.archived),
            created_at: head.created_at,
            last_activity_at: conversation.last_activity_at,
        }
    }
}

/// Present members of a conversation.
pub(super) fn members(view: &ConversationView, people: &People) -> Vec<Member> {
    let members = view.members.iter();
    members.map(|m| Member::new(m, people)).collect()
}

impl ConversationChanges {
    pub(super) fn new(changes: &CoreChanges, links: &Links) -> Self {
        let (people, uuid) = (&changes.people, changes.view.conversation.head.uuid);
        let messages = changes.messages.iter();
        Self {
            conversation: Conversation::new(&changes.view, people, links),
            messages: messages
                .map(|m| Message::new(m, uuid, people, links))
                .collect(),
            revision: changes.revision,
            has_more: changes.has_more,
        }
    }
}

impl Changes {
    pub(super) fn new(resumed: &Resumed, links: &Links) -> Self {
        let changes = resumed.changes.iter();
        Self {
            epoch: resumed.epoch,
            reset: resumed.reset,
            conversations: changes
                .map(|c| ConversationChanges::new(c, links))
                .collect(),
            removed: resumed.removed.clone(),
        }
    }
}

impl From<&Marked> for ReadMark {
    fn from(marked: &Marked) -> Self {
        Self {
            read_seq: marked.member.read_seq,
            unread_count: marked.unread_count,
        }
    }
}

impl From<&Marked> for DeliveredMark {
    fn from(marked: &Marked) -> Self {
        Self {
            delivered_seq: marked.member.delivered_seq,
        }
    }
}

impl From<&People> for OnlineUsers {
    fn from(people: &People) -> Self {
        Self {
            online: people.iter().map(|user| user.uuid).collect(),
        }
    }
}
