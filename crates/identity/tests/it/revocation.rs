//! Revocation ends what is remembered and what is open, at once.

use std::time::Duration;

use parlance_core::ids::CredentialId;
use parlance_core::principal::Principal;
use parlance_core::publish::Disconnect;
use parlance_core::user::User;
use parlance_identity::{AuthError, IdentitySettings};
use serde_json::json;

use crate::fixture::{Fixture, external_id};
use crate::host::HostKey;

const HOUR: Duration = Duration::from_hours(1);

impl Fixture {
    fn mint(&self, user: &User) -> String {
        let token = self.identity.mint_native_token(&self.app, user, HOUR);
        token.into_exposed()
    }

    async fn native(&self, token: &str) -> Result<CredentialId, AuthError> {
        let principal = self.identity.authenticate_native(&self.app, token).await?;
        match principal {
            Principal::User(by) => Ok(by.credential.expect("named by a credential")),
            Principal::App(_) => panic!("a token is of a person"),
        }
    }

    async fn opaque(&self, token: &str) -> Result<Principal, AuthError> {
        self.identity.authenticate_opaque(&self.app, token).await
    }
}

#[tokio::test]
async fn a_native_token_is_revoked_alone() {
    let fixture = Fixture::new().await;
    let user = fixture.user("7").await;
    let (first, second) = (fixture.mint(&user), fixture.mint(&user));
    let credential = fixture.native(&first).await.unwrap();
    assert_ne!(fixture.native(&second).await, Ok(credential));

    let revoke = |token| fixture.identity.revoke_token(&fixture.app, token);
    assert_eq!(revoke(&first).await, Ok(true));
    assert_eq!(
        fixture.disconnects.take(),
        [Disconnect::Credential(credential)]
    );
    assert_eq!(fixture.native(&first).await, Err(AuthError::Revoked));
    assert!(fixture.native(&second).await.is_ok());
    assert_eq!(revoke(&first).await, Ok(false));
}

#[tokio::test]
async fn only_tokens_of_the_app_can_be_revoked() {
    let fixture = Fixture::new().await;
    let user = fixture.user("7").await;
    let other = fixture.other_app().await;
    let foreign = fixture.identity.mint_native_token(&other, &user, HOUR);
    let revoke = |token| fixture.identity.revoke_token(&fixture.app, token);
    let refused = revoke(foreign.expose()).await;
    assert_eq!(refused, Err(AuthError::BadSignature));
    assert_eq!(revoke("nothing").await, Err(AuthError::BadSignature));
    assert_eq!(revoke("a.b.c").await, Err(AuthError::Malformed));
    assert_eq!(fixture.disconnects.take(), []);

    let token = fixture.mint(&user);
    fixture.advance(2 * 3_600);
    assert_eq!(revoke(&token).await, Ok(false), "void already");
}

#[tokio::test]
async fn all_of_a_user_are_revoked_and_new_ones_pass_at_once() {
    let fixture = Fixture::new().await;
    let (ann, bo) = (fixture.user("ann").await, fixture.user("bo").await);
    let native = fixture.mint(&ann);
    let opaque = fixture.identity.opaque_token(&fixture.app, &ann).await;
    let opaque = opaque.unwrap().into_exposed();
    let of_bo = fixture.mint(&bo);
    for token in [&native, &of_bo] {
        fixture.native(token).await.unwrap();
    }
    fixture.opaque(&opaque).await.unwrap();
    fixture.disconnects.take();

    // Even without a tick between: a token minted after the revocation tells its microsecond.
    fixture.clock.advance(Duration::from_micros(1));
    assert_eq!(fixture.identity.revoke_user(ann.id).await, Ok(2));
    assert_eq!(fixture.disconnects.take(), [Disconnect::User(ann.id)]);
    assert_eq!(fixture.native(&native).await, Err(AuthError::Revoked));
    let refused = fixture.opaque(&opaque).await;
    assert_eq!(refused.unwrap_err(), AuthError::Revoked);
    assert!(fixture.native(&of_bo).await.is_ok());

    assert!(fixture.native(&fixture.mint(&ann)).await.is_ok());
    let next = fixture.identity.opaque_token(&fixture.app, &ann).await;
    let next = fixture.opaque(next.unwrap().expose()).await.unwrap();
    assert_eq!(external_id(&next), "ann");
}

#[tokio::test]
async fn tokens_of_the_host_are_void_by_the_second_in_which_they_were_issued() {
    let key = HostKey::hs256("a secret that the host and this server share");
    let fixture = Fixture::with(vec![key.configured()], IdentitySettings::default()).await;
    let token = |issued_at: Option<i64>| {
        let exp = fixture.seconds_from_now(600);
        key.token(&json!({"sub": "7", "exp": exp, "iat": issued_at}))
    };
    let user = fixture.user("7").await;
    assert!(fixture.native(&token(None)).await.is_ok());
    fixture.identity.revoke_user(user.id).await.unwrap();
    let this_second = fixture.seconds_from_now(0);
    for (issued_at, passes) in [
        (None, false),
        (Some(this_second - 1), false),
        (Some(this_second), false),
        (Some(this_second + 1), true),
    ] {
        let outcome = fixture.native(&token(issued_at)).await;
        assert_eq!(outcome.is_ok(), passes, "{issued_at:?} {outcome:?}");
    }
}

#[tokio::test]
async fn a_user_who_is_switched_off_is_out_at_once() {
    let fixture = Fixture::new().await;
    let user = fixture.user("7").await;
    let native = fixture.mint(&user);
    let opaque = fixture.identity.opaque_token(&fixture.app, &user).await;
    let opaque = opaque.unwrap().into_exposed();
    let cookie = fixture.identity.session_cookie(&fixture.app, &opaque);
    fixture.native(&native).await.unwrap();
    fixture.opaque(&opaque).await.unwrap();
    fixture.disconnects.take();

    let user = fixture.switch(&user, false).await;
    fixture.identity.user_changed(&user);
    assert_eq!(fixture.disconnects.take(), [Disconnect::User(user.id)]);
    assert_eq!(fixture.native(&native).await, Err(AuthError::InactiveUser));
    let by_token = fixture.opaque(&opaque).await;
    assert_eq!(by_token.unwrap_err(), AuthError::InactiveUser);
    let by_cookie = fixture
        .identity
        .authenticate_cookie(&fixture.app, cookie.expose())
        .await;
    assert_eq!(by_cookie.unwrap_err(), AuthError::InactiveUser);

    let user = fixture.switch(&user, true).await;
    fixture.identity.user_changed(&user);
    assert_eq!(fixture.disconnects.take(), []);
    assert!(fixture.native(&native).await.is_ok());
}

#[tokio::test]
async fn a_change_that_nobody_told_is_known_after_a_minute() {
    let fixture = Fixture::new().await;
    let user = fixture.user("7").await;
    let token = fixture.mint(&user);
    fixture.native(&token).await.unwrap();
    fixture.switch(&user, false).await;
    fixture.advance(59);
    assert!(fixture.native(&token).await.is_ok());
    fixture.advance(1);
    assert_eq!(fixture.native(&token).await, Err(AuthError::InactiveUser));
}
