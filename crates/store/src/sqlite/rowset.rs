//! Conversation and member rows in the writer's memory.
//!
//! Rows that a group touches are read once and written back once, at its end, however many changes
//! touch them. Between groups the written rows stay as a bounded cache: nobody else writes the file
//! (and when somebody did, the writer notices and clears it).

use std::collections::HashMap;

use parlance_core::clock::Timestamp;
use parlance_core::conversation::Conversation;
use parlance_core::ids::ConversationId;
use parlance_core::member::{Member, Party};
use quick_cache::unsync::Cache;
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::{rows, sql};

/// Clean conversation rows kept between groups.
const CONVERSATIONS: usize = 16_384;
/// Clean member rows kept between groups.
const MEMBERS: usize = 65_536;

type MemberKey = (ConversationId, Party);

/// See the module.
pub(super) struct RowSet {
    conversations: Cache<ConversationId, Conversation>,
    members: Cache<MemberKey, Member>,
    touched_conversations: HashMap<ConversationId, Touched<Conversation>>,
    touched_members: HashMap<MemberKey, Touched<Member>>,
}

/// A row to be written back.
struct Touched<T> {
    row: T,
    /// More than counters or marks changed.
    wholly: bool,
    /// The time of the last activity, which is indexed, changed.
    activity: bool,
}

impl RowSet {
    pub(super) fn new() -> Self {
        Self {
            conversations: Cache::new(CONVERSATIONS),
            members: Cache::new(MEMBERS),
            touched_conversations: HashMap::new(),
            touched_members: HashMap::new(),
        }
    }

    /// Forgets everything: after a rollback, or when somebody else wrote.
    pub(super) fn clear(&mut self) {
        self.conversations.clear();
        self.members.clear();
        self.touched_conversations.clear();
        self.touched_members.clear();
    }

    pub(super) fn conversation(
        &mut self,
        conn: &Connection,
        id: ConversationId,
    ) -> Result<Option<Conversation>> {
        if let Some(touched) = self.touched_conversations.get(&id) {
            return Ok(Some(touched.row.clone()));
        }
        if let Some(row) = self.conversations.get(&id) {
            return Ok(Some(row.clone()));
        }
        let row = conn
            .prepare_cached(sql::CONVERSATION)?
            .query_row([id.0], rows::conversation)
            .optional()?;
        if let Some(row) = &row {
            self.conversations.insert(id, row.clone());
        }
        Ok(row)
    }

    /// Keeps a row that was just inserted as it is.
    pub(super) fn keep_conversation(&mut self, row: Conversation) {
        self.conversations.insert(row.head.id, row);
    }

    pub(super) fn put_conversation(&mut self, row: &Conversation) {
        let id = row.head.id;
        if let Some(touched) = self.touched_conversations.get_mut(&id) {
            touched.wholly |= touched.row.head != row.head;
            touched.activity |= touched.row.last_activity_at != row.last_activity_at;
            touched.row.clone_from(row);
            return;
        }
        let known = self.conversations.get(&id);
        let touched = Touched {
            wholly: known.is_none_or(|known| known.head != row.head),
            activity: known.is_none_or(|known| known.last_activity_at != row.last_activity_at),
            row: row.clone(),
        };
        self.touched_conversations.insert(id, touched);
    }

    pub(super) fn member(&mut self, conn: &Connection, key: MemberKey) -> Result<Option<Member>> {
        if let Some(touched) = self.touched_members.get(&key) {
            return Ok(Some(touched.row.clone()));
        }
        if let Some(row) = self.members.get(&key) {
            return Ok(Some(row.clone()));
        }
        let row = conn
            .prepare_cached(sql::MEMBER)?
            .query_row(params![key.0.0, key.1.to_key()], rows::member)
            .optional()?;
        if let Some(row) = &row {
            self.members.insert(key, row.clone());
        }
        Ok(row)
    }

    /// All members, present and former. What is touched is written first, so that the table has all.
    pub(super) fn members(
        &mut self,
        conn: &Connection,
        conversation: ConversationId,
    ) -> Result<Vec<Member>> {
        self.write_members(conn)?;
        let mut statement = conn.prepare_cached(sql::MEMBERS)?;
        let members: Vec<Member> = statement
            .query_map([conversation.0], rows::member)?
            .collect::<Result<_>>()?;
        for member in &members {
            self.members
                .insert((conversation, member.party), member.clone());
        }
        Ok(members)
    }

    pub(super) fn put_member(&mut self, row: &Member) {
        let key = (row.conversation, row.party);
        if let Some(touched) = self.touched_members.get_mut(&key) {
            touched.wholly |= !only_marks_differ(&touched.row, row);
            touched.row.clone_from(row);
            return;
        }
        let touched = Touched {
            wholly: self
                .members
                .get(&key)
                .is_none_or(|known| !only_marks_differ(known, row)),
            activity: false,
            row: row.clone(),
        };
        self.touched_members.insert(key, touched);
    }

    /// Writes back what was touched; the rows stay as clean ones.
    pub(super) fn write_back(&mut self, conn: &Connection) -> Result<()> {
        self.write_members(conn)?;
        for (id, touched) in self.touched_conversations.drain() {
            write_conversation(conn, &touched)?;
            self.conversations.insert(id, touched.row);
        }
        Ok(())
    }

    fn write_members(&mut self, conn: &Connection) -> Result<()> {
        for (key, touched) in self.touched_members.drain() {
            write_member(conn, &touched)?;
            self.members.insert(key, touched.row);
        }
        Ok(())
    }
}

fn only_marks_differ(a: &Member, b: &Member) -> bool {
    (&a.part, a.muted, a.archived, a.joined_at, a.left_at)
        == (&b.part, b.muted, b.archived, b.joined_at, b.left_at)
}

fn write_conversation(conn: &Connection, touched: &Touched<Conversation>) -> Result<()> {
    let row = &touched.row;
    let id = row.head.id.0;
    let last_message = row.last_message.map(|id| id.0);
    let updated_at = row.updated_at.as_micros();
    if touched.activity {
        conn.prepare_cached(sql::UPDATE_COUNTERS_AND_ACTIVITY)?
            .execute(params![
                id,
                row.last_seq,
                row.revision,
                row.message_count,
                last_message,
                updated_at,
                row.last_activity_at.as_micros()
            ])?;
    } else {
        conn.prepare_cached(sql::UPDATE_COUNTERS)?.execute(params![
            id,
            row.last_seq,
            row.revision,
            row.message_count,
            last_message,
            updated_at
        ])?;
    }
    if touched.wholly {
        write_head(conn, row)?;
    }
    Ok(())
}

fn write_head(conn: &Connection, row: &Conversation) -> Result<()> {
    let head = &row.head;
    let context = head.context.as_ref();
    let deleted_at = head.deleted_at.map(Timestamp::as_micros);
    conn.prepare_cached(sql::UPDATE_HEAD)?.execute(params![
        head.id.0,
        rows::status_name(head.status),
        head.title,
        context.map(|context| &context.kind),
        context.and_then(|context| context.id.as_ref()),
        context.map(rows::json).transpose()?,
        rows::metadata_json(&head.metadata)?,
        head.unique_key,
        deleted_at
    ])?;
    conn.prepare_cached(sql::UPDATE_DELETED)?
        .execute(params![head.id.0, deleted_at])?;
    Ok(())
}

fn write_member(conn: &Connection, touched: &Touched<Member>) -> Result<()> {
    let row = &touched.row;
    let (conversation, party) = (row.conversation.0, row.party.to_key());
    let read_at = row.read_at.map(Timestamp::as_micros);
    if !touched.wholly {
        conn.prepare_cached(sql::UPDATE_MARKS)?.execute(params![
            conversation,
            party,
            row.read_seq,
            row.delivered_seq,
            row.seen_count,
            read_at,
            row.revision
        ])?;
        return Ok(());
    }
    conn.prepare_cached(sql::PUT_MEMBER)?.execute(params![
        conversation,
        party,
        row.read_seq,
        row.delivered_seq,
        row.seen_count,
        read_at,
        row.revision,
        row.part,
        row.muted,
        row.archived,
        row.joined_at.as_micros(),
        row.left_at.map(Timestamp::as_micros)
    ])?;
    Ok(())
}
