//! Accounts, token verification, sessions and revocation: who somebody is, and for how long.
//!
//! Dialects and the operator API ask [`Identity`]; it asks the store. It knows no transport: where a
//! credential stood in a request is the dialect's business, and so is how a refusal looks.

mod accounts;
mod apps;
mod attempts;
mod claims;
mod cookie;
mod error;
mod jwks;
mod jwt;
mod keys;
mod native;
mod opaque;
mod passwords;
mod revocation;
mod simple_jwt;
mod verified;

use std::collections::HashMap;
use std::sync::Arc;

use parlance_core::clock::Clock;
use parlance_core::limits::Rate;
use parlance_core::publish::Publisher;
use parlance_core::store::{Accounts, Apps, Store, Stored, Users};

use crate::attempts::Attempts;
use crate::jwks::KeySets;
use crate::passwords::Passwords;
use crate::verified::VerifiedCache;

pub use crate::apps::AppRegistry;
pub use crate::claims::TokenRules;
pub use crate::error::{AccountError, AppError, AuthError};
pub use crate::keys::{SecretText, generate_app_key, generate_app_secret, hash_text};
pub use crate::native::check_token_key;
pub use crate::simple_jwt::{Refreshed, SimpleJwtRules, TokenPair, UserIdForm};

/// The part of the store that this crate sees.
#[derive(Clone)]
pub struct IdentityStore {
    /// Accounts and credentials.
    pub accounts: Arc<dyn Accounts>,
    /// Users.
    pub users: Arc<dyn Users>,
    /// Apps.
    pub apps: Arc<dyn Apps>,
}

impl From<Arc<dyn Store>> for IdentityStore {
    fn from(store: Arc<dyn Store>) -> Self {
        Self {
            accounts: Arc::clone(&store) as Arc<dyn Accounts>,
            users: Arc::clone(&store) as Arc<dyn Users>,
            apps: store,
        }
    }
}

/// How identity is set up.
#[derive(Debug, Clone)]
pub struct IdentitySettings {
    /// Failed logins, per app and login. Default: ten at once, then one in six seconds.
    pub login_rate: Rate,
    /// Logins and registrations in all. Default: 200 at once, then 50 a second.
    pub all_logins_rate: Rate,
    /// Passwords hashed at the same time; each takes a thread and 19 MiB. Default: as many as there
    /// are processors, at most 8.
    pub hashes_at_once: usize,
    /// What tokens of a host must name, by the app's name. Default: nothing.
    pub token_rules: HashMap<String, TokenRules>,
    /// Verified credentials that are remembered for a minute. Default: 10,000.
    pub remembered: usize,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            login_rate: Rate {
                per_second: 1.0 / 6.0,
                burst: 10.0,
            },
            all_logins_rate: Rate {
                per_second: 50.0,
                burst: 200.0,
            },
            hashes_at_once: std::thread::available_parallelism().map_or(2, |n| n.get().min(8)),
            token_rules: HashMap::new(),
            remembered: 10_000,
        }
    }
}

/// Who somebody is, and for how long.
pub struct Identity {
    accounts: Arc<dyn Accounts>,
    users: Arc<dyn Users>,
    registry: AppRegistry,
    changing_apps: tokio::sync::Mutex<()>,
    clock: Arc<dyn Clock>,
    publisher: Arc<dyn Publisher>,
    settings: IdentitySettings,
    key_sets: KeySets,
    verified: VerifiedCache,
    passwords: Passwords,
    attempts: Attempts,
}

impl Identity {
    /// Loads the apps and stands ready.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(
        store: IdentityStore,
        clock: Arc<dyn Clock>,
        publisher: Arc<dyn Publisher>,
        settings: IdentitySettings,
    ) -> Stored<Self> {
        Ok(Self {
            registry: AppRegistry::load(store.apps).await?,
            accounts: store.accounts,
            users: store.users,
            changing_apps: tokio::sync::Mutex::new(()),
            key_sets: KeySets::new(Arc::clone(&clock)),
            verified: VerifiedCache::new(settings.remembered),
            passwords: Passwords::new(settings.hashes_at_once),
            attempts: Attempts::new(
                Arc::clone(&clock),
                settings.login_rate,
                settings.all_logins_rate,
            ),
            clock,
            publisher,
            settings,
        })
    }
}
