//! Dialects: wire contracts. Bytes become commands and queries of the core, events become bytes.
//!
//! Each dialect is one folder; what several of the old backends share, because all of them are
//! Django REST Framework programs, is in `drf`. A dialect sees the core, identity, media and
//! [`contract`]; never the store, the hub or another dialect.

pub mod contract;
pub mod native;
pub mod services;

mod drf;
mod drivecash;
mod fixmate;
mod membership;

use std::sync::Arc;

use contract::Dialect;
use services::Services;

/// Makes a dialect for an app.
type Build = fn(Services) -> Arc<dyn Dialect>;

/// Every dialect by name, with what makes it for an app. The one place where dialects are listed.
const REGISTRY: &[(&str, Build)] = &[
    (native::NAME, native::build),
    ("fixmate", fixmate::build),
    ("drivecash", drivecash::build),
    ("membership", membership::build),
];

/// Names of all dialects that this build speaks, `native` included.
pub fn names() -> impl Iterator<Item = &'static str> {
    REGISTRY.iter().map(|(name, _)| *name)
}

/// The dialect of that name for an app, or `None` when this build does not speak it.
pub fn build(name: &str, services: Services) -> Option<Arc<dyn Dialect>> {
    let (_, make) = REGISTRY.iter().find(|(known, _)| *known == name)?;
    Some(make(services))
}
