//! Opaque tokens and the cookies that stand for them.

use parlance_core::user::User;
use parlance_identity::AuthError;

use crate::fixture::{Fixture, external_id};

impl Fixture {
    async fn token(&self, user: &User) -> String {
        let token = self.identity.opaque_token(&self.app, user).await;
        token.unwrap().into_exposed()
    }

    async fn by_token(&self, token: &str) -> Result<String, AuthError> {
        let principal = self.identity.authenticate_opaque(&self.app, token).await?;
        Ok(external_id(&principal).to_owned())
    }

    async fn by_cookie(&self, value: &str) -> Result<String, AuthError> {
        let principal = self.identity.authenticate_cookie(&self.app, value).await?;
        Ok(external_id(&principal).to_owned())
    }

    fn cookie(&self, token: &str) -> String {
        let value = self.identity.session_cookie(&self.app, token);
        value.into_exposed()
    }
}

#[tokio::test]
async fn a_user_has_one_token_until_it_is_revoked() {
    let fixture = Fixture::new().await;
    let (ann, bo) = (fixture.user("ann").await, fixture.user("bo").await);
    let mut seen = vec![fixture.token(&bo).await];
    for _ in 0..6 {
        let token = fixture.token(&ann).await;
        assert_eq!(token.len(), 40);
        let is_lower_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        assert!(token.bytes().all(is_lower_hex), "{token}");
        assert_eq!(fixture.token(&ann).await, token, "the same at each login");
        assert!(!seen.contains(&token), "the next after each revocation");
        assert_eq!(fixture.by_token(&token).await, Ok("ann".to_owned()));
        let revoked = fixture.identity.revoke_token(&fixture.app, &token).await;
        assert_eq!(revoked, Ok(true));
        let again = fixture.identity.revoke_token(&fixture.app, &token).await;
        assert_eq!(again, Ok(false));
        seen.push(token);
    }
    for token in &seen[1..] {
        assert_eq!(fixture.by_token(token).await, Err(AuthError::Revoked));
    }
    assert_eq!(fixture.by_token(&seen[0]).await, Ok("bo".to_owned()));
}

#[tokio::test]
async fn what_was_never_issued_is_refused() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ann").await;
    let token = fixture.token(&user).await;
    let unknown = "0123456789abcdef0123456789abcdef01234567";
    for (text, refused) in [
        ("", AuthError::Missing),
        ("x", AuthError::Malformed),
        (&token[1..], AuthError::Malformed),
        (&token.to_uppercase(), AuthError::Malformed),
        (unknown, AuthError::BadSignature),
    ] {
        assert_eq!(fixture.by_token(text).await, Err(refused), "{text}");
    }
    let other = fixture.other_app().await;
    let elsewhere = fixture.identity.authenticate_opaque(&other, &token).await;
    assert_eq!(elsewhere.unwrap_err(), AuthError::BadSignature);
    let native = fixture
        .identity
        .authenticate_native(&fixture.app, &token)
        .await;
    assert_eq!(native.unwrap_err(), AuthError::Malformed);
}

#[tokio::test]
async fn a_cookie_stands_for_its_token() {
    let fixture = Fixture::new().await;
    let (ann, bo) = (fixture.user("ann").await, fixture.user("bo").await);
    let token = fixture.token(&ann).await;
    let cookie = fixture.cookie(&token);
    assert_eq!(fixture.cookie(&token), cookie, "always the same");
    assert_ne!(fixture.cookie(&fixture.token(&bo).await), cookie);
    assert!(!cookie.contains(&token));
    assert_eq!(fixture.by_cookie(&cookie).await, Ok("ann".to_owned()));

    let app = &fixture.app;
    let by_cookie = fixture.identity.authenticate_cookie(app, &cookie).await;
    let by_token = fixture.identity.authenticate_opaque(app, &token).await;
    let credential = |principal| match principal {
        Ok(parlance_core::principal::Principal::User(by)) => by.credential,
        _ => None,
    };
    let (by_cookie, by_token) = (credential(by_cookie), credential(by_token));
    assert!(by_cookie.is_some());
    assert_eq!(by_cookie, by_token, "sockets of both end together");

    let revoked = fixture.identity.revoke_token(app, &token).await;
    assert_eq!(revoked, Ok(true));
    assert_eq!(fixture.by_cookie(&cookie).await, Err(AuthError::Revoked));
}

#[tokio::test]
async fn a_cookie_cannot_be_forged() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ann").await;
    let cookie = fixture.cookie(&fixture.token(&user).await);
    let (named, mac) = cookie.split_once('.').unwrap();
    let other_token = "0123456789abcdef0123456789abcdef01234567";
    let for_nothing = fixture.cookie(other_token);
    let (other_named, _) = for_nothing.split_once('.').unwrap();
    let flipped = if mac.starts_with('A') { 'B' } else { 'A' };
    for (value, refused) in [
        (String::new(), AuthError::Missing),
        ("x".to_owned(), AuthError::Malformed),
        (".".to_owned(), AuthError::Malformed),
        (named.to_owned(), AuthError::Malformed),
        (format!("{named}."), AuthError::BadSignature),
        (
            format!("{named}.{flipped}{}", &mac[1..]),
            AuthError::BadSignature,
        ),
        (format!("{other_named}.{mac}"), AuthError::BadSignature),
        (format!("{cookie}.x"), AuthError::BadSignature),
        (format!("{cookie} "), AuthError::BadSignature),
        (for_nothing.clone(), AuthError::BadSignature),
    ] {
        assert_eq!(fixture.by_cookie(&value).await, Err(refused), "{value}");
    }
    let other = fixture.other_app().await;
    let elsewhere = fixture.identity.authenticate_cookie(&other, &cookie).await;
    assert_eq!(elsewhere.unwrap_err(), AuthError::BadSignature);
}
