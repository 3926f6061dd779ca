//! Reading messages of one conversation.

use std::collections::HashMap;

use async_trait::async_trait;
use parlance_core::clock::Timestamp;
use parlance_core::command::Anchor;
use parlance_core::ids::{AppId, ConversationId, MessageId, UserId};
use parlance_core::member::Party;
use parlance_core::message::{Message, Reaction};
use parlance_core::receipt::{Mark, Receipts};
use parlance_core::store::{MessageRows, Messages, Stored};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params, Result, Rows, Statement, params};
use uuid::Uuid;

use super::{SqliteStore, changes, rows, search, sql, timeline};

/// Messages of a statement whose columns are those of a message, reactions included.
pub(super) fn load(
    conn: &Connection,
    statement: &str,
    params: impl Params,
) -> Result<Vec<Message>> {
    let mut statement = conn.prepare_cached(statement)?;
    collect(conn, statement.query(params)?)
}

/// The same for a statement with named parameters, each of which is asked for.
pub(super) fn load_named(
    conn: &Connection,
    statement: &str,
    value: impl Fn(&str) -> Value,
) -> Result<Vec<Message>> {
    let mut statement = conn.prepare_cached(statement)?;
    bind_named(&mut statement, value)?;
    collect(conn, statement.raw_query())
}

/// Binds each named parameter that the statement has.
pub(super) fn bind_named(
    statement: &mut Statement<'_>,
    value: impl Fn(&str) -> Value,
) -> Result<()> {
    for at in 1..=statement.parameter_count() {
        let value = value(statement.parameter_name(at).unwrap_or_default());
        statement.raw_bind_parameter(at, value)?;
    }
    Ok(())
}

fn collect(conn: &Connection, mut found: Rows<'_>) -> Result<Vec<Message>> {
    let mut with_reactions = Vec::new();
    let mut messages = Vec::new();
    while let Some(row) = found.next()? {
        let (message, reactions) = rows::message(row)?;
        if reactions > 0 {
            with_reactions.push(message.id.0);
        }
        messages.push(message);
    }
    if !with_reactions.is_empty() {
        add_reactions(conn, &mut messages, with_reactions)?;
    }
    Ok(messages)
}

fn add_reactions(conn: &Connection, messages: &mut [Message], ids: Vec<i64>) -> Result<()> {
    let mut statement = conn.prepare_cached(sql::REACTIONS)?;
    let mut found = statement.query([rows::id_list(ids.into_iter())])?;
    let mut by_message: HashMap<MessageId, Vec<Reaction>> = HashMap::new();
    while let Some(row) = found.next()? {
        let reaction = Reaction {
            user: UserId(row.get(1)?),
            emoji: row.get(2)?,
        };
        by_message
            .entry(MessageId(row.get(0)?))
            .or_default()
            .push(reaction);
    }
    for message in messages {
        message.reactions = by_message.remove(&message.id).unwrap_or_default();
    }
    Ok(())
}

/// Messages by id, in no particular order.
pub(super) fn load_ids(
    conn: &Connection,
    ids: impl Iterator<Item = MessageId>,
) -> Result<Vec<Message>> {
    load(conn, sql::MESSAGES, [rows::id_list(ids.map(|id| id.0))])
}

/// One side of a page, nearest to the anchor first.
struct Side {
    messages: Vec<Message>,
    more: bool,
}

fn side(
    conn: &Connection,
    statement: &str,
    conversation: ConversationId,
    seq: i64,
    limit: usize,
    deleted: bool,
) -> Result<Side> {
    // One more than asked for tells whether there are more.
    let fetch = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut messages = load(
        conn,
        statement,
        params![conversation.0, seq, deleted, fetch],
    )?;
    let more = messages.len() > limit;
    messages.truncate(limit);
    Ok(Side { messages, more })
}

fn page(
    conn: &Connection,
    conversation: ConversationId,
    anchor: Anchor,
    limit: usize,
    deleted: bool,
) -> Result<MessageRows> {
    let before = |seq, limit| side(conn, sql::PAGE_BEFORE, conversation, seq, limit, deleted);
    let from = |seq, limit| side(conn, sql::PAGE_FROM, conversation, seq, limit, deleted);
    let any = |statement: &str, seq: i64| {
        conn.prepare_cached(statement)?
            .query_row(params![conversation.0, seq, deleted], |row| row.get(0))
    };
    let (older, newer, has_before, has_after) = match anchor {
        Anchor::Newest => {
            let older = before(i64::MAX, limit)?;
            (older.messages, Vec::new(), older.more, false)
        }
        Anchor::Before(seq) => {
            let older = before(seq, limit)?;
            (
                older.messages,
                Vec::new(),
                older.more,
                any(sql::ANY_FROM, seq)?,
            )
        }
        Anchor::After(seq) => {
            let first = seq.saturating_add(1);
            let newer = from(first, limit)?;
            (
                Vec::new(),
                newer.messages,
                any(sql::ANY_BEFORE, first)?,
                newer.more,
            )
        }
        Anchor::Around(seq) => {
            let older = before(seq, limit / 2)?;
            let newer = from(seq, limit - limit / 2)?;
            (older.messages, newer.messages, older.more, newer.more)
        }
    };
    let mut messages = older;
    messages.reverse();
    messages.extend(newer);
    Ok(MessageRows {
        messages,
        has_before,
        has_after,
    })
}

fn receipts(
    conn: &Connection,
    conversation: ConversationId,
    from: i64,
    to: i64,
) -> Result<Receipts> {
    let mut marks = conn.prepare_cached(sql::MARKS)?;
    let marks = marks.query_map([conversation.0], |row| {
        Ok(Mark {
            party: Party::from_key(row.get(0)?),
            read_seq: row.get(1)?,
            delivered_seq: row.get(2)?,
            read_at: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_micros),
        })
    })?;
    let mut reads = conn.prepare_cached(sql::SINGLE_READS)?;
    let reads = reads.query_map(params![conversation.0, from, to], |row| {
        Ok((Party::from_key(row.get(0)?), row.get(1)?))
    })?;
    Ok(Receipts {
        marks: marks.collect::<Result<_>>()?,
        single_reads: reads.collect::<Result<_>>()?,
    })
}

#[async_trait]
impl Messages for SqliteStore {
    async fn message_page(
        &self,
        conversation: ConversationId,
        anchor: Anchor,
        limit: usize,
        deleted: bool,
    ) -> Stored<MessageRows> {
        self.read(move |conn| page(conn, conversation, anchor, limit, deleted))
            .await
    }

    async fn message(&self, id: MessageId) -> Stored<Option<Message>> {
        let found = self.read(move |conn| load(conn, sql::MESSAGE, [id.0]));
        Ok(found.await?.pop())
    }

    async fn messages(&self, ids: &[MessageId]) -> Stored<Vec<Message>> {
        let ids = ids.to_vec();
        self.read(move |conn| load_ids(conn, ids.into_iter())).await
    }

    async fn message_id(&self, uuid: Uuid) -> Stored<Option<MessageId>> {
        self.read(move |conn| {
            conn.prepare_cached(sql::MESSAGE_ID)?
                .query_row([uuid], |row| row.get(0).map(MessageId))
                .optional()
        })
        .await
    }

    async fn messages_of_user(
        &self,
        app: AppId,
        user: UserId,
        staff: bool,
        after: MessageId,
        limit: usize,
    ) -> Stored<Vec<Message>> {
        let wanted = timeline::Wanted {
            app,
            user,
            staff,
            after,
            limit,
        };
        self.read(move |conn| timeline::messages_of_user(conn, &wanted))
            .await
    }

    async fn messages_changed_since(
        &self,
        conversation: ConversationId,
        since: i64,
        limit: usize,
    ) -> Stored<Vec<Message>> {
        self.read(move |conn| changes::changed_since(conn, conversation, since, limit))
            .await
    }

    async fn receipts(
        &self,
        conversation: ConversationId,
        from_seq: i64,
        to_seq: i64,
    ) -> Stored<Receipts> {
        self.read(move |conn| receipts(conn, conversation, from_seq, to_seq))
            .await
    }

    async fn search_messages(
        &self,
        app: AppId,
        viewer: Option<(UserId, bool)>,
        conversation: Option<ConversationId>,
        text: &str,
        before: Option<MessageId>,
        limit: usize,
    ) -> Stored<Vec<Message>> {
        let query = search::Query {
            app,
            viewer,
            conversation,
            text: search::fold(text),
            before,
            limit,
        };
        let backlog = self.read(search::backlog).await?;
        for _ in 0..search::batches_before_search(backlog) {
            self.writer.index().await?;
        }
        self.read(move |conn| search::search(conn, &query)).await
    }
}
