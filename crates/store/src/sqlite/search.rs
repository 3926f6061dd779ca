//! Search for a part of a message's text, case ignored.
//!
//! Texts of three characters and more are found by an index of trigrams (FTS5). It is filled behind
//! the messages, so that a send does not pay for it; messages that it does not cover yet, and texts
//! too short for it, are looked through. Both fold case by [`fold`].

use parlance_core::ids::{AppId, ConversationId, MessageId, UserId};
use parlance_core::message::Message;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result};

use super::{messages, sql};

/// Messages of one batch of indexing.
const BATCH: i64 = 256;
/// Text of one batch, in bytes, so that long messages do not hold the writer up.
const BATCH_BYTES: usize = 256 * 1024;
/// So many messages not yet indexed are quicker looked through than indexed.
const SMALL_BACKLOG: i64 = 1_000;
/// What one search asks the writer to index at most, in batches.
const BATCHES: i64 = 16;
/// Conversations with so few messages together are looked through as well: a word that is common
/// elsewhere costs nothing here.
const FEW: i64 = 2_000;
/// How far back a text too short for the index is looked for, in messages of each conversation.
const SHORT_DEPTH: i64 = 2_000;
/// The same within one conversation.
const SHORT_DEPTH_OF_ONE: i64 = 50_000;
/// The same over a whole app, in messages of the store.
const SHORT_DEPTH_OF_ALL: i64 = 200_000;

/// Text without case, by Unicode's rules.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// `holds(body, folded)`: whether a body, folded, holds a text that is.
pub(super) fn add_functions(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    conn.create_scalar_function("holds", 2, flags, |context| {
        let body = context.get_raw(0).as_str()?;
        let text = context.get_raw(1).as_str()?;
        Ok(fold(body).contains(text))
    })
}

/// The id that the next message gets: never one that a deleted app's message had.
pub(super) fn next_message(conn: &Connection) -> Result<i64> {
    conn.query_row(
        "SELECT 1 + max((SELECT COALESCE(MAX(id), 0) FROM messages), \
         COALESCE((SELECT value FROM meta WHERE key = 'newest_message'), 0))",
        [],
        |row| row.get(0),
    )
}

/// Brings the index forward from `upto` by one batch; answers how far it covers now.
pub(super) fn index_batch(conn: &Connection, upto: i64, newest: i64) -> Result<i64> {
    let mut covered = upto;
    let (mut count, mut bytes) = (0, 0);
    let mut insert = conn.prepare_cached(sql::INDEX_MESSAGE)?;
    let mut backlog = conn.prepare_cached(sql::BACKLOG)?;
    let mut rows = backlog.query([upto, BATCH])?;
    while bytes < BATCH_BYTES
        && let Some(row) = rows.next()?
    {
        covered = row.get(0)?;
        count += 1;
        let body = row.get_ref(1)?.as_str()?;
        let deleted: bool = row.get(2)?;
        if !deleted && !body.is_empty() {
            bytes += body.len();
            insert.execute((covered, fold(body)))?;
        }
    }
    if count < BATCH && bytes < BATCH_BYTES {
        // Ids at the end that were given out to messages that were not stored.
        covered = newest.max(covered);
    }
    conn.prepare_cached(sql::SET_SEARCH_UPTO)?
        .execute([covered])?;
    Ok(covered)
}

/// Puts the new words of an indexed message in the place of the old.
pub(super) fn reindex(conn: &Connection, message: &Message) -> Result<()> {
    if message.edited_at.is_none() && message.deleted_at.is_none() {
        return Ok(());
    }
    conn.prepare_cached(sql::UNINDEX_MESSAGE)?
        .execute([message.id.0])?;
    if !message.body.is_empty() {
        conn.prepare_cached(sql::INDEX_MESSAGE)?
            .execute((message.id.0, fold(&message.body)))?;
    }
    Ok(())
}

/// How many messages the index does not cover yet.
pub(super) fn backlog(conn: &Connection) -> Result<i64> {
    Ok(newest(conn)? - upto(conn)?)
}

fn newest(conn: &Connection) -> Result<i64> {
    conn.prepare_cached(sql::NEWEST_ID)?
        .query_row([], |row| row.get(0))
}

fn upto(conn: &Connection) -> Result<i64> {
    conn.prepare_cached(sql::SEARCH_UPTO)?
        .query_row([], |row| row.get(0))
}

/// How many batches a search asks for first.
pub(super) fn batches_before_search(backlog: i64) -> i64 {
    ((backlog - SMALL_BACKLOG).max(0) / BATCH).min(BATCHES)
}

/// What is looked for.
pub(super) struct Query {
    pub(super) app: AppId,
    pub(super) viewer: Option<(UserId, bool)>,
    pub(super) conversation: Option<ConversationId>,
    /// Folded.
    pub(super) text: String,
    pub(super) before: Option<MessageId>,
    pub(super) limit: usize,
}

/// See [`parlance_core::store::Messages::search_messages`].
pub(super) fn search(conn: &Connection, query: &Query) -> Result<Vec<Message>> {
    if query.text.is_empty() {
        return Ok(Vec::new());
    }
    let scope = query.scope();
    // The index's own query language ends at a NUL.
    if query.text.chars().count() < 3 || query.text.contains('\0') {
        let (source, after) = match scope {
            Scope::One | Scope::Member => (Source::Conversations, 0),
            Scope::Staff | Scope::App => (Source::Newest, newest(conn)? - SHORT_DEPTH_OF_ALL),
        };
        return run(conn, query, source, after, query.limit);
    }
    if messages_in_scope(conn, query)?.is_some_and(|count| count <= FEW) {
        return run(conn, query, Source::Conversations, 0, query.limit);
    }
    let upto = upto(conn)?;
    let mut found = run(conn, query, Source::Newest, upto, query.limit)?;
    let rest = query.limit - found.len();
    if rest > 0 {
        found.extend(run(conn, query, Source::Index { upto }, 0, rest)?);
    }
    Ok(found)
}

/// How many messages a member, or one conversation, has; not counted for a whole app.
fn messages_in_scope(conn: &Connection, query: &Query) -> Result<Option<i64>> {
    let (statement, id) = match (query.conversation, query.viewer) {
        (Some(conversation), _) => (sql::LAST_SEQ, conversation.0),
        (None, Some((user, false))) => (sql::MESSAGES_OF_MEMBER, user.0),
        (None, _) => return Ok(None),
    };
    conn.prepare_cached(statement)?
        .query_row([id], |row| row.get(0))
        .optional()
}

fn run(
    conn: &Connection,
    query: &Query,
    source: Source,
    after: i64,
    limit: usize,
) -> Result<Vec<Message>> {
    let scope = query.scope();
    let mut before = query.before.map_or(i64::MAX, |id| id.0);
    if let Source::Index { upto } = source {
        before = before.min(upto.saturating_add(1));
    }
    let depth = match scope {
        Scope::One => SHORT_DEPTH_OF_ONE,
        Scope::Member | Scope::Staff | Scope::App => SHORT_DEPTH,
    };
    let statement = statement(source, scope);
    messages::load_named(conn, &statement, |name| match name {
        ":app" => query.app.0.into(),
        ":user" => query.viewer.map_or(0, |(user, _)| user.0).into(),
        ":conversation" => query.conversation.map_or(0, |id| id.0).into(),
        ":text" => query.text.clone().into(),
        ":phrase" => format!("\"{}\"", query.text.replace('"', "\"\"")).into(),
        ":before" => before.into(),
        ":after" => after.into(),
        ":depth" => depth.into(),
        ":limit" => i64::try_from(limit).unwrap_or(i64::MAX).into(),
        _ => Value::Null,
    })
}

/// Where a statement finds its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The index of trigrams, which covers ids up to this one.
    Index {
        /// The newest one covered.
        upto: i64,
    },
    /// The newest messages, whose ever they are.
    Newest,
    /// The newest messages of each conversation.
    Conversations,
}

/// Whose conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One.
    One,
    /// A member's by name.
    Member,
    /// Those, and the app's desk conversations.
    Staff,
    /// The app's.
    App,
}

impl Query {
    fn scope(&self) -> Scope {
        match (self.conversation, self.viewer) {
            (Some(_), _) => Scope::One,
            (None, Some((_, false))) => Scope::Member,
            (None, Some((_, true))) => Scope::Staff,
            (None, None) => Scope::App,
        }
    }
}

/// The statement for a source and a scope.
pub(super) fn statement(source: Source, scope: Scope) -> String {
    const IS_MEMBER: &str = "EXISTS (SELECT 1 FROM members v WHERE v.conversation_id = c.id \
                             AND v.party = :user AND v.left_at IS NULL)";
    let from = match source {
        Source::Index { .. } => {
            "search_index CROSS JOIN messages m ON m.id = search_index.rowid \
             CROSS JOIN conversations c ON c.id = m.conversation_id"
        }
        Source::Newest => "messages m CROSS JOIN conversations c ON c.id = m.conversation_id",
        Source::Conversations if scope == Scope::One => {
            "conversations c \
             CROSS JOIN messages m ON m.conversation_id = c.id AND m.seq > c.last_seq - :depth"
        }
        Source::Conversations => {
            "members p CROSS JOIN conversations c \
             ON p.party = :user AND p.left_at IS NULL AND c.id = p.conversation_id \
             CROSS JOIN messages m ON m.conversation_id = c.id AND m.seq > c.last_seq - :depth"
        }
    };
    let (id, holds) = match source {
        Source::Index { .. } => ("search_index.rowid", "search_index MATCH :phrase"),
        Source::Newest | Source::Conversations => ("m.id", "holds(m.body, :text)"),
    };
    let access = match scope {
        Scope::One => "c.id = :conversation".to_owned(),
        Scope::Member => IS_MEMBER.to_owned(),
        Scope::Staff => format!("(c.is_desk = 1 OR {IS_MEMBER})"),
        Scope::App => "TRUE".to_owned(),
    };
    format!(
        "SELECT {columns} FROM {from} WHERE {id} > :after AND {id} < :before \
         AND m.deleted_at IS NULL AND c.app_id = :app AND c.deleted_at IS NULL AND {access} \
         AND {holds} ORDER BY {id} DESC LIMIT :limit",
        columns = sql::MESSAGE_COLUMNS
    )
}
