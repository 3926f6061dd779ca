//! Making credentials void: in the store, in what is remembered here, and for open sockets.
//!
//! Always in this order: the store first, so that nothing that was forgotten comes back.

use parlance_core::app::App;
use parlance_core::clock::Timestamp;
use parlance_core::ids::UserId;
use parlance_core::publish::Disconnect;
use parlance_core::user::User;

use crate::error::AuthError;
use crate::jwt::Token;
use crate::keys::hash_text;
use crate::{Identity, claims};

/// Whether a token issued then is void, when all before `valid_from` are.
///
/// Hosts write whole seconds: a token of the second in which all were revoked counts as older.
pub(crate) fn is_void(issued_at: Timestamp, valid_from: Timestamp) -> bool {
    issued_at < valid_from
}

impl Identity {
    /// Revokes one token by its text, opaque or JWT, and ends the sockets opened with it. `false`
    /// when it was void already.
    ///
    /// # Errors
    /// What is no token of this app, as authentication with it would say. `Unavailable`.
    pub async fn revoke_token(&self, app: &App, text: &str) -> Result<bool, AuthError> {
        if text.contains('.') {
            self.revoke_jwt(app, text).await
        } else {
            self.revoke_opaque(app, text).await
        }
    }

    async fn revoke_jwt(&self, app: &App, text: &str) -> Result<bool, AuthError> {
        let token = Token::parse(text)?;
        if !token.claims.contains_key("sub") && token.claims.contains_key("user_id") {
            return self.revoke_simple(app, text).await;
        }
        let checked = match self.check_token(app, &token, self.clock.now()).await {
            Ok(checked) => checked,
            Err(AuthError::Expired) => return Ok(false),
            Err(error) => return Err(error),
        };
        let credential = claims::credential_id(app.id, &token.claims, text);
        let was_void = self.accounts.is_token_revoked(app.id, credential).await?;
        self.accounts
            .revoke_token(app.id, credential, checked.ends_at)
            .await?;
        self.verified.forget_credential(credential);
        self.publisher
            .disconnect(Disconnect::Credential(credential));
        Ok(!was_void)
    }

    async fn revoke_opaque(&self, app: &App, text: &str) -> Result<bool, AuthError> {
        let credential = self
            .accounts
            .credential_by_hash(app.id, hash_text(text))
            .await?
            .ok_or(AuthError::BadSignature)?;
        let revoked = self
            .accounts
            .revoke_credential(credential.id, self.clock.now())
            .await?;
        self.verified.forget_credential(credential.id);
        self.publisher
            .disconnect(Disconnect::Credential(credential.id));
        Ok(revoked)
    }

    /// Revokes all that opens anything as this user, and ends all sockets. Answers with how many
    /// stored credentials that were, and one for the self-contained tokens, which nobody counts.
    pub async fn revoke_user(&self, user: UserId) -> Result<usize, AuthError> {
        let now = self.clock.now();
        self.accounts.set_tokens_valid_from(user, now).await?;
        let mut revoked = 1;
        for credential in self.accounts.credentials_of(user).await? {
            revoked += usize::from(self.accounts.revoke_credential(credential.id, now).await?);
        }
        self.verified.forget_user(user);
        self.publisher.disconnect(Disconnect::User(user));
        Ok(revoked)
    }

    /// To be called after a user was changed past this crate: what is remembered of the user is
    /// forgotten, and sockets of a user who is switched off are ended.
    pub fn user_changed(&self, user: &User) {
        self.verified.forget_user(user.id);
        if !user.is_active {
            self.publisher.disconnect(Disconnect::User(user.id));
        }
    }
}
