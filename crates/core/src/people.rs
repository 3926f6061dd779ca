//! The users that an answer or an event mentions, so that whoever writes it out needs no look-up.

use std::sync::Arc;

use crate::ids::UserId;
use crate::user::User;

/// A small set of users by id.
#[derive(Debug, Clone, Default)]
pub struct People(Vec<Arc<User>>);

impl People {
    /// Adds a user unless it is there.
    pub fn add(&mut self, user: Arc<User>) {
        if let Err(at) = self.0.binary_search_by_key(&user.id, |u| u.id) {
            self.0.insert(at, user);
        }
    }

    /// The user of that id.
    pub fn get(&self, id: UserId) -> Option<&Arc<User>> {
        self.0
            .binary_search_by_key(&id, |u| u.id)
            .ok()
            .map(|at| &self.0[at])
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<User>> {
        self.0.iter()
    }
}

impl FromIterator<Arc<User>> for People {
    fn from_iter<I: IntoIterator<Item = Arc<User>>>(users: I) -> Self {
        let mut all: Vec<_> = users.into_iter().collect();
        all.sort_by_key(|u| u.id);
        all.dedup_by_key(|u| u.id);
        Self(all)
    }
}
