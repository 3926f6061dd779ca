//! Pairs of access and refresh tokens in the form of Django's SimpleJWT: HS256, with the claims
//! `token_type`, `user_id`, `jti`, `iat` and `exp`.
//!
//! Whose secret signed a token decides what its `user_id` means, so that two people can never be
//! taken for each other:
//!
//! - An app with a shared secret of its host ([`TokenKey::Hs256`]) signs with that. `user_id` is the
//!   host's own id of the user ([`User::external_id`]), in tokens of the host and in those made
//!   here: tokens of an existing login go on working, and the host accepts ours. A user whom a
//!   token names and nobody knows yet is made from its claims.
//! - Any other app signs with a secret of its own. `user_id` is the user's integer id (or UUID,
//!   where the dialect's rules say so). Such tokens stay valid when the host's secret is set later.

use std::sync::Arc;
use std::time::Duration;

use parlance_core::app::{App, TokenKey};
use parlance_core::clock::Timestamp;
use parlance_core::ids::{CredentialId, UserId, new_uuid};
use parlance_core::principal::Principal;
use parlance_core::publish::Disconnect;
use parlance_core::user::User;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::claims::{self, TokenRules};
use crate::error::AuthError;
use crate::jwt::{self, Token, VerifyingKey};
use crate::keys::{Label, SecretText, derive, hash_text};
use crate::native::Signer;
use crate::verified::{Kind, Verified};
use crate::{Identity, revocation};

const ACCESS: &str = "access";
const REFRESH: &str = "refresh";

/// Claims that are made anew in every token; no extra claim takes their place.
const OWN_CLAIMS: [&str; 7] = ["token_type", "user_id", "jti", "iat", "exp", "nbf", "sub"];

/// How a dialect's tokens are made.
#[derive(Debug, Clone)]
pub struct SimpleJwtRules {
    /// How long an access token opens.
    pub access_lifetime: Duration,
    /// How long a refresh token makes new ones.
    pub refresh_lifetime: Duration,
    /// How `user_id` is written; every form is read.
    pub user_id: UserIdForm,
    /// Whether a refresh gives a new refresh token as well. The old one stays valid until its end,
    /// unless it is revoked.
    pub rotate: bool,
    /// Further claims of both tokens, for clients that read them. Never believed here.
    pub extra: Map<String, Value>,
}

/// How a token names its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserIdForm {
    /// The integer in a text: `"7"`. A host's own id as it is.
    AsText,
    /// A number: `7`. A host's own id as a number when it is one.
    AsInteger,
    /// The user's public id. A host's own id as it is.
    AsUuid,
}

/// A login's tokens.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// Opens REST and sockets.
    pub access: SecretText,
    /// Makes new access tokens.
    pub refresh: SecretText,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
}

/// What a refresh gives.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// A new access token.
    pub access: SecretText,
    /// A new refresh token, where [`SimpleJwtRules::rotate`] says so.
    pub refresh: Option<SecretText>,
    /// Whose they are.
    pub user: Arc<User>,
}

/// Who signed, and thereby what `user_id` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    OurIds,
    HostIds,
}

/// A token whose signature, times and revocation were looked at.
struct Sound {
    claims: Map<String, Value>,
    names: Names,
    credential: CredentialId,
    issued_at: Timestamp,
    ends_at: Timestamp,
}

impl Identity {
    /// Makes a pair for a user who has just proved to be one.
    pub fn issue_pair(&self, app: &App, user: &User, rules: &SimpleJwtRules) -> TokenPair {
        let now = self.clock.now();
        let sign = |kind, lifetime| self.sign_simple(app, user, rules, kind, lifetime, now);
        TokenPair {
            access: sign(ACCESS, rules.access_lifetime),
            refresh: sign(REFRESH, rules.refresh_lifetime),
            access_expires_at: now.plus(rules.access_lifetime),
        }
    }

    /// Verifies an access token. The principal's credential is named by its `jti`.
    ///
    /// A check is believed for a minute at most; revocation on this node ends that at once.
    ///
    /// # Errors
    /// `Missing`, `Malformed`, `BadSignature` or `WrongAlgorithm`, `Expired`, `WrongType` (a refresh
    /// token), `Revoked`, `UnknownUser`, `InactiveUser`, `Unavailable`.
    pub async fn authenticate_access(&self, app: &App, text: &str) -> Result<Principal, AuthError> {
        let now = self.clock.now();
        let key = (app.id, Kind::Access, hash_text(text));
        if let Some(known) = self.verified.get(&key, now) {
            return Ok(known.principal());
        }
        let began = self.verified.generation();
        let sound = self.look_at_simple(app, text, now).await?;
        expect_type(&sound, ACCESS)?;
        let user = self.user_of_simple(app, &sound).await?;
        let verified = Verified {
            user: Arc::new(user),
            credential: sound.credential,
            until: sound.ends_at,
        };
        let principal = verified.principal();
        self.verified.put(key, verified, began, now);
        Ok(principal)
    }

    /// Makes a new access token (and, with [`SimpleJwtRules::rotate`], a new refresh token) of a
    /// refresh token.
    ///
    /// # Errors
    /// As [`Identity::authenticate_access`]; `WrongType` for an access token.
    pub async fn refresh(
        &self,
        app: &App,
        text: &str,
        rules: &SimpleJwtRules,
    ) -> Result<Refreshed, AuthError> {
        let now = self.clock.now();
        let sound = self.look_at_simple(app, text, now).await?;
        expect_type(&sound, REFRESH)?;
        let user = self.user_of_simple(app, &sound).await?;
        // What the login said of the user stays in the tokens that come of it, as in SimpleJWT.
        let mut rules = rules.clone();
        for (name, value) in sound.claims {
            rules.extra.entry(name).or_insert(value);
        }
        let sign = |kind, lifetime| self.sign_simple(app, &user, &rules, kind, lifetime, now);
        Ok(Refreshed {
            access: sign(ACCESS, rules.access_lifetime),
            refresh: rules.rotate.then(|| sign(REFRESH, rules.refresh_lifetime)),
            user: Arc::new(user),
        })
    }

    /// Logs out: the refresh token makes nothing any more. Access tokens made of it stay valid until
    /// their end; [`Identity::revoke_token`] ends one of those, with its sockets.
    ///
    /// # Errors
    /// As [`Identity::refresh`], except that its user is not looked at: a token that is void already
    /// is refused.
    pub async fn blacklist(&self, app: &App, text: &str) -> Result<(), AuthError> {
        let sound = self.look_at_simple(app, text, self.clock.now()).await?;
        expect_type(&sound, REFRESH)?;
        self.void(app, &sound).await
    }

    /// Whether a token of either type is sound: signed for this app, within its time, not revoked.
    ///
    /// # Errors
    /// As [`Identity::authenticate_access`], except that neither type nor user are looked at.
    pub async fn verify(&self, app: &App, text: &str) -> Result<(), AuthError> {
        let now = self.clock.now();
        self.look_at_simple(app, text, now).await.map(drop)
    }

    /// [`Identity::revoke_token`] for tokens of this form, of either type.
    pub(crate) async fn revoke_simple(&self, app: &App, text: &str) -> Result<bool, AuthError> {
        match self.look_at_simple(app, text, self.clock.now()).await {
            Ok(sound) => self.void(app, &sound).await.map(|()| true),
            Err(AuthError::Expired | AuthError::Revoked) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn void(&self, app: &App, sound: &Sound) -> Result<(), AuthError> {
        let credential = sound.credential;
        self.accounts
            .revoke_token(app.id, credential, sound.ends_at)
            .await?;
        self.verified.forget_credential(credential);
        self.publisher
            .disconnect(Disconnect::Credential(credential));
        Ok(())
    }

    fn sign_simple(
        &self,
        app: &App,
        user: &User,
        rules: &SimpleJwtRules,
        kind: &str,
        lifetime: Duration,
        now: Timestamp,
    ) -> SecretText {
        let (secret, names) = signing_secret(app);
        let mut claims = rules.extra.clone();
        claims.retain(|name, _| !OWN_CLAIMS.contains(&name.as_str()));
        if let (Names::HostIds, Some(host)) = (names, self.settings.token_rules.get(&app.name)) {
            // What tokens of the host must name, these must as well.
            let audience = host.audience.clone().map(|wanted| ("aud", wanted));
            let issuer = host.issuer.clone().map(|wanted| ("iss", wanted));
            for (name, wanted) in audience.into_iter().chain(issuer) {
                claims.insert(name.to_owned(), wanted.into());
            }
        }
        claims.insert("token_type".to_owned(), kind.into());
        claims.insert("user_id".to_owned(), user_id(user, rules.user_id, names));
        claims.insert("jti".to_owned(), json!(new_uuid(now).simple().to_string()));
        // With the fraction of the second: a token made right after all others were revoked must be
        // told from one made right before.
        claims.insert("iat".to_owned(), json!(now.as_micros() as f64 / 1e6));
        claims.insert("exp".to_owned(), json!(now.plus(lifetime).as_seconds()));
        SecretText::new(jwt::sign_hs256(&secret, &Value::Object(claims)))
    }

    /// Signature, form, times and revocation, whatever the type.
    async fn look_at_simple(
        &self,
        app: &App,
        text: &str,
        now: Timestamp,
    ) -> Result<Sound, AuthError> {
        let token = Token::parse(text)?;
        let names = self.simple_signer(app, &token).await?;
        let claims = token.claims;
        let ends_at = claims::time(&claims, "exp")?.ok_or(AuthError::Malformed)?;
        let issued_at = claims::time(&claims, "iat")?.unwrap_or(Timestamp::from_micros(0));
        if now >= ends_at || claims::time(&claims, "nbf")?.is_some_and(|from| now < from) {
            return Err(AuthError::Expired);
        }
        let no_rules = TokenRules::default();
        let rules = match names {
            Names::OurIds => &no_rules,
            Names::HostIds => self
                .settings
                .token_rules
                .get(&app.name)
                .unwrap_or(&no_rules),
        };
        if !rules.are_kept_by(&claims) {
            return Err(AuthError::WrongType);
        }
        let credential = claims::credential_id(app.id, &claims, text);
        if self.accounts.is_token_revoked(app.id, credential).await? {
            return Err(AuthError::Revoked);
        }
        Ok(Sound {
            claims,
            names,
            credential,
            issued_at,
            ends_at,
        })
    }

    async fn simple_signer(&self, app: &App, token: &Token<'_>) -> Result<Names, AuthError> {
        let own = VerifyingKey::from_secret(&own_secret(app));
        if own.is_some_and(|own| token.is_signed_by(&own)) {
            return Ok(Names::OurIds);
        }
        match self.signer(app, token).await? {
            Signer::Host => Ok(Names::HostIds),
            // Made for the native protocol.
            Signer::Parlance => Err(AuthError::BadSignature),
        }
    }

    /// The token's user, who may use it.
    async fn user_of_simple(&self, app: &App, sound: &Sound) -> Result<User, AuthError> {
        let named = claims::external_id(&sound.claims, "user_id")?;
        let user = match sound.names {
            Names::OurIds => self.user_by_own_id(app, &named).await?,
            Names::HostIds => match self.users.user_by_external_id(app.id, &named).await? {
                Some(user) => Some(user),
                // Only then by the claims: later ones may be older than what is stored.
                None => Some(
                    self.write_claims(app, claims::upsert(named, &sound.claims))
                        .await?,
                ),
            },
        };
        let user = user.ok_or(AuthError::UnknownUser)?;
        if !user.is_active {
            return Err(AuthError::InactiveUser);
        }
        let account = self.accounts.account(user.id).await?;
        let is_void = account
            .is_some_and(|account| revocation::is_void(sound.issued_at, account.tokens_valid_from));
        if is_void {
            return Err(AuthError::Revoked);
        }
        Ok(user)
    }

    async fn user_by_own_id(&self, app: &App, named: &str) -> Result<Option<User>, AuthError> {
        if let Ok(uuid) = Uuid::parse_str(named) {
            return Ok(self.users.user_by_uuid(app.id, uuid).await?);
        }
        let Ok(id) = named.parse() else {
            return Ok(None);
        };
        let found = self.users.users(&[UserId(id)]).await?;
        Ok(found.into_iter().find(|user| user.app == app.id))
    }
}

fn expect_type(sound: &Sound, kind: &str) -> Result<(), AuthError> {
    let is = sound.claims.get("token_type").and_then(Value::as_str);
    if is == Some(kind) {
        Ok(())
    } else {
        Err(AuthError::WrongType)
    }
}

fn own_secret(app: &App) -> [u8; 32] {
    derive(app, Label::SimpleJwt, &[])
}

/// The host's first shared secret, or the app's own.
fn signing_secret(app: &App) -> (Vec<u8>, Names) {
    let shared = app.profile.token_keys.iter().find_map(|key| match key {
        TokenKey::Hs256 { secret } if !secret.is_empty() => Some(secret.as_bytes()),
        _ => None,
    });
    match shared {
        Some(secret) => (secret.to_vec(), Names::HostIds),
        None => (own_secret(app).to_vec(), Names::OurIds),
    }
}

fn user_id(user: &User, form: UserIdForm, names: Names) -> Value {
    match (names, form) {
        (Names::OurIds, UserIdForm::AsText) => user.id.to_string().into(),
        (Names::OurIds, UserIdForm::AsInteger) => user.id.0.into(),
        (Names::OurIds, UserIdForm::AsUuid) => user.uuid.to_string().into(),
        (Names::HostIds, UserIdForm::AsInteger) => {
            let id = &user.external_id;
            // Only when reading the number gives the same text again.
            match id.parse::<i64>() {
                Ok(number) if number.to_string() == *id => number.into(),
                _ => id.as_str().into(),
            }
        }
        (Names::HostIds, UserIdForm::AsText | UserIdForm::AsUuid) => {
            user.external_id.as_str().into()
        }
    }
}
