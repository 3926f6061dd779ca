//! What changed in a conversation since a revision, at the cost of what was missed.

use parlance_core::ids::ConversationId;
use parlance_core::message::Message;
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::{messages, sql};

/// Messages with a later revision, by rising revision.
///
/// Two sources: rows that changed after they were made have an index of their own; of those that
/// did not, `created_revision` rises with `seq`, so that the first missed one is found by halving.
pub(super) fn changed_since(
    conn: &Connection,
    conversation: ConversationId,
    since: i64,
    limit: usize,
) -> Result<Vec<Message>> {
    let count = i64::try_from(limit).unwrap_or(i64::MAX);
    let first = first_made_after(conn, conversation, since)?;
    let mut missed = messages::load(
        conn,
        sql::EDITED_SINCE,
        params![conversation.0, since, count],
    )?;
    missed.extend(messages::load(
        conn,
        sql::NEW_FROM,
        params![conversation.0, first, count],
    )?);
    missed.sort_unstable_by_key(|message| message.revision);
    missed.truncate(limit);
    Ok(missed)
}

/// The seq of the first message whose `created_revision` is later than `since`; one past the last
/// when there is none.
fn first_made_after(conn: &Connection, conversation: ConversationId, since: i64) -> Result<i64> {
    let last: Option<i64> = conn
        .prepare_cached(sql::LAST_SEQ)?
        .query_row([conversation.0], |row| row.get(0))
        .optional()?;
    let mut made = conn.prepare_cached(sql::CREATED_REVISION)?;
    let (mut low, mut high) = (1, last.unwrap_or(0) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let revision: i64 = made.query_row([conversation.0, middle], |row| row.get(0))?;
        if revision > since {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}
