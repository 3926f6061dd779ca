//! Lasting state on SQLite behind the core's Store trait.
