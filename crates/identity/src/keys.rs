//! Random keys, and secrets derived from an app's one secret.
//!
//! Every derived secret has its own label, so that what is made for one use is worth nothing in
//! another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use parlance_core::app::App;
use sha2::{Digest as _, Sha256};

/// A text that must not be seen in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Takes a text in.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one answer that hands it out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text itself, for the one answer that hands it out.
    pub fn into_exposed(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What a MAC under an app's secret is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Label {
    /// The key that signs native tokens minted here.
    NativeToken,
    /// Opaque tokens. Their text is handed out, so this label's form is a promise: tokens stay the
    /// same over releases.
    Opaque,
    /// Session cookies.
    Cookie,
    /// The key that signs pairs of tokens where the host has no shared secret.
    SimpleJwt,
}

impl Label {
    const fn text(self) -> &'static str {
        match self {
            Self::NativeToken => "native-token:",
            Self::Opaque => "opaque:",
            Self::Cookie => "cookie:",
            Self::SimpleJwt => "simple-jwt:",
        }
    }
}

/// HMAC-SHA256 under the app's secret over the label and the parts, joined by `:`.
pub(crate) fn derive(app: &App, label: Label, parts: &[&str]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(&app.secret).expect("HMAC takes keys of any size");
    mac.update(label.text().as_bytes());
    mac.update(parts.join(":").as_bytes());
    mac.finalize().into_bytes().into()
}

/// SHA-256 of a token's or key's text: the form in which the store knows it.
pub fn hash_text(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Bytes from the operating system's generator.
///
/// # Panics
/// When the system has no random numbers: nothing safe can be done then.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    bytes
}

/// A new app key: `pk_` and 43 characters of base64url (256 random bits).
pub fn generate_app_key() -> SecretText {
    SecretText(format!("pk_{}", URL_SAFE_NO_PAD.encode(random::<32>())))
}

/// A new app secret.
pub fn generate_app_secret() -> Vec<u8> {
    random::<32>().to_vec()
}
