//! The raw ceiling of group commit: one thread, the same table with the same indexes and settings,
//! one INSERT of the same row a message and nothing else; whoever waits is answered after the COMMIT.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result};
use rusqlite::{Connection, params};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Rows of one transaction.
const GROUP: usize = 512;

/// A row on its way.
struct Row {
    conversation: i64,
    body: String,
    client_id: String,
    done: oneshot::Sender<()>,
}

/// Takes rows from any number of tasks.
#[derive(Clone)]
pub(crate) struct RawWriter(SyncSender<Row>);

impl RawWriter {
    /// Writes into a file that the store has made before and closed.
    pub(crate) fn start(path: &Path) -> Result<Self> {
        let conn = Connection::open(path)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "cache_size", -64 * 1_024)?;
        conn.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        let (sender, rows) = sync_channel(4_096);
        std::thread::spawn(move || run(&conn, &rows));
        Ok(Self(sender))
    }

    /// Answers once the row is on disk.
    pub(crate) async fn insert(&self, conversation: i64, body: String) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.0
            .send(Row {
                conversation,
                body,
                client_id: Uuid::now_v7().to_string(),
                done,
            })
            .ok()
            .context("the raw writer has ended")?;
        Ok(answer.await?)
    }
}

fn run(conn: &Connection, rows: &Receiver<Row>) -> Result<()> {
    let mut seqs = std::collections::HashMap::<i64, i64>::new();
    let mut id = 1_i64 << 40;
    while let Ok(first) = rows.recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(row) = rows.try_recv()
        {
            group.push(row);
        }
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = conn.prepare_cached(
            "INSERT INTO messages (id, uuid, conversation_id, seq, revision, created_revision, \
             sender_id, sender_party, kind, body, client_id, client_key, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?4, ?4, 1, 1, 'text', ?5, ?6, ?1, ?1)",
        )?;
        for row in &group {
            let seq = seqs.entry(row.conversation).or_default();
            *seq += 1;
            id += 1;
            insert.execute(params![
                id,
                Uuid::now_v7(),
                row.conversation,
                *seq,
                row.body,
                row.client_id,
            ])?;
        }
        drop(insert);
        conn.execute_batch("COMMIT")?;
        for row in group {
            // A task that has gone needs no answer.
            let _gone = row.done.send(());
        }
    }
    Ok(())
}
