//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings::Overrides;

/// Real-time chat for the people your product brings together.
///
/// Start with `parlance demo`; then write a parlance.toml (parlance serve --print-example-config) and
/// run `parlance serve --config parlance.toml`.
#[derive(Debug, Parser)]
#[command(name = "parlance", version, propagate_version = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    ///
    /// Prints one line for each address once it answers there. SIGTERM or SIGINT stops it: it accepts
    /// nothing new, finishes requests, and closes sockets with 1012 (come back); a second signal ends
    /// it at once. Nothing that was acknowledged is lost either way.
    Serve(ServeArgs),
    /// Run the server with demo apps and demo people, to look around
    ///
    /// Two apps, one on the native dialect, one on FixMate's, each with a conversation between two
    /// demo people, and a start page that shows both sides of one. Data stays in --data-dir.
    Demo(DemoArgs),
    /// Print a token of the native protocol, for trying things out
    ///
    /// Reads the app's secret from the database; the server may run meanwhile.
    Token(TokenArgs),
    /// Check settings, database, media, clock, ports and limits
    ///
    /// Says of each check whether all is well, and what to do if not. The exit code is 1 when
    /// something would keep the server from working.
    Doctor(DoctorArgs),
}

/// Where settings come from.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// File of settings (TOML)
    #[arg(long, value_name = "FILE", env = "PARLANCE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Address to listen on, instead of `listen`; may be repeated
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<String>,
    /// Folder for data, instead of `data_dir`
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// What to log, instead of `log.level`
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// text or json, instead of `log.format`
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Any other setting, as in --set limits.page=100; may be repeated
    #[arg(long, value_name = "SECTION.KEY=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write SECTION.KEY=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl SettingsArgs {
    /// The variables of the process and these flags.
    pub(crate) fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::of_process();
        overrides.flags.extend(self.set.iter().cloned());
        if !self.listen.is_empty() {
            overrides.set("listen", &self.listen.join(","));
        }
        let single = [
            ("data_dir", &self.data_dir),
            ("log.level", &self.log_level),
            ("log.format", &self.log_format),
        ];
        for (name, value) in single {
            if let Some(value) = value {
                overrides.set(name, value);
            }
        }
        overrides
    }
}

/// `parlance serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Check the settings, say what is wrong, and end
    #[arg(long)]
    pub(crate) check_config: bool,
    /// Print a file with all settings and end
    #[arg(long, conflicts_with = "check_config")]
    pub(crate) print_example_config: bool,
}

/// `parlance demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Address of the native app and the start page; the FixMate app gets the next port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000")]
    pub(crate) listen: SocketAddr,
    /// Folder for the demo's data
    #[arg(long, value_name = "FOLDER", default_value = "data/demo")]
    pub(crate) data_dir: PathBuf,
    /// What to log
    #[arg(
        long,
        value_name = "LEVEL",
        env = "PARLANCE_LOG",
        default_value = "warn"
    )]
    pub(crate) log_level: String,
    /// Listen on an address that others can reach: everybody who gets there can be any demo person
    #[arg(long)]
    pub(crate) i_know_this_is_public: bool,
}

/// `parlance token`.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// Name of the app
    #[arg(long, value_name = "NAME")]
    pub(crate) app: String,
    /// The user's external id: the one that your product has
    #[arg(long, value_name = "EXTERNAL_ID")]
    pub(crate) user: String,
    /// How long it is good for
    #[arg(long, value_name = "TIME", default_value = "1h")]
    pub(crate) expires_in: String,
    /// Make the user when there is none
    #[arg(long)]
    pub(crate) create: bool,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// `parlance doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
