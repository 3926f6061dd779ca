//! `make bench`: the measurements of crate `bench`, in release, beside their baselines.

use std::fs;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

const RESULTS: &str = "bench/results/latest.json";

/// Builds the server and the measuring program in release and runs it; `args` go to it.
pub(crate) fn bench(workspace: &Workspace, args: &[String]) -> Result<bool> {
    fs::create_dir_all(workspace.root.join("bench/results"))?;
    let build = [
        "build",
        "--release",
        "-p",
        "parlance-server",
        "-p",
        "parlance-bench",
    ];
    if !process::passes(workspace.command("cargo", &build))? {
        println!("bench: does not build; nothing was measured");
        return Ok(false);
    }
    let mut bench = workspace.command(workspace.target.join("release/parlance-bench"), &[]);
    bench
        .args(args)
        .env("PARLANCE_BIN", workspace.binary("release"));
    let passed = process::passes(bench)?;
    println!(
        "bench: {}; figures are in {RESULTS}",
        if passed { "measured" } else { "FAILED" }
    );
    Ok(passed)
}
