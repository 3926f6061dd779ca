//! The pool of connections for queries.

use std::sync::Arc;

use parking_lot::Mutex;
use parlance_core::error::StoreError;
use parlance_core::store::Stored;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Semaphore;

use super::{SqliteOptions, failed, open};

/// See the module.
pub(super) struct Readers {
    /// As many permits as connections.
    free: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
    count: usize,
}

/// A connection on loan; returns to the pool also when the query panics.
struct Loan {
    conn: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.idle.lock().extend(self.conn.take());
    }
}

impl Readers {
    pub(super) fn open(options: &SqliteOptions) -> Result<Self, StoreError> {
        let count = options.readers.clamp(1, 64);
        let idle = (0..count)
            .map(|_| open::open_reader(options))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            free: Arc::new(Semaphore::new(count)),
            idle: Arc::new(Mutex::new(idle)),
            count,
        })
    }

    /// Runs `query` on a free connection within one snapshot of the database.
    pub(super) async fn read<T, F>(&self, query: F) -> Stored<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(|_| closed())?;
        let conn = self.idle.lock().pop();
        let loan = Loan {
            conn,
            idle: Arc::clone(&self.idle),
        };
        let job = tokio::task::spawn_blocking(move || {
            let conn = loan.conn.as_ref().ok_or_else(closed)?;
            let answer = in_snapshot(conn, query).map_err(failed);
            drop(loan);
            drop(permit);
            answer
        });
        job.await
            .map_err(|error| StoreError::Failed(format!("a query broke off: {error}")))?
    }

    /// Waits for queries under way, then closes all connections.
    pub(super) async fn close(&self) {
        let all = u32::try_from(self.count).unwrap_or(u32::MAX);
        if let Ok(permits) = self.free.acquire_many(all).await {
            self.idle.lock().clear();
            self.free.close();
            drop(permits);
        }
    }
}

fn in_snapshot<T>(
    conn: &Connection,
    query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let snapshot = Transaction::new_unchecked(conn, TransactionBehavior::Deferred)?;
    let answer = query(&snapshot)?;
    snapshot.commit()?;
    Ok(answer)
}

fn closed() -> StoreError {
    StoreError::Failed("the store is closed".into())
}
