//! Making, changing and deleting conversations.

use super::{Chat, input};
use crate::change::{Change, ChangeBody, Outcome};
use crate::command::{ConversationView, CreateConversation, UpdateConversation};
use crate::conversation::{ConversationHead, ConversationKind, ConversationStatus};
use crate::error::{ChatError, Fault};
use crate::ids::{ConversationId, ConversationRef, new_uuid};
use crate::member::{NewMember, Party};
use crate::people::People;
use crate::principal::Principal;
use crate::rate::RateClass;

/// A conversation that was asked for.
#[derive(Debug, Clone)]
pub struct Opened {
    /// As the principal sees it.
    pub view: ConversationView,
    /// The people in it.
    pub people: People,
    /// Whether it was made now; `false` when the unique key had one.
    pub created: bool,
}

impl Chat {
    /// Makes a conversation, or answers with the one that has the unique key.
    ///
    /// # Errors
    /// `Forbidden`: the principal is none of the members. `Invalid`: no members, unknown ones, the
    /// same one twice. `Exists`: there is one with this key, and the principal may not see it.
    pub async fn create_conversation(
        &self,
        by: &Principal,
        wish: CreateConversation,
    ) -> Result<Opened, ChatError> {
        self.take(by, RateClass::Change)?;
        input::check_title(self.limits(), wish.title.as_deref())?;
        input::check_metadata(self.limits(), &wish.metadata)?;
        self.check_members(by, &wish).await?;
        let now = self.now();
        let head = ConversationHead {
            id: ConversationId(0),
            uuid: new_uuid(now),
            app: by.app(),
            kind: wish.kind,
            status: ConversationStatus::Open,
            title: wish.title,
            context: wish.context,
            metadata: wish.metadata,
            unique_key: wish.unique_key,
            created_by: by.user_id(),
            created_at: wish
                .created_at
                .filter(|_| by.user().is_none())
                .unwrap_or(now),
            deleted_at: None,
        };
        let body = ChangeBody::CreateConversation {
            head: std::sync::Arc::new(head),
            members: wish.members,
        };
        let change = Change {
            conversation: None,
            at: now,
            body,
        };
        let done = self.inner.writer.commit(change, Self::origin(by)).await?;
        let created = matches!(
            done.committed.outcome,
            Outcome::Conversation { created: true }
        );
        let id = done.committed.conversation.head.id;
        match self.view(by, id).await {
            Ok((view, people)) => Ok(Opened {
                view,
                people,
                created,
            }),
            Err(ChatError::NotFound(_)) if !created => Err(ChatError::Exists(id)),
            Err(other) => Err(other),
        }
    }

    async fn check_members(
        &self,
        by: &Principal,
        wish: &CreateConversation,
    ) -> Result<(), ChatError> {
        input::check_len("members", wish.members.len(), self.limits().members)?;
        if wish.members.is_empty() {
            return Err(ChatError::invalid("members", Fault::Required));
        }
        let mut parties: Vec<_> = wish.members.iter().map(|m| m.party).collect();
        parties.sort_unstable();
        parties.dedup();
        let staff_side = parties.contains(&Party::Staff);
        let right_sides = staff_side == (wish.kind == ConversationKind::Desk);
        if parties.len() != wish.members.len() || !right_sides {
            return Err(ChatError::invalid(
                "members",
                Fault::Malformed(
                    "each member once, and the staff side exactly in a desk conversation",
                ),
            ));
        }
        if let Some(user) = by.user() {
            let seated = parties.contains(&Party::User(user.id)) || (staff_side && user.is_staff);
            if !seated {
                return Err(ChatError::Forbidden(
                    "you have to be a member of what you make",
                ));
            }
        }
        let ids: Vec<_> = parties.iter().filter_map(|party| party.user()).collect();
        let people = self.inner.users.people(ids.iter().copied()).await?;
        let known = |id: &_| people.get(*id).is_some_and(|user| user.app == by.app());
        if ids.iter().all(known) {
            Ok(())
        } else {
            Err(ChatError::invalid("members", Fault::Unknown))
        }
    }

    /// Changes title, context, metadata or status.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`.
    pub async fn update_conversation(
        &self,
        by: &Principal,
        conversation: impl Into<ConversationRef>,
        update: UpdateConversation,
    ) -> Result<(ConversationView, People), ChatError> {
        self.take(by, RateClass::Change)?;
        input::check_title(
            self.limits(),
            update.title.as_ref().and_then(Option::as_deref),
        )?;
        if let Some(metadata) = &update.metadata {
            input::check_metadata(self.limits(), metadata)?;
        }
        let seat = self.writable(by, conversation.into()).await?;
        self.commit(
            by,
            seat.id(),
            ChangeBody::UpdateConversation(Box::new(update)),
        )
        .await?;
        self.view(by, seat.id()).await
    }

    /// Deletes a conversation for everybody; open sockets on it are closed.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_conversation(
        &self,
        by: &Principal,
        conversation: impl Into<ConversationRef>,
    ) -> Result<(), ChatError> {
        self.take(by, RateClass::Change)?;
        let seat = self.writable(by, conversation.into()).await?;
        self.commit(by, seat.id(), ChangeBody::DeleteConversation)
            .await
            .map(drop)
    }

    /// Whether a member who is one already plays the part that is asked for is not this method's
    /// business: a present member stays as it is.
    pub(super) fn new_member(party: Party, part: String) -> Result<NewMember, ChatError> {
        input::check_len("part", part.len(), 64)?;
        Ok(NewMember { party, part })
    }
}
