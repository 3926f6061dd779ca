//! The documents that the server describes itself with, held against what it does: every documented
//! operation, request and event happens, every answer and frame is exactly of the documented shape,
//! and what is not documented is not there.

mod description;
mod native_rest;
mod native_socket;
mod operator_api;
mod walk;
mod world;

/// What a test returns: whatever the client could not do ends it.
type Outcome = Result<(), Box<dyn std::error::Error>>;
