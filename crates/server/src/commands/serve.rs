//! `parlance serve`: the server itself.

use std::process::ExitCode;
use std::time::Duration;

use parlance_gateway::Gateway;

use crate::cli::ServeArgs;
use crate::commands::load_settings;
use crate::listeners::{self, Bound};
use crate::output::say;
use crate::settings::{Settings, example_file};
use crate::stop::StopSignals;
use crate::wiring::Parts;
use crate::{file_limit, logging};

/// Runs it until a signal ends it.
///
/// # Errors
/// Why it could not start.
pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    if args.print_example_config {
        say(example_file().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let settings = match load_settings(&args.settings) {
        Ok(settings) => settings,
        Err(code) => return Ok(code),
    };
    if args.check_config {
        say("parlance: the settings are good");
        return Ok(ExitCode::SUCCESS);
    }
    logging::start(&settings.log);
    let signals = StopSignals::new()?;
    let parts = Parts::open(&settings).await?;
    parts.add_apps(&settings, None).await?;
    let gateway = parts.gateway(&settings, None);
    let bound = listeners::bind_all(&settings)?;
    start(&parts, &gateway, bound);
    Ok(until_stopped(signals, &settings, &parts, &gateway).await)
}

/// Listens and says where, in the form that scripts and tests wait for.
pub(crate) fn start(parts: &Parts, gateway: &Gateway, bound: Vec<Bound>) {
    let open_files = file_limit::raise();
    for one in bound {
        let (url, app) = (one.url(), one.app.clone());
        parts.listen(gateway, one);
        match app {
            Some(app) => say(format_args!("parlance: listening on {url} ({app})")),
            None => say(format_args!("parlance: listening on {url}")),
        }
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        apps = parts.identity.apps().all().len(),
        process.open_files = open_files,
        "ready"
    );
}

/// Waits for a signal, then stops: gently, or at once on a second signal.
pub(crate) async fn until_stopped(
    mut signals: StopSignals,
    settings: &Settings,
    parts: &Parts,
    gateway: &Gateway,
) -> ExitCode {
    let signal = signals.next().await;
    let deadline = settings.server.stop_deadline;
    tracing::info!(signal, deadline_s = deadline.as_secs_f64(), "stopping");
    let gentle = stop(deadline, parts, gateway);
    tokio::select! {
        () = gentle => ExitCode::SUCCESS,
        signal = signals.next() => {
            tracing::warn!(signal, "a second signal: ending at once");
            ExitCode::FAILURE
        }
    }
}

async fn stop(deadline: Duration, parts: &Parts, gateway: &Gateway) {
    gateway.shutdown(deadline).await;
    if let Err(error) = parts.store.close().await {
        tracing::error!(%error, "the store did not close; what was acknowledged is in its log");
    }
    tracing::info!("stopped");
}
