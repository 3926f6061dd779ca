//! Native tokens: JWTs of the host, or minted here for it.

use std::sync::Arc;
use std::time::Duration;

use parlance_core::app::{App, TokenKey};
use parlance_core::clock::Timestamp;
use parlance_core::ids::new_uuid;
use parlance_core::principal::Principal;
use parlance_core::user::{User, UserUpsert};
use serde_json::json;

use crate::claims::{self, Checked, TokenRules};
use crate::error::AuthError;
use crate::jwt::{self, Token, TokenAlgorithm, VerifyingKey};
use crate::keys::{Label, SecretText, derive, hash_text};
use crate::verified::{Kind, Verified};
use crate::{Identity, revocation};

/// Who signed a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signer {
    Parlance,
    Host,
}

impl Identity {
    /// Verifies a JWT for an app and answers with its user, who is made or brought up to date by the
    /// token's claims.
    ///
    /// A check is believed for a minute at most; revocation on this node ends that at once.
    pub async fn authenticate_native(&self, app: &App, text: &str) -> Result<Principal, AuthError> {
        let now = self.clock.now();
        let key = (app.id, Kind::Native, hash_text(text));
        if let Some(known) = self.verified.get(&key, now) {
            return Ok(known.principal());
        }
        let began = self.verified.generation();
        let token = Token::parse(text)?;
        let checked = self.check_token(app, &token, now).await?;
        let credential = claims::credential_id(app.id, &token.claims, text);
        if self.accounts.is_token_revoked(app.id, credential).await? {
            return Err(AuthError::Revoked);
        }
        let until = checked.ends_at;
        let user = self.user_of_token(app, &token, checked).await?;
        let verified = Verified {
            user: Arc::new(user),
            credential,
            until,
        };
        let principal = verified.principal();
        self.verified.put(key, verified, began, now);
        Ok(principal)
    }

    /// Mints a JWT that opens the native protocol as this user, for `lifetime`.
    pub fn mint_native_token(&self, app: &App, user: &User, lifetime: Duration) -> SecretText {
        let now = self.clock.now();
        // With the fraction of the second: a token minted right after all others were revoked must
        // be told from one minted right before.
        let issued_at = now.as_micros() as f64 / 1e6;
        let claims = json!({
            "sub": user.external_id,
            "iat": issued_at,
            "exp": now.plus(lifetime).as_seconds(),
            "jti": new_uuid(now),
        });
        SecretText::new(jwt::sign_hs256(&own_secret(app), &claims))
    }

    /// Signature, times and type of a token.
    pub(crate) async fn check_token(
        &self,
        app: &App,
        token: &Token<'_>,
        now: Timestamp,
    ) -> Result<Checked, AuthError> {
        let no_rules = TokenRules::default();
        let rules = match self.signer(app, token).await? {
            Signer::Parlance => &no_rules,
            Signer::Host => self
                .settings
                .token_rules
                .get(&app.name)
                .unwrap_or(&no_rules),
        };
        claims::check(&token.claims, rules, now)
    }

    /// Finds the key of the app that signed the token.
    pub(crate) async fn signer(&self, app: &App, token: &Token<'_>) -> Result<Signer, AuthError> {
        let own = VerifyingKey::from_secret(&own_secret(app));
        if own.is_some_and(|own| token.is_signed_by(&own)) {
            return Ok(Signer::Parlance);
        }
        // The app's own key is always there, so HS256 always fits.
        let mut some_key_fits = token.algorithm == TokenAlgorithm::Hs256;
        let mut some_set_is_missing = false;
        for configured in &app.profile.token_keys {
            let keys = match configured {
                TokenKey::Hs256 { secret } => VerifyingKey::from_secret(secret.as_bytes())
                    .into_iter()
                    .collect(),
                TokenKey::Pem { pem } => VerifyingKey::from_pem(pem).into_iter().collect(),
                // No set has shared secrets: such a token must not make us fetch.
                TokenKey::Jwks { .. } if token.algorithm == TokenAlgorithm::Hs256 => Vec::new(),
                TokenKey::Jwks { url } => {
                    let named = self.key_sets.keys(url, token.key_id.as_deref()).await;
                    some_set_is_missing |= named.is_err();
                    let named = named.unwrap_or_default();
                    // A key that is not in the set (any more) is no question of algorithms.
                    some_key_fits |= named.is_empty();
                    named
                }
            };
            for key in &keys {
                some_key_fits |= key.algorithm == token.algorithm;
                if token.is_signed_by(key) {
                    return Ok(Signer::Host);
                }
            }
        }
        Err(match (some_set_is_missing, some_key_fits) {
            (true, _) => AuthError::Unavailable,
            (false, true) => AuthError::BadSignature,
            (false, false) => AuthError::WrongAlgorithm,
        })
    }

    /// The token's user, as stored; written only when the claims say something new.
    async fn user_of_token(
        &self,
        app: &App,
        token: &Token<'_>,
        checked: Checked,
    ) -> Result<User, AuthError> {
        let stored = self
            .users
            .user_by_external_id(app.id, &checked.subject)
            .await?;
        let upsert = claims::upsert(checked.subject, &token.claims);
        if let Some(user) = stored {
            if !user.is_active {
                return Err(AuthError::InactiveUser);
            }
            let account = self.accounts.account(user.id).await?;
            if account.is_some_and(|account| {
                revocation::is_void(checked.issued_at, account.tokens_valid_from)
            }) {
                return Err(AuthError::Revoked);
            }
            if !claims::changes(&upsert, &user) {
                return Ok(user);
            }
        }
        let user = self.write_claims(app, upsert).await?;
        // Switched off since it was looked up.
        user.is_active
            .then_some(user)
            .ok_or(AuthError::InactiveUser)
    }

    /// Makes or changes a user as claims say.
    pub(crate) async fn write_claims(
        &self,
        app: &App,
        upsert: UserUpsert,
    ) -> Result<User, AuthError> {
        let now = self.clock.now();
        let written = self
            .users
            .upsert_users(app.id, vec![(new_uuid(now), upsert)], now)
            .await?;
        let user = match written {
            Ok(users) => users.into_iter().next(),
            Err((_, taken)) => {
                // Claims carry no username, the only field that can be taken.
                tracing::error!(field = ?taken, "a user from claims was refused");
                None
            }
        };
        let user = user.ok_or(AuthError::Unavailable)?;
        self.user_changed(&user);
        Ok(user)
    }
}

fn own_secret(app: &App) -> [u8; 32] {
    derive(app, Label::NativeToken, &[])
}

/// Says what is wrong with a configured key, for whoever sets an app up.
///
/// # Errors
/// One sentence.
pub fn check_token_key(key: &TokenKey) -> Result<(), &'static str> {
    match key {
        TokenKey::Hs256 { secret } if secret.is_empty() => Err("the secret is empty"),
        TokenKey::Hs256 { secret } if secret.contains("-----BEGIN") => {
            Err("a shared secret is expected, this is a key in PEM")
        }
        TokenKey::Pem { pem } if VerifyingKey::from_pem(pem).is_none() => {
            Err("expected a public key in PEM: Ed25519, P-256 or RSA")
        }
        TokenKey::Hs256 { .. } | TokenKey::Pem { .. } => Ok(()),
        TokenKey::Jwks { url } => {
            let url = url::Url::parse(url).ok();
            let fetchable = url.is_some_and(|url| matches!(url.scheme(), "https" | "http"));
            fetchable
                .then_some(())
                .ok_or("expected the https address of a JSON Web Key Set")
        }
    }
}
