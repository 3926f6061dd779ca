//! Sending, editing, deleting, reacting.

use std::sync::Arc;

use super::{Applied, Tx, present, touch};
use crate::change::{NewMessage, Outcome};
use crate::clock::Timestamp;
use crate::conversation::{Conversation, ConversationStatus};
use crate::error::{ChatError, Fault, Subject};
use crate::ids::{MessageId, UserId};
use crate::message::{Message, Reaction};
use crate::store::CommitError;

pub(super) fn send(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    new: &NewMessage,
) -> Applied {
    let id = row.head.id;
    let mut author = new
        .sender_party
        .map(|party| present(tx, id, party))
        .transpose()?;
    if let Some(client_id) = &new.client_id
        && let Some(first) = tx.message_by_client_id(id, new.sender, client_id)?
    {
        return repeated(tx, first);
    }
    if row.head.status != ConversationStatus::Open && !new.even_if_closed {
        return Err(ChatError::Closed.into());
    }
    let quoted = new
        .reply_to
        .map(|reply_to| living(tx, row, reply_to))
        .transpose();
    let quoted = quoted.map_err(|error| match error {
        CommitError::Refused(_) => ChatError::invalid("reply_to", Fault::Unknown).into(),
        store @ CommitError::Store(_) => store,
    })?;
    row.last_seq += 1;
    row.revision += 1;
    row.message_count += 1;
    let mut message = message_row(row, new);
    message.reply_to_uuid = quoted.as_ref().map(|quoted| quoted.uuid);
    message.id = tx.insert_message(&message)?;
    row.last_message = Some(message.id);
    row.last_activity_at = row.last_activity_at.max(new.created_at);
    if let Some(author) = &mut author {
        author.seen_count += 1;
        tx.put_member(author)?;
    }
    let mut delivered = false;
    for party in new
        .reached
        .iter()
        .filter(|party| Some(**party) != new.sender_party)
    {
        if let Some(mut member) = tx.member(id, *party)?.filter(|m| m.left_at.is_none()) {
            member.delivered_seq = message.seq;
            member.revision = row.revision;
            tx.put_member(&member)?;
            delivered = true;
        }
    }
    touch(tx, row, at)?;
    let quoted = quoted.map(Arc::new);
    Ok(Outcome::Message {
        message: Arc::new(message),
        quoted,
        repeated: false,
        delivered,
    })
}

fn message_row(row: &Conversation, new: &NewMessage) -> Message {
    Message {
        id: MessageId(0),
        uuid: new.uuid,
        conversation: row.head.id,
        seq: row.last_seq,
        revision: row.revision,
        created_revision: row.revision,
        sender: new.sender,
        sender_party: new.sender_party,
        kind: new.kind,
        body: new.body.clone(),
        attachments: new.attachments.clone(),
        metadata: new.metadata.clone(),
        reply_to: new.reply_to,
        reply_to_uuid: None,
        client_id: new.client_id.clone(),
        created_at: new.created_at,
        edited_at: None,
        deleted_at: None,
        reactions: Vec::new(),
    }
}

fn repeated(tx: &mut dyn Tx, first: Message) -> Applied {
    let quoted = first
        .reply_to
        .map(|id| tx.message(id))
        .transpose()?
        .flatten();
    let quoted = quoted.filter(|q| q.deleted_at.is_none()).map(Arc::new);
    Ok(Outcome::Message {
        message: Arc::new(first),
        quoted,
        repeated: true,
        delivered: false,
    })
}

/// A message of this conversation that is not deleted.
fn living(tx: &mut dyn Tx, row: &Conversation, id: MessageId) -> Result<Message, CommitError> {
    let message = tx
        .message(id)?
        .filter(|m| m.conversation == row.head.id && m.deleted_at.is_none());
    Ok(message.ok_or(ChatError::NotFound(Subject::Message))?)
}

pub(super) fn edit(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    id: MessageId,
    body: &str,
) -> Applied {
    let mut message = living(tx, row, id)?;
    row.revision += 1;
    body.clone_into(&mut message.body);
    message.edited_at = Some(at);
    message.revision = row.revision;
    tx.update_message(&message)?;
    touch(tx, row, at)?;
    Ok(Outcome::MessageUpdated(Arc::new(message)))
}

pub(super) fn delete(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    id: MessageId,
) -> Applied {
    let mut message = living(tx, row, id)?;
    row.revision += 1;
    row.message_count -= 1;
    // Whoever had read or written it has seen one message less of one message less.
    for mut member in tx.members(row.head.id)? {
        let seen = message.sender_party == Some(member.party)
            || message.seq <= member.read_seq
            || tx.has_single_read(row.head.id, member.party, message.seq)?;
        if seen {
            member.seen_count -= 1;
            tx.put_member(&member)?;
        }
    }
    message.body.clear();
    message.attachments.clear();
    message.metadata = None;
    message.deleted_at = Some(at);
    message.revision = row.revision;
    for reaction in std::mem::take(&mut message.reactions) {
        tx.remove_reaction(id, reaction.user, &reaction.emoji)?;
    }
    tx.update_message(&message)?;
    if row.last_message == Some(id) {
        row.last_message = tx.newest_message(row.head.id)?;
    }
    touch(tx, row, at)?;
    Ok(Outcome::MessageDeleted(Arc::new(message)))
}

pub(super) fn react(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: Timestamp,
    id: MessageId,
    user: UserId,
    emoji: &str,
    add: bool,
) -> Applied {
    let reaction = Reaction {
        user,
        emoji: emoji.to_owned(),
    };
    let mut message = living(tx, row, id)?;
    let changed = if add {
        tx.add_reaction(id, user, emoji)?
    } else {
        tx.remove_reaction(id, user, emoji)?
    };
    if changed {
        if add {
            message.reactions.push(reaction.clone());
        } else {
            message.reactions.retain(|r| *r != reaction);
        }
        row.revision += 1;
        message.revision = row.revision;
        tx.update_message(&message)?;
        touch(tx, row, at)?;
    }
    Ok(Outcome::Reaction {
        message: Arc::new(message),
        reaction,
        added: add,
    })
}
