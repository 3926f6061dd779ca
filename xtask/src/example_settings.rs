//! The example settings file is generated from the settings' types; it must be the current one.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::process;
use crate::workspace::Workspace;

const FILE: &str = "parlance.example.toml";

/// Builds the binary and compares what it prints with the committed file.
pub(crate) fn check(workspace: &Workspace) -> Result<bool> {
    build_binaries(workspace)?;
    let mut command = workspace.command(workspace.binary("debug"), &[]);
    command.args(["serve", "--print-example-config"]);
    let output = command
        .output()
        .context("could not start the binary just built")?;
    ensure!(
        output.status.success(),
        "`parlance serve --print-example-config` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout)?;
    let committed = fs::read_to_string(workspace.root.join(FILE))
        .with_context(|| format!("no {FILE}; write it with `{}`", how_to_write()))?;
    let Some(difference) = first_difference(&committed, &printed) else {
        return Ok(true);
    };
    println!(
        "{FILE} is not current: {difference}\nwrite it anew with `{}`",
        how_to_write()
    );
    Ok(false)
}

/// The dev-profile binaries of the whole workspace: `parlance` is what tests start.
pub(crate) fn build_binaries(workspace: &Workspace) -> Result<()> {
    // The whole workspace, because a package built alone gets other features of its
    // dependencies, and all of them would be compiled twice.
    let args = ["build", "--workspace", "--bins"];
    let built = process::passes(workspace.command("cargo", &args))?;
    ensure!(built, "the binaries do not build; see above");
    Ok(())
}

fn how_to_write() -> String {
    format!("target/debug/parlance serve --print-example-config > {FILE}")
}

fn first_difference(committed: &str, printed: &str) -> Option<String> {
    if committed == printed {
        return None;
    }
    let lines = committed.lines().zip(printed.lines());
    let same = lines.take_while(|(one, other)| one == other).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    let (committed, printed) = (line(committed), line(printed));
    Some(format!(
        "line {}: has `{committed}`, should be `{printed}`",
        same + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        let difference = first_difference("a\nb\n", "a\nc\n").unwrap();
        assert_eq!(difference, "line 2: has `b`, should be `c`");
        let difference = first_difference("a\n", "a\nc\n").unwrap();
        assert_eq!(difference, "line 2: has `(the end)`, should be `c`");
    }
}
