//! The pages: npm packages installed when the lock file is newer, then bundled for the binary when
//! a source is.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;
use crate::{files, process};

/// Written after each `npm ci`; inside node_modules, so that both go together.
const INSTALLED: &str = "node_modules/.parlance-installed";

/// Written after each bundling.
const BUILT: &str = "node_modules/.parlance-built";

/// What the server's binary takes in.
const BUNDLE: &str = "packages/pages/dist";

/// Installs the npm packages if package-lock.json changed since they were installed.
pub(crate) fn install(workspace: &Workspace) -> Result<bool> {
    ensure!(
        process::is_installed("npm"),
        "npm is missing; install Node.js 20 or later with npm"
    );
    let changed = |path: &str| modified(&workspace.root.join(path));
    if is_current(changed("package-lock.json"), changed(INSTALLED)) {
        println!("npm packages are current");
        return Ok(true);
    }
    let args = ["ci", "--no-audit", "--no-fund"];
    let installed = process::passes(workspace.command("npm", &args))?;
    if installed {
        write_stamp(&workspace.root.join(INSTALLED))?;
    }
    Ok(installed)
}

/// Installs what is needed and bundles the pages, which the binary takes in when it is built.
///
/// Nothing is done when no source is newer than the bundle: a bundle written anew, even the same,
/// would have the server compiled again.
pub(crate) fn build(workspace: &Workspace) -> Result<bool> {
    if !install(workspace)? {
        return Ok(false);
    }
    let stamp = workspace.root.join(BUILT);
    if workspace.root.join(BUNDLE).is_dir()
        && is_current(newest_source(workspace)?, modified(&stamp))
    {
        println!("pages are current");
        return Ok(true);
    }
    let built = process::passes(workspace.command("npm", &["run", "build"]))?;
    if built {
        write_stamp(&stamp)?;
    }
    Ok(built)
}

/// When the newest source of the pages was written; none if one of them is gone.
fn newest_source(workspace: &Workspace) -> Result<Option<SystemTime>> {
    let patterns = [
        "packages",
        "package.json",
        "package-lock.json",
        "tsconfig*.json",
    ];
    let files = files::matching(workspace, &patterns)?;
    let times: Option<Vec<SystemTime>> = files
        .iter()
        .map(|file| modified(&workspace.root.join(file)))
        .collect();
    Ok(times.and_then(|times| times.into_iter().max()))
}

fn write_stamp(stamp: &Path) -> Result<()> {
    fs::write(stamp, "").with_context(|| format!("could not write {}", stamp.display()))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}

/// Whether what the stamp stands for was made from this source.
fn is_current(source: Option<SystemTime>, stamp: Option<SystemTime>) -> bool {
    source.is_some() && stamp >= source
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn work_is_done_again_when_its_source_is_newer_or_nothing_is_there() {
        let early = Some(SystemTime::UNIX_EPOCH);
        let late = early.map(|time| time + Duration::from_secs(1));
        assert!(is_current(early, late));
        assert!(!is_current(late, early));
        assert!(!is_current(early, None));
        assert!(!is_current(None, late));
    }
}
