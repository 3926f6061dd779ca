//! The SQLite store through the core's trait, and what only SQLite can do wrong.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod files;
mod full_disk;
mod writer;

use std::sync::Arc;

use parlance_core::store::Store;
use parlance_store::{SqliteOptions, SqliteStore};
use parlance_testkit::store_suite::Database;
use tempfile::TempDir;

/// A database in a folder of its own.
struct TempDatabase(TempDir);

impl TempDatabase {
    /// Nothing in it yet.
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Opens it with all defaults.
    fn options(&self) -> SqliteOptions {
        SqliteOptions::new(self.0.path().join("parlance.db"))
    }
}

impl Database for TempDatabase {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(self.options()).unwrap())
    }
}

parlance_testkit::store_suite!(TempDatabase::new());
