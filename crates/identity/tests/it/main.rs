//! Identity as dialects and the operator API see it, over the SQLite store.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test like the tests themselves"
)]

mod accounts;
mod apps;
mod fixture;
mod host;
mod key_sets;
mod native;
mod opaque;
mod revocation;
mod simple_jwt;
