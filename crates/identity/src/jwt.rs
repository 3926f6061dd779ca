//! The form of a JSON Web Token (RFC 7515, RFC 7519) and the keys that verify one.
//!
//! The token never chooses how it is checked: a key knows its algorithm, and a token that names
//! another one does not get near it. So `none`, and a public key taken for a shared secret, have no
//! path here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{sign, verify};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::AuthError;

/// Longer texts are no tokens.
const MAX_BYTES: usize = 16 * 1024;

/// The algorithms that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenAlgorithm {
    Hs256,
    EdDsa,
    Es256,
    Rs256,
}

impl TokenAlgorithm {
    /// By its name in a token's header or a key set.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "HS256" => Some(Self::Hs256),
            // RFC 9864 gives the one curve in use a name of its own.
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }

    const fn in_library(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::EdDsa => Algorithm::EdDSA,
            Self::Es256 => Algorithm::ES256,
            Self::Rs256 => Algorithm::RS256,
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A token taken apart, not yet believed.
pub(crate) struct Token<'a> {
    /// What it says it is signed with.
    pub(crate) algorithm: TokenAlgorithm,
    /// Which key it says it is signed with.
    pub(crate) key_id: Option<String>,
    /// What it says.
    pub(crate) claims: Map<String, Value>,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// `Missing`: nothing there. `Malformed`: no JWT, or one with extensions that must be understood
    /// (RFC 7515, 4.1.11). `WrongAlgorithm`: `none`, or one that no key here can have.
    pub(crate) fn parse(text: &'a str) -> Result<Self, AuthError> {
        if text.is_empty() {
            return Err(AuthError::Missing);
        }
        if text.len() > MAX_BYTES {
            return Err(AuthError::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(AuthError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(AuthError::Malformed)?;
        let header: Header = decode(header)?;
        let claims = decode(claims)?;
        if header.crit.is_some() {
            return Err(AuthError::Malformed);
        }
        Ok(Self {
            algorithm: TokenAlgorithm::from_name(&header.alg).ok_or(AuthError::WrongAlgorithm)?,
            key_id: header.kid,
            claims,
            signed,
            signature,
        })
    }

    /// Whether this key signed it. A key of another algorithm did not.
    pub(crate) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        key.algorithm == self.algorithm
            && verify(
                self.signature,
                self.signed.as_bytes(),
                &key.key,
                key.algorithm.in_library(),
            )
            .unwrap_or(false)
    }
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, AuthError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| AuthError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| AuthError::Malformed)
}

/// A key that verifies signatures of one algorithm.
#[derive(Clone)]
pub(crate) struct VerifyingKey {
    pub(crate) algorithm: TokenAlgorithm,
    key: DecodingKey,
}

impl VerifyingKey {
    /// A shared secret; `None` when it is empty, as that would let everybody in.
    pub(crate) fn from_secret(secret: &[u8]) -> Option<Self> {
        (!secret.is_empty()).then(|| Self {
            algorithm: TokenAlgorithm::Hs256,
            key: DecodingKey::from_secret(secret),
        })
    }

    /// A public key in PEM, of a type that is understood.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let pem = pem.trim().as_bytes();
        let key = DecodingKey::from_ed_pem(pem)
            .or_else(|_| DecodingKey::from_ec_pem(pem))
            .or_else(|_| DecodingKey::from_rsa_pem(pem))
            .ok()?;
        let algorithm = match key.family() {
            AlgorithmFamily::Ed => TokenAlgorithm::EdDsa,
            AlgorithmFamily::Ec => TokenAlgorithm::Es256,
            AlgorithmFamily::Rsa => TokenAlgorithm::Rs256,
            AlgorithmFamily::Hmac => return None,
        };
        Some(Self { algorithm, key })
    }

    /// Modulus and exponent in base64url, as a key set has them.
    pub(crate) fn from_rsa(modulus: &str, exponent: &str) -> Option<Self> {
        Some(Self {
            algorithm: TokenAlgorithm::Rs256,
            key: DecodingKey::from_rsa_components(modulus, exponent).ok()?,
        })
    }

    /// The point of a P-256 key, each coordinate 32 bytes in base64url.
    pub(crate) fn from_p256(x: &str, y: &str) -> Option<Self> {
        (is_32_bytes(x) && is_32_bytes(y)).then_some(())?;
        Some(Self {
            algorithm: TokenAlgorithm::Es256,
            key: DecodingKey::from_ec_components(x, y).ok()?,
        })
    }

    /// The point of an Ed25519 key in base64url.
    pub(crate) fn from_ed25519(x: &str) -> Option<Self> {
        is_32_bytes(x).then_some(())?;
        Some(Self {
            algorithm: TokenAlgorithm::EdDsa,
            key: DecodingKey::from_ed_components(x).ok()?,
        })
    }
}

fn is_32_bytes(text: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(text)
        .is_ok_and(|bytes| bytes.len() == 32)
}

/// Signs claims with HS256.
pub(crate) fn sign_hs256(secret: &[u8], claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{header}.{claims}");
    let key = EncodingKey::from_secret(secret);
    let signature = sign(signed.as_bytes(), &key, Algorithm::HS256)
        .expect("an HMAC key signs messages of any size");
    format!("{signed}.{signature}")
}
