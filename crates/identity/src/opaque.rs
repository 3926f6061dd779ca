//! Opaque tokens: one per user, the same at each login, until it is revoked.
//!
//! The text is derived from the app's secret, so it can be handed out again; the store has only its
//! SHA-256. A user's tokens are numbered by generation; a revoked one is followed by the next.

use std::sync::Arc;

use parlance_core::account::{Credential, NewCredential};
use parlance_core::app::App;
use parlance_core::clock::Timestamp;
use parlance_core::principal::Principal;
use parlance_core::user::User;

use crate::Identity;
use crate::error::AuthError;
use crate::keys::{Label, SecretText, derive, hash_text};
use crate::verified::{Kind, Verified};

pub(crate) const PURPOSE: &str = "opaque";
const HEX_CHARS: usize = 40;

impl Identity {
    /// The user's token: the one that was handed out before, or the next when that was revoked.
    pub async fn opaque_token(&self, app: &App, user: &User) -> Result<SecretText, AuthError> {
        loop {
            let generation = self.first_unrevoked(app, user).await?;
            let text = derived_text(app, user, generation);
            let credential = self
                .accounts
                .put_credential(NewCredential {
                    app: app.id,
                    user: user.id,
                    purpose: PURPOSE.to_owned(),
                    hash: hash_text(&text),
                    created_at: self.clock.now(),
                    expires_at: None,
                })
                .await?;
            // Revoked between look-up and now: take the next.
            if credential.revoked_at.is_none() {
                return Ok(SecretText::new(text));
            }
        }
    }

    /// Verifies an opaque token.
    pub async fn authenticate_opaque(&self, app: &App, text: &str) -> Result<Principal, AuthError> {
        if text.is_empty() {
            return Err(AuthError::Missing);
        }
        let in_form =
            text.len() == HEX_CHARS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !in_form {
            return Err(AuthError::Malformed);
        }
        self.authenticate_hash(app, hash_text(text)).await
    }

    /// Verifies an opaque token by the hash of its text.
    pub(crate) async fn authenticate_hash(
        &self,
        app: &App,
        hash: [u8; 32],
    ) -> Result<Principal, AuthError> {
        let now = self.clock.now();
        let key = (app.id, Kind::Opaque, hash);
        if let Some(known) = self.verified.get(&key, now) {
            return Ok(known.principal());
        }
        let began = self.verified.generation();
        let credential = self
            .accounts
            .credential_by_hash(app.id, hash)
            .await?
            .filter(|credential| credential.purpose == PURPOSE)
            .ok_or(AuthError::BadSignature)?;
        if credential.revoked_at.is_some() {
            return Err(AuthError::Revoked);
        }
        let until = credential
            .expires_at
            .unwrap_or(Timestamp::from_micros(i64::MAX));
        if now >= until {
            return Err(AuthError::Expired);
        }
        let user = self.users.users(&[credential.user]).await?.pop();
        let user = user.ok_or(AuthError::UnknownUser)?;
        if !user.is_active {
            return Err(AuthError::InactiveUser);
        }
        let verified = Verified {
            user: Arc::new(user),
            credential: credential.id,
            until,
        };
        let principal = verified.principal();
        self.verified.put(key, verified, began, now);
        Ok(principal)
    }

    /// The first generation that was not revoked. Revoked ones lie before all others, so doubling
    /// and halving finds the end of them in few look-ups.
    async fn first_unrevoked(&self, app: &App, user: &User) -> Result<u64, AuthError> {
        let mut high = 0;
        let mut low = 0;
        while self.is_revoked(app, user, high).await? {
            low = high + 1;
            high = low * 2;
        }
        while low < high {
            let middle = low.midpoint(high);
            if self.is_revoked(app, user, middle).await? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    async fn is_revoked(&self, app: &App, user: &User, generation: u64) -> Result<bool, AuthError> {
        let hash = hash_text(&derived_text(app, user, generation));
        let stored = self.accounts.credential_by_hash(app.id, hash).await?;
        Ok(stored.is_some_and(|Credential { revoked_at, .. }| revoked_at.is_some()))
    }
}

fn derived_text(app: &App, user: &User, generation: u64) -> String {
    let parts = [user.id.to_string(), generation.to_string()];
    let mac = derive(app, Label::Opaque, &[&parts[0], &parts[1]]);
    let mut text = hex::encode(mac);
    text.truncate(HEX_CHARS);
    text
}
