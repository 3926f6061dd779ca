//! Licences, sources and known faults of dependencies, asked of `cargo-deny` and `npm audit`.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::process;
use crate::report::Outcome;
use crate::workspace::Workspace;

/// The release that `deny.toml` was written for; built once into `.tools`, in about a minute.
const CARGO_DENY: &str = "0.20.2";

/// Licences, bans and sources of all crates, from what is on this machine.
pub(crate) fn check_crates(workspace: &Workspace) -> Result<bool> {
    let deny = cargo_deny(workspace)?;
    let args = ["check", "licenses", "bans", "sources"];
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
    let lock = workspace.root.join("package-lock.json");
    ensure!(
        lock.is_file(),
        "no package-lock.json; commit the one that `npm install` wrote"
    );
    let (_, answer) = process::quietly(workspace.command("npm", &["audit", "--json"]))?;
    let outcome = outcome_of_audit(&answer);
    match outcome {
        Outcome::Passed => println!("no fault of high or critical severity is known"),
        // Once more in words, for people.
        Outcome::Failed => drop(process::passes(workspace.command("npm", &["audit"]))?),
        Outcome::Unreachable => {
            let reason = report_in(&answer)["message"]
                .as_str()
                .unwrap_or(&answer)
                .to_owned();
            println!("{reason}\nnpm's advisories are not reachable: none was checked.");
        }
    }
    Ok(outcome)
}

/// npm answers a report with its totals; a registry without that service, an error.
fn outcome_of_audit(answer: &str) -> Outcome {
    let totals = &report_in(answer)["metadata"]["vulnerabilities"];
    match (totals["high"].as_u64(), totals["critical"].as_u64()) {
        (Some(high), Some(critical)) => (high + critical == 0).into(),
        _ => Outcome::Unreachable,
    }
}

/// The JSON among what npm wrote; its warnings stand before or after it. Null if there is none.
fn report_in(answer: &str) -> Value {
    let json = answer.find('{').map_or("", |start| &answer[start..]);
    let report = serde_json::Deserializer::from_str(json).into_iter().next();
    report.and_then(Result::ok).unwrap_or_default()
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
        let refused = r#"{"message": "405 Method Not Allowed", "error": {"summary": ""}}"#;
        assert_eq!(outcome_of_audit(refused), Outcome::Unreachable);
        assert_eq!(
            outcome_of_audit("npm error code ENOTFOUND"),
            Outcome::Unreachable
        );
        let with_warning = format!("npm warn Unknown config\n{}\nnpm warn again", audit(0, 0));
        assert_eq!(outcome_of_audit(&with_warning), Outcome::Passed);
    }
}
