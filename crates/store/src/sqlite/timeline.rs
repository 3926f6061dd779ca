//! Messages of all conversations of a user in one line, by rising id.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use parlance_core::ids::{AppId, MessageId, UserId};
use parlance_core::message::Message;
use rusqlite::{Connection, Params, Result, params};

use super::{messages, sql};

/// So few newer messages in the whole store are simply looked through.
const RECENT: i64 = 2_000;
/// Ids fetched at once of one conversation, at most. The first time it is one, for of most
/// conversations no more is needed.
const CHUNK: i64 = 64;

/// What is asked for.
pub(super) struct Wanted {
    pub(super) app: AppId,
    pub(super) user: UserId,
    /// Desk conversations as well.
    pub(super) staff: bool,
    pub(super) after: MessageId,
    pub(super) limit: usize,
}

/// See [`parlance_core::store::Messages::messages_of_user`].
pub(super) fn messages_of_user(conn: &Connection, wanted: &Wanted) -> Result<Vec<Message>> {
    let newest: i64 = conn
        .prepare_cached(sql::NEWEST_ID)?
        .query_row([], |row| row.get(0))?;
    if newest.saturating_sub(wanted.after.0) <= RECENT {
        let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
        return messages::load(
            conn,
            sql::MESSAGES_OF_USER_RECENT,
            params![
                wanted.app.0,
                wanted.user.0,
                wanted.after.0,
                wanted.staff,
                limit
            ],
        );
    }
    let ids = merge(conn, places(conn, wanted)?, wanted)?;
    let mut found = messages::load_ids(conn, ids.into_iter().map(MessageId))?;
    found.sort_unstable_by_key(|message| message.id);
    Ok(found)
}

/// Conversations with newer messages, and their last seqs.
fn places(conn: &Connection, wanted: &Wanted) -> Result<HashSet<(i64, i64)>> {
    let (app, user, after) = (wanted.app.0, wanted.user.0, wanted.after.0);
    let mut places = HashSet::new();
    add_places(
        conn,
        sql::PLACES_OF_USER,
        params![app, user, after],
        &mut places,
    )?;
    if wanted.staff {
        add_places(conn, sql::PLACES_OF_DESK, params![app, after], &mut places)?;
    }
    Ok(places)
}

fn add_places(
    conn: &Connection,
    statement: &str,
    params: impl Params,
    places: &mut HashSet<(i64, i64)>,
) -> Result<()> {
    let mut statement = conn.prepare_cached(statement)?;
    for place in statement.query_map(params, |row| Ok((row.get(0)?, row.get(1)?)))? {
        places.insert(place?);
    }
    Ok(())
}

/// One conversation's ids still to come, the next one last.
struct Run {
    conversation: i64,
    ids: Vec<i64>,
    next_seq: i64,
    chunk: i64,
}

/// Merges the conversations' ids, each of which rises with its seq.
fn merge(conn: &Connection, places: HashSet<(i64, i64)>, wanted: &Wanted) -> Result<Vec<i64>> {
    let mut runs = Vec::with_capacity(places.len());
    let mut heads = BinaryHeap::with_capacity(places.len());
    for (conversation, last_seq) in places {
        let mut run = Run {
            conversation,
            ids: Vec::new(),
            next_seq: first_after(conn, conversation, last_seq, wanted.after.0)?,
            chunk: 1,
        };
        if let Some(id) = next_id(conn, &mut run)? {
            heads.push(Reverse((id, runs.len())));
            runs.push(run);
        }
    }
    let mut ids = Vec::new();
    while ids.len() < wanted.limit
        && let Some(Reverse((id, at))) = heads.pop()
    {
        ids.push(id);
        if let Some(next) = next_id(conn, &mut runs[at])? {
            heads.push(Reverse((next, at)));
        }
    }
    Ok(ids)
}

fn next_id(conn: &Connection, run: &mut Run) -> Result<Option<i64>> {
    if run.ids.is_empty() {
        let mut statement = conn.prepare_cached(sql::IDS_FROM)?;
        let mut found = statement.query(params![run.conversation, run.next_seq, run.chunk])?;
        run.chunk = CHUNK.min(run.chunk * 4);
        while let Some(row) = found.next()? {
            run.ids.push(row.get(0)?);
            run.next_seq = row.get::<_, i64>(1)? + 1;
        }
        run.ids.reverse();
    }
    Ok(run.ids.pop())
}

/// The seq of the first message with a later id, by halving.
fn first_after(conn: &Connection, conversation: i64, last_seq: i64, after: i64) -> Result<i64> {
    let mut id_at = conn.prepare_cached(sql::ID_AT_SEQ)?;
    let (mut low, mut high) = (1, last_seq + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let id: i64 = id_at.query_row([conversation, middle], |row| row.get(0))?;
        if id > after {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}
