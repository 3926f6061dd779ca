//! The repository's own files, as git lists them: tracked, and new ones that are not ignored.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::process;
use crate::workspace::Workspace;

/// Files written by hand, from the root folder; what `.gitattributes` marks `linguist-generated`
/// is left out, and so is what was deleted but not committed yet.
pub(crate) fn by_hand(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let args = [
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
        "--",
        ":(attr:!linguist-generated)",
    ];
    let (passed, text) = process::quietly(workspace.command("git", &args))?;
    ensure!(
        passed,
        "git ls-files failed (this check needs a git checkout): {text}"
    );
    let files = text.lines().map(PathBuf::from);
    Ok(files
        .filter(|file| workspace.root.join(file).is_file())
        .collect())
}
