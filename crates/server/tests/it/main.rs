//! The binary from outside: its command line, its files, its ports.

mod binary;
mod demo;
mod doctor;
mod serve;
mod settings;
mod token;
