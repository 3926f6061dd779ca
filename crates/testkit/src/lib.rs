//! What Parlance's tests stand on: private servers, the conformance runner, contract suites.
//!
//! - [`server`]: the real binary as a private process: start, restart, kill, log.
//! - [`conformance`]: the cases of `conformance/*.cases.jsonl`, replayed against any server.
//! - [`client`]: a small client of the native protocol and the operator API.
//! - [`checker`]: judges a run by what its clients saw.
//! - [`mod@media_suite`]: the contract of media backends.

pub mod checker;
pub mod client;
pub mod conformance;
pub mod media_suite;
pub mod server;
pub mod store_suite;
