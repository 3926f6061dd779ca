//! How requests name users, conversations and contexts: by integer id, by public id, users also by
//! the host's own id.

use std::sync::Arc;

use parlance_core::ids::{ConversationId, ConversationRef, UserId, UserRef};
use parlance_core::user::User;
use parlance_dialects::native::problem::Problem;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::auth::Host;

/// What stands before the host's own id of a user.
const EXTERNAL: &str = "external:";

/// A user, named in one of three ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserName {
    Known(UserRef),
    External(String),
}

impl UserName {
    /// Reads a name as it stands in a path.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(external) = text.strip_prefix(EXTERNAL) {
            return Some(Self::External(external.to_owned()));
        }
        if let Ok(id) = text.parse() {
            return Some(Self::Known(UserRef::Id(UserId(id))));
        }
        let uuid = Uuid::try_parse(text).ok()?;
        Some(Self::Known(UserRef::Uuid(uuid)))
    }

    /// The user of the host's app.
    ///
    /// # Errors
    /// `not_found`, `unavailable`.
    pub(crate) async fn find(&self, host: &Host) -> Result<Arc<User>, Problem> {
        let (chat, by) = (&host.services.chat, host.principal());
        let user = match self {
            Self::Known(named) => chat.user(&by, *named).await,
            Self::External(id) => chat.user_by_external_id(&by, id).await,
        };
        user.map_err(Problem::from)
    }

    /// As [`UserName::find`], for a field of a body: who is not there makes the field wrong.
    pub(crate) async fn find_in(&self, host: &Host, field: &str) -> Result<Arc<User>, Problem> {
        self.find(host).await.map_err(|problem| {
            if problem.code == parlance_dialects::native::problem::ProblemCode::NotFound {
                Problem::invalid(field, "names nobody of this app")
            } else {
                problem
            }
        })
    }
}

impl<'de> Deserialize<'de> for UserName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = &"an id, or external: and the host's id";
        let text = number_or_text(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), expected))
    }
}

impl PartialSchema for UserName {
    fn schema() -> RefOr<Schema> {
        either("Integer id, public id, or `external:` and the host's own id")
    }
}

impl ToSchema for UserName {}

/// A number or a text, kept as text: hosts use integers and others as their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostId(pub(crate) String);

impl<'de> Deserialize<'de> for HostId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer).map(Self)
    }
}

impl PartialSchema for HostId {
    fn schema() -> RefOr<Schema> {
        either("The host's id, a number or a text")
    }
}

impl ToSchema for HostId {}

fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) if number.is_i64() => Ok(number.to_string()),
        _ => Err(D::Error::custom("expected an integer or a text")),
    }
}

fn either(about: &str) -> RefOr<Schema> {
    let either = SchemaType::Array(vec![Type::Integer, Type::String]);
    ObjectBuilder::new()
        .schema_type(either)
        .description(Some(about))
        .into()
}

/// A conversation as a path names it.
pub(crate) fn conversation(text: &str) -> Result<ConversationRef, Problem> {
    if let Ok(id) = text.parse() {
        return Ok(ConversationId(id).into());
    }
    let uuid = Uuid::try_parse(text).map_err(|_| Problem::not_found("conversation"))?;
    Ok(uuid.into())
}

/// A user as a path names it.
pub(crate) fn user(text: &str) -> Result<UserName, Problem> {
    UserName::parse(text).ok_or_else(|| Problem::not_found("user"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<UserName, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn users_are_named_in_three_ways() {
        let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
        let by_id = UserName::Known(UserRef::Id(UserId(7)));
        let by_uuid = UserName::Known(UserRef::Uuid(uuid.parse().unwrap()));
        assert_eq!(read(json!(7)), Ok(by_id.clone()));
        assert_eq!(read(json!("7")), Ok(by_id));
        assert_eq!(read(json!(uuid)), Ok(by_uuid));
        assert_eq!(
            read(json!("external:7")),
            Ok(UserName::External("7".into()))
        );
        for wrong in [json!("ann"), json!(""), json!(7.5), json!(null), json!([7])] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
