//! A small client of the native protocol and the operator API, for tests and benches.
//!
//! It is no SDK: it does what it is told, repeats nothing by itself, and shows refusals, closes and
//! broken connections as what they are. [`rest`] asks, [`socket`] is any WebSocket, [`native`] speaks
//! the native protocol over one, [`operator`] provisions, [`timeline`] rebuilds conversations from
//! events and resume as a good client would.

pub mod native;
pub mod operator;
pub mod rest;
pub mod socket;
pub mod timeline;

use std::time::Duration;

/// Ends the wait for an answer that never comes; no test depends on how long an answer takes.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Where a server listens, and which of its apps is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    authority: String,
    host: String,
}

impl Address {
    /// Of a base URL such as `http://127.0.0.1:4242`; its app is whichever that listener serves.
    pub fn new(base_url: &str) -> Self {
        let authority = base_url.trim_start_matches("http://").trim_end_matches('/');
        Self {
            authority: authority.to_owned(),
            host: authority.to_owned(),
        }
    }

    /// The same listener, and the app that the `Host` header names.
    #[must_use]
    pub fn host(&self, host: &str) -> Self {
        Self {
            authority: self.authority.clone(),
            host: host.to_owned(),
        }
    }

    /// Address and port to connect to.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The `Host` header.
    pub fn host_header(&self) -> &str {
        &self.host
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The handshake of a socket was answered, but not with an upgrade.
    #[error("the handshake was refused with {status}: {body}")]
    Refused {
        /// The answer's status.
        status: http::StatusCode,
        /// The answer's body, as text.
        body: String,
    },
    /// The request reached the server and was answered with an error.
    #[error("{what} was answered with {status}: {body}")]
    Status {
        /// Method and path.
        what: String,
        /// The answer's status.
        status: http::StatusCode,
        /// The answer's body, as text.
        body: String,
    },
    /// A socket's request was answered with a problem.
    #[error("{what} was answered with {problem}")]
    Problem {
        /// The request's type.
        what: String,
        /// The problem.
        problem: native::Problem,
    },
    /// The connection could not be made, or broke.
    #[error("{what}: {why}")]
    Broken {
        /// What was tried.
        what: String,
        /// How it failed.
        why: String,
    },
    /// Nothing came within [`DEADLINE`].
    #[error("{0}: no answer within {DEADLINE:?}")]
    Silent(String),
    /// An answer that is not what the documents promise.
    #[error("{0}")]
    Unexpected(String),
}

impl ClientError {
    fn broken(what: impl Into<String>) -> impl FnOnce(String) -> Self {
        let what = what.into();
        move |why| Self::Broken { what, why }
    }
}

/// Awaits something that has to happen.
///
/// # Errors
/// Its own, or `Silent` after [`DEADLINE`].
pub async fn within<T>(
    what: &str,
    work: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(done) => done,
        Err(_) => Err(ClientError::Silent(what.to_owned())),
    }
}
