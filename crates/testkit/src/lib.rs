//! What Parlance's tests stand on: private servers, the conformance runner, contract suites.
//!
//! - [`server`]: the real binary as a private process: start, restart, kill, log.
//! - [`conformance`]: the cases of `conformance/*.cases.jsonl`, replayed against any server.
//! - [`media_suite`]: the contract of media backends.

pub mod conformance;
pub mod media_suite;
pub mod server;
pub mod store_suite;
