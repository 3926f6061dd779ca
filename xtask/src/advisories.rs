//! Licences, sources and known faults of dependencies, asked of `cargo-deny` and `npm audit`.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::process;
use crate::report::Outcome;
use crate::workspace::Workspace;

/// The release that `deny.toml` was written for; built once into `.tools`, in about a minute.
const CARGO_DENY: &str = "0.20.2";

/// Licences, bans and sources of all crates, from what is on this machine.
pub(crate) fn check_crates(workspace: &Workspace) -> Result<bool> {
    let deny = cargo_deny(workspace)?;
    // Two versions of a library are worth knowing, but nobody can act on forty pages of them.
    let args = [
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ];
    process::passes(workspace.command(deny, &args))
}

/// Known faults in the crates used, if the RustSec database can be fetched.
pub(crate) fn check_crate_faults(workspace: &Workspace) -> Result<Outcome> {
    let deny = cargo_deny(workspace)?;
    let (fetched, text) = process::quietly(workspace.command(&deny, &["fetch", "db"]))?;
    if !fetched {
        println!(
            "{}\nThe RustSec database is not reachable: no advisory was checked.",
            text.trim()
        );
        return Ok(Outcome::Unreachable);
    }
    let args = ["check", "--disable-fetch", "advisories"];
    Ok(process::passes(workspace.command(deny, &args))?.into())
}

/// Known faults in the npm packages used, if the registry answers that question.
pub(crate) fn check_package_faults(workspace: &Workspace) -> Result<Outcome> {
    let (_, text) = process::quietly(workspace.command("npm", &["audit", "--json"]))?;
    println!("{}", text.lines().take(40).collect::<Vec<_>>().join("\n"));
    Ok(outcome_of_audit(&text))
}

/// npm answers a report with its totals; a registry without that service, an error.
fn outcome_of_audit(text: &str) -> Outcome {
    let json = text.find('{').map_or("", |start| &text[start..]);
    // What npm writes to its error stream follows the report.
    let report = serde_json::Deserializer::from_str(json)
        .into_iter::<serde_json::Value>()
        .next();
    let Some(Ok(report)) = report else {
        return Outcome::Unreachable;
    };
    let totals = &report["metadata"]["vulnerabilities"];
    match (totals["high"].as_u64(), totals["critical"].as_u64()) {
        (Some(high), Some(critical)) => (high + critical == 0).into(),
        _ => Outcome::Unreachable,
    }
}

/// The tool of that release: ours, or built now.
fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let ours = workspace.root.join(".tools/bin/cargo-deny");
    if ours.is_file() {
        let (_, version) = process::quietly(workspace.command(&ours, &["--version"]))?;
        if version.trim().ends_with(CARGO_DENY) {
            return Ok(ours);
        }
    }
    println!("cargo-deny {CARGO_DENY} is not in .tools yet: building it, once");
    // A debug build takes a third of the time and answers as fast as anybody can read.
    let mut args = vec![
        "install",
        "cargo-deny",
        "--version",
        CARGO_DENY,
        "--locked",
        "--debug",
    ];
    args.extend(["--root", ".tools", "--force"]);
    let installed = process::passes(workspace.command("cargo", &args))?;
    ensure!(
        installed,
        "could not build cargo-deny; is the crate registry reachable?"
    );
    Ok(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit(high: u64, critical: u64) -> String {
        format!(
            r#"{{"metadata":{{"vulnerabilities":{{"low":9,"high":{high},"critical":{critical}}}}}}}"#
        )
    }

    #[test]
    fn high_and_critical_faults_fail_and_lower_ones_do_not() {
        assert_eq!(outcome_of_audit(&audit(0, 0)), Outcome::Passed);
        assert_eq!(outcome_of_audit(&audit(1, 0)), Outcome::Failed);
        assert_eq!(outcome_of_audit(&audit(0, 2)), Outcome::Failed);
    }

    #[test]
    fn a_registry_that_does_not_answer_is_said_to_be_unreachable() {
        let refused = r#"{"message": "404 Not Found", "error": {"summary": ""}}"#;
        assert_eq!(outcome_of_audit(refused), Outcome::Unreachable);
        assert_eq!(
            outcome_of_audit("npm error code ENOTFOUND"),
            Outcome::Unreachable
        );
        let with_warning = format!("npm warn Unknown config\n{}\nnpm warn again", audit(0, 0));
        assert_eq!(outcome_of_audit(&with_warning), Outcome::Passed);
    }
}
