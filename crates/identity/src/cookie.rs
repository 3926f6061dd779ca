//! Session cookies that stand for an opaque token.
//!
//! The value is the token's SHA-256 and a MAC over it: nothing is stored for it, it cannot be made
//! without the app's secret, and it dies with the token. The same token always gives the same
//! value, so that a dialect sees by comparing whether a browser has the right one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlance_core::app::App;
use parlance_core::principal::Principal;
use subtle::ConstantTimeEq as _;

use crate::Identity;
use crate::error::AuthError;
use crate::keys::{Label, SecretText, derive, hash_text};
use crate::opaque::PURPOSE;

impl Identity {
    /// The value of the cookie that stands for this opaque token: 87 characters of base64url and a
    /// dot.
    pub fn session_cookie(&self, app: &App, token: &str) -> SecretText {
        SecretText::new(cookie_value(app, hash_text(token)))
    }

    /// Verifies a cookie; the answer carries the credential of the token for which it stands.
    pub async fn authenticate_cookie(
        &self,
        app: &App,
        value: &str,
    ) -> Result<Principal, AuthError> {
        if value.is_empty() {
            return Err(AuthError::Missing);
        }
        let hash = read_hash(value).ok_or(AuthError::Malformed)?;
        let expected = cookie_value(app, hash);
        if !bool::from(expected.as_bytes().ct_eq(value.as_bytes())) {
            return Err(AuthError::BadSignature);
        }
        self.authenticate_hash(app, hash).await
    }
}

fn cookie_value(app: &App, hash: [u8; 32]) -> String {
    let named = URL_SAFE_NO_PAD.encode(hash);
    let mac = derive(app, Label::Cookie, &[&app.id.to_string(), PURPOSE, &named]);
    format!("{named}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn read_hash(value: &str) -> Option<[u8; 32]> {
    let (named, _) = value.split_once('.')?;
    URL_SAFE_NO_PAD.decode(named).ok()?.try_into().ok()
}
