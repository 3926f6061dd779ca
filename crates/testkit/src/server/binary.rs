//! Finds the binary that private servers run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use super::ServerError;

/// `PARLANCE_BIN`; else the newer of `target/release/parlance` and `target/debug/parlance`; else it
/// is built, once in this process.
pub(super) fn find() -> Result<PathBuf, ServerError> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND
        .get_or_init(search)
        .clone()
        .map_err(ServerError::Binary)
}

fn search() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os("PARLANCE_BIN").filter(|named| !named.is_empty()) {
        let path = PathBuf::from(named);
        if path.is_file() {
            return Ok(path);
        }
        return Err(format!(
            "PARLANCE_BIN names {}, which is no file",
            path.display()
        ));
    }
    let target = target_folder();
    let built = ["release", "debug"].map(|profile| target.join(profile).join("parlance"));
    if let Some(newest) = built
        .iter()
        .filter(|path| path.is_file())
        .max_by_key(|path| age(path))
    {
        return Ok(newest.clone());
    }
    let [_, debug] = built;
    build()?;
    if debug.is_file() {
        Ok(debug)
    } else {
        Err(format!(
            "cargo built parlance-server but left no {}",
            debug.display()
        ))
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn target_folder() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => workspace().join(folder),
        None => workspace().join("target"),
    }
}

/// Time of the last build; a file without one counts as the oldest.
fn age(path: &Path) -> SystemTime {
    path.metadata()
        .and_then(|metadata| metadata.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

fn build() -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "-p", "parlance-server"])
        .current_dir(workspace())
        .status()
        .map_err(|error| format!("cargo build -p parlance-server: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo build -p parlance-server: {status}"))
    }
}
