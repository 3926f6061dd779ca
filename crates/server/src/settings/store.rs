//! Where lasting state is kept.

use std::path::{Path, PathBuf};

use parlance_store::{SqliteOptions, Synchronous};

use super::section::section;
use super::value::{ByteSize, Value, choice, quoted};

section! {
    /// Lasting state: users, conversations, messages.
    struct StoreSettings in "store" {
        /// The database. Without it: parlance.db in data_dir. The path after sqlite:// counts from
        /// where the server is started unless it begins with a slash. Keep it on a local disk: SQLite
        /// is not safe on network file systems.
        url: Option<StoreUrl> = none, "sqlite://./data/parlance.db";
        /// When a message counts as stored. "full": when it is on the disk, so that it survives a
        /// power cut. "normal": when the operating system has it; a killed server loses nothing, but a
        /// power cut takes the last acknowledged messages with it. Hardly faster when many send.
        synchronous: Synchronous = "full";
        /// Connections for reading; they never wait for writing.
        readers: usize = "4", "1" to "64";
        /// Where the copy goes that is made before a new release changes the database. Without it:
        /// beside the database.
        backup_dir: Option<PathBuf> = none, "/var/backups/parlance";
        /// The database grows no further; sends are refused then, as on a full disk. Without it: no
        /// bound but the disk.
        max_size: Option<ByteSize> = none, "50GiB";
    }
}

impl StoreSettings {
    /// The database's file.
    pub(crate) fn path(&self, data_dir: &Path) -> PathBuf {
        match &self.url {
            Some(StoreUrl(path)) => path.clone(),
            None => data_dir.join("parlance.db"),
        }
    }

    /// As the store is opened.
    pub(crate) fn options(&self, data_dir: &Path) -> SqliteOptions {
        SqliteOptions {
            synchronous: self.synchronous,
            readers: self.readers,
            backup_dir: self.backup_dir.clone(),
            max_bytes: self.max_size.map(|size| size.0),
            ..SqliteOptions::new(self.path(data_dir))
        }
    }
}

choice!(Synchronous { "full" => Synchronous::Full, "normal" => Synchronous::Normal });

/// The address of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreUrl(PathBuf);

impl Value for StoreUrl {
    fn from_text(text: &str) -> Result<Self, String> {
        path_of_url(text, "sqlite", "sqlite://./data/parlance.db").map(Self)
    }
}

/// The path of an address with the only scheme that this release knows there.
pub(super) fn path_of_url(text: &str, scheme: &str, example: &str) -> Result<PathBuf, String> {
    match text.split_once("://") {
        // An address of another scheme may hold a password: only its scheme is shown.
        Some((other, _)) if other != scheme => Err(format!(
            "unknown scheme {}; use {scheme}, as in {example}",
            quoted(other)
        )),
        Some((_, path)) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err(format!("no address; write one such as {example}")),
    }
}
