//! Brings the store's apps up to date with the settings.

use std::sync::Arc;

use anyhow::Context as _;
use parlance_core::app::App;
use parlance_identity::{Identity, SecretText, hash_text};

use crate::settings::AppSettings;

/// Makes the apps of the settings that are not there, and changes those that differ.
///
/// # Errors
/// A host name that an app of the store has already; the store's.
pub(crate) async fn bring_up_to_date(
    identity: &Identity,
    apps: &[AppSettings],
) -> anyhow::Result<()> {
    for app in apps {
        bring_one(identity, app)
            .await
            .with_context(|| format!("apps.{}", app.name))?;
    }
    Ok(())
}

async fn bring_one(identity: &Identity, wanted: &AppSettings) -> anyhow::Result<()> {
    let key = wanted
        .key
        .as_ref()
        .map(|key| SecretText::new(key.expose().to_owned()));
    match identity.apps().app_by_name(&wanted.name) {
        None => {
            if key.is_none() {
                tracing::info!(
                    app.name = wanted.name,
                    "an app without key: nobody can use its operator API; set key_env"
                );
            }
            identity
                .create_app(&wanted.name, wanted.profile.clone(), key)
                .await?;
            tracing::info!(app.name = wanted.name, "app made");
        }
        Some(app) if differs(&app, wanted) => {
            identity
                .update_app(app.id, &wanted.profile, key.as_ref())
                .await?;
            tracing::info!(app.name = wanted.name, "app changed");
        }
        Some(_) => {}
    }
    Ok(())
}

fn differs(app: &Arc<App>, wanted: &AppSettings) -> bool {
    let other_key = wanted
        .key
        .as_ref()
        .is_some_and(|key| hash_text(key.expose()) != app.key_hash);
    other_key || app.profile != wanted.profile
}
