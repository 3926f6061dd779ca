//! A cache of user profiles, for names in events and answers.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::error::ChatError;
use crate::ids::UserId;
use crate::people::People;
use crate::store::Store;
use crate::user::User;

/// Profiles by id, read through the store.
pub struct UserCache {
    store: Arc<dyn Store>,
    users: Cache<UserId, Arc<User>>,
}

impl UserCache {
    /// Remembers at most `capacity` users.
    pub fn new(store: Arc<dyn Store>, capacity: usize) -> Self {
        Self {
            store,
            users: Cache::new(capacity),
        }
    }

    /// Takes a fresh profile in.
    pub fn put(&self, user: &Arc<User>) {
        self.users.insert(user.id, Arc::clone(user));
    }

    /// These users; unknown ids are left out. One query for all that are not remembered.
    pub async fn people(&self, ids: impl IntoIterator<Item = UserId>) -> Result<People, ChatError> {
        let mut people = People::default();
        let mut missing = Vec::new();
        for id in ids {
            match self.users.get(&id) {
                Some(user) => people.add(user),
                None => missing.push(id),
            }
        }
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            for user in self.store.users(&missing).await? {
                let user = Arc::new(user);
                self.put(&user);
                people.add(user);
            }
        }
        Ok(people)
    }

    /// One user.
    pub async fn user(&self, id: UserId) -> Result<Option<Arc<User>>, ChatError> {
        Ok(self.people([id]).await?.get(id).cloned())
    }
}
