//! Key sets of hosts (RFC 7517): fetched, remembered, fetched again when a token names a key that is
//! not in them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use parlance_core::clock::{Clock, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::error::AuthError;
use crate::jwt::{TokenAlgorithm, VerifyingKey};

/// A set older than this is fetched again before it is used.
const FRESH_FOR: Duration = Duration::from_mins(10);
/// While the host does not answer, its keys are believed this long.
const USABLE_FOR: Duration = Duration::from_hours(1);
/// At most one fetch of a set in this time, whatever tokens name.
const BETWEEN_FETCHES: Duration = Duration::from_secs(30);
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 256 * 1024;
const MAX_KEYS: usize = 100;

/// All key sets, by address.
pub(crate) struct KeySets {
    clock: Arc<dyn Clock>,
    client: OnceLock<Option<reqwest::Client>>,
    sets: Mutex<HashMap<String, Arc<KeySet>>>,
}

#[derive(Default)]
struct KeySet {
    known: Mutex<Known>,
    /// Held by the one task that fetches.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Arc<[PublicKey]>,
    fetched_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
    last_try_failed: bool,
}

#[derive(Clone)]
struct PublicKey {
    id: Option<String>,
    key: VerifyingKey,
}

impl Known {
    /// The keys that a token may mean: the one that it names, or all when it names none.
    fn keys_named(&self, id: Option<&str>) -> Vec<VerifyingKey> {
        self.keys
            .iter()
            .filter(|key| id.is_none() || key.id.as_deref() == id)
            .map(|key| key.key.clone())
            .collect()
    }

    fn is_within(&self, age: Duration, now: Timestamp) -> bool {
        self.fetched_at.is_some_and(|at| now.since(at) < age)
    }

    fn may_fetch(&self, now: Timestamp) -> bool {
        self.tried_at
            .is_none_or(|at| now.since(at) >= BETWEEN_FETCHES)
    }
}

impl KeySets {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            client: OnceLock::new(),
            sets: Mutex::default(),
        }
    }

    /// The keys of the set at `url` that a token with this key id may mean; empty when there are
    /// none.
    ///
    /// # Errors
    /// `Unavailable`: the set was never fetched, or too long ago, and the host does not answer.
    pub(crate) async fn keys(
        &self,
        url: &str,
        id: Option<&str>,
    ) -> Result<Vec<VerifyingKey>, AuthError> {
        let set = Arc::clone(self.sets.lock().entry(url.to_owned()).or_default());
        let known = set.known.lock().clone();
        let now = self.clock.now();
        let named = known.keys_named(id);
        if !named.is_empty() && known.is_within(FRESH_FOR, now) {
            return Ok(named);
        }
        if known.may_fetch(now) || known.tried_at > known.fetched_at {
            self.refresh(&set, url).await;
        }
        let known = set.known.lock().clone();
        let named = known.keys_named(id);
        let usable = known.is_within(USABLE_FOR, self.clock.now());
        if usable && !(named.is_empty() && known.last_try_failed) {
            Ok(named)
        } else {
            Err(AuthError::Unavailable)
        }
    }

    /// Fetches the set, unless somebody did a moment ago; waits for somebody who is at it.
    async fn refresh(&self, set: &Arc<KeySet>, url: &str) {
        let Some(client) = self.client() else {
            return;
        };
        let (set, clock, url) = (Arc::clone(set), Arc::clone(&self.clock), url.to_owned());
        // In a task of its own: a caller who goes away in the middle must not use up the attempt.
        let fetch = tokio::spawn(async move {
            let _only_one = set.fetching.lock().await;
            let now = clock.now();
            if !set.known.lock().may_fetch(now) {
                return;
            }
            set.known.lock().tried_at = Some(now);
            let fetched = fetch(&client, &url).await;
            let mut known = set.known.lock();
            known.last_try_failed = fetched.is_err();
            match fetched {
                Ok(keys) => {
                    known.keys = keys.into();
                    known.fetched_at = Some(now);
                }
                Err(error) => {
                    tracing::warn!(jwks.url = %url, error = %error, "a key set cannot be fetched");
                }
            }
        });
        if let Err(error) = fetch.await {
            tracing::error!(error = %error, "fetching a key set broke off");
        }
    }

    fn client(&self) -> Option<reqwest::Client> {
        self.client
            .get_or_init(|| {
                reqwest::Client::builder()
                    .timeout(FETCH_TIMEOUT)
                    .redirect(reqwest::redirect::Policy::limited(3))
                    .user_agent("parlance")
                    .build()
                    .inspect_err(|error| {
                        tracing::error!(error = %error, "no key set can be fetched");
                    })
                    .ok()
            })
            .clone()
    }
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("{}", innermost(.0))]
    Http(#[from] reqwest::Error),
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("no JSON Web Key Set")]
    NotAKeySet,
}

/// The cause says what happened; what reqwest wraps around it only says where.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

async fn fetch(client: &reqwest::Client, url: &str) -> Result<Vec<PublicKey>, FetchError> {
    let mut answer = client.get(url).send().await?.error_for_status()?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    parse(&body).ok_or(FetchError::NotAKeySet)
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys of a set that can verify a token; others are passed over, as RFC 7517 (5) asks.
fn parse(body: &[u8]) -> Option<Vec<PublicKey>> {
    let document: Document = serde_json::from_slice(body).ok()?;
    let usable = |value: Value| {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let id = jwk.kid.clone();
        verifying_key(&jwk).map(|key| PublicKey { id, key })
    };
    Some(
        document
            .keys
            .into_iter()
            .take(MAX_KEYS)
            .filter_map(usable)
            .collect(),
    )
}

/// Shared secrets (`oct`) have no business in a public document and are passed over.
fn verifying_key(jwk: &Jwk) -> Option<VerifyingKey> {
    if jwk
        .purpose
        .as_deref()
        .is_some_and(|purpose| purpose != "sig")
    {
        return None;
    }
    let key = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => VerifyingKey::from_rsa(jwk.n.as_deref()?, jwk.e.as_deref()?),
        ("EC", Some("P-256")) => VerifyingKey::from_p256(jwk.x.as_deref()?, jwk.y.as_deref()?),
        ("OKP", Some("Ed25519")) => VerifyingKey::from_ed25519(jwk.x.as_deref()?),
        _ => None,
    }?;
    let declared = jwk.alg.as_deref().map(TokenAlgorithm::from_name);
    declared
        .is_none_or(|declared| declared == Some(key.algorithm))
        .then_some(key)
}
