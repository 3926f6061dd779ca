//! Making, changing and deleting conversations.

use std::sync::Arc;

use super::{Applied, Tx, touch};
use crate::change::{Committed, Outcome};
use crate::clock::Timestamp;
use crate::command::UpdateConversation;
use crate::conversation::{Conversation, ConversationHead};
use crate::error::{ChatError, Subject};
use crate::member::{Member, NewMember};
use crate::store::CommitError;

/// A new conversation, or the living one with the same unique key.
pub(super) fn create(
    tx: &mut dyn Tx,
    at: Timestamp,
    head: &Arc<ConversationHead>,
    members: &[NewMember],
) -> Result<Committed, CommitError> {
    if let Some(key) = &head.unique_key
        && let Some(id) = tx.conversation_by_key(head.app, key)?
    {
        let row = tx
            .conversation(id)?
            .ok_or(ChatError::NotFound(Subject::Conversation))?;
        let outcome = Outcome::Conversation { created: false };
        return Ok(Committed {
            conversation: Arc::new(row),
            revision: None,
            outcome,
        });
    }
    let mut row = Conversation {
        head: Arc::clone(head),
        last_seq: 0,
        revision: 1,
        message_count: 0,
        last_message: None,
        last_activity_at: head.created_at,
        updated_at: head.created_at,
    };
    Arc::make_mut(&mut row.head).id = tx.insert_conversation(&row)?;
    for new in members {
        tx.put_member(&new_member(&row, new, at))?;
    }
    let revision = Some(row.revision);
    let outcome = Outcome::Conversation { created: true };
    Ok(Committed {
        conversation: Arc::new(row),
        revision,
        outcome,
    })
}

/// A membership that starts at the conversation's present end: what was said before is not unread.
pub(super) fn new_member(row: &Conversation, new: &NewMember, at: Timestamp) -> Member {
    Member {
        conversation: row.head.id,
        party: new.party,
        part: new.part.clone(),
        read_seq: row.last_seq,
        delivered_seq: row.last_seq,
        seen_count: row.message_count,
        muted: false,
        archived: false,
        joined_at: at,
        left_at: None,
        read_at: None,
        revision: row.revision,
    }
}

pub(super) fn update(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    update: &UpdateConversation,
) -> Applied {
    let status_before = row.head.status;
    let mut head = (*row.head).clone();
    if let Some(title) = &update.title {
        head.title.clone_from(title);
    }
    if let Some(context) = &update.context {
        head.context.clone_from(context);
    }
    if let Some(status) = update.status {
        head.status = status;
    }
    for (key, value) in update.metadata.iter().flatten() {
        if value.is_null() {
            head.metadata.remove(key);
        } else {
            head.metadata.insert(key.clone(), value.clone());
        }
    }
    if head != *row.head {
        row.head = Arc::new(head);
        row.revision += 1;
        touch(tx, row, at)?;
    }
    Ok(Outcome::ConversationUpdated { status_before })
}

pub(super) fn delete(tx: &mut dyn Tx, row: &mut Conversation, at: Timestamp) -> Applied {
    let members = tx.members(row.head.id)?;
    Arc::make_mut(&mut row.head).deleted_at = Some(at);
    row.revision += 1;
    touch(tx, row, at)?;
    Ok(Outcome::ConversationDeleted { members })
}
