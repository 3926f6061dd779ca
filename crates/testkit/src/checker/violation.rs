//! What a run can have done wrong.

use std::fmt;

use uuid::Uuid;

use super::{Acknowledged, Stored};

/// Violations that a report shows; a broken server has thousands.
const SHOWN: usize = 10;

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Acknowledged and not there.
    #[error("acknowledged and lost: {0:?}")]
    Missing(Acknowledged),
    /// Acknowledged with another place or id than it has.
    #[error("stored as seq {seq}, but {acknowledged:?}")]
    Moved {
        /// What was told.
        acknowledged: Acknowledged,
        /// Where it is.
        seq: i64,
    },
    /// The same message is there more than once.
    #[error("stored twice: {client_id}")]
    Twice {
        /// Which.
        client_id: String,
    },
    /// History does not count 1..n.
    #[error("{conversation}: seq {found} where {expected} should be")]
    Hole {
        /// Where.
        conversation: Uuid,
        /// What should follow.
        expected: i64,
        /// What follows.
        found: i64,
    },
    /// Nobody sent it there with these words.
    #[error("{conversation}: nobody sent {message:?}")]
    Invented {
        /// Where.
        conversation: Uuid,
        /// What.
        message: Stored,
    },
    /// A reader ended with something else than history; the first difference.
    #[error("{conversation}: {reader} has {read:?}, history {stored:?}")]
    Differs {
        /// Who.
        reader: String,
        /// Where.
        conversation: Uuid,
        /// What history has there.
        stored: Option<Stored>,
        /// What the reader has there.
        read: Option<Stored>,
    },
    /// A socket skipped or repeated a revision.
    #[error("{conversation}: {reader} heard revision {heard} after {after} on one socket")]
    Gap {
        /// Who.
        reader: String,
        /// Where.
        conversation: Uuid,
        /// The revision before.
        after: i64,
        /// The one that came.
        heard: i64,
    },
    /// A socket told of messages in another order than theirs.
    #[error("{conversation}: {reader} heard seq {now} after {before} on one socket")]
    Reordered {
        /// Who.
        reader: String,
        /// Where.
        conversation: Uuid,
        /// The place of the message before.
        before: i64,
        /// The place of the one that came.
        now: i64,
    },
}

/// All violations of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    violations: Vec<Violation>,
}

impl Report {
    pub(super) fn new(violations: Vec<Violation>) -> Self {
        Self { violations }
    }

    /// Nothing was broken.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// What was broken.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} violations", self.violations.len())?;
        for violation in self.violations.iter().take(SHOWN) {
            writeln!(f, "- {violation}")?;
        }
        Ok(())
    }
}
