//! Credentials that were checked a moment ago, so that not every request asks the store.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use parlance_core::clock::Timestamp;
use parlance_core::ids::{AppId, CredentialId, UserId};
use parlance_core::principal::Principal;
use parlance_core::user::User;
use quick_cache::sync::Cache;

/// How long a check is believed. A revocation on this node is known at once; one that another node
/// took in, or that went past this crate, after at most this time.
const BELIEVED_FOR: Duration = Duration::from_mins(1);

/// Which way a credential was checked: a text that passed one way must not pass another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Native,
    Opaque,
    Access,
}

/// App, kind and SHA-256 of the credential's text.
pub(crate) type Key = (AppId, Kind, [u8; 32]);

/// What a check came to.
#[derive(Debug, Clone)]
pub(crate) struct Verified {
    pub(crate) user: Arc<User>,
    pub(crate) credential: CredentialId,
    pub(crate) until: Timestamp,
}

impl Verified {
    pub(crate) fn principal(&self) -> Principal {
        Principal::for_user(Arc::clone(&self.user), Some(self.credential))
    }
}

/// Counts revocations; a check that began before one must not be remembered after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

pub(crate) struct VerifiedCache {
    entries: Cache<Key, Verified>,
    generation: Mutex<Generation>,
}

impl VerifiedCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: Cache::new(capacity),
            generation: Mutex::new(Generation(0)),
        }
    }

    /// What is still believed of this credential.
    pub(crate) fn get(&self, key: &Key, now: Timestamp) -> Option<Verified> {
        self.entries.get(key).filter(|entry| now < entry.until)
    }

    /// To be asked before a check begins, for [`VerifiedCache::put`] after it.
    pub(crate) fn generation(&self) -> Generation {
        *self.generation.lock()
    }

    /// Remembers a check, unless something was revoked since it began.
    pub(crate) fn put(&self, key: Key, mut entry: Verified, began: Generation, now: Timestamp) {
        entry.until = entry.until.min(now.plus(BELIEVED_FOR));
        let generation = self.generation.lock();
        if *generation == began {
            self.entries.insert(key, entry);
        }
    }

    pub(crate) fn forget_user(&self, user: UserId) {
        self.forget(|_, entry| entry.user.id == user);
    }

    pub(crate) fn forget_credential(&self, credential: CredentialId) {
        self.forget(|_, entry| entry.credential == credential);
    }

    pub(crate) fn forget_app(&self, app: AppId) {
        self.forget(|key, _| key.0 == app);
    }

    fn forget(&self, which: impl Fn(&Key, &Verified) -> bool) {
        let mut generation = self.generation.lock();
        generation.0 += 1;
        self.entries.retain(|key, entry| !which(key, entry));
    }
}
