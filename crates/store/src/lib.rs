//! Lasting state on SQLite behind the core's Store trait.
//!
//! It holds rows and gives them back; what a change does to them is decided by
//! [`parlance_core::apply`], who may ask is decided by the core before it asks.

pub mod sqlite;

pub use sqlite::{SqliteOptions, SqliteStore, Synchronous};
