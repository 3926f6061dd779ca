//! Joining, leaving, muting, archiving.

use super::conversations::new_member;
use super::{Applied, Tx, present, touch};
use crate::change::Outcome;
use crate::clock::Timestamp;
use crate::conversation::Conversation;
use crate::member::{NewMember, Party};

/// Somebody joins; a present member stays as it is, a former one comes back with old marks moved to
/// the present end.
pub(super) fn add(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    new: &NewMember,
) -> Applied {
    if let Some(member) = tx
        .member(row.head.id, new.party)?
        .filter(|m| m.left_at.is_none())
    {
        return Ok(Outcome::MemberAdded(member));
    }
    row.revision += 1;
    let member = new_member(row, new, at);
    tx.put_member(&member)?;
    tx.drop_single_reads(row.head.id, new.party, row.last_seq)?;
    touch(tx, row, at)?;
    Ok(Outcome::MemberAdded(member))
}

pub(super) fn remove(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    party: Party,
) -> Applied {
    let mut member = present(tx, row.head.id, party)?;
    row.revision += 1;
    member.left_at = Some(at);
    member.revision = row.revision;
    tx.put_member(&member)?;
    touch(tx, row, at)?;
    Ok(Outcome::MemberRemoved(member))
}

pub(super) fn update(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    party: Party,
    muted: Option<bool>,
    archived: Option<bool>,
) -> Applied {
    let mut member = present(tx, row.head.id, party)?;
    let wished = (
        muted.unwrap_or(member.muted),
        archived.unwrap_or(member.archived),
    );
    if wished != (member.muted, member.archived) {
        (member.muted, member.archived) = wished;
        row.revision += 1;
        member.revision = row.revision;
        tx.put_member(&member)?;
        touch(tx, row, at)?;
    }
    Ok(Outcome::MemberUpdated(member))
}
