//! The binary from outside: its command line, its files, its ports.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod binary;
mod client_files;
mod demo;
mod doctor;
mod serve;
mod settings;
mod token;
