//! What the binary can do.

pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod serve;
pub(crate) mod token;

use std::process::ExitCode;

use crate::cli::SettingsArgs;
use crate::output::complain;
use crate::settings::{Problem, Settings};

/// What a shell takes for "wrong settings or arguments", as clap does.
pub(crate) const WRONG_SETTINGS: u8 = 2;

/// Reads the settings; lists everything that is wrong with them on standard error.
///
/// # Errors
/// The exit code for wrong settings.
pub(crate) fn load_settings(args: &SettingsArgs) -> Result<Settings, ExitCode> {
    Settings::load(args.config.as_deref(), &args.overrides()).map_err(|problems| {
        list_problems(&problems);
        ExitCode::from(WRONG_SETTINGS)
    })
}

/// Lists them on standard error.
pub(crate) fn list_problems(problems: &[Problem]) {
    let count = problems.len();
    let s = if count == 1 { "" } else { "s" };
    complain(format_args!(
        "parlance: {count} problem{s} in the settings, nothing was started:"
    ));
    for problem in problems {
        complain(format_args!("  {problem}"));
    }
}
