//! The pages: npm packages installed when the lock file is newer, then bundled for the binary.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, ensure};

use crate::process;
use crate::workspace::Workspace;

/// Touched after each `npm ci`; inside node_modules, so that both go together.
const STAMP: &str = "node_modules/.parlance-installed";

/// Installs the npm packages if package-lock.json changed since they were installed.
pub(crate) fn install(workspace: &Workspace) -> Result<bool> {
    ensure!(
        process::is_installed("npm"),
        "npm is missing; install Node.js 20 or later with npm"
    );
    let changed = |path: &str| modified(&workspace.root.join(path));
    if is_current(changed("package-lock.json"), changed(STAMP)) {
        println!("npm packages are current");
        return Ok(true);
    }
    let args = ["ci", "--no-audit", "--no-fund"];
    let installed = process::passes(workspace.command("npm", &args))?;
    if installed {
        fs::write(workspace.root.join(STAMP), "")?;
    }
    Ok(installed)
}

/// Installs what is needed and bundles the pages, which the binary takes in when it is built.
pub(crate) fn build(workspace: &Workspace) -> Result<bool> {
    Ok(install(workspace)? && process::passes(workspace.command("npm", &["run", "build"]))?)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}

fn is_current(lock: Option<SystemTime>, stamp: Option<SystemTime>) -> bool {
    lock.is_some() && stamp >= lock
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn packages_are_installed_when_the_lock_is_newer_or_nothing_is_there() {
        let early = Some(SystemTime::UNIX_EPOCH);
        let late = early.map(|time| time + Duration::from_secs(1));
        assert!(is_current(early, late));
        assert!(!is_current(late, early));
        assert!(!is_current(early, None));
        assert!(!is_current(None, late));
    }
}
