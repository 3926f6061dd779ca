//! The binary `parlance`: settings, wiring and sub-commands. It alone knows all other crates; none
//! of them knows it.

mod apps;
mod cli;
mod client_files;
mod commands;
mod demo;
mod file_limit;
mod health;
mod listeners;
mod logging;
mod output;
mod pages;
mod served_apps;
mod settings;
mod stop;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::output::complain;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(format_args!("parlance: cannot start threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(async {
        match command {
            Command::Serve(args) => commands::serve::run(args).await,
            Command::Demo(args) => commands::demo::run(args).await,
            Command::Token(args) => commands::token::run(args).await,
            Command::Doctor(args) => commands::doctor::run(args).await,
        }
    });
    // Tasks of sockets that did not end in time end here, with the process.
    runtime.shutdown_background();
    ended.unwrap_or_else(|error| {
        complain(format_args!("parlance: {error:#}"));
        ExitCode::FAILURE
    })
}
