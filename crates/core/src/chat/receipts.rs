//! Read and delivered marks, typing.

use std::sync::Arc;

use super::{Chat, input};
use crate::access::Seat;
use crate::change::{ChangeBody, Outcome};
use crate::command::{MarkRead, Marked, ReadTarget};
use crate::error::ChatError;
use crate::event::{Event, EventBody};
use crate::ids::{ConversationRef, MessageId, MessageRef, new_uuid};
use crate::member::Party;
use crate::people::People;
use crate::principal::Principal;
use crate::rate::RateClass;
use crate::user::User;
use crate::writer::Done;

impl Chat {
    /// Marks messages as read by the principal's party.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` (the host's backend reads nothing), `Invalid` (too many ids).
    pub async fn mark_read(&self, by: &Principal, wish: MarkRead) -> Result<Marked, ChatError> {
        self.take(by, RateClass::Change)?;
        let (seat, party) = self.own_seat(by, wish.conversation).await?;
        let target = match wish.target {
            ReadTarget::All => ReadTarget::All,
            ReadTarget::UpTo(seq) => ReadTarget::UpTo(seq),
            ReadTarget::Messages(named) => ReadTarget::Messages(self.known_ids(&named).await?),
        };
        let mut origin = Self::origin(by);
        origin.announce_unchanged = wish.announce_unchanged;
        let change = ChangeBody::MarkRead { party, target };
        Self::marked(self.commit_from(origin, seat.id(), change).await?)
    }

    /// Marks everything up to a seq as delivered to the principal's party.
    ///
    /// # Errors
    /// As [`Chat::mark_read`].
    pub async fn mark_delivered(
        &self,
        by: &Principal,
        conversation: impl Into<ConversationRef>,
        up_to: i64,
    ) -> Result<Marked, ChatError> {
        self.take(by, RateClass::Change)?;
        let (seat, party) = self.own_seat(by, conversation.into()).await?;
        let change = ChangeBody::MarkDelivered { party, up_to };
        Self::marked(self.commit(by, seat.id(), change).await?)
    }

    /// Marks everything in all conversations as delivered to this user, who just came within reach.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mark_all_delivered(&self, by: &Principal) -> Result<(), ChatError> {
        let Some(user) = by.user_id() else {
            return Ok(());
        };
        for conversation in self.inner.store.undelivered(user).await? {
            let change = ChangeBody::MarkDelivered {
                party: Party::User(user),
                up_to: i64::MAX,
            };
            match self.commit(by, conversation, change).await {
                // Left or deleted in between: nothing is owed any more.
                Ok(_) | Err(ChatError::NotFound(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Tells the others that the principal types, or stopped.
    ///
    /// # Errors
    /// As [`Chat::mark_read`].
    pub async fn set_typing(
        &self,
        by: &Principal,
        conversation: impl Into<ConversationRef>,
        typing: bool,
    ) -> Result<(), ChatError> {
        self.take(by, RateClass::Change)?;
        let (seat, _) = self.own_seat(by, conversation.into()).await?;
        let Some(user) = by.user() else { return Ok(()) };
        let now = self.now();
        if typing {
            self.inner
                .typing
                .start(seat.id(), user, now, self.limits().typing_for);
        } else {
            self.inner.typing.stop(seat.id(), user.id);
        }
        self.tell_typing(&seat, user, by.socket(), typing);
        Ok(())
    }

    /// Ends typing that was not repeated. To be called about once a second.
    pub async fn expire_typing(&self) {
        for (conversation, user) in self.inner.typing.expired(self.now()) {
            let by = Principal::for_user(Arc::clone(&user), None);
            if let Ok(seat) = self.inner.access.may_read(&by, conversation).await {
                self.tell_typing(&seat, &user, None, false);
            }
        }
    }

    fn tell_typing(
        &self,
        seat: &Seat,
        user: &Arc<User>,
        socket: Option<crate::ids::SocketId>,
        typing: bool,
    ) {
        let now = self.now();
        let body = if typing {
            EventBody::TypingStarted
        } else {
            EventBody::TypingStopped
        };
        self.inner.publisher.publish(Arc::new(Event {
            id: new_uuid(now),
            app: user.app,
            conversation: Some(Arc::clone(&seat.state)),
            revision: None,
            at: now,
            actor: Some(Arc::clone(user)),
            socket,
            skip_origin: false,
            also: Vec::new(),
            people: People::from_iter([Arc::clone(user)]),
            body,
        }));
    }

    async fn own_seat(
        &self,
        by: &Principal,
        conversation: ConversationRef,
    ) -> Result<(Seat, Party), ChatError> {
        let seat = self.writable(by, conversation).await?;
        let party = seat
            .party
            .ok_or(ChatError::Forbidden("only members have marks"))?;
        Ok((seat, party))
    }

    /// Keys of the messages that exist; unknown ones are passed over.
    async fn known_ids(&self, named: &[MessageRef]) -> Result<Vec<MessageId>, ChatError> {
        input::check_len("messages", named.len(), self.limits().read_ids)?;
        let mut ids = Vec::with_capacity(named.len());
        for named in named {
            match self.message_id(*named).await {
                Ok(id) => ids.push(id),
                Err(ChatError::NotFound(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(ids)
    }

    fn marked(done: Done) -> Result<Marked, ChatError> {
        let count = done.committed.conversation.message_count;
        let (member, messages) = match done.committed.outcome {
            Outcome::Read {
                member, messages, ..
            } => (member, messages),
            Outcome::Delivered { member } => (member, Vec::new()),
            _ => return Err(ChatError::Unavailable { perhaps_done: true }),
        };
        let unread_count = (count - member.seen_count).max(0);
        Ok(Marked {
            member,
            messages,
            unread_count,
        })
    }
}
