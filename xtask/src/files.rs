//! The repository's own files, as git lists them: tracked, and new ones that are not ignored.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::process;
use crate::workspace::Workspace;

/// Files written by hand, from the root folder; what `.gitattributes` marks `linguist-generated`
/// is left out, and so is what was deleted but not committed yet.
pub(crate) fn by_hand(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut files = matching(workspace, &[":(attr:!linguist-generated)"])?;
    files.retain(|file| workspace.root.join(file).is_file());
    Ok(files)
}

/// Files that match one of git's path patterns, from the root folder.
pub(crate) fn matching(workspace: &Workspace, patterns: &[&str]) -> Result<Vec<PathBuf>> {
    // Without quotePath=false, git would write names outside ASCII as escapes.
    let args = [
        "-c",
        "core.quotePath=false",
        "ls-files",
        "--cached",
        "--others",
    ];
    let mut command = workspace.command("git", &args);
    command
        .args(["--exclude-standard", "--deduplicate", "--"])
        .args(patterns);
    let (listed, text) = process::quietly(command)?;
    ensure!(
        listed,
        "git ls-files failed; this needs a git checkout: {text}"
    );
    Ok(text.lines().map(PathBuf::from).collect())
}
