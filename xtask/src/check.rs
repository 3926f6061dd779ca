//! `make check`: everything that can be said about the code without running it.

use anyhow::{Result, bail};

use crate::report::Steps;
use crate::workspace::Workspace;
use crate::{advisories, direction, example_settings, isolation, npm_licences, process, tidy, web};

/// Runs all checks, also after one failed, and prints their table.
pub(crate) fn check(workspace: &Workspace) -> bool {
    let mut steps = Steps::default();
    let cargo = |args: &[&str]| process::passes(workspace.command("cargo", args));
    steps.step("format", || cargo(&["fmt", "--all", "--check"]));
    steps.step("direction of dependencies", || {
        Ok(direction::check(workspace))
    });
    steps.step("isolation of dialects", || isolation::check(workspace));
    steps.step("tidiness", || tidy::check(workspace));
    // The server takes the pages in when it is compiled, so they come before clippy.
    steps.step("pages", || web::build(workspace));
    steps.step("types and lint of packages", || {
        process::passes(workspace.command("npm", &["run", "check"]))
    });
    steps.step("clippy", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
    });
    steps.step("documentation", || {
        let mut command = workspace.command("cargo", &["doc", "--no-deps", "--workspace"]);
        command.env("RUSTDOCFLAGS", "-D warnings");
        process::passes(command)
    });
    steps.step("example settings", || example_settings::check(workspace));
    dependencies(workspace, &mut steps);
    steps.finish("check")
}

/// Runs the one check of that name.
pub(crate) fn check_one(workspace: &Workspace, name: &str) -> Result<bool> {
    let mut steps = Steps::default();
    match name {
        "direction" => steps.step(name, || Ok(direction::check(workspace))),
        "isolation" => steps.step(name, || isolation::check(workspace)),
        "tidy" => steps.step(name, || tidy::check(workspace)),
        "example-settings" => steps.step(name, || example_settings::check(workspace)),
        "dependencies" => dependencies(workspace, &mut steps),
        _ => bail!("no such check: {name}"),
    }
    Ok(steps.finish(name))
}

fn dependencies(workspace: &Workspace, steps: &mut Steps) {
    steps.step("licences and sources of crates", || {
        advisories::check_crates(workspace)
    });
    steps.step("licences of packages", || npm_licences::check(workspace));
    steps.step("advisories on crates", || {
        advisories::check_crate_faults(workspace)
    });
    steps.step("advisories on packages", || {
        advisories::check_package_faults(workspace)
    });
}
