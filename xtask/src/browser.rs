//! The real browser that the end-to-end tests drive, from the system's packages.

use anyhow::{Result, ensure};

use crate::process;
use crate::workspace::Workspace;

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Installs Chromium with apt-get when no browser is there (with sudo when not root).
pub(crate) fn install_if_absent(workspace: &Workspace) -> Result<bool> {
    if let Some(name) = NAMES.into_iter().find(|name| process::is_installed(name)) {
        println!("browser: {name} is installed");
        return Ok(true);
    }
    ensure!(
        process::is_installed("apt-get"),
        "no Chromium, and no apt-get to install it; install Chromium by hand"
    );
    println!("no Chromium on this machine: installing Debian's");
    let as_root = is_root(workspace)?;
    let update = process::passes(apt_get(workspace, as_root, &["update", "-q"]))?;
    let packages = [
        "install",
        "-q",
        "-y",
        "--no-install-recommends",
        "chromium",
        "fonts-noto-color-emoji",
    ];
    Ok(update && process::passes(apt_get(workspace, as_root, &packages))?)
}

fn apt_get(workspace: &Workspace, as_root: bool, args: &[&str]) -> std::process::Command {
    let mut command = if as_root {
        workspace.command("apt-get", &[])
    } else {
        workspace.command("sudo", &["--non-interactive", "apt-get"])
    };
    command.args(args);
    command
}

fn is_root(workspace: &Workspace) -> Result<bool> {
    let (_, text) = process::quietly(workspace.command("id", &["-u"]))?;
    Ok(text.trim() == "0")
}
