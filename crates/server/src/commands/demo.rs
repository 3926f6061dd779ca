//! `parlance demo`: the server with demo apps, people and pages.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use parlance_core::app::AppProfile;
use parlance_identity::TokenRules;

use crate::cli::DemoArgs;
use crate::commands::{WRONG_SETTINGS, list_problems, serve};
use crate::demo::keys::DemoKeys;
use crate::demo::people::{PASSWORD, PEOPLE};
use crate::demo::seed::seed;
use crate::demo::site::{self, DemoApp, DemoSite, Slot};
use crate::listeners::{self, Bound};
use crate::logging;
use crate::output::say;
use crate::settings::{AppSettings, Overrides, Settings};
use crate::stop::StopSignals;
use crate::wiring::Parts;

/// The apps and what they speak, each on the port after the one before.
const APPS: [(&str, &[&str]); 2] = [("native", &["native"]), ("fixmate", &["fixmate", "native"])];

/// The name of the operator key among the demo's keys.
const OPERATOR: &str = "operator";

/// Runs it until a signal ends it.
///
/// # Errors
/// Why it could not start.
pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    if !args.listen.ip().is_loopback() && !args.i_know_this_is_public {
        bail!(
            "--listen {}: others could reach the demo, and be anybody in it; listen on 127.0.0.1, or \
             say --i-know-this-is-public",
            args.listen
        );
    }
    let settings = Settings::load(None, &overrides(&args));
    let mut settings = match settings {
        Ok(settings) => settings,
        Err(problems) => {
            list_problems(&problems);
            return Ok(ExitCode::from(WRONG_SETTINGS));
        }
    };
    logging::start(&settings.log);
    let names: Vec<&str> = APPS
        .iter()
        .map(|(name, _)| *name)
        .chain([OPERATOR])
        .collect();
    let keys = DemoKeys::of_folder(&args.data_dir, &names)?;
    // Each app has an address of its own, so there is no general one.
    settings.server.listen.clear();
    settings.operator_key = keys.get(OPERATOR).cloned();
    settings.apps = apps(args.listen, &keys)?;

    let signals = StopSignals::new()?;
    let parts = Parts::open(&settings).await?;
    let slot = Slot::default();
    let pages = site::routes(Arc::clone(&slot));
    parts.add_apps(&settings, Some(&pages)).await?;
    let gateway = parts.gateway(&settings, Some(pages));
    let bound = listeners::bind_all(&settings)?;
    let site = make_site(&parts, &keys, &bound, args.i_know_this_is_public).await?;
    let summary = summary(&args, &site, &keys);
    // The only place that fills it.
    let _filled_once = slot.set(site);
    serve::start(&parts, &gateway, bound);
    say(summary);
    Ok(serve::until_stopped(signals, &settings, &parts, &gateway).await)
}

/// The demo takes nothing from the environment, which may be that of a real server.
fn overrides(args: &DemoArgs) -> Overrides {
    let mut overrides = Overrides::default();
    overrides.set("data_dir", &args.data_dir.to_string_lossy());
    overrides.set("log.level", &args.log_level);
    overrides.set("stop_deadline", "3s");
    overrides
}

fn apps(first: SocketAddr, keys: &DemoKeys) -> anyhow::Result<Vec<AppSettings>> {
    let mut apps = Vec::new();
    for (index, (name, dialects)) in (0_u16..).zip(APPS) {
        let port = match first.port() {
            0 => 0,
            port => port.checked_add(index).with_context(|| {
                format!("--listen {first}: there is no port after it; choose a lower one")
            })?,
        };
        apps.push(AppSettings {
            name: name.to_owned(),
            client_dir: None,
            listen: Some(SocketAddr::new(first.ip(), port)),
            profile: AppProfile {
                dialects: dialects
                    .iter()
                    .map(|dialect| (*dialect).to_owned())
                    .collect(),
                ..AppProfile::default()
            },
            key: keys.get(name).cloned(),
            token_rules: TokenRules::default(),
        });
    }
    Ok(apps)
}

async fn make_site(
    parts: &Parts,
    keys: &DemoKeys,
    bound: &[Bound],
    public: bool,
) -> anyhow::Result<DemoSite> {
    let mut apps = Vec::new();
    for ((name, dialects), bound) in APPS.iter().zip(bound) {
        let app = parts
            .identity
            .apps()
            .app_by_name(name)
            .context("the app was just made")?;
        let seeded = seed(&parts.chat, &parts.identity, &app)
            .await
            .with_context(|| format!("filling the app {name}"))?;
        apps.push(DemoApp {
            app,
            dialects: dialects.to_vec(),
            address: bound.address,
            key: keys.get(name).cloned().context("all keys were just read")?,
            seeded,
        });
    }
    Ok(DemoSite {
        apps,
        identity: Arc::clone(&parts.identity),
        directory: Arc::clone(&parts.directory),
        public,
    })
}

/// What there is to see, and how to get in.
fn summary(args: &DemoArgs, site: &DemoSite, keys: &DemoKeys) -> String {
    let mut lines = vec![String::new()];
    let start = site.apps.first().map(|app| app.address);
    if let Some(address) = start {
        lines.push(format!("  start page     http://{address}"));
    }
    for app in &site.apps {
        lines.push(format!(
            "  app {:<10} http://{}   app key {}",
            app.app.name,
            app.address,
            app.key.expose()
        ));
    }
    if let Some(key) = keys.get(OPERATOR) {
        lines.push(format!("  operator key   {}", key.expose()));
    }
    let people: Vec<&str> = PEOPLE.iter().map(|person| person.username).collect();
    lines.push(format!(
        "  demo people    {}; password {PASSWORD}",
        people.join(", ")
    ));
    lines.push(format!(
        "  data           {}; remove the folder to start anew",
        args.data_dir.display()
    ));
    lines.push(String::new());
    lines.push("Ctrl-C stops it; nothing is lost.".to_owned());
    lines.join("\n")
}
