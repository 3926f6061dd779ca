//! The operator API against a real core on SQLite, without a gateway.

mod apps;
mod conversations;
mod refusals;
mod tokens;
mod users;
mod world;
