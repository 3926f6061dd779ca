//! Dialects against a real core on SQLite, without a gateway: requests go straight to the routes.

mod documents;
mod drivecash;
mod fixmate;
mod kept;
mod membership;
mod native;
mod world;
