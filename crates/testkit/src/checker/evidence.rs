//! What clients write down, and what history says.

use std::collections::BTreeMap;

use uuid::Uuid;

/// All that a run leaves behind for the checker.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Every message that a client ever tried to send, once, however often it was repeated.
    pub attempts: Vec<Attempt>,
    /// Every acknowledgement that a client got.
    pub acknowledged: Vec<Acknowledged>,
    /// What each client heard and has at the end.
    pub readers: Vec<ReaderLog>,
    /// The server's history of each conversation at the end, by its own order.
    pub history: BTreeMap<Uuid, Vec<Stored>>,
}

/// A message that a client tried to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Where to.
    pub conversation: Uuid,
    /// The sender's own id, unique in the run.
    pub client_id: String,
    /// The words.
    pub body: String,
}

/// The server said that a message is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// Where.
    pub conversation: Uuid,
    /// Which.
    pub client_id: String,
    /// The id that it got.
    pub id: Uuid,
    /// The place that it got.
    pub seq: i64,
}

/// A message as history or a reader has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// Its place.
    pub seq: i64,
    /// The sender's own id.
    pub client_id: Option<String>,
    /// Its words.
    pub body: String,
}

/// What one client heard, and what it has at the end.
#[derive(Debug, Clone, Default)]
pub struct ReaderLog {
    /// For the report.
    pub name: String,
    /// The messages that it has, by its own order. A conversation that it is no member of is missing.
    pub lists: BTreeMap<Uuid, Vec<Stored>>,
    /// The lasting events of each of its sockets, as they came.
    pub sockets: Vec<Vec<Heard>>,
}

/// A lasting event on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Where.
    pub conversation: Uuid,
    /// The revision that it told.
    pub revision: i64,
    /// The place of the message, when one was created.
    pub seq: Option<i64>,
}
