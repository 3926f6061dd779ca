//! An identity with one app, a clock that tests turn and a publisher that remembers.

use std::sync::Arc;
use std::time::Duration;

use parlance_core::app::{App, AppProfile, TokenKey};
use parlance_core::clock::{Clock as _, ManualClock, Timestamp};
use parlance_core::event::Event;
use parlance_core::ids::new_uuid;
use parlance_core::principal::Principal;
use parlance_core::publish::{Disconnect, Publisher};
use parlance_core::store::{Store, Users as _};
use parlance_core::user::{User, UserUpsert};
use parlance_identity::{Identity, IdentitySettings};
use parlance_store::{SqliteOptions, SqliteStore};

/// Remembers which sockets were to be ended.
#[derive(Default)]
pub(crate) struct Disconnects(std::sync::Mutex<Vec<Disconnect>>);

impl Disconnects {
    /// Those since the last call.
    pub(crate) fn take(&self) -> Vec<Disconnect> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Publisher for Disconnects {
    fn publish(&self, _: Arc<Event>) {}

    fn disconnect(&self, whom: Disconnect) {
        self.0.lock().unwrap().push(whom);
    }
}

pub(crate) struct Fixture {
    pub(crate) identity: Identity,
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) disconnects: Arc<Disconnects>,
    pub(crate) store: Arc<SqliteStore>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    /// With an app without keys of a host.
    pub(crate) async fn new() -> Self {
        Self::with(Vec::new(), IdentitySettings::default()).await
    }

    /// With an app `shop` whose host signs with these keys.
    pub(crate) async fn with(token_keys: Vec<TokenKey>, settings: IdentitySettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(
            1_800_000_000_250_000,
        )));
        let mut options = SqliteOptions::new(folder.path().join("parlance.db"));
        options.clock = clock.clone();
        let store = Arc::new(SqliteStore::open(options).unwrap());
        let disconnects = Arc::new(Disconnects::default());
        let whole: Arc<dyn Store> = store.clone();
        let identity = Identity::load(whole.into(), clock.clone(), disconnects.clone(), settings)
            .await
            .unwrap();
        let profile = AppProfile {
            token_keys,
            ..AppProfile::default()
        };
        let (app, _) = identity.create_app("shop", profile, None).await.unwrap();
        Self {
            identity,
            app,
            clock,
            disconnects,
            store,
            _folder: folder,
        }
    }

    /// Another app.
    pub(crate) async fn other_app(&self) -> Arc<App> {
        let made = self
            .identity
            .create_app("other", AppProfile::default(), None)
            .await;
        made.unwrap().0
    }

    /// What the host's backend does with the operator API.
    pub(crate) async fn upsert(&self, upsert: UserUpsert) -> User {
        let now = self.clock.now();
        let users = vec![(new_uuid(now), upsert)];
        let stored = self.store.upsert_users(self.app.id, users, now).await;
        stored.unwrap().unwrap().remove(0)
    }

    pub(crate) async fn user(&self, external_id: &str) -> User {
        self.upsert(UserUpsert {
            external_id: external_id.to_owned(),
            ..UserUpsert::default()
        })
        .await
    }

    pub(crate) async fn switch(&self, user: &User, is_active: bool) -> User {
        self.upsert(UserUpsert {
            external_id: user.external_id.clone(),
            is_active: Some(is_active),
            ..UserUpsert::default()
        })
        .await
    }

    /// Now, as claims have it, and later.
    pub(crate) fn seconds_from_now(&self, seconds: i64) -> i64 {
        self.clock.now().as_seconds() + seconds
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// Whom a principal is, by the host's id.
pub(crate) fn external_id(principal: &Principal) -> &str {
    &principal.user().unwrap().external_id
}
