//! Numbered migrations, applied at start, each in a transaction of its own, after a copy of the file.

use std::path::{Path, PathBuf};

use parlance_core::error::StoreError;
use rusqlite::{Connection, params};

use super::{SqliteOptions, failed};

/// One step of the schema.
pub(super) struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

/// All steps, by rising version.
pub(super) const ALL: &[Migration] = &[
    Migration {
        version: 1,
        name: "chat",
        sql: include_str!("../../migrations/sqlite/0001_chat.sql"),
    },
    Migration {
        version: 2,
        name: "search",
        sql: include_str!("../../migrations/sqlite/0002_search.sql"),
    },
    Migration {
        version: 3,
        name: "documents",
        sql: include_str!("../../migrations/sqlite/0003_documents.sql"),
    },
];

/// Brings the schema to the last of `migrations`.
///
/// # Errors
/// `Failed`: the file is not one of ours, or newer than this program, or a step failed; then the
/// file stands at the step before it.
pub(super) fn migrate(
    conn: &mut Connection,
    options: &SqliteOptions,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let present = present_version(conn, &options.path)?;
    let newest = migrations.last().map_or(0, |m| m.version);
    if present > newest {
        return Err(StoreError::Failed(format!(
            "the database {} has schema {present}, this program knows only up to {newest}: it was \
             written by a newer release. Start that release, or restore the copy that was made \
             before the upgrade ({})",
            options.path.display(),
            backup_path(options, newest + 1).display()
        )));
    }
    let pending: Vec<_> = migrations.iter().filter(|m| m.version > present).collect();
    if let Some(first) = pending.first()
        && present > 0
    {
        let copy = backup_path(options, first.version);
        back_up(conn, &copy)?;
        tracing::info!(
            "database.schema" = present,
            "database.copy" = %copy.display(),
            "copied the database before upgrading it"
        );
    }
    for step in pending {
        run(conn, step).map_err(|error| {
            StoreError::Failed(format!(
                "migration {:04}_{} of {} failed: {error}",
                step.version,
                step.name,
                options.path.display()
            ))
        })?;
    }
    Ok(())
}

fn run(conn: &mut Connection, step: &Migration) -> rusqlite::Result<()> {
    let tx = conn.transaction()?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
             version INTEGER PRIMARY KEY,
             name TEXT NOT NULL,
             applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
         ) STRICT;",
    )?;
    tx.execute_batch(step.sql)?;
    tx.execute(
        "INSERT INTO schema_migrations (version, name) VALUES (?1, ?2)",
        params![step.version, step.name],
    )?;
    tx.commit()
}

/// 0 for an empty file.
fn present_version(conn: &Connection, path: &Path) -> Result<i64, StoreError> {
    let has = |sql: &str| {
        conn.query_row(sql, [], |row| row.get::<_, bool>(0))
            .map_err(failed)
    };
    if has("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations')")? {
        return conn
            .query_row(
                "SELECT COALESCE(MAX(version), 0) FROM schema_migrations",
                [],
                |row| row.get(0),
            )
            .map_err(failed);
    }
    if has("SELECT EXISTS (SELECT 1 FROM sqlite_schema)")? {
        return Err(StoreError::Failed(format!(
            "{} is a SQLite database, but not one of Parlance; name another file",
            path.display()
        )));
    }
    Ok(0)
}

fn backup_path(options: &SqliteOptions, version: i64) -> PathBuf {
    let mut name = options.path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".before-{version:04}.bak"));
    match &options.backup_dir {
        Some(folder) => folder.join(name),
        None => options.path.with_file_name(name),
    }
}

/// A whole copy under its last name, or none: written beside it, then renamed. It replaces the copy
/// of an earlier attempt.
fn back_up(conn: &Connection, copy: &Path) -> Result<(), StoreError> {
    let explain = |error: String| {
        StoreError::Failed(format!(
            "cannot copy the database to {} before upgrading it: {error}; nothing was changed",
            copy.display()
        ))
    };
    let mut unfinished = copy.as_os_str().to_os_string();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    if let Some(folder) = copy.parent() {
        std::fs::create_dir_all(folder).map_err(|error| explain(error.to_string()))?;
    }
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(|error| explain(error.to_string()))?;
    }
    let name = unfinished
        .to_str()
        .ok_or_else(|| explain("its name is not UTF-8".into()))?;
    conn.execute("VACUUM INTO ?1", [name])
        .map_err(|error| explain(error.to_string()))?;
    std::fs::File::open(&unfinished)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&unfinished, copy))
        .map_err(|error| explain(error.to_string()))
}
