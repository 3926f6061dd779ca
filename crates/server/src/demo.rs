//! What `parlance demo` has beside the server: demo people, their conversation, pages to look at.

pub(crate) mod config;
pub(crate) mod keys;
pub(crate) mod people;
pub(crate) mod seed;
pub(crate) mod site;
