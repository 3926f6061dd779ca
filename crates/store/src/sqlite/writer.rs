//! The writer: one thread with the only connection that writes. It collects whatever waits, runs it
//! as one transaction, and answers after the commit; the commit before is the batching window.
//!
//! When a transaction breaks, it is rolled back and each change runs alone, so that one that cannot
//! be stored fails alone.

mod task;
mod thread;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use parlance_core::change::{Change, Committed};
use parlance_core::error::StoreError;
use parlance_core::store::{CommitError, Stored};
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use super::SqliteOptions;
use super::open::Opened;
use task::{Closure, Queued, Task};
use thread::WriterThread;

/// Tasks that may wait for the writer; whoever comes next waits for room.
const QUEUE: usize = 1_024;

/// The handle of the writer's thread.
pub(super) struct Writer {
    queue: SyncSender<Queued>,
    /// As many permits as the queue has room, so that handing over never blocks.
    room: Arc<Semaphore>,
}

impl Writer {
    pub(super) fn start(opened: Opened, options: &SqliteOptions) -> Result<Self, StoreError> {
        let (queue, waiting) = sync_channel(QUEUE);
        let thread = WriterThread::new(opened.conn, options.acknowledge_before_commit)?;
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || thread.run(&waiting))
            .map_err(|error| StoreError::Failed(format!("cannot start the writer: {error}")))?;
        Ok(Self {
            queue,
            room: Arc::new(Semaphore::new(QUEUE)),
        })
    }

    /// See [`parlance_core::store::Writes::commit`].
    pub(super) async fn commit(&self, group: Vec<Change>) -> Vec<Result<Committed, CommitError>> {
        let count = group.len();
        if count == 0 {
            return Vec::new();
        }
        let (reply, answer) = oneshot::channel();
        let task = Task::Commit {
            group: Arc::new(group),
            results: Vec::new(),
            reply,
        };
        let error = match self.hand_over(task).await {
            Ok(()) => match answer.await {
                Ok(results) => return results,
                Err(_) => lost,
            },
            Err(_) => closed,
        };
        (0..count).map(|_| Err(error().into())).collect()
    }

    /// Runs `write` in the next transaction; on a failure of that transaction once more, alone.
    pub(super) async fn write<T, F>(&self, write: F) -> Stored<T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.run_closure(write, false).await
    }

    /// As [`Writer::write`], for writes to the rows that the writer keeps in memory.
    pub(super) async fn write_rows<T, F>(&self, write: F) -> Stored<T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.run_closure(write, true).await
    }

    async fn run_closure<T, F>(&self, write: F, touches_rows: bool) -> Stored<T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let write = Box::new(Closure::new(write, reply));
        self.hand_over(Task::Write {
            write,
            touches_rows,
        })
        .await?;
        answer.await.map_err(|_| lost())?
    }

    /// Brings the search index forward by one batch.
    pub(super) async fn index(&self) -> Stored<()> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(Task::Index { reply: Some(reply) }).await?;
        answer.await.map_err(|_| lost())?
    }

    /// Finishes what waits, copies the log into the file and ends the thread.
    pub(super) async fn close(&self) -> Stored<()> {
        let (reply, answer) = oneshot::channel();
        if self.hand_over(Task::Close { reply }).await.is_err() {
            return Ok(());
        }
        self.room.close();
        answer.await.map_err(|_| lost())?
    }

    async fn hand_over(&self, task: Task) -> Stored<()> {
        let room = Arc::clone(&self.room)
            .acquire_owned()
            .await
            .map_err(|_| closed())?;
        let queued = Queued { task, place: room };
        self.queue.try_send(queued).map_err(|_| closed())
    }
}

fn closed() -> StoreError {
    StoreError::Failed("the store is closed".into())
}

fn lost() -> StoreError {
    StoreError::OutcomeUnknown("the writer ended before it answered".into())
}
