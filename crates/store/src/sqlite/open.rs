//! Opening connections: what every one of them is set to.

use std::path::Path;
use std::time::Duration;

use parlance_core::clock::Timestamp;
use parlance_core::error::StoreError;
use parlance_core::ids::new_uuid;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use uuid::Uuid;

use super::{SqliteOptions, Synchronous, failed, migrate, search};

/// How long a connection waits for another process that holds the file (a backup, a shell).
const BUSY: Duration = Duration::from_secs(5);
/// Pages of the file read by mapping instead of copying.
const MMAP_BYTES: i64 = 256 * 1024 * 1024;
/// Cache of the writer, in KiB: the right edges and hot leaves of all its indexes.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Cache of each reader, in KiB.
const READER_CACHE_KIB: i64 = 8 * 1024;
/// The log is copied into the file when it has this many pages (16 MiB).
const CHECKPOINT_PAGES: i64 = 4_000;
/// Prepared statements kept by each connection: all of [`super::sql`] and some lists.
const STATEMENTS: usize = 192;

/// A database ready to be written.
pub(super) struct Opened {
    pub(super) conn: Connection,
    pub(super) epoch: Uuid,
}

/// Opens the writer's connection, makes or migrates the file.
pub(super) fn open(options: &SqliteOptions) -> Result<Opened, StoreError> {
    if let Some(folder) = options.path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            StoreError::Failed(format!(
                "cannot make the folder {}: {error}",
                folder.display()
            ))
        })?;
    }
    let mut conn = connect(&options.path)?;
    prepare_writer(&conn, options).map_err(|error| explain(&options.path, &error))?;
    migrate::migrate(&mut conn, options, migrate::ALL)?;
    let epoch = epoch(&conn, options.clock.now()).map_err(failed)?;
    Ok(Opened { conn, epoch })
}

/// Opens a connection for queries.
pub(super) fn open_reader(options: &SqliteOptions) -> Result<Connection, StoreError> {
    let conn = connect(&options.path)?;
    let set = || {
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "cache_size", -READER_CACHE_KIB)
    };
    set().map_err(failed)?;
    Ok(conn)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|error| explain(path, &error))?;
    let set = || {
        conn.busy_timeout(BUSY)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        conn.pragma_update(None, "mmap_size", MMAP_BYTES)?;
        conn.pragma_update(None, "foreign_keys", false)?;
        conn.pragma_update(None, "trusted_schema", false)?;
        search::add_functions(&conn)
    };
    set().map_err(|error| explain(path, &error))?;
    Ok(conn)
}

fn prepare_writer(conn: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(
            mode,
            "the file system does not allow a write-ahead log; readers will wait"
        );
    }
    let synchronous = match options.synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    conn.pragma_update(None, "synchronous", synchronous)?;
    conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    if let Some(bytes) = options.max_bytes {
        let page: u64 = conn
            .query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0))?
            .into();
        let pages = i64::try_from(bytes / page).unwrap_or(i64::MAX);
        conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}

/// Made when the database is new; a restored copy keeps its own.
fn epoch(conn: &Connection, now: Timestamp) -> rusqlite::Result<Uuid> {
    let known = conn
        .query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(epoch) = known {
        return Ok(epoch);
    }
    let epoch = new_uuid(now);
    conn.execute(
        "INSERT INTO meta (key, value) VALUES ('epoch', ?1)",
        [epoch],
    )?;
    Ok(epoch)
}

fn explain(path: &Path, error: &rusqlite::Error) -> StoreError {
    StoreError::Failed(format!(
        "cannot open the database {}: {error}; the folder has to exist and to be writable, and the \
         file has to be a SQLite database",
        path.display()
    ))
}
