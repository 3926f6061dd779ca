//! Minting and revoking.

use http::Method;
use parlance_core::publish::Disconnect;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn minted_tokens_count_until_they_are_revoked() {
    let world = World::new().await;
    let host = world.host("shop", "fixmate").await;
    host.users(&["ann"]).await;
    let app = world.identity.apps().app_by_name("shop").expect("the app");
    let wish = json!({"user": "external:ann", "expires_in_seconds": 60});
    let tokens = host.done(Method::POST, "/tokens", Some(wish.clone())).await;
    let native = tokens["native"].as_str().expect("a token");
    let own = tokens["token"].as_str().expect("a token");
    assert!(tokens["refresh"].is_null());
    assert!(
        world
            .identity
            .authenticate_native(&app, native)
            .await
            .is_ok()
    );
    assert!(world.identity.authenticate_opaque(&app, own).await.is_ok());

    for (token, revoked) in [(native, 1), (native, 0)] {
        let answer = host
            .done(
                Method::POST,
                "/tokens/revoke",
                Some(json!({"token": token})),
            )
            .await;
        assert_eq!(answer, json!({"revoked": revoked}));
    }
    assert!(
        world
            .identity
            .authenticate_native(&app, native)
            .await
            .is_err()
    );
    assert!(world.identity.authenticate_opaque(&app, own).await.is_ok());

    world.published.ended.lock().clear();
    host.done(
        Method::POST,
        "/tokens/revoke",
        Some(json!({"user": "external:ann"})),
    )
    .await;
    assert!(world.identity.authenticate_opaque(&app, own).await.is_err());
    assert!(matches!(
        world.published.ended.lock()[..],
        [Disconnect::User(_)]
    ));
    let fresh = host.done(Method::POST, "/tokens", Some(wish)).await;
    let fresh = fresh["native"].as_str().expect("a token");
    assert!(
        world
            .identity
            .authenticate_native(&app, fresh)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn what_is_no_wish_for_tokens_is_refused() {
    let world = World::new().await;
    let host = world.host("shop", "native").await;
    host.users(&["ann"]).await;
    for (path, wish, field) in [
        ("/tokens", json!({}), "user"),
        ("/tokens", json!({"user": "external:bo"}), "user"),
        (
            "/tokens",
            json!({"user": "external:ann", "expires_in_seconds": 0}),
            "expires_in_seconds",
        ),
        (
            "/tokens",
            json!({"user": "external:ann", "expires_in_seconds": -1}),
            "expires_in_seconds",
        ),
        ("/tokens/revoke", json!({}), "user"),
        (
            "/tokens/revoke",
            json!({"user": "external:ann", "token": "x"}),
            "user",
        ),
        ("/tokens/revoke", json!({"token": "no.such.token"}), "token"),
    ] {
        let problem = host
            .ask(Method::POST, path, Some(wish))
            .await
            .refused(422, "invalid");
        assert!(problem["errors"][field].is_array(), "{path}: {problem}");
    }
}
