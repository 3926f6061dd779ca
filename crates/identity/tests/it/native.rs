//! Native tokens: who is let in, who is not, and what claims do to users.

use std::collections::HashMap;
use std::time::Duration;

use parlance_core::app::{AppProfile, TokenKey};
use parlance_core::store::Users as _;
use parlance_core::user::UserUpsert;
use parlance_identity::{AuthError, IdentitySettings, TokenRules, check_token_key};
use serde_json::{Value, json};

use crate::fixture::{Fixture, external_id};
use crate::host::{HostKey, base64url, part};

const SECRET: &str = "a secret that the host and this server share";

async fn with_keys(keys: &[&HostKey]) -> Fixture {
    let configured = keys.iter().map(|key| key.configured()).collect();
    Fixture::with(configured, IdentitySettings::default()).await
}

impl Fixture {
    fn claims(&self, subject: &str) -> Value {
        json!({"sub": subject, "iat": self.seconds_from_now(0), "exp": self.seconds_from_now(600)})
    }

    async fn refusal(&self, token: &str) -> AuthError {
        let refused = self.identity.authenticate_native(&self.app, token).await;
        refused.expect_err("the token is refused")
    }

    async fn assert_passes(&self, token: &str, user: &str) {
        let principal = self.identity.authenticate_native(&self.app, token).await;
        assert_eq!(external_id(&principal.expect("the token passes")), user);
    }
}

#[tokio::test]
async fn tokens_of_every_algorithm_pass_by_their_own_key_only() {
    let keys = [
        HostKey::hs256(SECRET),
        HostKey::ed_dsa(),
        HostKey::es256(),
        HostKey::rs256(),
    ];
    let strangers = [
        HostKey::hs256("another secret"),
        HostKey::ed_dsa(),
        HostKey::es256(),
        HostKey::rs256(),
    ];
    let all = with_keys(&keys.iter().collect::<Vec<_>>()).await;
    for (key, stranger) in keys.iter().zip(&strangers) {
        let alone = with_keys(&[key]).await;
        for fixture in [&all, &alone] {
            fixture
                .assert_passes(&key.token(&fixture.claims("7")), "7")
                .await;
            let refused = fixture.refusal(&stranger.token(&fixture.claims("7"))).await;
            assert_eq!(refused, AuthError::BadSignature, "{}", key.algorithm());
        }
    }
}

#[tokio::test]
async fn an_algorithm_without_a_key_is_refused() {
    let fixture = with_keys(&[&HostKey::es256()]).await;
    for key in [HostKey::ed_dsa(), HostKey::rs256()] {
        let refused = fixture.refusal(&key.token(&fixture.claims("7"))).await;
        assert_eq!(refused, AuthError::WrongAlgorithm);
    }
}

#[tokio::test]
async fn unsigned_tokens_are_refused_however_they_say_it() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let claims = fixture.claims("7");
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": name, "typ": "JWT"});
        let unsigned = format!("{}.{}.", part(&header), part(&claims));
        assert_eq!(fixture.refusal(&unsigned).await, AuthError::WrongAlgorithm);
        let signed = key.token_with(&header, &claims);
        assert_eq!(fixture.refusal(&signed).await, AuthError::WrongAlgorithm);
    }
    let without_signature = format!("{}.{}.", part(&json!({"alg": "HS256"})), part(&claims));
    assert_eq!(
        fixture.refusal(&without_signature).await,
        AuthError::BadSignature
    );
    let without_algorithm = key.token_with(&json!({"typ": "JWT"}), &claims);
    assert_eq!(
        fixture.refusal(&without_algorithm).await,
        AuthError::Malformed
    );
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    for key in [HostKey::rs256(), HostKey::es256(), HostKey::ed_dsa()] {
        let fixture = with_keys(&[&key]).await;
        let pem = key.pem();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        for text in [pem.as_str(), pem.trim(), &body] {
            let forged = HostKey::hs256(text).token(&fixture.claims("7"));
            assert_eq!(fixture.refusal(&forged).await, AuthError::BadSignature);
        }
    }
}

#[tokio::test]
async fn an_empty_secret_lets_nobody_in() {
    let fixture = with_keys(&[&HostKey::hs256("")]).await;
    let forged = HostKey::hs256("").token(&fixture.claims("7"));
    assert_eq!(fixture.refusal(&forged).await, AuthError::BadSignature);
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let token = key.token(&fixture.claims("7"));
    let parts: Vec<_> = token.split('.').collect();
    let other = part(&fixture.claims("8"));
    let changed = format!("{}.{other}.{}", parts[0], parts[2]);
    assert_eq!(fixture.refusal(&changed).await, AuthError::BadSignature);
}

#[tokio::test]
async fn what_is_no_token_is_malformed() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let claims = fixture.claims("7");
    assert_eq!(fixture.refusal("").await, AuthError::Missing);
    let not_json = format!("{}.{}.x", base64url(b"{"), part(&claims));
    let list = format!("{}.{}.x", part(&json!(["HS256"])), part(&claims));
    let critical = key.token_with(
        &json!({"alg": "HS256", "crit": ["b64"], "b64": false}),
        &claims,
    );
    let long = key.token(&json!({"sub": "7", "exp": 1, "fill": "x".repeat(20_000)}));
    let no_object = key.token(&json!("7"));
    for text in [
        "x", ".", "..", "...", "a.b.c", "null", "ä.ö.ü", &not_json, &list, &critical, &long,
        &no_object,
    ] {
        assert_eq!(fixture.refusal(text).await, AuthError::Malformed, "{text}");
    }
}

#[tokio::test]
async fn tokens_end_also_while_they_are_remembered() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let token = key.token(&json!({"sub": "7", "exp": fixture.seconds_from_now(10)}));
    fixture.assert_passes(&token, "7").await;
    fixture.assert_passes(&token, "7").await;
    fixture.advance(39);
    fixture.assert_passes(&token, "7").await;
    fixture.advance(1);
    assert_eq!(fixture.refusal(&token).await, AuthError::Expired);
}

#[tokio::test]
async fn tokens_of_another_app_are_refused() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let other = fixture.other_app().await;
    let token = key.token(&fixture.claims("7"));
    fixture.assert_passes(&token, "7").await;
    let refused = fixture.identity.authenticate_native(&other, &token).await;
    assert_eq!(refused.unwrap_err(), AuthError::BadSignature);

    let user = fixture.user("7").await;
    let minted = fixture
        .identity
        .mint_native_token(&other, &user, Duration::from_mins(1));
    let refused = fixture.refusal(minted.expose()).await;
    assert_eq!(refused, AuthError::BadSignature);
}

#[tokio::test]
async fn minted_tokens_pass_until_they_end() {
    let fixture = Fixture::new().await;
    let user = fixture.user("7").await;
    let lifetime = Duration::from_mins(1);
    let token = fixture
        .identity
        .mint_native_token(&fixture.app, &user, lifetime);
    assert_eq!(format!("{token:?}"), "[redacted]");
    fixture.assert_passes(token.expose(), "7").await;
    let again = fixture
        .identity
        .mint_native_token(&fixture.app, &user, lifetime);
    assert_ne!(token, again, "each can be revoked alone");
    fixture.advance(90);
    assert_eq!(fixture.refusal(token.expose()).await, AuthError::Expired);
}

#[tokio::test]
async fn issuer_and_audience_bind_the_host_but_not_tokens_minted_here() {
    let key = HostKey::hs256(SECRET);
    let rules = TokenRules {
        issuer: Some("https://shop.example".to_owned()),
        audience: Some("chat".to_owned()),
    };
    let settings = IdentitySettings {
        token_rules: HashMap::from([("shop".to_owned(), rules)]),
        ..IdentitySettings::default()
    };
    let fixture = Fixture::with(vec![key.configured()], settings).await;
    let mut claims = fixture.claims("7");
    let refused = fixture.refusal(&key.token(&claims)).await;
    assert_eq!(refused, AuthError::WrongType);
    claims["iss"] = json!("https://shop.example");
    claims["aud"] = json!(["chat", "mail"]);
    fixture.assert_passes(&key.token(&claims), "7").await;
    let user = fixture.user("8").await;
    let minted = fixture
        .identity
        .mint_native_token(&fixture.app, &user, Duration::from_mins(1));
    fixture.assert_passes(minted.expose(), "8").await;
}

#[tokio::test]
async fn claims_make_a_user_and_bring_it_up_to_date() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let mut claims = fixture.claims("7");
    claims["name"] = json!("Ann Ash");
    claims["email"] = json!("ann@example.com");
    claims["staff"] = json!(true);
    fixture.assert_passes(&key.token(&claims), "7").await;
    let find = || fixture.store.user_by_external_id(fixture.app.id, "7");
    let made = find().await.unwrap().unwrap();
    assert_eq!(made.display_name(), "Ann Ash");
    assert_eq!(made.email, "ann@example.com");
    assert!(made.is_staff);

    claims["name"] = json!("Ann Birk");
    claims["email"] = Value::Null;
    let token = key.token(&claims);
    let principal = fixture
        .identity
        .authenticate_native(&fixture.app, &token)
        .await
        .unwrap();
    assert_eq!(principal.user().unwrap().display_name(), "Ann Birk");
    let changed = find().await.unwrap().unwrap();
    assert_eq!(changed.id, made.id);
    assert_eq!(changed.display_name(), "Ann Birk");
    assert_eq!(changed.email, "ann@example.com", "null says nothing");
}

#[tokio::test]
async fn claims_do_not_undo_what_they_do_not_mention() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let before = fixture
        .upsert(UserUpsert {
            external_id: "7".to_owned(),
            first_name: Some("Ann".to_owned()),
            is_staff: Some(true),
            ..UserUpsert::default()
        })
        .await;
    fixture
        .assert_passes(&key.token(&fixture.claims("7")), "7")
        .await;
    let after = fixture.store.user_by_external_id(fixture.app.id, "7").await;
    assert_eq!(after.unwrap(), Some(before));
}

#[tokio::test]
async fn a_user_who_is_switched_off_is_refused_and_not_brought_up_to_date() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let user = fixture.user("7").await;
    fixture.switch(&user, false).await;
    let mut claims = fixture.claims("7");
    claims["name"] = json!("Ann Ash");
    let refused = fixture.refusal(&key.token(&claims)).await;
    assert_eq!(refused, AuthError::InactiveUser);
    let stored = fixture.store.user_by_external_id(fixture.app.id, "7").await;
    assert_eq!(stored.unwrap().unwrap().first_name, "");
}

#[tokio::test]
async fn keys_taken_from_an_app_let_nobody_in_any_more() {
    let key = HostKey::hs256(SECRET);
    let fixture = with_keys(&[&key]).await;
    let token = key.token(&fixture.claims("7"));
    fixture.assert_passes(&token, "7").await;
    let app = fixture
        .identity
        .update_app(fixture.app.id, &AppProfile::default(), None)
        .await
        .unwrap();
    let refused = fixture.identity.authenticate_native(&app, &token).await;
    assert_eq!(refused.unwrap_err(), AuthError::BadSignature);
}

#[test]
fn faults_of_configured_keys_are_named() {
    let good = [
        HostKey::hs256(SECRET).configured(),
        HostKey::ed_dsa().configured(),
        HostKey::es256().configured(),
        HostKey::rs256().configured(),
        TokenKey::Jwks {
            url: "https://shop.example/jwks.json".to_owned(),
        },
    ];
    for key in good {
        assert_eq!(check_token_key(&key), Ok(()));
    }
    let pem = |pem: &str| TokenKey::Pem {
        pem: pem.to_owned(),
    };
    let bad = [
        HostKey::hs256("").configured(),
        HostKey::hs256(&HostKey::ed_dsa().pem()).configured(),
        pem(""),
        pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
        TokenKey::Jwks {
            url: "shop.example/jwks.json".to_owned(),
        },
        TokenKey::Jwks {
            url: "file:///etc/passwd".to_owned(),
        },
    ];
    for key in bad {
        assert!(check_token_key(&key).is_err(), "{key:?}");
    }
}
