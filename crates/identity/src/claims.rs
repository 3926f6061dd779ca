//! What a verified token says: how long, for whom, and who the person is.

use std::time::Duration;

use parlance_core::clock::Timestamp;
use parlance_core::ids::{AppId, CredentialId};
use parlance_core::user::{User, UserUpsert};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::error::AuthError;

/// How far the host's clock may be off.
const LEEWAY: Duration = Duration::from_secs(30);

const MAX_SUBJECT_BYTES: usize = 255;

/// What tokens of a host must name, where the host signs tokens for others as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenRules {
    /// `iss` must be this.
    pub issuer: Option<String>,
    /// `aud` must be, or hold, this.
    pub audience: Option<String>,
}

/// The registered claims, checked.
#[derive(Debug, PartialEq)]
pub(crate) struct Checked {
    /// The user's external id.
    pub(crate) subject: String,
    /// When it ends, leeway included.
    pub(crate) ends_at: Timestamp,
    /// When it was issued; the beginning of time where it does not say.
    pub(crate) issued_at: Timestamp,
}

/// Checks who, when and for whom.
///
/// # Errors
/// `Malformed`: no `sub`, no `exp`, or a time that is no number. `Expired`, `WrongType`.
pub(crate) fn check(
    claims: &Map<String, Value>,
    rules: &TokenRules,
    now: Timestamp,
) -> Result<Checked, AuthError> {
    let subject = external_id(claims, "sub")?;
    let ends_at = time(claims, "exp")?
        .ok_or(AuthError::Malformed)?
        .plus(LEEWAY);
    if now >= ends_at {
        return Err(AuthError::Expired);
    }
    if time(claims, "nbf")?.is_some_and(|begins_at| now.plus(LEEWAY) < begins_at) {
        return Err(AuthError::Expired);
    }
    let issued_at = time(claims, "iat")?.unwrap_or(Timestamp::from_micros(0));
    let other_type = claims
        .get("token_type")
        .is_some_and(|kind| kind != "access");
    if other_type || !rules.are_kept_by(claims) {
        return Err(AuthError::WrongType);
    }
    Ok(Checked {
        subject,
        ends_at,
        issued_at,
    })
}

impl TokenRules {
    /// Whether the token names what it must.
    pub(crate) fn are_kept_by(&self, claims: &Map<String, Value>) -> bool {
        let issuer = self
            .issuer
            .as_ref()
            .is_none_or(|wanted| claims.get("iss").is_some_and(|is| is == wanted));
        let audience = self
            .audience
            .as_ref()
            .is_none_or(|wanted| match claims.get("aud") {
                Some(Value::Array(all)) => all.iter().any(|one| one == wanted),
                Some(one) => one == wanted,
                None => false,
            });
        issuer && audience
    }
}

/// The claim that names the user: a text, or the integer that many hosts have.
pub(crate) fn external_id(claims: &Map<String, Value>, name: &str) -> Result<String, AuthError> {
    let subject = match claims.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
        _ => return Err(AuthError::Malformed),
    };
    let passes = !subject.trim().is_empty()
        && subject.len() <= MAX_SUBJECT_BYTES
        && !subject.chars().any(char::is_control);
    passes.then_some(subject).ok_or(AuthError::Malformed)
}

/// A `NumericDate`: seconds, perhaps with a fraction (RFC 7519, 2).
pub(crate) fn time(
    claims: &Map<String, Value>,
    name: &str,
) -> Result<Option<Timestamp>, AuthError> {
    let seconds = match claims.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number,
        Some(_) => return Err(AuthError::Malformed),
    };
    let micros = match (seconds.as_i64(), seconds.as_f64()) {
        (Some(whole), _) => whole.saturating_mul(1_000_000),
        // The cast saturates.
        (None, Some(float)) => (float * 1e6).round() as i64,
        (None, None) => return Err(AuthError::Malformed),
    };
    Ok(Some(Timestamp::from_micros(micros)))
}

/// Names a self-contained token: by its `jti`, or by its whole text when it has none. 63 bits.
pub(crate) fn credential_id(app: AppId, claims: &Map<String, Value>, text: &str) -> CredentialId {
    let mut hash = Sha256::new();
    hash.update(app.0.to_be_bytes());
    let subject = claims.get("sub").or_else(|| claims.get("user_id"));
    match (claims.get("jti"), subject) {
        (Some(Value::String(id)), Some(subject)) if !id.is_empty() => {
            // With the subject, so that hosts whose ids are unique per user only are safe, too.
            hash.update(b"jti");
            hash.update(Value::from(vec![subject.clone(), Value::from(id.as_str())]).to_string());
        }
        _ => {
            hash.update(b"text");
            hash.update(text);
        }
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    CredentialId((u64::from_be_bytes(first) >> 1) as i64)
}

/// What the claims say about the person. A claim of an unexpected type says nothing.
pub(crate) fn upsert(external_id: String, claims: &Map<String, Value>) -> UserUpsert {
    let text = |name: &str| {
        let value = claims.get(name)?.as_str()?;
        Some(
            value
                .chars()
                .filter(|c| !c.is_control())
                .collect::<String>(),
        )
    };
    let (mut first_name, mut last_name) = (text("first_name"), text("last_name"));
    if let (None, None, Some(name)) = (&first_name, &last_name, text("name")) {
        let name = name.trim();
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        first_name = Some(first.to_owned());
        last_name = Some(last.trim_start().to_owned());
    }
    let avatar_url = match claims.get("avatar_url") {
        Some(Value::Null) => Some(None),
        _ => text("avatar_url").map(|url| Some(url).filter(|url| !url.is_empty())),
    };
    UserUpsert {
        external_id,
        email: text("email"),
        first_name,
        last_name,
        role: text("role"),
        is_staff: claims.get("staff").and_then(Value::as_bool),
        avatar_url,
        ..UserUpsert::default()
    }
}

/// Whether the claims say anything that is not stored already.
pub(crate) fn changes(upsert: &UserUpsert, user: &User) -> bool {
    fn differs<T: PartialEq>(new: Option<&T>, stored: &T) -> bool {
        new.is_some_and(|new| new != stored)
    }
    differs(upsert.email.as_ref(), &user.email)
        || differs(upsert.first_name.as_ref(), &user.first_name)
        || differs(upsert.last_name.as_ref(), &user.last_name)
        || differs(upsert.role.as_ref(), &user.role)
        || differs(upsert.is_staff.as_ref(), &user.is_staff)
        || differs(upsert.avatar_url.as_ref(), &user.avatar_url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000_000);
    const NOW_SECONDS: i64 = 1_000_000_000;

    fn checked(claims: Value) -> Result<Checked, AuthError> {
        check(&map(claims), &TokenRules::default(), NOW)
    }

    #[test]
    fn times_have_a_leeway_of_half_a_minute() {
        let ends = |at: i64| checked(json!({"sub": "7", "exp": at})).map(|_| ());
        assert_eq!(ends(NOW_SECONDS - 29), Ok(()));
        assert_eq!(ends(NOW_SECONDS - 30), Err(AuthError::Expired));
        assert_eq!(ends(i64::MAX), Ok(()));
        let begins =
            |at: i64| checked(json!({"sub": "7", "exp": NOW_SECONDS + 99, "nbf": at})).map(|_| ());
        assert_eq!(begins(NOW_SECONDS + 30), Ok(()));
        assert_eq!(begins(NOW_SECONDS + 31), Err(AuthError::Expired));
    }

    #[test]
    fn who_and_how_long_must_be_said() {
        for claims in [
            json!({"exp": NOW_SECONDS + 9}),
            json!({"sub": "7"}),
            json!({"sub": "", "exp": NOW_SECONDS + 9}),
            json!({"sub": " ", "exp": NOW_SECONDS + 9}),
            json!({"sub": "a\u{0}b", "exp": NOW_SECONDS + 9}),
            json!({"sub": ["7"], "exp": NOW_SECONDS + 9}),
            json!({"sub": 7.5, "exp": NOW_SECONDS + 9}),
            json!({"sub": "x".repeat(256), "exp": NOW_SECONDS + 9}),
            json!({"sub": "7", "exp": "tomorrow"}),
            json!({"sub": "7", "exp": NOW_SECONDS + 9, "nbf": "today"}),
        ] {
            assert_eq!(
                checked(claims.clone()),
                Err(AuthError::Malformed),
                "{claims}"
            );
        }
        let number = checked(json!({"sub": 7, "exp": 1e300, "iat": 999_999_999.25})).unwrap();
        assert_eq!(number.subject, "7");
        assert_eq!(
            number.issued_at,
            Timestamp::from_micros(999_999_999_250_000)
        );
    }

    #[test]
    fn a_token_for_something_else_is_of_the_wrong_type() {
        let rules = TokenRules {
            issuer: Some("host".into()),
            audience: Some("chat".into()),
        };
        let with = |more: Value| {
            let mut claims = map(json!({"sub": "7", "exp": NOW_SECONDS + 9}));
            claims.extend(map(more));
            check(&claims, &rules, NOW).map(|_| ())
        };
        assert_eq!(with(json!({"iss": "host", "aud": "chat"})), Ok(()));
        assert_eq!(
            with(json!({"iss": "host", "aud": ["shop", "chat"]})),
            Ok(())
        );
        let access = json!({"iss": "host", "aud": "chat", "token_type": "access"});
        assert_eq!(with(access), Ok(()));
        for wrong in [
            json!({}),
            json!({"iss": "host"}),
            json!({"aud": "chat"}),
            json!({"iss": "other", "aud": "chat"}),
            json!({"iss": "host", "aud": ["shop"]}),
            json!({"iss": "host", "aud": "chat", "token_type": "refresh"}),
        ] {
            assert_eq!(with(wrong.clone()), Err(AuthError::WrongType), "{wrong}");
        }
    }

    #[test]
    fn claims_say_who_the_person_is() {
        let whole = upsert(
            "7".into(),
            &map(json!({"name": " Ann  van Ash ", "staff": true})),
        );
        assert_eq!(whole.first_name.as_deref(), Some("Ann"));
        assert_eq!(whole.last_name.as_deref(), Some("van Ash"));
        assert_eq!(whole.is_staff, Some(true));
        assert_eq!(whole.email, None);
        let parts = upsert(
            "7".into(),
            &map(
                json!({"name": "x y", "first_name": "Bo\u{0}", "avatar_url": null, "role": ["a"]}),
            ),
        );
        assert_eq!(parts.first_name.as_deref(), Some("Bo"));
        assert_eq!(parts.last_name, None);
        assert_eq!(parts.avatar_url, Some(None));
        assert_eq!(parts.role, None);
    }

    #[test]
    fn a_credential_is_named_by_jti_and_subject_or_by_its_text() {
        let id = |app, claims, text| credential_id(AppId(app), &map(claims), text);
        let base = id(1, json!({"sub": "7", "jti": "a"}), "x");
        assert_eq!(base, id(1, json!({"sub": "7", "jti": "a"}), "y"));
        assert_ne!(base, id(2, json!({"sub": "7", "jti": "a"}), "x"));
        assert_ne!(base, id(1, json!({"sub": "8", "jti": "a"}), "x"));
        assert_ne!(
            id(1, json!({"sub": "7"}), "x"),
            id(1, json!({"sub": "7"}), "y")
        );
        assert!(base.0 >= 0);
    }
}
