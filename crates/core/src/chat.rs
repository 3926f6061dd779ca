//! The use cases: limits, the one door, one commit.

mod conversations;
mod documents;
mod input;
mod members;
mod messages;
mod presence;
mod queries;
mod receipts;
mod request;
mod resume;
mod users;

pub use request::{Reply, Request};
pub use resume::{Resume, Resumed};

use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::access::{Access, Seat};
use crate::change::{Change, ChangeBody};
use crate::clock::{Clock, Timestamp};
use crate::error::{ChatError, Subject};
use crate::ids::{AppId, ConversationId, ConversationRef, MessageId, MessageRef, UserId, UserRef};
use crate::limits::Limits;
use crate::presence::Presence;
use crate::principal::Principal;
use crate::publish::Publisher;
use crate::rate::{RateClass, RateLimiter};
use crate::store::Store;
use crate::typing::Typing;
use crate::users::UserCache;
use crate::writer::{Done, Origin, Writer, WriterParts};

/// Entries of each cache.
const CACHED: usize = 100_000;

/// The chat core: every wish of every dialect passes through here. Cheap to clone.
#[derive(Clone)]
pub struct Chat {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    access: Arc<Access>,
    users: Arc<UserCache>,
    writer: Writer,
    publisher: Arc<dyn Publisher>,
    presence: Presence,
    typing: Typing,
    rates: RateLimiter,
    conversation_ids: Cache<(AppId, Uuid), ConversationId>,
    message_ids: Cache<Uuid, MessageId>,
}

impl Chat {
    /// Starts the core on the current runtime.
    pub fn start(
        store: Arc<dyn Store>,
        publisher: Arc<dyn Publisher>,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Self {
        let access = Arc::new(Access::new(Arc::clone(&store), CACHED));
        let users = Arc::new(UserCache::new(Arc::clone(&store), CACHED));
        let parts = WriterParts {
            store: Arc::clone(&store),
            access: Arc::clone(&access),
            users: Arc::clone(&users),
            publisher: Arc::clone(&publisher),
        };
        let inner = Inner {
            writer: Writer::start(&parts),
            rates: RateLimiter::new(Arc::clone(&clock), &limits),
            presence: Presence::default(),
            typing: Typing::default(),
            conversation_ids: Cache::new(CACHED),
            message_ids: Cache::new(CACHED),
            store,
            clock,
            limits,
            access,
            users,
            publisher,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The present moment, by the injected clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Tells whether the store is still the one that a client knew.
    pub fn epoch(&self) -> Uuid {
        self.inner.store.epoch()
    }

    /// The door to conversations.
    pub fn access(&self) -> &Access {
        &self.inner.access
    }

    fn take(&self, by: &Principal, class: RateClass) -> Result<(), ChatError> {
        self.inner.rates.take(by, class)
    }

    /// Counts an upload against the principal's rate.
    ///
    /// # Errors
    /// `TooMany`.
    pub fn take_upload(&self, by: &Principal) -> Result<(), ChatError> {
        self.take(by, RateClass::Upload)
    }

    async fn conversation_id(
        &self,
        app: AppId,
        named: ConversationRef,
    ) -> Result<ConversationId, ChatError> {
        let uuid = match named {
            ConversationRef::Id(id) => return Ok(id),
            ConversationRef::Uuid(uuid) => uuid,
        };
        if let Some(id) = self.inner.conversation_ids.get(&(app, uuid)) {
            return Ok(id);
        }
        let id = self.inner.store.conversation_id(app, uuid).await?;
        let id = id.ok_or(ChatError::NotFound(Subject::Conversation))?;
        self.inner.conversation_ids.insert((app, uuid), id);
        Ok(id)
    }

    async fn message_id(&self, named: MessageRef) -> Result<MessageId, ChatError> {
        let uuid = match named {
            MessageRef::Id(id) => return Ok(id),
            MessageRef::Uuid(uuid) => uuid,
        };
        if let Some(id) = self.inner.message_ids.get(&uuid) {
            return Ok(id);
        }
        let id = self.inner.store.message_id(uuid).await?;
        let id = id.ok_or(ChatError::NotFound(Subject::Message))?;
        self.inner.message_ids.insert(uuid, id);
        Ok(id)
    }

    async fn readable(&self, by: &Principal, named: ConversationRef) -> Result<Seat, ChatError> {
        let id = self.conversation_id(by.app(), named).await?;
        self.inner.access.may_read(by, id).await
    }

    async fn writable(&self, by: &Principal, named: ConversationRef) -> Result<Seat, ChatError> {
        let id = self.conversation_id(by.app(), named).await?;
        self.inner.access.may_write(by, id).await
    }

    fn origin(by: &Principal) -> Origin {
        Origin {
            app: by.app(),
            actor: by.user().cloned(),
            socket: by.socket(),
            announce_unchanged: false,
            leave_out_origin: false,
        }
    }

    async fn commit(
        &self,
        by: &Principal,
        conversation: ConversationId,
        body: ChangeBody,
    ) -> Result<Done, ChatError> {
        self.commit_from(Self::origin(by), conversation, body).await
    }

    async fn commit_from(
        &self,
        origin: Origin,
        conversation: ConversationId,
        body: ChangeBody,
    ) -> Result<Done, ChatError> {
        let change = Change {
            conversation: Some(conversation),
            at: self.now(),
            body,
        };
        self.inner.writer.commit(change, origin).await
    }
}

/// What no principal of this app may know of.
const NO_MESSAGE: ChatError = ChatError::NotFound(Subject::Message);
const NO_USER: ChatError = ChatError::NotFound(Subject::User);

impl Chat {
    /// The user of that id or public id within the principal's app.
    ///
    /// # Errors
    /// `NotFound` for users of other apps as well.
    pub async fn user(
        &self,
        by: &Principal,
        named: impl Into<UserRef>,
    ) -> Result<Arc<crate::user::User>, ChatError> {
        let user = match named.into() {
            UserRef::Id(id) => self.inner.users.user(id).await?,
            UserRef::Uuid(uuid) => self
                .inner
                .store
                .user_by_uuid(by.app(), uuid)
                .await?
                .map(Arc::new),
        };
        user.filter(|user| user.app == by.app()).ok_or(NO_USER)
    }

    async fn user_id(&self, by: &Principal, named: UserRef) -> Result<UserId, ChatError> {
        Ok(self.user(by, named).await?.id)
    }
}
