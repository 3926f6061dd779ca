//! `make test`, and its parts alone: `make conformance`, `make e2e`.
//!
//! Every part runs, whatever became of the one before; the tools' output streams through, and
//! their own summaries are read for the table at the end.

use std::process::Command;

use anyhow::Result;

use crate::counts::{self, Counts};
use crate::workspace::Workspace;
use crate::{browser, example_settings, process, report, web};

/// Everything: packages, crates, conformance, the real browser.
pub(crate) fn test(workspace: &Workspace) -> bool {
    let mut parts = Parts::default();
    parts.prepare("browser", || browser::install_if_absent(workspace));
    parts.prepare("pages", || web::build(workspace));
    parts.npm("packages", workspace.command("npm", &["test"]));
    parts.prepare("binary", || {
        example_settings::build_binaries(workspace).map(|()| true)
    });
    // `--no-fail-fast`: the next test binary runs although one failed.
    parts.cargo(
        "rust",
        cargo_test(workspace, &["--workspace", "--no-fail-fast"]),
    );
    parts.npm("browser", browser_tests(workspace));
    parts.finish("test")
}

/// The conformance cases alone; `PARLANCE_CASES`, `PARLANCE_TARGET` and `PARLANCE_OPERATOR_KEY`
/// reach the runner through the environment.
pub(crate) fn conformance(workspace: &Workspace) -> bool {
    let mut parts = Parts::default();
    parts.prepare("pages", || web::build(workspace));
    parts.prepare("binary", || {
        example_settings::build_binaries(workspace).map(|()| true)
    });
    let args = ["--workspace", "--test", "conformance"];
    parts.cargo("conformance", cargo_test(workspace, &args));
    parts.finish("conformance")
}

/// The tests in a real browser alone.
pub(crate) fn e2e(workspace: &Workspace) -> bool {
    let mut parts = Parts::default();
    parts.prepare("browser", || browser::install_if_absent(workspace));
    parts.prepare("pages", || web::build(workspace));
    parts.prepare("binary", || {
        example_settings::build_binaries(workspace).map(|()| true)
    });
    parts.npm("browser", browser_tests(workspace));
    parts.finish("e2e")
}

fn cargo_test(workspace: &Workspace, args: &[&str]) -> Command {
    let mut command = workspace.command("cargo", &["test"]);
    command
        .args(args)
        .env("PARLANCE_BIN", workspace.binary("debug"));
    command
}

fn browser_tests(workspace: &Workspace) -> Command {
    let mut command = workspace.command("npm", &["run", "e2e"]);
    command.env("PARLANCE_BIN", workspace.binary("debug"));
    command
}

/// The rows of the table, and whether all of it went well.
#[derive(Default)]
struct Parts {
    rows: Vec<(String, Counts)>,
}

impl Parts {
    /// Runs what tests need beforehand; that it failed counts as one failure.
    fn prepare(&mut self, name: &str, work: impl FnOnce() -> Result<bool>) {
        println!("\n== prepare: {name}");
        let prepared = work().unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            false
        });
        if !prepared {
            self.rows.push((format!("prepare: {name}"), one_failed()));
        }
    }

    fn cargo(&mut self, name: &str, command: Command) {
        let Some((passed, lines)) = run(name, command) else {
            return self.broken(name);
        };
        let parts = counts::of_cargo(&lines);
        let failed: u64 = parts.iter().map(|part| part.1.failed).sum();
        let ran = parts.iter().any(|part| !part.1.is_empty());
        self.rows.extend(parts);
        if !ran || (!passed && failed == 0) {
            self.broken(name);
        }
    }

    fn npm(&mut self, name: &str, command: Command) {
        let Some((passed, lines)) = run(name, command) else {
            return self.broken(name);
        };
        let counts = counts::of_npm(&lines);
        self.rows.push((name.to_owned(), counts));
        if counts.is_empty() || (!passed && counts.failed == 0) {
            self.broken(name);
        }
    }

    /// A part that ended badly without naming a failed test, or that ran none.
    fn broken(&mut self, name: &str) {
        self.rows
            .push((format!("{name}: did not run to its end"), one_failed()));
    }

    /// Prints the table and the closing line; answers whether nothing failed.
    fn finish(self, chore: &str) -> bool {
        let mut sum = Counts::default();
        for (_, counts) in &self.rows {
            sum += *counts;
        }
        let cells = |name: &str, counts: Counts| {
            let Counts {
                passed,
                failed,
                skipped,
            } = counts;
            [
                name.to_owned(),
                passed.to_string(),
                failed.to_string(),
                skipped.to_string(),
            ]
        };
        let rows = self.rows.iter().map(|(name, counts)| cells(name, *counts));
        let rows = rows.chain([cells("all", sum)]);
        println!(
            "\n== {chore}\n{}",
            report::table(["part", "passed", "failed", "skipped"], rows)
        );
        println!("{} passed, {} failed", sum.passed, sum.failed);
        sum.failed == 0
    }
}

fn one_failed() -> Counts {
    Counts {
        failed: 1,
        ..Counts::default()
    }
}

fn run(name: &str, command: Command) -> Option<(bool, Vec<String>)> {
    println!("\n== {name}");
    process::passes_with_lines(command)
        .map_err(|error| println!("{name}: {error:#}"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_part_that_passes_with_tests_is_counted() {
        let mut parts = Parts::default();
        parts.npm("web", shell("echo ' Tests  2 passed (2)'"));
        assert_eq!(parts.rows.len(), 1);
        assert!(parts.finish("test"));
    }

    #[test]
    fn a_part_that_runs_no_test_or_dies_without_naming_one_fails_the_whole() {
        for script in ["true", "echo ' Tests  2 passed (2)'; exit 1"] {
            let mut parts = Parts::default();
            parts.npm("web", shell(script));
            assert!(!parts.finish("test"), "{script}");
        }
        let mut parts = Parts::default();
        parts.cargo("rust", shell("echo 'error: could not compile'; exit 101"));
        assert!(!parts.finish("test"));
    }

    #[test]
    fn what_could_not_be_prepared_fails_the_whole() {
        let mut parts = Parts::default();
        parts.prepare("pages", || anyhow::bail!("no npm"));
        assert!(!parts.finish("test"));
    }
}
