//! The SQLite store through the core's trait, and what only SQLite can do wrong.

mod files;
mod full_disk;

use std::sync::Arc;

use parlance_core::store::Store;
use parlance_store::{SqliteOptions, SqliteStore};
use parlance_testkit::store_suite::Database;
use tempfile::TempDir;

/// A database in a folder of its own.
pub struct TempDatabase(TempDir);

impl TempDatabase {
    /// Nothing in it yet.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Opens it with all defaults.
    pub fn options(&self) -> SqliteOptions {
        SqliteOptions::new(self.0.path().join("parlance.db"))
    }
}

impl Database for TempDatabase {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(self.options()).unwrap())
    }
}

parlance_testkit::store_suite!(TempDatabase::new());
