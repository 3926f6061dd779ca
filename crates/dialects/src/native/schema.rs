//! Schemas of Rust types, for the documents that describe the protocol.

use std::borrow::Cow;

use utoipa::ToSchema;
use utoipa::openapi::{RefOr, schema::Schema};

/// A type's name, its schema and those that it refers to.
pub(super) struct NamedSchemas {
    pub(super) name: Cow<'static, str>,
    pub(super) all: Vec<(String, RefOr<Schema>)>,
}

/// Makes a type's schemas when a document is written.
pub(super) type SchemaOf = fn() -> NamedSchemas;

/// The schemas of `T`.
pub(super) fn schema_of<T: ToSchema>() -> NamedSchemas {
    let name = T::name();
    let mut all = vec![(name.to_string(), T::schema())];
    T::schemas(&mut all);
    NamedSchemas { name, all }
}
