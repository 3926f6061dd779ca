//! What waits for the writer, and how it is answered.

use std::sync::Arc;

use parlance_core::change::{Change, ChangeBody, Committed};
use parlance_core::error::{ChatError, StoreError};
use parlance_core::store::{CommitError, Stored};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// A task and its place in the queue.
pub(super) struct Queued {
    pub(super) task: Task,
    pub(super) place: OwnedSemaphorePermit,
}

/// One unit of the writer's work.
pub(super) enum Task {
    /// A group of changes.
    Commit {
        group: Arc<Vec<Change>>,
        /// Of the transaction under way.
        results: Vec<Result<Committed, ChatError>>,
        reply: oneshot::Sender<Vec<Result<Committed, CommitError>>>,
    },
    /// Any other write.
    Write {
        write: Box<dyn Write>,
        /// It writes conversations or members, which the writer keeps in memory.
        touches_rows: bool,
    },
    /// One batch of the search index.
    Index {
        reply: Option<oneshot::Sender<Stored<()>>>,
    },
    /// The end.
    Close { reply: oneshot::Sender<Stored<()>> },
}

impl Task {
    /// How many changes it counts for in a group.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Commit { group, .. } => group.len(),
            Self::Write { .. } | Self::Index { .. } | Self::Close { .. } => 1,
        }
    }

    /// Whether it is a group of nothing but new messages.
    pub(super) fn only_sends(&self) -> bool {
        let is_send = |change: &Change| matches!(change.body, ChangeBody::SendMessage(_));
        matches!(self, Self::Commit { group, .. } if group.iter().all(is_send))
    }

    /// Answers with what the committed transaction found, or with why it broke.
    pub(super) fn answer(self, outcome: Result<(), &Broken>) {
        // Whoever went away does not want the answer any more.
        match self {
            Self::Commit {
                group,
                results,
                reply,
            } => {
                let results = match outcome {
                    Ok(()) => results
                        .into_iter()
                        .map(|r| r.map_err(CommitError::from))
                        .collect(),
                    Err(broken) => group.iter().map(|_| Err(broken.error().into())).collect(),
                };
                let _ = reply.send(results);
            }
            Self::Write { write, .. } => write.answer(outcome.map_err(Broken::error)),
            Self::Index { reply } => {
                if let Some(reply) = reply {
                    let _ = reply.send(outcome.map_err(Broken::error));
                }
            }
            Self::Close { reply } => {
                let _ = reply.send(outcome.map_err(Broken::error));
            }
        }
    }
}

/// A write that can run again and answers once.
pub(super) trait Write: Send {
    /// Runs it within the open transaction and keeps what it found.
    fn run(&mut self, conn: &Connection) -> rusqlite::Result<()>;
    /// Answers, after the commit or its failure.
    fn answer(self: Box<Self>, outcome: Stored<()>);
}

/// A closure as a [`Write`].
pub(super) struct Closure<T, F> {
    write: F,
    found: Option<T>,
    reply: oneshot::Sender<Stored<T>>,
}

impl<T, F> Closure<T, F> {
    pub(super) fn new(write: F, reply: oneshot::Sender<Stored<T>>) -> Self {
        Self {
            write,
            found: None,
            reply,
        }
    }
}

impl<T, F> Write for Closure<T, F>
where
    T: Send,
    F: Fn(&Connection) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        self.found = Some((self.write)(conn)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Stored<()>) {
        let Self { found, reply, .. } = *self;
        let not_run = || StoreError::Failed("the write did not run".into());
        let _ = reply.send(outcome.and_then(|()| found.ok_or_else(not_run)));
    }
}

/// Why a transaction was not committed.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) what: String,
    /// Nobody knows whether it was.
    pub(super) unknown: bool,
}

impl Broken {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            unknown: false,
        }
    }

    /// As each of the tasks in it hears of it.
    pub(super) fn error(&self) -> StoreError {
        if self.unknown {
            StoreError::OutcomeUnknown(self.what.clone())
        } else {
            StoreError::Failed(self.what.clone())
        }
    }
}

impl From<rusqlite::Error> for Broken {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(error.to_string())
    }
}
