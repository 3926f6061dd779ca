//! Users: people of an app, known by the host's `external_id`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{AppId, UserId};

/// A person of an app.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Key; dialects with integer ids show it.
    pub id: UserId,
    /// Public id of the native protocol.
    pub uuid: Uuid,
    /// The tenant.
    pub app: AppId,
    /// The host's own id of this person, unique within the app.
    pub external_id: String,
    /// Name to log in by, unique within the app without regard to case; empty when there is none.
    pub username: String,
    /// E-mail address, may be empty.
    pub email: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// The host's word for what this person is (customer, provider, admin …), may be empty.
    pub role: String,
    /// Belongs to the app's staff: one side of every desk conversation.
    pub is_staff: bool,
    /// A user who is switched off can do nothing; live sockets are closed.
    pub is_active: bool,
    /// Address of a picture.
    pub avatar_url: Option<String>,
    /// Whatever else host or dialect keep about the person (phone number, business name …).
    pub metadata: Map<String, Value>,
    /// When the user became known here.
    pub created_at: Timestamp,
    /// When the last socket of this user was closed.
    pub last_seen_at: Option<Timestamp>,
}

impl User {
    /// "First last" without outer blanks; the username, else the external id, where there is none.
    pub fn display_name(&self) -> String {
        let full = format!("{} {}", self.first_name.trim(), self.last_name.trim());
        let full = full.trim();
        if !full.is_empty() {
            full.to_owned()
        } else if !self.username.is_empty() {
            self.username.clone()
        } else {
            self.external_id.clone()
        }
    }

    /// A text from [`User::metadata`], or `""`.
    pub fn extra(&self, key: &str) -> &str {
        self.metadata
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// What a host (or a verified token's claims, or a registration) says about a user. `None` leaves a
/// field as it is, or empty for a new user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UserUpsert {
    /// The host's id; the key of the upsert.
    pub external_id: String,
    /// See [`User::username`].
    pub username: Option<String>,
    /// See [`User::email`].
    pub email: Option<String>,
    /// See [`User::first_name`].
    pub first_name: Option<String>,
    /// See [`User::last_name`].
    pub last_name: Option<String>,
    /// See [`User::role`].
    pub role: Option<String>,
    /// See [`User::is_staff`].
    pub is_staff: Option<bool>,
    /// See [`User::is_active`].
    pub is_active: Option<bool>,
    /// See [`User::avatar_url`]; `Some(None)` takes the picture away.
    pub avatar_url: Option<Option<String>>,
    /// Merged into [`User::metadata`] key by key; a null takes a key away.
    pub metadata: Option<Map<String, Value>>,
}
