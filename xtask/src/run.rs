//! `make run`: from a fresh clone to the demo at http://127.0.0.1:8000.

use std::os::unix::process::CommandExt;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;
use crate::{process, web};

/// Builds pages and server, then becomes the demo, so that Ctrl-C reaches it alone.
///
/// `args` go to `parlance demo` as they are. Returns only when something failed.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<bool> {
    println!("== pages");
    let started = Instant::now();
    ensure!(web::build(workspace)?, "the pages do not build; see above");
    println!("\n== server (the first build takes some minutes)");
    let build = ["build", "--release", "-p", "parlance-server"];
    let built = process::passes(workspace.command("cargo", &build))?;
    ensure!(built, "the server does not build; see above");
    let seconds = started.elapsed().as_secs();
    println!(
        "\nrun: built in {seconds} s; the demo starts on http://127.0.0.1:8000, Ctrl-C ends it"
    );
    let mut demo = workspace.command(workspace.binary("release"), &["demo"]);
    demo.args(args);
    Err(demo.exec()).context("could not start the server just built")
}
