//! The writer's thread: rounds of collect, transaction, answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use parlance_core::apply::apply;
use parlance_core::change::{Change, Committed};
use parlance_core::error::{ChatError, StoreError};
use parlance_core::store::CommitError;
use rusqlite::{Connection, ErrorCode};

use super::super::rowset::RowSet;
use super::super::tx::SqliteTx;
use super::super::{failed, search, sql};
use super::task::{Broken, Queued, Task};

/// Changes that go into one transaction, unless a single group has more.
const GROUP: usize = 512;
/// Nothing came for this long: time for the search index. Not sooner, for its commit would delay
/// whatever comes next.
const QUIET: Duration = Duration::from_millis(100);
/// The same after the index could not be written.
const QUIET_AFTER_FAILURE: Duration = Duration::from_secs(30);
/// How long changes stay uncommitted under `acknowledge_before_commit`.
const BROKEN_DELAY: Duration = Duration::from_millis(20);

/// See the module.
pub(super) struct WriterThread {
    conn: Connection,
    rows: RowSet,
    /// The id of the next message.
    next_message: i64,
    /// The newest message id that the search index covers, as committed.
    search_upto: i64,
    /// The same, within the transaction under way.
    indexing_upto: i64,
    /// Tells whether somebody else wrote the file.
    data_version: i64,
    acknowledge_before_commit: bool,
    quiet: Duration,
}

type Results = Vec<Result<Committed, ChatError>>;

impl WriterThread {
    pub(super) fn new(
        conn: Connection,
        acknowledge_before_commit: bool,
    ) -> Result<Self, StoreError> {
        let mut thread = Self {
            conn,
            rows: RowSet::new(),
            next_message: 1,
            search_upto: 0,
            indexing_upto: 0,
            data_version: -1,
            acknowledge_before_commit,
            quiet: QUIET,
        };
        thread.notice_others().map_err(failed)?;
        Ok(thread)
    }

    /// Works until the end is asked for or nobody is left to ask.
    pub(super) fn run(mut self, waiting: &Receiver<Queued>) {
        while let Some(first) = self.next(waiting) {
            let (round, end) = collect(first, waiting);
            // The places in the queue are taken until the tasks are answered.
            let (tasks, places): (Vec<_>, Vec<_>) = round
                .into_iter()
                .map(|queued| (queued.task, queued.place))
                .unzip();
            self.round(tasks);
            drop(places);
            if let Some(end) = end {
                let outcome = self.close();
                end.task.answer(outcome.as_ref().copied());
                refuse_rest(waiting);
                return;
            }
        }
        if let Err(broken) = self.close() {
            tracing::error!(error = %broken.what, "the database was not closed cleanly");
        }
    }

    /// The next task; while none comes, the search index catches up.
    fn next(&mut self, waiting: &Receiver<Queued>) -> Option<Queued> {
        let mut pause = self.quiet;
        while self.search_upto < self.next_message - 1 {
            match waiting.recv_timeout(pause) {
                Ok(queued) => return Some(queued),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    let done = self.transaction(Self::index);
                    pause = Duration::ZERO;
                    self.quiet = QUIET;
                    if let Err(broken) = done {
                        tracing::warn!(error = %broken.what, "the search index waits");
                        self.quiet = QUIET_AFTER_FAILURE;
                        pause = self.quiet;
                    }
                }
            }
        }
        waiting.recv().ok()
    }

    /// Runs what was collected as one transaction; if that breaks, each change alone.
    fn round(&mut self, mut tasks: Vec<Task>) {
        if tasks.is_empty() {
            return;
        }
        // Whoever provisions reads what was just written, and would not get as far as sending.
        if self.acknowledge_before_commit && tasks.iter().all(Task::only_sends) {
            return self.broken_round(tasks);
        }
        let done =
            self.transaction(|thread| tasks.iter_mut().try_for_each(|task| thread.perform(task)));
        match done {
            Ok(()) => answer_all(tasks, Ok(())),
            Err(broken) if tasks.iter().map(Task::weight).sum::<usize>() == 1 => {
                log(&broken);
                answer_all(tasks, Err(&broken));
            }
            Err(_) => tasks.into_iter().for_each(|task| self.alone(task)),
        }
    }

    /// What [`super::super::SqliteOptions::acknowledge_before_commit`] asks for.
    fn broken_round(&mut self, mut tasks: Vec<Task>) {
        let done = self.transaction(|thread| {
            tasks.iter_mut().try_for_each(|task| thread.perform(task))?;
            thread.rows.write_back(&thread.conn)?;
            answer_all(std::mem::take(&mut tasks), Ok(()));
            std::thread::sleep(BROKEN_DELAY);
            Ok(())
        });
        if let Err(broken) = done {
            answer_all(tasks, Err(&broken));
        }
    }

    fn alone(&mut self, mut task: Task) {
        if let Task::Commit { group, reply, .. } = task {
            let results = group
                .iter()
                .map(|change| self.change_alone(change))
                .collect();
            // Whoever went away does not want the answer any more.
            let _ = reply.send(results);
            return;
        }
        let done = self.transaction(|thread| thread.perform(&mut task));
        done.as_ref().err().into_iter().for_each(log);
        task.answer(done.as_ref().copied());
    }

    fn change_alone(&mut self, change: &Change) -> Result<Committed, CommitError> {
        let done = self.transaction(|thread| thread.apply(change));
        match done {
            Ok(result) => result.map_err(CommitError::from),
            Err(broken) => {
                log(&broken);
                Err(broken.error().into())
            }
        }
    }

    /// Runs one task within the open transaction.
    fn perform(&mut self, task: &mut Task) -> Result<(), Broken> {
        match task {
            Task::Commit { group, results, .. } => {
                let group = Arc::clone(group);
                *results = group
                    .iter()
                    .map(|change| self.apply(change))
                    .collect::<Result<Results, Broken>>()?;
            }
            Task::Write {
                write,
                touches_rows: false,
            } => write.run(&self.conn)?,
            Task::Write {
                write,
                touches_rows: true,
            } => {
                self.rows.write_back(&self.conn)?;
                self.rows.clear();
                write.run(&self.conn)?;
            }
            Task::Index { .. } => self.index()?,
            Task::Close { .. } => {}
        }
        Ok(())
    }

    fn apply(&mut self, change: &Change) -> Result<Result<Committed, ChatError>, Broken> {
        let mut tx = SqliteTx {
            conn: &self.conn,
            rows: &mut self.rows,
            next_message: &mut self.next_message,
            search_upto: self.indexing_upto,
        };
        match apply(&mut tx, change) {
            Ok(committed) => Ok(Ok(committed)),
            Err(CommitError::Refused(why)) => Ok(Err(why)),
            Err(CommitError::Store(
                StoreError::Failed(what) | StoreError::OutcomeUnknown(what),
            )) => Err(Broken::new(what)),
        }
    }

    fn index(&mut self) -> Result<(), Broken> {
        let newest = self.next_message - 1;
        self.indexing_upto = search::index_batch(&self.conn, self.indexing_upto, newest)?;
        Ok(())
    }

    /// Begins, runs, writes back, commits. On any failure, a panic included, nothing is left of it,
    /// neither in the file nor in memory.
    fn transaction<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, Broken>,
    ) -> Result<T, Broken> {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            self.begin()?;
            let found = run(self)?;
            self.rows.write_back(&self.conn)?;
            Ok(found)
        }));
        let ran = ran.unwrap_or_else(|_| Err(Broken::new("the writer panicked")));
        let done = ran.and_then(|found| self.commit().map(|()| found));
        if done.is_ok() {
            self.search_upto = self.indexing_upto;
        } else {
            self.roll_back();
        }
        done
    }

    fn begin(&mut self) -> Result<(), Broken> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        self.notice_others()?;
        self.indexing_upto = self.search_upto;
        Ok(())
    }

    /// Forgets what is in memory when another connection wrote the file: a shell, or the tail of an
    /// earlier store in this process.
    fn notice_others(&mut self) -> rusqlite::Result<()> {
        let version = self
            .conn
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if version != self.data_version {
            self.data_version = version;
            self.rows.clear();
            self.next_message = search::next_message(&self.conn)?.max(self.next_message);
            self.search_upto = self
                .conn
                .query_row(sql::SEARCH_UPTO, [], |row| row.get(0))?;
        }
        Ok(())
    }

    fn commit(&self) -> Result<(), Broken> {
        let committed = self
            .conn
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]));
        committed.map(|_| ()).map_err(|error| Broken {
            unknown: outcome_is_unknown(&error, self.conn.is_autocommit()),
            what: error.to_string(),
        })
    }

    fn roll_back(&mut self) {
        self.rows.clear();
        if self.conn.is_autocommit() {
            return;
        }
        if let Err(error) = self.conn.execute_batch("ROLLBACK") {
            tracing::error!(error = %error, "a transaction could not be rolled back");
        }
    }

    /// Copies the log into the file and closes the connection.
    fn close(self) -> Result<(), Broken> {
        let checkpoint = self
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        // An open transaction of another process only delays the copying; nothing is lost.
        if let Err(error) = checkpoint {
            tracing::warn!(error = %error, "the log was not copied into the database");
        }
        self.conn.flush_prepared_statement_cache();
        self.conn.close().map_err(|(_, error)| Broken::from(error))
    }
}

/// What waits, up to a group, and the request for the end, if it is among it.
fn collect(first: Queued, waiting: &Receiver<Queued>) -> (Vec<Queued>, Option<Queued>) {
    let mut round = Vec::new();
    let mut weight = 0;
    let mut next = Some(first);
    while let Some(queued) = next {
        if matches!(queued.task, Task::Close { .. }) {
            return (round, Some(queued));
        }
        weight += queued.task.weight();
        round.push(queued);
        next = if weight < GROUP {
            waiting.try_recv().ok()
        } else {
            None
        };
    }
    (round, None)
}

fn answer_all(tasks: Vec<Task>, outcome: Result<(), &Broken>) {
    for task in tasks {
        task.answer(outcome);
    }
}

fn refuse_rest(waiting: &Receiver<Queued>) {
    let closed = Broken::new("the store is closed");
    while let Ok(queued) = waiting.try_recv() {
        queued.task.answer(Err(&closed));
    }
}

/// Whether a failed COMMIT may have happened. While the transaction is still open it has not. SQLite
/// ends it by itself on some errors: without room the log has no commit mark; after another error
/// of the disk the mark may be there, and a recovery after a crash would find it.
fn outcome_is_unknown(error: &rusqlite::Error, ended: bool) -> bool {
    let refused_before = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::ReadOnly)
    );
    ended && !refused_before
}

fn log(broken: &Broken) {
    tracing::error!(error = %broken.what, unknown = broken.unknown, "a write failed");
}
