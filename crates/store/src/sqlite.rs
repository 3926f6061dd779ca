//! The SQLite store: one writer thread that commits whatever waits as one transaction, and pooled
//! readers that never wait for it (WAL).

mod accounts;
mod apps;
mod changes;
mod client_key;
mod conversations;
mod documents;
mod lists;
mod media;
mod messages;
mod migrate;
mod open;
#[cfg(test)]
mod plans;
mod readers;
mod rows;
mod rowset;
mod search;
mod sql;
mod timeline;
mod tx;
mod users;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use parlance_core::change::{Change, Committed};
use parlance_core::clock::{Clock, SystemClock};
use parlance_core::error::StoreError;
use parlance_core::store::{CommitError, Stored, Upkeep, Writes};
use rusqlite::Connection;
use uuid::Uuid;

use readers::Readers;
use writer::Writer;

/// When a commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// After the log is on the disk (`PRAGMA synchronous=FULL`). An acknowledged message survives a
    /// power cut.
    #[default]
    Full,
    /// After the log was handed to the operating system (`PRAGMA synchronous=NORMAL`). A killed
    /// process loses nothing, but a power cut or a crash of the machine takes the last
    /// acknowledged messages with it: clients that were told "stored" then find them missing. The
    /// file stays sound. Little faster than `Full` when many send at once.
    Normal,
}

/// How the store is opened.
#[derive(Clone)]
pub struct SqliteOptions {
    /// The database file; made when it is not there. Its log stands beside it (`-wal`, `-shm`).
    pub path: PathBuf,
    /// When a commit counts as done.
    pub synchronous: Synchronous,
    /// Connections for queries, 1 to 64.
    pub readers: usize,
    /// Where the copy goes that is made before a migration; `None`: beside the database, as
    /// `<file>.before-NNNN.bak`.
    pub backup_dir: Option<PathBuf>,
    /// Tells which revoked tokens have ended and can be forgotten.
    pub clock: Arc<dyn Clock>,
    /// The file grows no further than this many bytes, rounded down to pages; commits then fail as
    /// on a full disk. `None`: no bound but SQLite's own.
    pub max_bytes: Option<u64>,
    /// **Breaks the first promise**: answers new messages before their commit. Only for the kill
    /// test, which has to show that its checker catches a server that loses what it acknowledged.
    pub acknowledge_before_commit: bool,
}

impl SqliteOptions {
    /// A file with all defaults: `Full`, four readers, backups beside it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            synchronous: Synchronous::default(),
            readers: 4,
            backup_dir: None,
            clock: Arc::new(SystemClock::default()),
            max_bytes: None,
            acknowledge_before_commit: false,
        }
    }
}

/// Lasting state in one SQLite file. Dropping it lets the writer finish what was handed to it; only
/// [`Upkeep::close`] waits for that.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    epoch: Uuid,
    clock: Arc<dyn Clock>,
}

impl SqliteStore {
    /// Opens a database, makes or migrates it. Blocks: call it before serving, or on a thread for
    /// blocking work.
    ///
    /// # Errors
    /// `Failed`, with what to do about it: the file cannot be opened or written, is not a database
    /// of Parlance, or was written by a newer release.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the options are spent: two stores on one file make no sense"
    )]
    pub fn open(options: SqliteOptions) -> Result<Self, StoreError> {
        let opened = open::open(&options)?;
        let readers = Readers::open(&options)?;
        let clock = Arc::clone(&options.clock);
        Ok(Self {
            epoch: opened.epoch,
            writer: Writer::start(opened, &options)?,
            readers,
            clock,
        })
    }

    /// Runs a query on a pooled reader, as one snapshot. When the caller is dropped the query still
    /// ends and its connection returns to the pool.
    async fn read<T, F>(&self, query: F) -> Stored<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.readers.read(query).await
    }

    /// Runs a write in the writer's next transaction and answers after its commit. When the caller
    /// is dropped the write still happens. It may run twice, the first time rolled back.
    async fn write<T, F>(&self, write: F) -> Stored<T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.writer.write(write).await
    }
}

#[async_trait]
impl Writes for SqliteStore {
    async fn commit(&self, group: Vec<Change>) -> Vec<Result<Committed, CommitError>> {
        self.writer.commit(group).await
    }
}

#[async_trait]
impl Upkeep for SqliteStore {
    fn epoch(&self) -> Uuid {
        self.epoch
    }

    async fn check(&self) -> Stored<()> {
        self.read(|conn| conn.query_row("SELECT 1", [], |_| Ok(())))
            .await?;
        self.write(|conn| {
            conn.execute(
                "INSERT INTO meta (key, value) VALUES ('checks', 1) \
                 ON CONFLICT (key) DO UPDATE SET value = value + 1",
                [],
            )
        })
        .await?;
        Ok(())
    }

    async fn verify(&self) -> Stored<Vec<String>> {
        let found = self.read(|conn| {
            let mut check = conn.prepare("PRAGMA quick_check(20)")?;
            let lines = check.query_map([], |row| row.get::<_, String>(0))?;
            lines.collect::<rusqlite::Result<Vec<_>>>()
        });
        match found.await {
            Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").collect()),
            // Some damage keeps the check itself from running.
            Err(StoreError::Failed(fault)) => Ok(vec![fault]),
            Err(unknown) => Err(unknown),
        }
    }

    async fn close(&self) -> Stored<()> {
        self.readers.close().await;
        self.writer.close().await
    }
}

/// What SQLite reported, as the core hears it.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Failed(error.to_string())
}
