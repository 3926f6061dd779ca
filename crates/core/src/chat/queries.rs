//! Reading: lists, pages, search. Nothing here changes anything.

use super::Chat;
use crate::command::{
    Anchor, ConversationList, ConversationView, ListConversations, MessageList, MessagePage,
    SearchMessages,
};
use crate::error::{ChatError, Fault, Subject};
use crate::ids::{ConversationId, ConversationRef, MessageId, MessageRef, UserId};
use crate::member::Party;
use crate::message::Message;
use crate::people::People;
use crate::principal::Principal;
use crate::rate::RateClass;
use crate::store::ConversationRow;
use crate::writer::users_of;

impl Chat {
    /// Conversations of the principal, newest activity first.
    ///
    /// # Errors
    /// `TooMany`, `Unavailable`.
    pub async fn list_conversations(
        &self,
        by: &Principal,
        query: &ListConversations,
    ) -> Result<ConversationList, ChatError> {
        self.take(by, RateClass::Query)?;
        let limit = self.list_limit(query.limit);
        let store = &self.inner.store;
        let mut ids = store
            .list_conversations(by.app(), viewer(by), query, limit + 1)
            .await?;
        let has_more = ids.len() > limit;
        ids.truncate(limit);
        let rows = store.conversation_rows(&ids).await?;
        let people = self.people_of_rows(&rows).await?;
        let items = rows.into_iter().map(|row| as_seen(by, row)).collect();
        Ok(ConversationList {
            items,
            people,
            has_more,
        })
    }

    /// 0 asks for as much as one answer may hold.
    fn list_limit(&self, asked: usize) -> usize {
        let limits = self.limits();
        if asked == 0 {
            limits.unpaged
        } else {
            asked.min(limits.page)
        }
    }

    async fn people_of_rows(&self, rows: &[ConversationRow]) -> Result<People, ChatError> {
        let members = rows.iter().flat_map(|row| row.members.iter());
        let members = members.filter_map(|m| m.party.user());
        let last = rows
            .iter()
            .filter_map(|row| row.last_message.as_ref())
            .flat_map(users_of);
        self.inner
            .users
            .people(members.chain(last).collect::<Vec<_>>())
            .await
    }

    /// One conversation as the principal sees it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn conversation(
        &self,
        by: &Principal,
        named: impl Into<ConversationRef>,
    ) -> Result<(ConversationView, People), ChatError> {
        self.take(by, RateClass::Query)?;
        let seat = self.readable(by, named.into()).await?;
        self.view(by, seat.id()).await
    }

    /// As [`Chat::conversation`], without counting against the rate.
    pub(super) async fn view(
        &self,
        by: &Principal,
        id: ConversationId,
    ) -> Result<(ConversationView, People), ChatError> {
        self.inner.access.may_read(by, id).await?;
        let rows = self.inner.store.conversation_rows(&[id]).await?;
        let people = self.people_of_rows(&rows).await?;
        let row = rows.into_iter().next();
        let row = row.ok_or(ChatError::NotFound(Subject::Conversation))?;
        Ok((as_seen(by, row), people))
    }

    /// A page of a conversation's messages. `limit` 0 asks for as much as one answer may hold;
    /// `deleted` for tombstones as well.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn list_messages(
        &self,
        by: &Principal,
        named: impl Into<ConversationRef>,
        anchor: Anchor,
        limit: usize,
        deleted: bool,
    ) -> Result<MessagePage, ChatError> {
        self.take(by, RateClass::Query)?;
        let seat = self.readable(by, named.into()).await?;
        let store = &self.inner.store;
        let limit = self.list_limit(limit);
        let rows = store
            .message_page(seat.id(), anchor, limit, deleted)
            .await?;
        let messages = rows.messages;
        let (from, to) = (
            messages.first().map_or(0, |m| m.seq),
            messages.last().map_or(0, |m| m.seq),
        );
        let receipts = store.receipts(seat.id(), from, to).await?;
        let quoted = self.quoted_by(&messages).await?;
        let mentioned = messages.iter().chain(&quoted).flat_map(users_of);
        let mentioned = mentioned.chain(seat.state.users()).collect::<Vec<_>>();
        let people = self.inner.users.people(mentioned).await?;
        Ok(MessagePage {
            conversation: seat.state,
            messages,
            quoted,
            people,
            receipts,
            has_before: rows.has_before,
            has_after: rows.has_after,
        })
    }

    async fn quoted_by(&self, messages: &[Message]) -> Result<Vec<Message>, ChatError> {
        let mut ids: Vec<_> = messages.iter().filter_map(|m| m.reply_to).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        ids.sort_unstable();
        ids.dedup();
        let quoted = self.inner.store.messages(&ids).await?;
        Ok(quoted
            .into_iter()
            .filter(|m| m.deleted_at.is_none())
            .collect())
    }

    /// One message, not deleted, with its conversation and marks.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn message(
        &self,
        by: &Principal,
        named: impl Into<MessageRef>,
    ) -> Result<MessageList, ChatError> {
        self.take(by, RateClass::Query)?;
        let (_, message) = self.visible_message(by, named.into()).await?;
        self.list_of(by, vec![message], false).await
    }

    /// Messages of all the principal's conversations, oldest first, later than `after`.
    ///
    /// # Errors
    /// `Forbidden` for the host's backend, which has no conversations.
    pub async fn all_messages(
        &self,
        by: &Principal,
        after: MessageId,
        limit: usize,
    ) -> Result<MessageList, ChatError> {
        self.take(by, RateClass::Query)?;
        let user = by
            .user()
            .ok_or(ChatError::Forbidden("only people have conversations"))?;
        let limit = self.list_limit(limit);
        let store = &self.inner.store;
        let mut messages = store
            .messages_of_user(user.app, user.id, user.is_staff, after, limit + 1)
            .await?;
        let has_more = messages.len() > limit;
        messages.truncate(limit);
        self.list_of(by, messages, has_more).await
    }

    /// Looks for words in what the principal may read, newest first.
    ///
    /// # Errors
    /// `Invalid` (no words), `NotFound` (the conversation named).
    pub async fn search_messages(
        &self,
        by: &Principal,
        query: SearchMessages,
    ) -> Result<MessageList, ChatError> {
        self.take(by, RateClass::Query)?;
        if query.text.is_empty() {
            return Err(ChatError::invalid("q", Fault::Required));
        }
        super::input::check_len("q", query.text.len(), 1_000)?;
        let conversation = match query.conversation {
            Some(named) => Some(self.readable(by, named).await?.id()),
            None => None,
        };
        let limit = self.list_limit(query.limit.max(1));
        let store = &self.inner.store;
        let (app, viewer) = (by.app(), viewer(by));
        let mut messages = store
            .search_messages(
                app,
                viewer,
                conversation,
                &query.text,
                query.before,
                limit + 1,
            )
            .await?;
        let has_more = messages.len() > limit;
        messages.truncate(limit);
        self.list_of(by, messages, has_more).await
    }

    async fn list_of(
        &self,
        by: &Principal,
        messages: Vec<Message>,
        has_more: bool,
    ) -> Result<MessageList, ChatError> {
        let mut ids: Vec<_> = messages.iter().map(|m| m.conversation).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut conversations = Vec::with_capacity(ids.len());
        let mut mentioned: Vec<UserId> = messages.iter().flat_map(users_of).collect();
        let mut readable = Vec::with_capacity(ids.len());
        for id in ids {
            let Ok(seat) = self.inner.access.may_read(by, id).await else {
                continue;
            };
            let here = || {
                messages
                    .iter()
                    .filter(|m| m.conversation == id)
                    .map(|m| m.seq)
            };
            let (from, to) = (here().min().unwrap_or(0), here().max().unwrap_or(0));
            let receipts = self.inner.store.receipts(id, from, to).await?;
            mentioned.extend(seat.state.users());
            conversations.push((seat.state, receipts));
            readable.push(id);
        }
        let messages = messages.into_iter();
        let messages: Vec<_> = messages
            .filter(|m| readable.contains(&m.conversation))
            .collect();
        let quoted = self.quoted_by(&messages).await?;
        mentioned.extend(quoted.iter().flat_map(users_of));
        let people = self.inner.users.people(mentioned).await?;
        Ok(MessageList {
            messages,
            quoted,
            conversations,
            people,
            has_more,
        })
    }

    /// What is unread in all the principal's conversations together.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn unread_total(&self, by: &Principal) -> Result<i64, ChatError> {
        let all = self
            .list_conversations(by, &ListConversations::default())
            .await?;
        Ok(all.items.iter().map(|view| view.unread_count).sum())
    }

    /// The living conversation with that unique key, if the principal may read it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn conversation_by_key(
        &self,
        by: &Principal,
        key: &str,
    ) -> Result<Option<ConversationId>, ChatError> {
        self.take(by, RateClass::Query)?;
        let Some(id) = self.inner.store.conversation_by_key(by.app(), key).await? else {
            return Ok(None);
        };
        Ok(self
            .inner
            .access
            .may_read(by, id)
            .await
            .ok()
            .map(|seat| seat.id()))
    }

    /// May the principal see the bytes of this stored file? Its uploader may, and whoever may read a
    /// conversation with a message that carries it.
    ///
    /// # Errors
    /// `NotFound` when not.
    pub async fn readable_media(
        &self,
        by: &Principal,
        storage_name: &str,
    ) -> Result<crate::media::MediaRecord, ChatError> {
        const NO_FILE: ChatError = ChatError::NotFound(Subject::Attachment);
        self.take(by, RateClass::Query)?;
        let record = self
            .inner
            .store
            .media_by_name(by.app(), storage_name)
            .await?;
        let record = record.ok_or(NO_FILE)?;
        if by.user().is_none() || record.uploader == by.user_id() {
            return Ok(record);
        }
        for conversation in self.inner.store.media_conversations(record.id()).await? {
            if self.inner.access.may_read(by, conversation).await.is_ok() {
                return Ok(record);
            }
        }
        Err(NO_FILE)
    }

    /// A stored file of an app by its public id, for whoever proved otherwise that it may be read.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn media_by_id(
        &self,
        app: crate::ids::AppId,
        id: uuid::Uuid,
    ) -> Result<crate::media::MediaRecord, ChatError> {
        let mut records = self.inner.store.media(app, &[id]).await?;
        records
            .pop()
            .ok_or(ChatError::NotFound(Subject::Attachment))
    }

    /// A stored file of an app, for whoever proved otherwise that it may be read (a signed address).
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn media(
        &self,
        app: crate::ids::AppId,
        storage_name: &str,
    ) -> Result<crate::media::MediaRecord, ChatError> {
        let record = self.inner.store.media_by_name(app, storage_name).await?;
        record.ok_or(ChatError::NotFound(Subject::Attachment))
    }
}

/// In whose list to look; `None` for the host's backend.
pub(super) fn viewer(by: &Principal) -> Option<(UserId, bool)> {
    by.user().map(|user| (user.id, user.is_staff))
}

/// A row from the principal's side.
pub(super) fn as_seen(by: &Principal, row: ConversationRow) -> ConversationView {
    let ConversationRow {
        conversation,
        members,
        last_message,
    } = row;
    let seated = |party: Party| members.iter().find(|m| m.party == party);
    let own = by.user().and_then(|user| {
        seated(Party::User(user.id)).or_else(|| user.is_staff.then(|| seated(Party::Staff))?)
    });
    let unread = own.map_or(0, |m| (conversation.message_count - m.seen_count).max(0));
    let party = own.map(|m| m.party);
    ConversationView {
        conversation,
        party,
        unread_count: unread,
        members,
        last_message,
    }
}
