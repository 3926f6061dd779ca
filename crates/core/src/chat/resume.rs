//! Resume: a client that comes back names the revisions it has and gets what changed since.

use uuid::Uuid;

use super::Chat;
use super::queries::{as_seen, viewer};
use crate::command::{Anchor, Changes, ListConversations};
use crate::error::{ChatError, Subject};
use crate::ids::{ConversationId, ConversationRef};
use crate::principal::Principal;
use crate::rate::RateClass;
use crate::writer::users_of;

/// Conversations of one resume answer.
const CONVERSATIONS: usize = 200;
/// Newest messages of a conversation that the client did not know.
const NEWEST: usize = 50;
/// Messages of one resume answer; conversations beyond are named with `has_more` and nothing else.
const MESSAGES: usize = 2_000;

/// What a client knows.
#[derive(Debug, Clone)]
pub struct Resume {
    /// The store's epoch when it last spoke.
    pub epoch: Uuid,
    /// The highest revision that it has of each conversation.
    pub known: Vec<(Uuid, i64)>,
}

/// What it missed.
#[derive(Debug, Clone)]
pub struct Resumed {
    /// The present epoch.
    pub epoch: Uuid,
    /// The store was restored to an earlier state: the client drops all and loads anew.
    pub reset: bool,
    /// What changed, a conversation each; of unknown ones the newest messages.
    pub changes: Vec<Changes>,
    /// Conversations that are not the principal's any more.
    pub removed: Vec<Uuid>,
}

impl Chat {
    /// What changed in one conversation since a revision.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn changes_since(
        &self,
        by: &Principal,
        named: impl Into<ConversationRef>,
        since: i64,
    ) -> Result<Changes, ChatError> {
        self.take(by, RateClass::Query)?;
        let seat = self.readable(by, named.into()).await?;
        self.changes(by, seat.id(), since, self.limits().changes)
            .await
    }

    async fn changes(
        &self,
        by: &Principal,
        id: ConversationId,
        since: i64,
        limit: usize,
    ) -> Result<Changes, ChatError> {
        let store = &self.inner.store;
        // The row is read first: a change that lands in between is in the messages and has a later
        // revision than the one answered, so the client asks for it again, which does no harm.
        let row = store.conversation_rows(&[id]).await?.into_iter().next();
        let row = row.ok_or(ChatError::NotFound(Subject::Conversation))?;
        let mut messages = store.messages_changed_since(id, since, limit + 1).await?;
        let has_more = messages.len() > limit;
        messages.truncate(limit);
        let reached = messages.last().map_or(since, |m| m.revision);
        let revision = if has_more {
            reached
        } else {
            row.conversation.revision
        };
        let mentioned = messages
            .iter()
            .chain(row.last_message.iter())
            .flat_map(users_of);
        let members = row.members.iter().filter_map(|m| m.party.user());
        let people = self
            .inner
            .users
            .people(mentioned.chain(members).collect::<Vec<_>>())
            .await?;
        Ok(Changes {
            view: as_seen(by, row),
            messages,
            people,
            revision,
            has_more,
        })
    }

    /// What changed in all the principal's conversations.
    ///
    /// # Errors
    /// `Invalid` (too many conversations named), `Unavailable`.
    pub async fn resume(&self, by: &Principal, client: Resume) -> Result<Resumed, ChatError> {
        self.take(by, RateClass::Query)?;
        super::input::check_len("conversations", client.known.len(), 10_000)?;
        let epoch = self.epoch();
        let mut resumed = Resumed {
            epoch,
            reset: client.epoch != epoch,
            changes: Vec::new(),
            removed: Vec::new(),
        };
        if resumed.reset {
            return Ok(resumed);
        }
        let mut known = Vec::with_capacity(client.known.len());
        for (uuid, since) in client.known {
            match self.readable(by, uuid.into()).await {
                Ok(seat) => known.push((seat.id(), since)),
                Err(ChatError::NotFound(_)) => resumed.removed.push(uuid),
                Err(other) => return Err(other),
            }
        }
        let ids: Vec<_> = known.iter().map(|(id, _)| *id).collect();
        let mut left = MESSAGES;
        for row in self.inner.store.conversation_rows(&ids).await? {
            let id = row.conversation.head.id;
            let since = known
                .iter()
                .find(|(known, _)| *known == id)
                .map_or(0, |(_, since)| *since);
            if row.conversation.revision > since {
                let limit = left.min(self.limits().changes);
                let changes = self.changes(by, id, since, limit).await?;
                left -= changes.messages.len();
                resumed.changes.push(changes);
            }
        }
        self.add_unknown(by, &ids, &mut resumed).await?;
        Ok(resumed)
    }

    /// Conversations that began, or that the principal joined, while the client was away.
    async fn add_unknown(
        &self,
        by: &Principal,
        known: &[ConversationId],
        resumed: &mut Resumed,
    ) -> Result<(), ChatError> {
        let store = &self.inner.store;
        let query = ListConversations::default();
        let listed = store
            .list_conversations(by.app(), viewer(by), &query, CONVERSATIONS)
            .await?;
        let unknown: Vec<_> = listed
            .into_iter()
            .filter(|id| !known.contains(id))
            .collect();
        for row in store.conversation_rows(&unknown).await? {
            let id = row.conversation.head.id;
            let page = store.message_page(id, Anchor::Newest, NEWEST, true).await?;
            let mentioned = page.messages.iter().flat_map(users_of);
            let members = row.members.iter().filter_map(|m| m.party.user());
            let mentioned = mentioned.chain(members).collect::<Vec<_>>();
            let people = self.inner.users.people(mentioned).await?;
            let revision = row.conversation.revision;
            let (view, messages) = (as_seen(by, row), page.messages);
            resumed.changes.push(Changes {
                view,
                messages,
                people,
                revision,
                has_more: false,
            });
        }
        Ok(())
    }
}
