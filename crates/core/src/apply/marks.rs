//! Read and delivered marks.
//!
//! A member's mark covers everything up to a seq; messages read out of turn stand as single reads
//! above it until the mark reaches them. `seen_count` moves in the same step, so that unread is one
//! subtraction and never a count.

use super::{Applied, Tx, present, touch};
use crate::change::Outcome;
use crate::clock::Timestamp;
use crate::command::ReadTarget;
use crate::conversation::Conversation;
use crate::error::StoreError;
use crate::ids::MessageId;
use crate::member::{Member, MessageKey, Party};

pub(super) fn read(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    party: Party,
    target: &ReadTarget<MessageId>,
) -> Applied {
    let mut member = present(tx, row.head.id, party)?;
    let mut before = None;
    let messages = match target {
        ReadTarget::All => read_up_to(tx, row, &mut member, row.last_seq)?,
        ReadTarget::UpTo(seq) => read_up_to(tx, row, &mut member, (*seq).min(row.last_seq))?,
        ReadTarget::Messages(ids) => {
            let before = before.insert(Vec::new());
            read_singly(tx, row, &mut member, ids, before)?
        }
    };
    if !messages.is_empty() {
        row.revision += 1;
        member.revision = row.revision;
        member.read_at = Some(at);
        member.seen_count += messages.len() as i64;
        let newest = messages.last().map_or(0, |m| m.seq);
        member.delivered_seq = member.delivered_seq.max(newest);
        tx.put_member(&member)?;
        touch(tx, row, at)?;
    }
    Ok(Outcome::Read {
        member,
        messages,
        before,
    })
}

fn read_up_to(
    tx: &mut dyn Tx,
    row: &Conversation,
    member: &mut Member,
    seq: i64,
) -> Result<Vec<MessageKey>, StoreError> {
    if seq <= member.read_seq {
        return Ok(Vec::new());
    }
    let messages = tx.unread_between(row.head.id, member.party, member.read_seq, seq)?;
    if !messages.is_empty() {
        member.read_seq = seq;
        tx.drop_single_reads(row.head.id, member.party, seq)?;
    }
    Ok(messages)
}

fn read_singly(
    tx: &mut dyn Tx,
    row: &Conversation,
    member: &mut Member,
    ids: &[MessageId],
    before: &mut Vec<MessageKey>,
) -> Result<Vec<MessageKey>, StoreError> {
    let (id, party) = (row.head.id, member.party);
    let mut read = Vec::new();
    for message in ids {
        let Some(message) = tx.message(*message)? else {
            continue;
        };
        let for_party = message.conversation == id
            && message.deleted_at.is_none()
            && message.sender_party != Some(party);
        if !for_party {
            continue;
        }
        if message.seq > member.read_seq && !tx.has_single_read(id, party, message.seq)? {
            tx.add_single_read(id, party, message.seq)?;
            read.push(message.key());
        } else {
            before.push(message.key());
        }
    }
    if !read.is_empty() {
        let first_unread = tx.first_unread(id, party, member.read_seq)?;
        let reached = first_unread.map_or(row.last_seq, |seq| seq - 1);
        if reached > member.read_seq {
            member.read_seq = reached;
            tx.drop_single_reads(id, party, reached)?;
        }
    }
    read.sort_unstable_by_key(|m| m.seq);
    before.sort_unstable_by_key(|m| m.seq);
    Ok(read)
}

pub(super) fn delivered(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    party: Party,
    up_to: i64,
) -> Applied {
    let mut member = present(tx, row.head.id, party)?;
    let up_to = up_to.min(row.last_seq);
    let from = member.delivered_seq.max(member.read_seq);
    // Nothing unread, nothing that could arrive: a sender whom nobody answers costs no look-up.
    let arrived = row.message_count > member.seen_count
        && up_to > from
        && tx
            .first_unread(row.head.id, party, from)?
            .is_some_and(|seq| seq <= up_to);
    if arrived {
        row.revision += 1;
        member.delivered_seq = up_to;
        member.revision = row.revision;
        tx.put_member(&member)?;
        touch(tx, row, at)?;
    }
    Ok(Outcome::Delivered { member })
}
