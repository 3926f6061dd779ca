//! Provisioning through the operator API.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::rest::{Answer, Rest};
use super::{Address, ClientError};

/// A host's backend with its app key.
#[derive(Debug, Clone)]
pub struct Operator {
    rest: Rest,
}

/// A user as the operator API shows it, and a native token of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The host's id.
    pub external_id: String,
    /// The integer id.
    pub id: i64,
    /// The native protocol's id.
    pub uuid: Uuid,
    /// A native token.
    pub token: String,
    /// The credential of the app's own dialect; the native token where it has none.
    pub dialect_token: String,
}

/// A conversation as the operator API shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The integer id.
    pub id: i64,
    /// The native protocol's id.
    pub uuid: Uuid,
}

impl Operator {
    /// With an app's key.
    pub fn new(address: &Address, app_key: &str) -> Self {
        Self {
            rest: Rest::new(address).bearer(app_key),
        }
    }

    /// Asks for anything below `/parlance/v1/`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        document: &Value,
    ) -> Result<Answer, ClientError> {
        let path = format!("/parlance/v1/{path}");
        self.rest.document(method, &path, document).await
    }

    /// Makes users, or brings them up to date, and mints tokens for them.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn people(&self, external_ids: &[&str]) -> Result<Vec<Person>, ClientError> {
        let users: Vec<Value> = external_ids.iter().map(|id| profile(id)).collect();
        let answer = self
            .ask(Method::PUT, "users", &json!({ "users": users }))
            .await?;
        let answer = answer.success()?;
        let mut people = Vec::with_capacity(external_ids.len());
        for (external_id, user) in external_ids.iter().zip(list(&answer, "users")?) {
            let (id, uuid) = ids(user)?;
            let tokens = self.mint(external_id).await?;
            let native = text(&tokens, "native")?;
            people.push(Person {
                external_id: (*external_id).to_owned(),
                id,
                uuid,
                dialect_token: text(&tokens, "token").unwrap_or_else(|_| native.clone()),
                token: native,
            });
        }
        Ok(people)
    }

    /// Changes one user's profile.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn upsert(&self, external_id: &str, fields: &Value) -> Result<(), ClientError> {
        let mut user = profile(external_id);
        if let (Some(user), Some(fields)) = (user.as_object_mut(), fields.as_object()) {
            user.extend(fields.clone());
        }
        let answer = self
            .ask(Method::PUT, "users", &json!({ "users": [user] }))
            .await?;
        answer.success().map(drop)
    }

    /// The answer of `POST tokens`.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn mint(&self, external_id: &str) -> Result<Value, ClientError> {
        let wish = json!({ "user": format!("external:{external_id}") });
        self.ask(Method::POST, "tokens", &wish).await?.success()
    }

    /// Makes a conversation between these people: the first a customer, the others providers.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn conversation(&self, members: &[&Person]) -> Result<Place, ClientError> {
        let members: Vec<Value> = (0..)
            .zip(members)
            .map(|(index, person)| {
                let part = if index == 0 { "customer" } else { "provider" };
                json!({ "user": person.uuid, "part": part })
            })
            .collect();
        let wish = json!({ "members": members });
        let answer = self.ask(Method::POST, "conversations", &wish).await?;
        if answer.status != StatusCode::CREATED {
            answer.success()?;
        }
        let (id, uuid) = ids(&answer.json())?;
        Ok(Place { id, uuid })
    }

    /// Takes a member out of a conversation.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn remove_member(&self, place: Place, person: &Person) -> Result<(), ClientError> {
        let path = format!("conversations/{}/members/{}", place.uuid, person.uuid);
        let answer = self.ask(Method::DELETE, &path, &Value::Null).await?;
        answer.success().map(drop)
    }

    /// Revokes all credentials of a user, or one token.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn revoke(&self, wish: &Value) -> Result<(), ClientError> {
        let answer = self.ask(Method::POST, "tokens/revoke", wish).await?;
        answer.success().map(drop)
    }
}

/// Demo people: name, role and username follow from the external id.
fn profile(external_id: &str) -> Value {
    let role = if external_id.starts_with("ann") {
        "customer"
    } else {
        "provider"
    };
    json!({
        "external_id": external_id,
        "username": format!("{external_id}@example.com"),
        "first_name": external_id,
        "role": role,
    })
}

fn unexpected(document: &Value) -> ClientError {
    ClientError::Unexpected(format!("not what the operator API promises: {document}"))
}

fn list<'a>(document: &'a Value, name: &str) -> Result<&'a [Value], ClientError> {
    let items = document[name].as_array();
    items.map(Vec::as_slice).ok_or_else(|| unexpected(document))
}

fn text(document: &Value, name: &str) -> Result<String, ClientError> {
    let text = document[name].as_str();
    text.map(str::to_owned).ok_or_else(|| unexpected(document))
}

fn ids(document: &Value) -> Result<(i64, Uuid), ClientError> {
    let uuid = text(document, "uuid")?;
    match (document["id"].as_i64(), uuid.parse()) {
        (Some(id), Ok(uuid)) => Ok((id, uuid)),
        _ => Err(unexpected(document)),
    }
}
