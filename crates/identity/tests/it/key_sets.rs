//! Key sets of hosts: rotation, and a host that does not answer.

use std::sync::Arc;

use parlance_identity::{AuthError, IdentitySettings};
use serde_json::{Value, json};

use crate::fixture::{Fixture, external_id};
use crate::host::{HostKey, KeyServer};

async fn fixture(server: &KeyServer) -> Fixture {
    Fixture::with(vec![server.configured()], IdentitySettings::default()).await
}

impl Fixture {
    /// A fresh token each time, so that none is remembered.
    fn fresh_claims(&self, number: u32) -> Value {
        json!({"sub": "7", "exp": self.seconds_from_now(7_200), "jti": number.to_string()})
    }

    async fn outcome(&self, token: &str) -> Result<(), AuthError> {
        let principal = self.identity.authenticate_native(&self.app, token).await?;
        assert_eq!(external_id(&principal), "7");
        Ok(())
    }
}

#[tokio::test]
async fn tokens_of_every_algorithm_pass_by_the_key_that_they_name() {
    let keys = [HostKey::ed_dsa(), HostKey::es256(), HostKey::rs256()];
    let unusable = json!({"kty": "EC", "crv": "secp256k1", "kid": "x", "x": "AA", "y": "AA"});
    let set = json!([
        unusable,
        7,
        keys[0].jwk("a"),
        keys[1].jwk("b"),
        keys[2].jwk("c")
    ]);
    let server = KeyServer::start(set).await;
    let fixture = fixture(&server).await;
    let claims = fixture.fresh_claims(1);
    for (key, id) in keys.iter().zip(["a", "b", "c"]) {
        assert_eq!(fixture.outcome(&key.token_by(id, &claims)).await, Ok(()));
        assert_eq!(
            fixture.outcome(&key.token(&claims)).await,
            Ok(()),
            "unnamed"
        );
    }
    assert_eq!(server.asked(), 1);
    let crossed = keys[0].token_by("b", &fixture.fresh_claims(2));
    let refused = fixture.outcome(&crossed).await;
    assert_eq!(refused, Err(AuthError::WrongAlgorithm));
}

#[tokio::test]
async fn a_shared_secret_in_a_public_set_opens_nothing() {
    let key = HostKey::hs256("a secret that everybody can read");
    let server = KeyServer::start(json!([key.jwk("a")])).await;
    let fixture = fixture(&server).await;
    let refused = fixture
        .outcome(&key.token_by("a", &fixture.fresh_claims(1)))
        .await;
    assert_eq!(refused, Err(AuthError::BadSignature));
    assert_eq!(
        server.asked(),
        0,
        "such a token does not even make us fetch"
    );
}

#[tokio::test]
async fn an_unknown_key_makes_us_fetch_again_every_thirty_seconds_at_most() {
    let (old, new) = (HostKey::es256(), HostKey::es256());
    let server = KeyServer::start(json!([old.jwk("old")])).await;
    let fixture = fixture(&server).await;
    let by_old = |n| old.token_by("old", &fixture.fresh_claims(n));
    let by_new = |n| new.token_by("new", &fixture.fresh_claims(n));
    assert_eq!(fixture.outcome(&by_old(1)).await, Ok(()));
    server.serve(&json!([new.jwk("new")]));

    fixture.advance(29);
    for n in 2..5 {
        let refused = fixture.outcome(&by_new(n)).await;
        assert_eq!(refused, Err(AuthError::BadSignature));
    }
    assert_eq!(server.asked(), 1);

    fixture.advance(1);
    assert_eq!(fixture.outcome(&by_new(5)).await, Ok(()));
    assert_eq!(server.asked(), 2);
    let refused = fixture.outcome(&by_old(6)).await;
    assert_eq!(refused, Err(AuthError::BadSignature), "rotated out");
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_key_that_was_taken_out_ends_within_ten_minutes() {
    let key = HostKey::ed_dsa();
    let server = KeyServer::start(json!([key.jwk("a")])).await;
    let fixture = fixture(&server).await;
    let by_key = |n| key.token_by("a", &fixture.fresh_claims(n));
    assert_eq!(fixture.outcome(&by_key(1)).await, Ok(()));
    server.serve(&json!([]));
    fixture.advance(599);
    assert_eq!(fixture.outcome(&by_key(2)).await, Ok(()));
    fixture.advance(1);
    let refused = fixture.outcome(&by_key(3)).await;
    assert_eq!(refused, Err(AuthError::BadSignature));
}

#[tokio::test]
async fn a_host_that_fails_is_believed_for_an_hour() {
    let key = HostKey::ed_dsa();
    let server = KeyServer::start(json!([key.jwk("a")])).await;
    let fixture = fixture(&server).await;
    let by_key = |n| key.token_by("a", &fixture.fresh_claims(n));
    server.serve_text(500, "");
    assert_eq!(
        fixture.outcome(&by_key(1)).await,
        Err(AuthError::Unavailable)
    );
    assert_eq!(
        fixture.outcome(&by_key(2)).await,
        Err(AuthError::Unavailable)
    );
    assert_eq!(server.asked(), 1, "not hammered while it fails");

    fixture.advance(30);
    server.serve(&json!([key.jwk("a")]));
    assert_eq!(fixture.outcome(&by_key(3)).await, Ok(()));
    for broken in ["not JSON", "[]", "{\"keys\": 7}", &" ".repeat(300_000)] {
        server.serve_text(200, broken);
        fixture.advance(700);
        assert_eq!(fixture.outcome(&by_key(4)).await, Ok(()), "{broken:.20}");
        let unknown = key.token_by("b", &fixture.fresh_claims(5));
        let refused = fixture.outcome(&unknown).await;
        assert_eq!(refused, Err(AuthError::Unavailable), "nobody can tell");
    }
    fixture.advance(3_600 - 4 * 700);
    assert_eq!(
        fixture.outcome(&by_key(6)).await,
        Err(AuthError::Unavailable)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_wait_for_a_set_cause_one_fetch() {
    let key = Arc::new(HostKey::es256());
    let server = KeyServer::start(json!([key.jwk("a")])).await;
    server.shut();
    let fixture = Arc::new(fixture(&server).await);
    let waiting: Vec<_> = (0..50)
        .map(|n| {
            let (fixture, key) = (Arc::clone(&fixture), Arc::clone(&key));
            tokio::spawn(async move {
                let token = key.token_by("a", &fixture.fresh_claims(n));
                fixture.outcome(&token).await
            })
        })
        .collect();
    while server.asked() == 0 {
        tokio::task::yield_now().await;
    }
    // One who goes away does not take the fetch along.
    waiting[0].abort();
    server.open();
    for (n, outcome) in waiting.into_iter().enumerate() {
        match outcome.await {
            Ok(outcome) => assert_eq!(outcome, Ok(())),
            Err(error) => assert!(n == 0 && error.is_cancelled(), "{error}"),
        }
    }
    assert_eq!(server.asked(), 1);
}
