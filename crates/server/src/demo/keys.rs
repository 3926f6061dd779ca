//! The demo's keys: random, made once for each data folder, kept beside its database.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use parlance_identity::generate_app_key;

use crate::settings::{Secret, Value as _};

const FILE: &str = "demo-keys.json";

/// Keys by name: one for each app, and `operator`.
pub(crate) struct DemoKeys(BTreeMap<String, Secret>);

impl DemoKeys {
    /// Reads the keys of a data folder, or makes them for a new one.
    ///
    /// # Errors
    /// The folder cannot be written, or its file holds something else.
    pub(crate) fn of_folder(folder: &Path, names: &[&str]) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        if !path.exists() {
            std::fs::create_dir_all(folder)
                .and_then(|()| write_new(&path, names))
                .with_context(|| {
                    format!(
                        "cannot write {}; name another folder with --data-dir",
                        path.display()
                    )
                })?;
        }
        let broken = || {
            format!(
                "{} is not what the demo wrote; remove the folder {} to start anew",
                path.display(),
                folder.display()
            )
        };
        let text = std::fs::read_to_string(&path).with_context(broken)?;
        let texts: BTreeMap<String, String> = serde_json::from_str(&text).with_context(broken)?;
        let mut keys = BTreeMap::new();
        for name in names {
            let text = texts.get(*name).map_or("", String::as_str);
            let key = Secret::from_text(text)
                .map_err(anyhow::Error::msg)
                .with_context(broken)?;
            keys.insert((*name).to_owned(), key);
        }
        Ok(Self(keys))
    }

    /// The key of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }
}

/// Written beside and moved into place, so that a killed demo leaves no half of it; for nobody else's
/// eyes.
fn write_new(path: &Path, names: &[&str]) -> std::io::Result<()> {
    let keys: BTreeMap<&str, String> = names
        .iter()
        .map(|name| (*name, generate_app_key().into_exposed()))
        .collect();
    let text = serde_json::to_string_pretty(&keys)?;
    let half = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(half, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_keys_and_another_has_others() {
        let folder = tempfile::tempdir().unwrap();
        let keys = |folder: &Path| {
            let keys = DemoKeys::of_folder(folder, &["native", "fixmate"]).unwrap();
            ["native", "fixmate"].map(|name| keys.get(name).unwrap().expose().to_owned())
        };
        let first = keys(&folder.path().join("a"));
        assert_ne!(first[0], first[1]);
        assert_eq!(first, keys(&folder.path().join("a")));
        assert_ne!(first, keys(&folder.path().join("b")));
    }
}
