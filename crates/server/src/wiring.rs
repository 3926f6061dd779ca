//! Puts the parts together: the one place that knows all of them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use parlance_core::Chat;
use parlance_core::clock::{Clock, SystemClock};
use parlance_core::limits::Limits;
use parlance_core::publish::Publisher;
use parlance_core::store::Store;
use parlance_gateway::directory::{Directory, DirectoryParts};
use parlance_gateway::hub::Hub;
use parlance_gateway::{Gateway, GatewayParts};
use parlance_identity::{Identity, IdentitySettings, IdentityStore, SecretText};
use parlance_media::{FolderMedia, Uploads};
use parlance_operator::OperatorServices;
use parlance_store::SqliteStore;
use tokio::time::MissedTickBehavior;

use crate::apps;
use crate::client_files;
use crate::health::StoreHealth;
use crate::listeners::Bound;
use crate::served_apps::ServedApps;
use crate::settings::Settings;

/// How often typing indicators that nobody repeated are taken back.
const TYPING_TICK: Duration = Duration::from_secs(1);

/// The variable by which the kill test breaks the server on purpose.
const ACK_BEFORE_COMMIT: &str = "PARLANCE_TEST_ACK_BEFORE_COMMIT";

/// Everything behind the gateway, open and running.
pub(crate) struct Parts {
    /// Lasting state.
    pub(crate) store: Arc<dyn Store>,
    /// The core.
    pub(crate) chat: Chat,
    /// Accounts, tokens, apps.
    pub(crate) identity: Arc<Identity>,
    hub: Arc<Hub>,
    /// The apps that are served.
    pub(crate) directory: Arc<Directory>,
    limits: Limits,
}

/// Opens the store of the settings. Blocks while a database is made or migrated.
///
/// # Errors
/// What is wrong with it, and what to do.
pub(crate) async fn open_store(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    let mut options = settings.store.options(&settings.server.data_dir);
    options.acknowledge_before_commit = std::env::var(ACK_BEFORE_COMMIT).is_ok_and(|on| on == "1");
    if options.acknowledge_before_commit {
        tracing::warn!(
            "{ACK_BEFORE_COMMIT} is set: messages are acknowledged BEFORE they are stored, and get \
             lost when the server is killed. Only for the test that has to notice it"
        );
    }
    let store = tokio::task::spawn_blocking(move || SqliteStore::open(options))
        .await
        .context("opening the store")??;
    Ok(Arc::new(store))
}

/// What identity is set to by the settings.
pub(crate) fn identity_settings(settings: &Settings) -> IdentitySettings {
    let rules = settings
        .apps
        .iter()
        .map(|app| (app.name.clone(), app.token_rules.clone()));
    IdentitySettings {
        login_rate: settings.rates.failed_login,
        all_logins_rate: settings.rates.login,
        token_rules: rules.collect(),
        ..IdentitySettings::default()
    }
}

impl Parts {
    /// Opens store and media and starts the core.
    ///
    /// # Errors
    /// The store or the media folder cannot be used.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let store = open_store(settings).await?;
        let folder = settings.media.folder(&settings.server.data_dir);
        let media = FolderMedia::open(&folder).await.with_context(|| {
            format!(
                "media.url: cannot use the folder {}; it has to be writable for this user",
                folder.display()
            )
        })?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let limits = settings.limits.to_limits(&settings.rates);
        let hub = Hub::new(Arc::clone(&clock));
        let publisher: Arc<dyn Publisher> = Arc::clone(&hub) as Arc<dyn Publisher>;
        let chat = Chat::start(
            Arc::clone(&store),
            Arc::clone(&publisher),
            Arc::clone(&clock),
            limits.clone(),
        );
        let identity = Identity::load(
            IdentityStore::from(Arc::clone(&store)),
            Arc::clone(&clock),
            publisher,
            identity_settings(settings),
        )
        .await?;
        let identity = Arc::new(identity);
        let uploads = Uploads::new(Arc::new(media), Arc::clone(&store) as _, clock);
        let directory = Directory::new(DirectoryParts {
            chat: chat.clone(),
            identity: Arc::clone(&identity),
            uploads: Arc::new(uploads),
        });
        tokio::spawn(expire_typing(chat.clone()));
        Ok(Self {
            store,
            chat,
            identity,
            hub,
            directory,
            limits,
        })
    }

    /// Serves the apps of the settings and of the store. `extra`: routes on each of them beside those
    /// of its dialects.
    ///
    /// # Errors
    /// An app of the settings that cannot be served, by its name. One that only the store knows is
    /// left out with a word in the log: the others must not suffer for it.
    pub(crate) async fn add_apps(
        &self,
        settings: &Settings,
        extra: Option<&axum::Router>,
    ) -> anyhow::Result<()> {
        apps::bring_up_to_date(&self.identity, &settings.apps).await?;
        let mut apps = settings.apps.iter();
        let one_needs_no_host = apps.any(|app| app.listen.is_none() && app.profile.host.is_none());
        for app in self.identity.apps().all() {
            let named = settings.apps.iter().find(|named| named.name == app.name);
            let is_named = named.is_some();
            if !is_named && one_needs_no_host && app.profile.host.is_none() {
                tracing::warn!(
                    app.name,
                    "not served: the settings do not name the app, and it has no host name; name \
                     it there, or delete it by the operator API"
                );
                continue;
            }
            let client = named.and_then(|named| named.client_dir.as_deref());
            let client = client.map(client_files::routes);
            let extra = match (extra.cloned(), client) {
                (Some(extra), Some(client)) => Some(extra.merge(client)),
                (extra, client) => extra.or(client),
            };
            match self.directory.add(&app, extra) {
                Ok(()) => {}
                Err(error) if is_named => {
                    return Err(error).with_context(|| format!("apps.{}.dialects", app.name));
                }
                Err(error) => tracing::error!(app.name, %error, "the app cannot be served"),
            }
        }
        Ok(())
    }

    /// The gateway in front of everything.
    pub(crate) fn gateway(&self, settings: &Settings, extra: Option<axum::Router>) -> Gateway {
        let key = settings.operator_key.as_ref();
        let services = OperatorServices {
            identity: Arc::clone(&self.identity),
            apps: Arc::new(ServedApps {
                directory: Arc::clone(&self.directory),
                hub: Arc::clone(&self.hub),
                extra,
            }),
            operator_key: key.map(|key| SecretText::new(key.expose().to_owned())),
        };
        Gateway::new(GatewayParts {
            hub: Arc::clone(&self.hub),
            directory: Arc::clone(&self.directory),
            chat: self.chat.clone(),
            limits: self.limits.clone(),
            operator: parlance_operator::router(services),
            health: Arc::new(StoreHealth::new(Arc::clone(&self.store))),
        })
    }

    /// Starts to accept on an address.
    pub(crate) fn listen(&self, gateway: &Gateway, bound: Bound) {
        let app = bound.app.as_deref();
        let app = app.and_then(|name| self.identity.apps().app_by_name(name));
        gateway.listen(bound.listener, app.map(|app| app.id));
    }
}

async fn expire_typing(chat: Chat) {
    let mut tick = tokio::time::interval(TYPING_TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tick.tick().await;
        chat.expire_typing().await;
    }
}
