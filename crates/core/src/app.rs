//! Apps: tenants. Nothing crosses apps.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::AppId;

/// One host product with its own users, keys, dialects and limits.
#[derive(Debug, Clone, PartialEq)]
pub struct App {
    /// Key.
    pub id: AppId,
    /// Public id.
    pub uuid: Uuid,
    /// Unique short name, as in the settings.
    pub name: String,
    /// How the app is set up.
    pub profile: AppProfile,
    /// SHA-256 of the app key with which the host's backend calls the operator API.
    pub key_hash: [u8; 32],
    /// Random per app: derived secrets (opaque tokens, cookies, signed media addresses) hang on it.
    pub secret: Vec<u8>,
    /// When the app was made.
    pub created_at: Timestamp,
}

/// The part of an app that settings or the operator decide; stored as JSON, so that a field added
/// later defaults for old rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppProfile {
    /// Names of the dialects that it speaks beside the native one.
    pub dialects: Vec<String>,
    /// `Host` header by which requests for this app are told apart on a shared listener.
    pub host: Option<String>,
    /// Browser origins besides the app's own that may open sockets and read answers.
    pub origins: Vec<String>,
    /// How absolute links are written, without a final slash.
    pub public_url: Option<String>,
    /// Keys that sign the tokens of the host.
    pub token_keys: Vec<TokenKey>,
}

/// A key that verifies tokens of the host. Its `Debug` shows no secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TokenKey {
    /// HS256 with a shared secret.
    Hs256 {
        /// The shared secret, as text.
        secret: String,
    },
    /// A public key in PEM (EdDSA, ES256 or RS256, told by its type).
    Pem {
        /// `-----BEGIN PUBLIC KEY-----` …
        pem: String,
    },
    /// A JSON Web Key Set fetched from the host and refreshed.
    Jwks {
        /// `https://host/.well-known/jwks.json`
        url: String,
    },
}

/// What makes a new app.
#[derive(Debug, Clone)]
pub struct NewApp {
    /// Unique short name.
    pub name: String,
    /// How it is set up.
    pub profile: AppProfile,
    /// SHA-256 of its key.
    pub key_hash: [u8; 32],
    /// Random secret, 32 bytes.
    pub secret: Vec<u8>,
    /// Public id.
    pub uuid: Uuid,
    /// Now.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hs256 { .. } => f.write_str("Hs256([redacted])"),
            Self::Pem { pem } => f.debug_tuple("Pem").field(pem).finish(),
            Self::Jwks { url } => f.debug_tuple("Jwks").field(url).finish(),
        }
    }
}
