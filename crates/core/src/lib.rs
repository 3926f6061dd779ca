//! Parlance's core: the rules of chat. Principals wish by commands, the core checks access, the
//! writer commits, events say what became true.
//!
//! It knows no transport, no SQL, no HTTP status and no JSON shape of a dialect. It owns the traits
//! ([`store::Store`], [`media::Media`], [`publish::Publisher`], [`clock::Clock`]) that the adapters
//! implement.

pub mod access;
pub mod account;
pub mod app;
pub mod apply;
pub mod change;
pub mod chat;
pub mod clock;
pub mod command;
pub mod conversation;
pub mod document;
pub mod error;
pub mod event;
pub mod ids;
pub mod limits;
pub mod media;
pub mod member;
pub mod message;
pub mod people;
pub mod presence;
pub mod principal;
pub mod publish;
pub mod rate;
pub mod receipt;
pub mod store;
pub mod topic;
pub mod typing;
pub mod user;
pub mod users;
pub mod writer;

pub use chat::Chat;
pub use error::ChatError;
