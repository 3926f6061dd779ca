//! Repository chores behind the Makefile: `cargo run -p xtask -- NAME`.
//!
//! Everything that is longer than a line of the Makefile is here, so that it is typed, tested and
//! the same on every machine. Knows none of our crates: it builds before they do, in seconds.

#![expect(
    clippy::print_stdout,
    reason = "a chore talks to the person who started it"
)]

mod advisories;
mod bench;
mod browser;
mod check;
mod counts;
mod direction;
mod example_settings;
mod files;
mod isolation;
mod npm_licences;
mod process;
mod report;
mod run;
mod test_all;
mod tidy;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const USAGE: &str = "usage: cargo run -p xtask -- run | test | check | conformance | e2e | bench
       or one check alone: direction | isolation | tidy | example-settings | dependencies";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    match dispatch(&name, &rest) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one chore; `false` means that it ran and found something wrong.
fn dispatch(name: &str, rest: &[String]) -> Result<bool> {
    let workspace = Workspace::load()?;
    match name {
        "run" => run::run(&workspace, rest),
        "test" => Ok(test_all::test(&workspace)),
        "check" => Ok(check::check(&workspace)),
        "conformance" => Ok(test_all::conformance(&workspace)),
        "e2e" => Ok(test_all::e2e(&workspace)),
        "bench" => bench::bench(&workspace, rest),
        "direction" | "isolation" | "tidy" | "example-settings" | "dependencies" => {
            check::check_one(&workspace, name)
        }
        _ => bail!("no such chore\n{USAGE}"),
    }
}
