//! What Parlance's tests stand on: private servers, the conformance runner, contract suites.
//!
//! - [`server`]: the real binary as a private process: start, restart, kill, log.
//! - [`conformance`]: the cases of `conformance/*.cases.jsonl`, replayed against any server.

pub mod conformance;
pub mod server;
