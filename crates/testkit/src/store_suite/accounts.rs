//! Accounts and credentials.

use std::time::Duration;

use parlance_core::account::NewCredential;
use parlance_core::clock::Timestamp;
use parlance_core::ids::{AppId, CredentialId, new_uuid};
use parlance_core::user::UserUpsert;

use super::Database;
use super::world::World;

/// Case ignored; an address that several have finds one that can log in.
pub async fn an_account_is_found_by_username_then_by_email(database: &impl Database) {
    let world = World::new(database).await;
    let user = |id: &str, username: &str, email: &str| {
        let upsert = UserUpsert {
            external_id: id.into(),
            username: Some(username.into()),
            email: Some(email.into()),
            ..UserUpsert::default()
        };
        (new_uuid(world.now()), upsert)
    };
    let people = vec![
        user("1", "ann", "shared@example.com"),
        user("2", "bob", "Shared@Example.com"),
        user("3", "Shared@example.COM", "x@example.com"),
        user("4", "", ""),
    ];
    let made = world.store.upsert_users(world.app, people, world.now());
    let made = made.await.unwrap().unwrap();
    let found = async |login: &str| {
        let account = world
            .store
            .account_by_login(world.app, login)
            .await
            .unwrap();
        account.map(|account| account.user.external_id)
    };
    assert_eq!(found("ANN").await.as_deref(), Some("1"));
    assert_eq!(found("shared@example.com").await.as_deref(), Some("3"));
    assert_eq!(found("X@example.com").await.as_deref(), Some("3"));
    assert_eq!(found("nobody").await, None);
    assert_eq!(found("").await, None);
    let rename = vec![user("3", "carl", "x@example.com")];
    world
        .store
        .upsert_users(world.app, rename, world.now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found("shared@example.com").await.as_deref(), Some("1"));
    world
        .store
        .set_password_hash(made[1].id, "hash".into())
        .await
        .unwrap();
    assert_eq!(found("shared@example.com").await.as_deref(), Some("2"));
    let elsewhere = world.store.account_by_login(AppId(i64::MAX), "ann");
    assert_eq!(elsewhere.await.unwrap(), None);
}

/// Replaced, not added to; an upsert does not touch them.
pub async fn tokens_and_passwords_are_kept(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let account = async || world.store.account(ann).await.unwrap().unwrap();
    let fresh = account().await;
    assert_eq!(
        (fresh.password_hash, fresh.tokens_valid_from.as_micros()),
        (None, 0)
    );
    let from = world.now();
    world
        .store
        .set_password_hash(ann, "one".into())
        .await
        .unwrap();
    world
        .store
        .set_password_hash(ann, "two".into())
        .await
        .unwrap();
    world.store.set_tokens_valid_from(ann, from).await.unwrap();
    let upsert = UserUpsert {
        external_id: "ann".into(),
        first_name: Some("Ann".into()),
        ..UserUpsert::default()
    };
    let users = vec![(new_uuid(from), upsert)];
    world
        .store
        .upsert_users(world.app, users, from)
        .await
        .unwrap()
        .unwrap();
    let now = account().await;
    assert_eq!(now.password_hash.as_deref(), Some("two"));
    assert_eq!(
        (now.tokens_valid_from, now.user.first_name.as_str()),
        (from, "Ann")
    );
}

/// The same hash again is the same credential.
pub async fn credentials_are_stored_once_and_revoked_once(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let store = &world.store;
    let new = |user, hash: u8| NewCredential {
        app: world.app,
        user,
        purpose: "opaque".into(),
        hash: [hash; 32],
        created_at: Timestamp::from_micros(5),
        expires_at: Some(Timestamp::from_micros(6)),
    };
    let first = store.put_credential(new(ann, 1)).await.unwrap();
    assert_eq!(store.put_credential(new(bob, 1)).await.unwrap(), first);
    let second = store.put_credential(new(ann, 2)).await.unwrap();
    assert_ne!(second.id, first.id);
    let by_hash = async |app, hash: u8| store.credential_by_hash(app, [hash; 32]).await.unwrap();
    assert_eq!(by_hash(world.app, 1).await, Some(first.clone()));
    assert_eq!(by_hash(world.app, 3).await, None);
    assert_eq!(by_hash(AppId(i64::MAX), 1).await, None);
    assert_eq!(
        store.credentials_of(ann).await.unwrap(),
        [first.clone(), second.clone()]
    );
    let at = world.now();
    assert!(store.revoke_credential(first.id, at).await.unwrap());
    assert!(
        !store
            .revoke_credential(first.id, world.now())
            .await
            .unwrap()
    );
    assert!(
        !store
            .revoke_credential(CredentialId(i64::MAX), at)
            .await
            .unwrap()
    );
    assert_eq!(by_hash(world.app, 1).await.unwrap().revoked_at, Some(at));
    assert_eq!(store.credentials_of(ann).await.unwrap(), [second]);
}

/// Within their app.
pub async fn revoked_tokens_are_known(database: &impl Database) {
    let world = World::new(database).await;
    let store = &world.store;
    let token = CredentialId(42);
    let until = Timestamp::from_micros(i64::MAX / 2);
    let revoked = async |app, token| store.is_token_revoked(app, token).await.unwrap();
    assert!(!revoked(world.app, token).await);
    store.revoke_token(world.app, token, until).await.unwrap();
    store
        .revoke_token(world.app, token, until.plus(Duration::from_secs(1)))
        .await
        .unwrap();
    assert!(revoked(world.app, token).await);
    assert!(!revoked(world.app, CredentialId(43)).await);
    assert!(!revoked(AppId(i64::MAX), token).await);
}
