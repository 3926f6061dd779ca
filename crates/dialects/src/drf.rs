//! Habits of Django REST Framework that the old backends share: error bodies, how bodies and
//! headers are read, trailing slashes, which methods a route has.
//!
//! Nothing here knows a route or a field of a dialect.

pub(crate) mod authorization;
pub(crate) mod data;
pub(crate) mod files;
pub(crate) mod form;
pub(crate) mod origin;
pub(crate) mod query;
pub(crate) mod refused;
pub(crate) mod routing;
pub(crate) mod simple_jwt;
