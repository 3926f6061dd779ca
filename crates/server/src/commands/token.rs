//! `parlance token`: a token for trying things out.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use parlance_core::app::App;
use parlance_core::clock::{Clock, SystemClock};
use parlance_core::ids::new_uuid;
use parlance_core::publish::{Disconnect, Publisher};
use parlance_core::store::Store;
use parlance_core::user::{User, UserUpsert};
use parlance_identity::{Identity, IdentityStore};

use crate::cli::TokenArgs;
use crate::commands::load_settings;
use crate::output::{complain, say};
use crate::settings::{Settings, Value as _};
use crate::wiring::{identity_settings, open_store};

/// Prints a token of the native protocol.
///
/// # Errors
/// No such database, app or user.
pub(crate) async fn run(args: TokenArgs) -> anyhow::Result<ExitCode> {
    let settings = match load_settings(&args.settings) {
        Ok(settings) => settings,
        Err(code) => return Ok(code),
    };
    let lifetime =
        Duration::from_text(&args.expires_in).map_err(|what| anyhow!("--expires-in: {what}"))?;
    let path = settings.store.path(&settings.server.data_dir);
    if !path.is_file() {
        bail!(
            "there is no database {}; start the server once, or name its data with --config or \
             --data-dir",
            path.display()
        );
    }
    let store = open_store(&settings).await?;
    let minted = mint(&args, &settings, &store, lifetime).await;
    store.close().await?;
    say(minted?);
    Ok(ExitCode::SUCCESS)
}

async fn mint(
    args: &TokenArgs,
    settings: &Settings,
    store: &Arc<dyn Store>,
    lifetime: Duration,
) -> anyhow::Result<String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let identity = Identity::load(
        IdentityStore::from(Arc::clone(store)),
        Arc::clone(&clock),
        Arc::new(Nobody),
        identity_settings(settings),
    )
    .await?;
    let app = identity.apps().app_by_name(&args.app).with_context(|| {
        let names: Vec<String> = identity
            .apps()
            .all()
            .iter()
            .map(|app| app.name.clone())
            .collect();
        let known = if names.is_empty() {
            "there are none yet".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        format!("no app {:?}; {known}", args.app)
    })?;
    let user = find_user(args, store, &app, &*clock).await?;
    if !user.is_active {
        complain(format_args!(
            "parlance: the user is switched off; the token opens nothing until it is on"
        ));
    }
    Ok(identity
        .mint_native_token(&app, &user, lifetime)
        .into_exposed())
}

async fn find_user(
    args: &TokenArgs,
    store: &Arc<dyn Store>,
    app: &App,
    clock: &dyn Clock,
) -> anyhow::Result<User> {
    if let Some(user) = store.user_by_external_id(app.id, &args.user).await? {
        return Ok(user);
    }
    if !args.create {
        bail!(
            "no user with the external id {:?} in the app {}; make it by the operator API, or with \
             --create",
            args.user,
            app.name
        );
    }
    let now = clock.now();
    let user = UserUpsert {
        external_id: args.user.clone(),
        ..UserUpsert::default()
    };
    let made = store
        .upsert_users(app.id, vec![(new_uuid(now), user)], now)
        .await?;
    let user = made.ok().and_then(|users| users.into_iter().next());
    user.with_context(|| format!("the user {:?} could not be made", args.user))
}

/// Without a server there are no sockets.
struct Nobody;

impl Publisher for Nobody {
    fn publish(&self, _event: Arc<parlance_core::event::Event>) {}

    fn disconnect(&self, _whom: Disconnect) {}
}
