//! Sending, editing, deleting and reacting.

use super::{Chat, NO_MESSAGE, input};
use crate::access::Seat;
use crate::change::{ChangeBody, NewMessage, Outcome};
use crate::command::{AttachmentRef, PostAs, SendMessage, Sent};
use crate::error::{ChatError, Fault};
use crate::ids::{MessageRef, UserId, new_uuid};
use crate::media::MediaRecord;
use crate::member::Party;
use crate::message::{Attachment, Message};
use crate::principal::Principal;
use crate::rate::RateClass;
use crate::receipt::DeliveryStatus;
use crate::writer::{Done, Origin};

impl Chat {
    /// Stores a message and answers once it is on disk.
    ///
    /// A call repeated with the same `client_id` returns the first message and changes nothing.
    ///
    /// # Errors
    /// `NotFound`: no such conversation, or none that the principal may know of. `Invalid`: blank
    /// without attachment, too long, unknown attachment or `reply_to`. `Closed`. `Unavailable`:
    /// perhaps stored; repeat with the same `client_id`.
    pub async fn send_message(&self, by: &Principal, wish: SendMessage) -> Result<Sent, ChatError> {
        self.take(by, RateClass::Send)?;
        input::check_message(self.limits(), &wish)?;
        let seat = self.writable(by, wish.conversation).await?;
        let (sender, sender_party) = author(by, &seat, wish.post_as)?;
        let attachments = self.attachments(by, &wish.attachments).await?;
        let reply_to = self.quoted(wish.reply_to).await?;
        let now = self.now();
        let message = NewMessage {
            uuid: new_uuid(now),
            sender,
            sender_party,
            kind: wish.kind,
            body: wish.body,
            attachments,
            metadata: wish.metadata,
            reply_to,
            client_id: wish.client_id,
            reached: self.inner.presence.reached(&seat.state, sender_party),
            even_if_closed: wish.even_if_closed,
            created_at: backdated(by, wish.created_at).unwrap_or(now),
        };
        let mut origin = self.origin_as(by, sender).await?;
        origin.leave_out_origin = wish.leave_out_origin;
        let body = ChangeBody::SendMessage(Box::new(message));
        let done = self.commit_from(origin, seat.id(), body).await?;
        self.sent(done).await
    }

    /// Events of what the host posts for a user name that user as the actor.
    async fn origin_as(&self, by: &Principal, sender: Option<UserId>) -> Result<Origin, ChatError> {
        let mut origin = Self::origin(by);
        if origin.actor.is_none()
            && let Some(sender) = sender
        {
            origin.actor = self.inner.users.user(sender).await?;
        }
        Ok(origin)
    }

    async fn quoted(
        &self,
        named: Option<MessageRef>,
    ) -> Result<Option<crate::ids::MessageId>, ChatError> {
        let Some(named) = named else { return Ok(None) };
        match self.message_id(named).await {
            Ok(id) => Ok(Some(id)),
            Err(ChatError::NotFound(_)) => Err(ChatError::invalid("reply_to", Fault::Unknown)),
            Err(other) => Err(other),
        }
    }

    /// Files that the principal itself uploaded, in the order named.
    async fn attachments(
        &self,
        by: &Principal,
        named: &[AttachmentRef],
    ) -> Result<Vec<Attachment>, ChatError> {
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let records = self.media_records(by, named).await?;
        let mine = |named: &AttachmentRef| {
            let record = records.iter().find(|r| match named {
                AttachmentRef::Id(id) => r.id() == *id,
                AttachmentRef::Name(name) => r.attachment.storage_name == *name,
            });
            let record = record.filter(|r| by.user().is_none() || r.uploader == by.user_id());
            record.map(|r| r.attachment.clone())
        };
        let found: Option<Vec<_>> = named.iter().map(mine).collect();
        found.ok_or(ChatError::invalid("attachments", Fault::Unknown))
    }

    /// What the index has of these files: one query for all ids, one for each name (a message has
    /// few files, and dialects that name them so send one).
    async fn media_records(
        &self,
        by: &Principal,
        named: &[AttachmentRef],
    ) -> Result<Vec<MediaRecord>, ChatError> {
        let (store, app) = (&self.inner.store, by.app());
        let mut ids = Vec::new();
        let mut records = Vec::new();
        for named in named {
            match named {
                AttachmentRef::Id(id) => ids.push(*id),
                AttachmentRef::Name(name) => records.extend(store.media_by_name(app, name).await?),
            }
        }
        if !ids.is_empty() {
            records.extend(store.media(app, &ids).await?);
        }
        Ok(records)
    }

    async fn sent(&self, done: Done) -> Result<Sent, ChatError> {
        let Outcome::Message {
            message,
            quoted,
            repeated,
            delivered,
        } = done.committed.outcome
        else {
            return Err(ChatError::Unavailable { perhaps_done: true });
        };
        let status = if repeated {
            let store = &self.inner.store;
            let (id, seq) = (message.conversation, message.seq);
            store.receipts(id, seq, seq).await?.status(&message)
        } else if delivered {
            DeliveryStatus::Delivered
        } else {
            DeliveryStatus::Sent
        };
        let (conversation, people) = (done.state, done.people);
        Ok(Sent {
            message,
            repeated,
            quoted,
            conversation,
            people,
            status,
        })
    }

    /// Changes a message's words. Only its author may (the host's backend may for anybody).
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` (somebody else's message), `Invalid` (blank, too long).
    pub async fn edit_message(
        &self,
        by: &Principal,
        named: impl Into<MessageRef>,
        body: String,
    ) -> Result<Sent, ChatError> {
        self.take(by, RateClass::Send)?;
        let (seat, message) = self.own_message(by, named.into(), false).await?;
        if message.attachments.is_empty() || !body.is_empty() {
            input::check_body(self.limits(), &body)?;
        }
        let change = ChangeBody::EditMessage {
            message: message.id,
            body,
        };
        let done = self.commit(by, seat.id(), change).await?;
        self.changed(done).await
    }

    /// Deletes a message for everybody. Its author may, and staff.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`.
    pub async fn delete_message(
        &self,
        by: &Principal,
        named: impl Into<MessageRef>,
    ) -> Result<(), ChatError> {
        self.take(by, RateClass::Change)?;
        let (seat, message) = self.own_message(by, named.into(), true).await?;
        let change = ChangeBody::DeleteMessage {
            message: message.id,
        };
        self.commit(by, seat.id(), change).await.map(drop)
    }

    /// Adds a reaction, or takes it back. What is so already stays so.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` (no emoji, too many).
    pub async fn react(
        &self,
        by: &Principal,
        named: impl Into<MessageRef>,
        emoji: &str,
        add: bool,
    ) -> Result<Sent, ChatError> {
        self.take(by, RateClass::Change)?;
        input::check_emoji(self.limits(), emoji)?;
        let user = by
            .user_id()
            .ok_or(ChatError::Forbidden("only people react"))?;
        let (seat, message) = self.visible_message(by, named.into()).await?;
        if add {
            let max = self.limits().reactions;
            input::check_len("emoji", message.reactions.len() + 1, max)?;
        }
        let emoji = emoji.to_owned();
        let change = ChangeBody::React {
            message: message.id,
            user,
            emoji,
            add,
        };
        let done = self.commit(by, seat.id(), change).await?;
        self.changed(done).await
    }

    async fn changed(&self, done: Done) -> Result<Sent, ChatError> {
        let (Outcome::MessageUpdated(message) | Outcome::Reaction { message, .. }) =
            done.committed.outcome
        else {
            return Err(ChatError::Unavailable { perhaps_done: true });
        };
        let (id, seq) = (message.conversation, message.seq);
        let status = self
            .inner
            .store
            .receipts(id, seq, seq)
            .await?
            .status(&message);
        let (conversation, people) = (done.state, done.people);
        Ok(Sent {
            message,
            repeated: false,
            quoted: None,
            conversation,
            people,
            status,
        })
    }

    /// A message, not deleted, that the principal may read.
    pub(super) async fn visible_message(
        &self,
        by: &Principal,
        named: MessageRef,
    ) -> Result<(Seat, Message), ChatError> {
        let id = self.message_id(named).await?;
        let message = self.inner.store.message(id).await?;
        let message = message
            .filter(|m| m.deleted_at.is_none())
            .ok_or(NO_MESSAGE)?;
        let seat = self.inner.access.may_read(by, message.conversation).await;
        let seat = seat.map_err(|error| match error {
            ChatError::NotFound(_) => NO_MESSAGE,
            other => other,
        })?;
        Ok((seat, message))
    }

    async fn own_message(
        &self,
        by: &Principal,
        named: MessageRef,
        staff_may: bool,
    ) -> Result<(Seat, Message), ChatError> {
        let (seat, message) = self.visible_message(by, named).await?;
        let may = by
            .user()
            .is_none_or(|user| message.sender == Some(user.id) || (staff_may && user.is_staff));
        if !may {
            return Err(ChatError::Forbidden("only its author may change a message"));
        }
        Ok((seat, message))
    }
}

/// Only the host's backend writes history.
fn backdated(
    by: &Principal,
    at: Option<crate::clock::Timestamp>,
) -> Option<crate::clock::Timestamp> {
    at.filter(|_| by.user().is_none())
}

/// Who writes, and on behalf of which party.
fn author(
    by: &Principal,
    seat: &Seat,
    post_as: PostAs,
) -> Result<(Option<UserId>, Option<Party>), ChatError> {
    match (by, post_as) {
        (Principal::User(by), PostAs::Myself) => Ok((Some(by.user.id), seat.party)),
        (Principal::User(_), _) => Err(ChatError::Forbidden("only the host posts for others")),
        (Principal::App(_), PostAs::Myself | PostAs::System) => Ok((None, None)),
        (Principal::App(_), PostAs::User(user)) => {
            // Anybody of the app may be named in a desk conversation: staff write for their side.
            let party = seat.state.party_of(user, true);
            let party = party.ok_or(ChatError::invalid("as", Fault::Unknown))?;
            Ok((Some(user), Some(party)))
        }
    }
}
