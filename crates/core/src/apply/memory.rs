//! Rows in memory, for tests of the rules without a store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Tx;
use crate::conversation::Conversation;
use crate::error::StoreError;
use crate::ids::{AppId, ConversationId, MessageId, UserId};
use crate::member::{Member, MessageKey, Party};
use crate::message::{Message, Reaction};

type Found<T> = Result<T, StoreError>;

/// All rows, never rolled back: the rules write nothing for what they refuse.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct MemoryTx {
    pub(super) conversations: BTreeMap<ConversationId, Conversation>,
    pub(super) members: BTreeMap<(ConversationId, Party), Member>,
    pub(super) messages: BTreeMap<MessageId, Message>,
    pub(super) single_reads: BTreeSet<(ConversationId, Party, i64)>,
}

impl MemoryTx {
    fn incoming(&self, id: ConversationId, party: Party) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(move |m| {
            m.conversation == id
                && m.deleted_at.is_none()
                && m.sender_party != Some(party)
                && !self.single_reads.contains(&(id, party, m.seq))
        })
    }
}

impl Tx for MemoryTx {
    fn conversation(&mut self, id: ConversationId) -> Found<Option<Conversation>> {
        Ok(self.conversations.get(&id).cloned())
    }

    fn conversation_by_key(&mut self, app: AppId, key: &str) -> Found<Option<ConversationId>> {
        let living = self
            .conversations
            .values()
            .filter(|c| c.head.deleted_at.is_none());
        let mut with_key = living
            .filter(|c| c.head.app == app && c.head.unique_key.as_deref() == Some(key))
            .map(|c| c.head.id);
        Ok(with_key.next())
    }

    fn insert_conversation(&mut self, row: &Conversation) -> Found<ConversationId> {
        let id = ConversationId(self.conversations.len() as i64 + 1);
        let mut row = row.clone();
        Arc::make_mut(&mut row.head).id = id;
        self.conversations.insert(id, row);
        Ok(id)
    }

    fn update_conversation(&mut self, row: &Conversation) -> Found<()> {
        self.conversations.insert(row.head.id, row.clone());
        Ok(())
    }

    fn members(&mut self, conversation: ConversationId) -> Found<Vec<Member>> {
        let all = self
            .members
            .values()
            .filter(|m| m.conversation == conversation);
        Ok(all.cloned().collect())
    }

    fn member(&mut self, conversation: ConversationId, party: Party) -> Found<Option<Member>> {
        Ok(self.members.get(&(conversation, party)).cloned())
    }

    fn put_member(&mut self, row: &Member) -> Found<()> {
        self.members
            .insert((row.conversation, row.party), row.clone());
        Ok(())
    }

    fn message(&mut self, id: MessageId) -> Found<Option<Message>> {
        Ok(self.messages.get(&id).cloned())
    }

    fn message_by_client_id(
        &mut self,
        conversation: ConversationId,
        sender: Option<UserId>,
        client_id: &str,
    ) -> Found<Option<Message>> {
        let mut same = self.messages.values().filter(|m| {
            m.conversation == conversation
                && m.sender == sender
                && m.client_id.as_deref() == Some(client_id)
        });
        Ok(same.next().cloned())
    }

    fn insert_message(&mut self, row: &Message) -> Found<MessageId> {
        let id = MessageId(self.messages.len() as i64 + 1);
        let mut row = row.clone();
        row.id = id;
        self.messages.insert(id, row);
        Ok(id)
    }

    fn update_message(&mut self, row: &Message) -> Found<()> {
        let reactions = self.messages.get(&row.id).map(|m| m.reactions.clone());
        let mut row = row.clone();
        row.reactions = reactions.unwrap_or_default();
        self.messages.insert(row.id, row);
        Ok(())
    }

    fn newest_message(&mut self, conversation: ConversationId) -> Found<Option<MessageId>> {
        let living = self.messages.values().filter(|m| m.deleted_at.is_none());
        let here = living.filter(|m| m.conversation == conversation);
        Ok(here.max_by_key(|m| m.seq).map(|m| m.id))
    }

    fn add_reaction(&mut self, message: MessageId, user: UserId, emoji: &str) -> Found<bool> {
        let reaction = Reaction {
            user,
            emoji: emoji.to_owned(),
        };
        let Some(message) = self.messages.get_mut(&message) else {
            return Ok(false);
        };
        let new = !message.reactions.contains(&reaction);
        if new {
            message.reactions.push(reaction);
        }
        Ok(new)
    }

    fn remove_reaction(&mut self, message: MessageId, user: UserId, emoji: &str) -> Found<bool> {
        let Some(message) = self.messages.get_mut(&message) else {
            return Ok(false);
        };
        let before = message.reactions.len();
        message
            .reactions
            .retain(|r| !(r.user == user && r.emoji == emoji));
        Ok(message.reactions.len() < before)
    }

    fn unread_between(
        &mut self,
        conversation: ConversationId,
        party: Party,
        after: i64,
        up_to: i64,
    ) -> Found<Vec<MessageKey>> {
        let unread = self.incoming(conversation, party);
        Ok(unread
            .filter(|m| m.seq > after && m.seq <= up_to)
            .map(Message::key)
            .collect())
    }

    fn first_unread(
        &mut self,
        conversation: ConversationId,
        party: Party,
        after: i64,
    ) -> Found<Option<i64>> {
        Ok(self
            .incoming(conversation, party)
            .map(|m| m.seq)
            .filter(|seq| *seq > after)
            .min())
    }

    fn has_single_read(
        &mut self,
        conversation: ConversationId,
        party: Party,
        seq: i64,
    ) -> Found<bool> {
        Ok(self.single_reads.contains(&(conversation, party, seq)))
    }

    fn add_single_read(
        &mut self,
        conversation: ConversationId,
        party: Party,
        seq: i64,
    ) -> Found<()> {
        self.single_reads.insert((conversation, party, seq));
        Ok(())
    }

    fn drop_single_reads(
        &mut self,
        conversation: ConversationId,
        party: Party,
        up_to: i64,
    ) -> Found<()> {
        self.single_reads
            .retain(|(id, p, seq)| !(*id == conversation && *p == party && *seq <= up_to));
        Ok(())
    }
}
