//! Sockets come and go; who is online.

use std::sync::Arc;

use super::Chat;
use crate::conversation::SharedState;
use crate::error::ChatError;
use crate::event::{Event, EventBody};
use crate::ids::{ConversationId, UserId, new_uuid};
use crate::people::People;
use crate::presence::Presence;
use crate::principal::{Principal, UserPrincipal};
use crate::rate::RateClass;

/// Partners who are told of one person's coming and going.
const PARTNERS: usize = 2_000;

impl Chat {
    /// Counts on this node.
    pub fn presence(&self) -> &Presence {
        &self.inner.presence
    }

    /// A socket of this user was opened. The first one makes the user online.
    ///
    /// # Errors
    /// `TooMany`: opened too often, or too many are open. `Forbidden`: the user is switched off.
    pub async fn socket_opened(&self, by: &UserPrincipal) -> Result<(), ChatError> {
        if !by.user.is_active {
            return Err(ChatError::Forbidden("the user is switched off"));
        }
        self.take(&Principal::User(by.clone()), RateClass::Connect)?;
        let max = self.limits().sockets_per_user;
        let open = self.inner.presence.connect(by.user.id, max);
        let open = open.map_err(|_| ChatError::TooMany {
            retry_after: std::time::Duration::from_secs(1),
        })?;
        if open == 1 {
            self.tell_presence(by, true).await;
        }
        Ok(())
    }

    /// A socket of this user was closed. The last one makes the user offline.
    pub async fn socket_closed(&self, by: &UserPrincipal) {
        if self.inner.presence.disconnect(by.user.id) == 0 {
            if let Err(error) = self.inner.store.set_last_seen(by.user.id, self.now()).await {
                tracing::warn!(error = %error, "the time of a user's last socket was not stored");
            }
            self.tell_presence(by, false).await;
        }
    }

    /// A socket of this user listens to a conversation itself from now on: the user has it open.
    /// Tells whoever else has. To be called once the socket may hear of it.
    ///
    /// # Errors
    /// `NotFound` as [`crate::access::Access::may_read`], `Unavailable`; then nothing was counted.
    pub async fn conversation_opened(
        &self,
        by: &UserPrincipal,
        conversation: ConversationId,
    ) -> Result<(), ChatError> {
        let reader = Principal::User(by.clone());
        let seat = self.inner.access.may_read(&reader, conversation).await?;
        let openings = self.inner.presence.openings();
        openings.open(conversation, by.user.id, |first| {
            self.tell_attendance(by, &seat.state, true, first);
        });
        Ok(())
    }

    /// A socket for which [`Chat::conversation_opened`] was called has gone, for whatever reason.
    /// The user's last one is told to whoever else has the conversation open.
    pub async fn conversation_left(&self, by: &UserPrincipal, conversation: ConversationId) {
        // Without a look at rights: having lost them is one way to leave.
        let state = self.inner.access.state(conversation).await;
        let openings = self.inner.presence.openings();
        openings.close(conversation, by.user.id, || match &state {
            Ok(state) => self.tell_attendance(by, state, false, false),
            Err(error) => {
                tracing::warn!(error = %error, "that somebody left a conversation was not told");
            }
        });
    }

    fn tell_attendance(&self, by: &UserPrincipal, state: &SharedState, present: bool, first: bool) {
        let now = self.now();
        let user = Arc::clone(&by.user);
        self.inner.publisher.publish(Arc::new(Event {
            id: new_uuid(now),
            app: user.app,
            conversation: Some(Arc::clone(state)),
            revision: None,
            at: now,
            actor: Some(Arc::clone(&user)),
            socket: by.socket,
            skip_origin: false,
            also: Vec::new(),
            people: People::from_iter([Arc::clone(&user)]),
            body: EventBody::AttendanceChanged {
                user,
                present,
                first,
            },
        }));
    }

    async fn tell_presence(&self, by: &UserPrincipal, online: bool) {
        let partners = match self.inner.store.partners(by.user.id, PARTNERS).await {
            Ok(partners) => partners,
            Err(error) => {
                tracing::warn!(error = %error, "a change of presence was not told");
                return;
            }
        };
        let partners: Vec<_> = partners
            .into_iter()
            .filter(|user| self.inner.presence.is_online(*user))
            .collect();
        if partners.is_empty() {
            return;
        }
        let now = self.now();
        let user = Arc::clone(&by.user);
        self.inner.publisher.publish(Arc::new(Event {
            id: new_uuid(now),
            app: user.app,
            conversation: None,
            revision: None,
            at: now,
            actor: Some(Arc::clone(&user)),
            socket: by.socket,
            skip_origin: false,
            also: partners,
            people: People::from_iter([Arc::clone(&user)]),
            body: EventBody::PresenceChanged { user, online },
        }));
    }

    /// Who is online among those with whom the principal shares a conversation.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn online_partners(&self, by: &Principal) -> Result<People, ChatError> {
        self.take(by, RateClass::Query)?;
        let Some(user) = by.user_id() else {
            return Ok(People::default());
        };
        let partners = self.inner.store.partners(user, PARTNERS).await?;
        let online: Vec<UserId> = partners
            .into_iter()
            .filter(|id| self.inner.presence.is_online(*id))
            .collect();
        self.inner.users.people(online).await
    }
}
