//! Users as the host provides them.

use std::sync::Arc;

use super::Chat;
use crate::account::TakenField;
use crate::clock::Timestamp;
use crate::error::{ChatError, Fault};
use crate::ids::{UserId, new_uuid};
use crate::principal::Principal;
use crate::rate::RateClass;
use crate::store::AppUsage;
use crate::user::{User, UserUpsert};

/// Users of one upsert.
const AT_ONCE: usize = 1_000;

impl Chat {
    /// Makes or changes users by external id, all or none. Only the host's backend may.
    ///
    /// # Errors
    /// `Forbidden`, `Invalid` (too many, no external id, a username that is taken).
    pub async fn upsert_users(
        &self,
        by: &Principal,
        users: Vec<UserUpsert>,
    ) -> Result<Vec<Arc<User>>, ChatError> {
        self.take(by, RateClass::Change)?;
        if by.user().is_some() {
            return Err(ChatError::Forbidden("only the host provides users"));
        }
        super::input::check_len("users", users.len(), AT_ONCE)?;
        if users.iter().any(|user| user.external_id.trim().is_empty()) {
            return Err(ChatError::invalid("external_id", Fault::Required));
        }
        let now = self.now();
        let users = users
            .into_iter()
            .map(|user| (new_uuid(now), user))
            .collect();
        match self.inner.store.upsert_users(by.app(), users, now).await? {
            Ok(users) => Ok(users.into_iter().map(|user| self.remember(user)).collect()),
            Err((_, TakenField::Username)) => Err(ChatError::invalid("username", Fault::Taken)),
            Err((_, TakenField::ExternalId)) => {
                Err(ChatError::invalid("external_id", Fault::Taken))
            }
        }
    }

    /// Takes a profile into the cache of names. To be called with every profile that changed.
    pub fn remember(&self, user: User) -> Arc<User> {
        let user = Arc::new(user);
        self.inner.users.put(&user);
        user
    }

    /// A user of the principal's app by the host's id.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn user_by_external_id(
        &self,
        by: &Principal,
        external_id: &str,
    ) -> Result<Arc<User>, ChatError> {
        let user = self
            .inner
            .store
            .user_by_external_id(by.app(), external_id)
            .await?;
        user.map(Arc::new).ok_or(super::NO_USER)
    }

    /// A page of the app's users by rising id. Only the host's backend may.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn list_users(
        &self,
        by: &Principal,
        after: UserId,
        limit: usize,
    ) -> Result<Vec<User>, ChatError> {
        self.take(by, RateClass::Query)?;
        if by.user().is_some() {
            return Err(ChatError::Forbidden("only the host lists users"));
        }
        let limit = limit.clamp(1, AT_ONCE);
        Ok(self.inner.store.list_users(by.app(), after, limit).await?)
    }

    /// How much the principal's app has. Only the host's backend may ask.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn usage(&self, by: &Principal) -> Result<AppUsage, ChatError> {
        self.take(by, RateClass::Query)?;
        if by.user().is_some() {
            return Err(ChatError::Forbidden("only the host counts"));
        }
        Ok(self.inner.store.app_usage(by.app()).await?)
    }

    /// When a user's last socket was closed, unless one is open.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn last_seen(&self, user: UserId) -> Result<Option<Timestamp>, ChatError> {
        let users = self.inner.store.users(&[user]).await?;
        Ok(users.first().ok_or(super::NO_USER)?.last_seen_at)
    }
}
