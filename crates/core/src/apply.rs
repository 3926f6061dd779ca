//! The rules of change, pure: what a change does to rows, whatever store holds them.
//!
//! A store opens a transaction, offers its rows through [`Tx`], calls [`apply`] for each change of a
//! group in order, writes back and commits. Sequence numbers, revisions and counters are given out
//! here and nowhere else, so both stores agree to the letter.

mod conversations;
mod marks;
mod members;
#[cfg(test)]
mod memory;
mod messages;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::change::{Change, ChangeBody, Committed, Outcome};
use crate::conversation::Conversation;
use crate::error::{ChatError, StoreError, Subject};
use crate::ids::{AppId, ConversationId, MessageId, UserId};
use crate::member::{Member, MessageKey, Party};
use crate::message::Message;
use crate::store::CommitError;

/// Rows of an open transaction. Reads see what was put before within the same transaction. Rows of
/// one conversation are touched by one transaction at a time.
pub trait Tx {
    /// A conversation's row, deleted ones included.
    fn conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;

    /// The living conversation of an app with that unique key.
    fn conversation_by_key(
        &mut self,
        app: AppId,
        key: &str,
    ) -> Result<Option<ConversationId>, StoreError>;

    /// Inserts a row; `head.id` is ignored, the new id is answered.
    fn insert_conversation(&mut self, row: &Conversation) -> Result<ConversationId, StoreError>;

    /// Writes a row back.
    fn update_conversation(&mut self, row: &Conversation) -> Result<(), StoreError>;

    /// All members of a conversation, present and former.
    fn members(&mut self, conversation: ConversationId) -> Result<Vec<Member>, StoreError>;

    /// One membership, present or former.
    fn member(
        &mut self,
        conversation: ConversationId,
        party: Party,
    ) -> Result<Option<Member>, StoreError>;

    /// Inserts or replaces a membership by (conversation, party).
    fn put_member(&mut self, row: &Member) -> Result<(), StoreError>;

    /// A message with its reactions, deleted ones included.
    fn message(&mut self, id: MessageId) -> Result<Option<Message>, StoreError>;

    /// The message that this sender stored in the conversation under this client id.
    fn message_by_client_id(
        &mut self,
        conversation: ConversationId,
        sender: Option<UserId>,
        client_id: &str,
    ) -> Result<Option<Message>, StoreError>;

    /// Inserts a message (`id` is ignored, the new id is answered) and notes which files it carries.
    fn insert_message(&mut self, row: &Message) -> Result<MessageId, StoreError>;

    /// Writes words, files, metadata, revision, times of editing and deleting back.
    fn update_message(&mut self, row: &Message) -> Result<(), StoreError>;

    /// The newest message of the conversation that is not deleted.
    fn newest_message(
        &mut self,
        conversation: ConversationId,
    ) -> Result<Option<MessageId>, StoreError>;

    /// Adds a reaction; `false` when it was there.
    fn add_reaction(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &str,
    ) -> Result<bool, StoreError>;

    /// Takes a reaction back; `false` when there was none.
    fn remove_reaction(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &str,
    ) -> Result<bool, StoreError>;

    /// Messages, not deleted, with `after < seq <= up_to`, not of `party` and not read by it singly.
    fn unread_between(
        &mut self,
        conversation: ConversationId,
        party: Party,
        after: i64,
        up_to: i64,
    ) -> Result<Vec<MessageKey>, StoreError>;

    /// The seq of the first message that [`Tx::unread_between`] would find after `after`.
    fn first_unread(
        &mut self,
        conversation: ConversationId,
        party: Party,
        after: i64,
    ) -> Result<Option<i64>, StoreError>;

    /// Whether `party` read that message singly.
    fn has_single_read(
        &mut self,
        conversation: ConversationId,
        party: Party,
        seq: i64,
    ) -> Result<bool, StoreError>;

    /// Notes a message as read singly.
    fn add_single_read(
        &mut self,
        conversation: ConversationId,
        party: Party,
        seq: i64,
    ) -> Result<(), StoreError>;

    /// Forgets single reads up to a seq, which the mark covers now.
    fn drop_single_reads(
        &mut self,
        conversation: ConversationId,
        party: Party,
        up_to: i64,
    ) -> Result<(), StoreError>;
}

/// Applies one change to the rows of a transaction.
///
/// # Errors
/// `Refused`: a rule says no; nothing was written for this change. `Store`: the transaction is
/// broken and has to be rolled back.
pub fn apply(tx: &mut dyn Tx, change: &Change) -> Result<Committed, CommitError> {
    if let ChangeBody::CreateConversation { head, members } = &change.body {
        return conversations::create(tx, change.at, head, members);
    }
    let id = change
        .conversation
        .ok_or(ChatError::NotFound(Subject::Conversation))?;
    let row = tx
        .conversation(id)?
        .filter(|row| row.head.deleted_at.is_none());
    let mut row = row.ok_or(ChatError::NotFound(Subject::Conversation))?;
    let at = change.at;
    let before = row.revision;
    let outcome = match &change.body {
        ChangeBody::CreateConversation { .. } => unreachable!("handled above"),
        ChangeBody::UpdateConversation(update) => conversations::update(tx, &mut row, at, update)?,
        ChangeBody::DeleteConversation => conversations::delete(tx, &mut row, at)?,
        ChangeBody::SendMessage(message) => messages::send(tx, &mut row, at, message)?,
        ChangeBody::EditMessage { message, body } => {
            messages::edit(tx, &mut row, at, *message, body)?
        }
        ChangeBody::DeleteMessage { message } => messages::delete(tx, &mut row, at, *message)?,
        ChangeBody::React {
            message,
            user,
            emoji,
            add,
        } => messages::react(tx, &mut row, at, *message, *user, emoji, *add)?,
        ChangeBody::MarkRead { party, target } => marks::read(tx, &mut row, at, *party, target)?,
        ChangeBody::MarkDelivered { party, up_to } => {
            marks::delivered(tx, &mut row, at, *party, *up_to)?
        }
        ChangeBody::AddMember(new) => members::add(tx, &mut row, at, new)?,
        ChangeBody::RemoveMember(party) => members::remove(tx, &mut row, at, *party)?,
        ChangeBody::UpdateMember {
            party,
            muted,
            archived,
        } => members::update(tx, &mut row, at, *party, *muted, *archived)?,
    };
    let revision = (row.revision != before).then_some(row.revision);
    Ok(Committed {
        conversation: Arc::new(row),
        revision,
        outcome,
    })
}

/// Takes the conversation's next revision and writes its row back.
fn touch(
    tx: &mut dyn Tx,
    row: &mut Conversation,
    at: crate::clock::Timestamp,
) -> Result<(), StoreError> {
    row.updated_at = row.updated_at.max(at);
    tx.update_conversation(row)
}

/// A present membership, or the refusal.
fn present(
    tx: &mut dyn Tx,
    conversation: ConversationId,
    party: Party,
) -> Result<Member, CommitError> {
    let member = tx
        .member(conversation, party)?
        .filter(|m| m.left_at.is_none());
    Ok(member.ok_or(ChatError::NotFound(Subject::Conversation))?)
}

/// What a change that found everything as wished answers with.
type Applied = Result<Outcome, CommitError>;
