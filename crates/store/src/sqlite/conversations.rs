//! Reading conversations and members.

use std::collections::HashMap;

use async_trait::async_trait;
use parlance_core::command::ListConversations;
use parlance_core::conversation::{Conversation, ConversationState};
use parlance_core::ids::{AppId, ConversationId, MessageId, UserId};
use parlance_core::member::Member;
use parlance_core::message::Message;
use parlance_core::store::{ConversationRow, Conversations, Stored};
use rusqlite::{Connection, OptionalExtension, Params, Result, params};
use uuid::Uuid;

use super::{SqliteStore, lists, messages, rows, sql};

fn members(conn: &Connection, statement: &str, params: impl Params) -> Result<Vec<Member>> {
    let mut statement = conn.prepare_cached(statement)?;
    statement.query_map(params, rows::member)?.collect()
}

fn ids(conn: &Connection, statement: &str, params: impl Params) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(statement)?;
    statement.query_map(params, |row| row.get(0))?.collect()
}

fn state(conn: &Connection, id: ConversationId) -> Result<Option<ConversationState>> {
    let head = conn
        .prepare_cached(sql::CONVERSATION)?
        .query_row([id.0], rows::head)
        .optional()?;
    head.map(|head| {
        Ok(ConversationState {
            head: head.into(),
            members: members(conn, sql::PRESENT_MEMBERS, [id.0])?,
        })
    })
    .transpose()
}

fn conversation_rows(conn: &Connection, wanted: &[ConversationId]) -> Result<Vec<ConversationRow>> {
    let list = rows::id_list(wanted.iter().map(|id| id.0));
    let mut statement = conn.prepare_cached(sql::CONVERSATION_ROWS)?;
    let mut conversations: HashMap<ConversationId, Conversation> = HashMap::new();
    for row in statement.query_map([&list], rows::conversation)? {
        let row = row?;
        conversations.insert(row.head.id, row);
    }
    let mut present: HashMap<ConversationId, Vec<Member>> = HashMap::new();
    for member in members(conn, sql::MEMBERS_OF_ROWS, [&list])? {
        present.entry(member.conversation).or_default().push(member);
    }
    let last_ids = conversations.values().filter_map(|row| row.last_message);
    let mut last: HashMap<MessageId, Message> = messages::load_ids(conn, last_ids)?
        .into_iter()
        .map(|message| (message.id, message))
        .collect();
    let rows = wanted.iter().filter_map(|id| {
        let conversation = conversations.remove(id)?;
        let last_message = conversation.last_message.and_then(|id| last.remove(&id));
        Some(ConversationRow {
            members: present.remove(id).unwrap_or_default(),
            last_message,
            conversation,
        })
    });
    Ok(rows.collect())
}

#[async_trait]
impl Conversations for SqliteStore {
    async fn conversation_state(&self, id: ConversationId) -> Stored<Option<ConversationState>> {
        self.read(move |conn| state(conn, id)).await
    }

    async fn conversation_id(&self, app: AppId, uuid: Uuid) -> Stored<Option<ConversationId>> {
        let found = self.read(move |conn| ids(conn, sql::CONVERSATION_ID, params![uuid, app.0]));
        Ok(found.await?.pop().map(ConversationId))
    }

    async fn conversation_by_key(&self, app: AppId, key: &str) -> Stored<Option<ConversationId>> {
        let key = key.to_owned();
        let found = self.read(move |conn| ids(conn, sql::CONVERSATION_BY_KEY, params![app.0, key]));
        Ok(found.await?.pop().map(ConversationId))
    }

    async fn conversation_rows(&self, ids: &[ConversationId]) -> Stored<Vec<ConversationRow>> {
        let ids = ids.to_vec();
        self.read(move |conn| conversation_rows(conn, &ids)).await
    }

    async fn list_conversations(
        &self,
        app: AppId,
        viewer: Option<(UserId, bool)>,
        query: &ListConversations,
        limit: usize,
    ) -> Stored<Vec<ConversationId>> {
        let list = lists::List {
            app,
            viewer,
            query: query.clone(),
            limit,
        };
        self.read(move |conn| lists::list(conn, &list)).await
    }

    async fn members_changed_since(
        &self,
        conversation: ConversationId,
        since: i64,
    ) -> Stored<Vec<Member>> {
        self.read(move |conn| {
            members(
                conn,
                sql::MEMBERS_CHANGED_SINCE,
                params![conversation.0, since],
            )
        })
        .await
    }

    async fn undelivered(&self, user: UserId) -> Stored<Vec<ConversationId>> {
        let found = self.read(move |conn| ids(conn, sql::UNDELIVERED, [user.0]));
        Ok(found.await?.into_iter().map(ConversationId).collect())
    }

    async fn partners(&self, user: UserId, limit: usize) -> Stored<Vec<UserId>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.read(move |conn| ids(conn, sql::PARTNERS, params![user.0, limit]));
        Ok(found.await?.into_iter().map(UserId).collect())
    }

    async fn former_conversations(
        &self,
        user: UserId,
        limit: usize,
    ) -> Stored<Vec<ConversationId>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found =
            self.read(move |conn| ids(conn, sql::FORMER_CONVERSATIONS, params![user.0, limit]));
        Ok(found.await?.into_iter().map(ConversationId).collect())
    }
}
