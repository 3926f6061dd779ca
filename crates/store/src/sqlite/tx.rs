//! The rows of an open transaction, as [`parlance_core::apply`] asks for them.

use parlance_core::apply::Tx;
use parlance_core::clock::Timestamp;
use parlance_core::conversation::{Conversation, ConversationKind};
use parlance_core::error::StoreError;
use parlance_core::ids::{AppId, ConversationId, MessageId, UserId};
use parlance_core::member::{Member, MessageKey, Party};
use parlance_core::message::Message;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};

use super::client_key::client_key;
use super::rowset::RowSet;
use super::{failed, messages, rows, search, sql};

/// See the module.
pub(super) struct SqliteTx<'a> {
    pub(super) conn: &'a Connection,
    pub(super) rows: &'a mut RowSet,
    /// The id of the next message; moves on even when the transaction is rolled back.
    pub(super) next_message: &'a mut i64,
    /// The newest message id that the search index covers.
    pub(super) search_upto: i64,
}

impl SqliteTx<'_> {
    fn prepared(&self, statement: &str) -> Result<CachedStatement<'_>, StoreError> {
        self.conn.prepare_cached(statement).map_err(failed)
    }

    fn new_conversation(&mut self, row: &Conversation) -> Result<ConversationId> {
        let head = &row.head;
        let deleted_at = head.deleted_at.map(Timestamp::as_micros);
        self.conn
            .prepare_cached(sql::INSERT_CONVERSATION)?
            .execute(params![
                head.app.0,
                head.kind == ConversationKind::Desk,
                deleted_at,
                row.last_seq,
                row.revision,
                row.message_count,
                row.last_message.map(|id| id.0),
                row.last_activity_at.as_micros(),
                row.updated_at.as_micros()
            ])?;
        let id = ConversationId(self.conn.last_insert_rowid());
        let context = head.context.as_ref();
        self.conn
            .prepare_cached(sql::INSERT_HEAD)?
            .execute(params![
                id.0,
                head.uuid,
                head.app.0,
                rows::status_name(head.status),
                head.title,
                context.map(|context| &context.kind),
                context.and_then(|context| context.id.as_ref()),
                context.map(rows::json).transpose()?,
                rows::metadata_json(&head.metadata)?,
                head.unique_key,
                head.created_by.map(|user| user.0),
                head.created_at.as_micros(),
                deleted_at
            ])?;
        let mut row = row.clone();
        std::sync::Arc::make_mut(&mut row.head).id = id;
        self.rows.keep_conversation(row);
        Ok(id)
    }

    fn new_message(&mut self, row: &Message) -> Result<MessageId> {
        let id = *self.next_message;
        *self.next_message += 1;
        let client_key = row
            .client_id
            .as_ref()
            .map(|client_id| client_key(row.conversation, row.sender, client_id));
        let attachments = attachments_json(row)?;
        let metadata = row.metadata.as_ref().map(rows::json).transpose()?;
        self.conn
            .prepare_cached(sql::INSERT_MESSAGE)?
            .execute(params![
                id,
                row.uuid,
                row.conversation.0,
                row.seq,
                row.revision,
                row.created_revision,
                row.sender.map(|user| user.0),
                row.sender_party.map(Party::to_key),
                row.kind.name(),
                row.body,
                attachments,
                metadata,
                row.reply_to.map(|id| id.0),
                row.client_id,
                client_key,
                row.created_at.as_micros(),
                row.edited_at.map(Timestamp::as_micros),
                row.deleted_at.map(Timestamp::as_micros)
            ])?;
        for attachment in &row.attachments {
            self.conn
                .prepare_cached(sql::NOTE_MEDIA)?
                .execute(params![attachment.id, id])?;
        }
        Ok(MessageId(id))
    }

    fn changed_message(&mut self, row: &Message) -> Result<()> {
        let metadata = row.metadata.as_ref().map(rows::json).transpose()?;
        self.conn
            .prepare_cached(sql::UPDATE_MESSAGE)?
            .execute(params![
                row.id.0,
                row.body,
                attachments_json(row)?,
                metadata,
                row.revision,
                row.edited_at.map(Timestamp::as_micros),
                row.deleted_at.map(Timestamp::as_micros)
            ])?;
        if row.id.0 <= self.search_upto {
            search::reindex(self.conn, row)?;
        }
        Ok(())
    }

    fn by_client_id(
        &mut self,
        conversation: ConversationId,
        sender: Option<UserId>,
        client_id: &str,
    ) -> Result<Option<Message>> {
        let key = client_key(conversation, sender, client_id);
        let mut found = messages::load(
            self.conn,
            sql::MESSAGES_BY_CLIENT_KEY,
            rusqlite::params![key],
        )?;
        found.retain(|m| {
            m.conversation == conversation
                && m.sender == sender
                && m.client_id.as_deref() == Some(client_id)
        });
        Ok(found.into_iter().next())
    }

    fn react(&mut self, message: MessageId, user: UserId, emoji: &str, by: i64) -> Result<bool> {
        let statement = if by > 0 {
            sql::ADD_REACTION
        } else {
            sql::REMOVE_REACTION
        };
        let changed = self
            .conn
            .prepare_cached(statement)?
            .execute(params![message.0, user.0, emoji])?;
        if changed > 0 {
            self.conn
                .prepare_cached(sql::COUNT_REACTION)?
                .execute(params![message.0, by])?;
        }
        Ok(changed > 0)
    }
}

impl Tx for SqliteTx<'_> {
    fn conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.rows.conversation(self.conn, id).map_err(failed)
    }

    fn conversation_by_key(
        &mut self,
        app: AppId,
        key: &str,
    ) -> Result<Option<ConversationId>, StoreError> {
        // The index may still show a conversation whose deletion is not written back yet.
        self.rows.write_back(self.conn).map_err(failed)?;
        self.prepared(sql::CONVERSATION_BY_KEY)?
            .query_row(params![app.0, key], |row| row.get(0).map(ConversationId))
            .optional()
            .map_err(failed)
    }

    fn insert_conversation(&mut self, row: &Conversation) -> Result<ConversationId, StoreError> {
        self.new_conversation(row).map_err(failed)
    }

    fn update_conversation(&mut self, row: &Conversation) -> Result<(), StoreError> {
        self.rows.put_conversation(row);
        Ok(())
    }

    fn members(&mut self, conversation: ConversationId) -> Result<Vec<Member>, StoreError> {
        self.rows.members(self.conn, conversation).map_err(failed)
    }

    fn member(
        &mut self,
        conversation: ConversationId,
        party: Party,
    ) -> Result<Option<Member>, StoreError> {
        self.rows
            .member(self.conn, (conversation, party))
            .map_err(failed)
    }

    fn put_member(&mut self, row: &Member) -> Result<(), StoreError> {
        self.rows.put_member(row);
        Ok(())
    }

    fn message(&mut self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let found = messages::load(self.conn, sql::MESSAGE, params![id.0]).map_err(failed)?;
        Ok(found.into_iter().next())
    }

    fn message_by_client_id(
        &mut self,
        conversation: ConversationId,
        sender: Option<UserId>,
        client_id: &str,
    ) -> Result<Option<Message>, StoreError> {
        self.by_client_id(conversation, sender, client_id)
            .map_err(failed)
    }

    fn insert_message(&mut self, row: &Message) -> Result<MessageId, StoreError> {
        self.new_message(row).map_err(failed)
    }

    fn update_message(&mut self, row: &Message) -> Result<(), StoreError> {
        self.changed_message(row).map_err(failed)
    }

    fn newest_message(
        &mut self,
        conversation: ConversationId,
    ) -> Result<Option<MessageId>, StoreError> {
        self.prepared(sql::NEWEST_MESSAGE)?
            .query_row([conversation.0], |row| row.get(0).map(MessageId))
            .optional()
            .map_err(failed)
    }

    fn add_reaction(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &str,
    ) -> Result<bool, StoreError> {
        self.react(message, user, emoji, 1).map_err(failed)
    }

    fn remove_reaction(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &str,
    ) -> Result<bool, StoreError> {
        self.react(message, user, emoji, -1).map_err(failed)
    }

    fn unread_between(
        &mut self,
        conversation: ConversationId,
        party: Party,
        after: i64,
        up_to: i64,
    ) -> Result<Vec<MessageKey>, StoreError> {
        let mut statement = self.prepared(sql::UNREAD_BETWEEN)?;
        let keys = statement.query_map(
            params![conversation.0, party.to_key(), after, up_to],
            |row| {
                Ok(MessageKey {
                    id: MessageId(row.get(0)?),
                    uuid: row.get(1)?,
                    seq: row.get(2)?,
                })
            },
        );
        keys.and_then(Iterator::collect).map_err(failed)
    }

    fn first_unread(
        &mut self,
        conversation: ConversationId,
        party: Party,
        after: i64,
    ) -> Result<Option<i64>, StoreError> {
        self.prepared(sql::FIRST_UNREAD)?
            .query_row(params![conversation.0, party.to_key(), after], |row| {
                row.get(0)
            })
            .optional()
            .map_err(failed)
    }

    fn has_single_read(
        &mut self,
        conversation: ConversationId,
        party: Party,
        seq: i64,
    ) -> Result<bool, StoreError> {
        self.prepared(sql::HAS_SINGLE_READ)?
            .exists(params![conversation.0, party.to_key(), seq])
            .map_err(failed)
    }

    fn add_single_read(
        &mut self,
        conversation: ConversationId,
        party: Party,
        seq: i64,
    ) -> Result<(), StoreError> {
        self.prepared(sql::ADD_SINGLE_READ)?
            .execute(params![conversation.0, party.to_key(), seq])
            .map_err(failed)?;
        Ok(())
    }

    fn drop_single_reads(
        &mut self,
        conversation: ConversationId,
        party: Party,
        up_to: i64,
    ) -> Result<(), StoreError> {
        self.prepared(sql::DROP_SINGLE_READS)?
            .execute(params![conversation.0, party.to_key(), up_to])
            .map_err(failed)?;
        Ok(())
    }
}

fn attachments_json(row: &Message) -> Result<Option<String>> {
    (!row.attachments.is_empty())
        .then(|| rows::json(&row.attachments))
        .transpose()
}
