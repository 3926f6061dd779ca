//! A host: it signs tokens with keys of every kind and serves a key set.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use aws_lc_rs::{hmac, signature};
use parlance_core::app::TokenKey;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub(crate) enum HostKey {
    Hs256(Vec<u8>),
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(Box<RsaKeyPair>),
}

impl HostKey {
    pub(crate) fn hs256(secret: &str) -> Self {
        Self::Hs256(secret.as_bytes().to_vec())
    }

    pub(crate) fn ed_dsa() -> Self {
        Self::EdDsa(Ed25519KeyPair::generate().unwrap())
    }

    pub(crate) fn es256() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn rs256() -> Self {
        Self::Rs256(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub(crate) const fn algorithm(&self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::EdDsa(_) => "EdDSA",
            Self::Es256(_) => "ES256",
            Self::Rs256(_) => "RS256",
        }
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Hs256(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
            Self::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        }
    }

    /// A token that says truly how it is signed.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({"alg": self.algorithm(), "typ": "JWT"}), claims)
    }

    /// A token that says which key of a set signed it.
    pub(crate) fn token_by(&self, key_id: &str, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "kid": key_id});
        self.token_with(&header, claims)
    }

    /// A token with any header.
    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = base64url(&self.signature(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The public key in PEM.
    pub(crate) fn pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Hs256(_) => panic!("a shared secret has no public half"),
            Self::EdDsa(key) => key.public_key().as_der().unwrap(),
            Self::Es256(key) => key.public_key().as_der().unwrap(),
            Self::Rs256(key) => signature::KeyPair::public_key(&**key).as_der().unwrap(),
        };
        let text = base64_with_padding(der.as_ref());
        let lines: Vec<_> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            lines.join("\n")
        )
    }

    /// As configured, without a key set.
    pub(crate) fn configured(&self) -> TokenKey {
        match self {
            Self::Hs256(secret) => TokenKey::Hs256 {
                secret: String::from_utf8(secret.clone()).unwrap(),
            },
            _ => TokenKey::Pem { pem: self.pem() },
        }
    }

    /// As an entry of a key set.
    pub(crate) fn jwk(&self, key_id: &str) -> Value {
        match self {
            Self::Hs256(secret) => {
                json!({"kty": "oct", "alg": "HS256", "kid": key_id, "k": base64url(secret)})
            }
            Self::EdDsa(key) => {
                let x = base64url(key.public_key().as_ref());
                json!({"kty": "OKP", "crv": "Ed25519", "kid": key_id, "x": x})
            }
            Self::Es256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": key_id, "x": x, "y": y})
            }
            Self::Rs256(key) => {
                let public = signature::KeyPair::public_key(&**key);
                let n = base64url(public.modulus().big_endian_without_leading_zero());
                let e = base64url(public.exponent().big_endian_without_leading_zero());
                json!({"kty": "RSA", "alg": "RS256", "kid": key_id, "n": n, "e": e})
            }
        }
    }
}

pub(crate) fn part(value: &Value) -> String {
    base64url(value.to_string().as_bytes())
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes)
}

fn base64_with_padding(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

/// Serves one document over HTTP and counts how often it was asked for.
pub(crate) struct KeyServer {
    pub(crate) url: String,
    state: Arc<State>,
}

struct State {
    answer: std::sync::Mutex<(u16, String)>,
    asked: AtomicUsize,
    /// Answers wait for a permit when the gate is shut.
    gate: Semaphore,
}

const OPEN: usize = 1_000;

impl KeyServer {
    pub(crate) async fn start(keys: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let state = Arc::new(State {
            answer: std::sync::Mutex::new((200, json!({"keys": keys}).to_string())),
            asked: AtomicUsize::new(0),
            gate: Semaphore::new(OPEN),
        });
        let serving = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let state = Arc::clone(&serving);
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
                    }
                    state.asked.fetch_add(1, Ordering::SeqCst);
                    let _permit = state.gate.acquire().await.unwrap();
                    let (status, body) = state.answer.lock().unwrap().clone();
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    stream.write_all(answer.as_bytes()).await.unwrap();
                });
            }
        });
        Self { url, state }
    }

    pub(crate) fn serve(&self, keys: &Value) {
        self.serve_text(200, json!({"keys": keys}).to_string());
    }

    pub(crate) fn serve_text(&self, status: u16, body: impl Into<String>) {
        *self.state.answer.lock().unwrap() = (status, body.into());
    }

    pub(crate) fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn shut(&self) {
        self.state.gate.forget_permits(OPEN);
    }

    pub(crate) fn open(&self) {
        self.state.gate.add_permits(OPEN);
    }

    pub(crate) fn configured(&self) -> TokenKey {
        TokenKey::Jwks {
            url: self.url.clone(),
        }
    }
}
