//! Password hashes: argon2id for new ones, and Django's PBKDF2 for those that come with imported
//! users.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

/// Longer ones are refused before any hashing.
pub(crate) const MAX_BYTES: usize = 1_024;

/// OWASP's first choice of parameters for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// More rounds than any release of Django set; a hash that asks for more would stall the server.
const MAX_PBKDF2_ROUNDS: u32 = 10_000_000;

/// What came of comparing a password with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed in another way than new ones are: hash it again.
    RightButOld,
}

/// Hashes on threads of their own, a few at once: each takes 19 MiB, and a flood of logins must
/// wait instead of taking all memory.
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(at_once.max(1))),
        }
    }

    /// A PHC string with a fresh salt.
    pub(crate) async fn hash(&self, password: String) -> String {
        self.run(move || hash(&password)).await
    }

    /// Compares.
    pub(crate) async fn verify(&self, password: String, stored: String) -> Verdict {
        self.run(move || verify(&password, &stored)).await
    }

    /// Works as long as a comparison, for logins that do not exist.
    pub(crate) async fn work_for_nothing(&self, password: String) {
        self.run(move || hash(&password)).await;
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .expect("this semaphore is never closed");
        tokio::task::spawn_blocking(move || {
            // Held by the thread: when the caller goes away, the memory is still in use.
            let _permit = permit;
            work()
        })
        .await
        .expect("hashing does not panic, and blocking tasks are not aborted")
    }
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> String {
    let salt = crate::keys::random::<16>();
    argon2id()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("the salt has a size that argon2 takes")
        .to_string()
}

fn verify(password: &str, stored: &str) -> Verdict {
    if let Some(rest) = stored.strip_prefix("pbkdf2_sha256$") {
        return if verify_django(password, rest) == Some(true) {
            Verdict::RightButOld
        } else {
            Verdict::Wrong
        };
    }
    match argon2id().verify_password(password.as_bytes(), stored) {
        Ok(()) if is_current(stored) => Verdict::Right,
        Ok(()) => Verdict::RightButOld,
        Err(_) => Verdict::Wrong,
    }
}

fn is_current(phc: &str) -> bool {
    phc.starts_with(&format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"
    ))
}

/// `rounds$salt$base64 of 32 bytes`, as Django's `PBKDF2PasswordHasher` writes it after its name.
fn verify_django(password: &str, rest: &str) -> Option<bool> {
    let mut parts = rest.split('$');
    let (rounds, salt, digest) = (parts.next()?, parts.next()?, parts.next()?);
    let rounds: u32 = rounds.parse().ok()?;
    let digest = STANDARD.decode(digest).ok()?;
    if parts.next().is_some() || !(1..=MAX_PBKDF2_ROUNDS).contains(&rounds) || digest.len() != 32 {
        return None;
    }
    let computed =
        pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt.as_bytes(), rounds);
    Some(computed.ct_eq(digest.as_slice()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's `hashlib.pbkdf2_hmac("sha256", b"a good password", b"seasalt", 1000)`.
    const DJANGO: &str = "pbkdf2_sha256$1000$seasalt$XUobzHJf5PPmlTiiCvaDZihoQDlKr7Z6c+v/9lHasmc=";

    #[test]
    fn a_hash_of_ours_verifies_and_is_current() {
        let stored = hash("a good password");
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert_eq!(verify("a good password", &stored), Verdict::Right);
        assert_eq!(verify("a good passwore", &stored), Verdict::Wrong);
        assert_ne!(stored, hash("a good password"), "salts differ");
    }

    #[test]
    fn a_hash_of_django_verifies_and_is_old() {
        assert_eq!(verify("a good password", DJANGO), Verdict::RightButOld);
        assert_eq!(verify("a bad password", DJANGO), Verdict::Wrong);
    }

    #[test]
    fn what_is_no_hash_matches_nothing() {
        for stored in [
            "",
            "!",
            "a good password",
            "pbkdf2_sha256$",
            "pbkdf2_sha256$0$salt$AAAA",
            "pbkdf2_sha256$4294967295$salt$AAAA",
            "pbkdf2_sha256$1000$seasalt$",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
        ] {
            assert_eq!(
                verify("a good password", stored),
                Verdict::Wrong,
                "{stored}"
            );
            assert_eq!(verify("", stored), Verdict::Wrong, "{stored}");
        }
    }
}
