//! Users and apps.

use parlance_core::account::TakenField;
use parlance_core::app::AppProfile;
use parlance_core::ids::{UserId, new_uuid};
use parlance_core::user::{User, UserUpsert};
use serde_json::{Map, Value, json};

use super::Database;
use super::world::{World, new_app};

fn upsert(external_id: &str) -> UserUpsert {
    UserUpsert {
        external_id: external_id.to_owned(),
        ..UserUpsert::default()
    }
}

fn named(external_id: &str, username: &str) -> UserUpsert {
    UserUpsert {
        username: Some(username.to_owned()),
        ..upsert(external_id)
    }
}

async fn put(world: &World, users: Vec<UserUpsert>) -> Result<Vec<User>, (usize, TakenField)> {
    let now = world.now();
    let users = users
        .into_iter()
        .map(|user| (new_uuid(now), user))
        .collect();
    world
        .store
        .upsert_users(world.app, users, now)
        .await
        .unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// What is not said stays; metadata is merged key by key.
pub async fn upserts_merge(database: &impl Database) {
    let world = World::new(database).await;
    let first = UserUpsert {
        email: Some("a@example.com".into()),
        first_name: Some("Ann".into()),
        is_staff: Some(true),
        avatar_url: Some(Some("https://example.com/a.png".into())),
        metadata: Some(object(json!({"a": 1, "b": 2}))),
        ..named("1", "ann")
    };
    let made = put(&world, vec![first]).await.unwrap().remove(0);
    assert!(made.is_active && made.is_staff);
    let second = UserUpsert {
        last_name: Some("Archer".into()),
        is_active: Some(false),
        avatar_url: Some(None),
        metadata: Some(object(json!({"a": null, "c": [3]}))),
        ..upsert("1")
    };
    let changed = put(&world, vec![second]).await.unwrap().remove(0);
    let expected = User {
        last_name: "Archer".into(),
        is_active: false,
        avatar_url: None,
        metadata: object(json!({"b": 2, "c": [3]})),
        ..made.clone()
    };
    assert_eq!(changed, expected);
    let store = &world.store;
    store.set_last_seen(made.id, world.now()).await.unwrap();
    let found = store
        .user_by_external_id(world.app, "1")
        .await
        .unwrap()
        .unwrap();
    assert!(found.last_seen_at.is_some());
    assert_eq!(
        store.user_by_uuid(world.app, made.uuid).await.unwrap(),
        Some(found.clone())
    );
    assert_eq!(
        store.users(&[made.id, UserId(i64::MAX)]).await.unwrap(),
        [found]
    );
    let other = World::with_app(std::sync::Arc::clone(store), "second").await;
    assert_eq!(
        store.user_by_external_id(other.app, "1").await.unwrap(),
        None
    );
    assert_eq!(
        store.user_by_uuid(other.app, made.uuid).await.unwrap(),
        None
    );
}

/// One who cannot be takes all the others of the call along.
pub async fn upserts_are_all_or_none(database: &impl Database) {
    let world = World::new(database).await;
    put(&world, vec![named("1", "ann")]).await.unwrap();
    let refused = put(
        &world,
        vec![named("2", "bob"), named("1", "anna"), named("3", "BOB")],
    )
    .await;
    assert_eq!(refused.unwrap_err(), (2, TakenField::Username));
    let store = &world.store;
    assert_eq!(
        store.user_by_external_id(world.app, "2").await.unwrap(),
        None
    );
    let ann = store
        .user_by_external_id(world.app, "1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ann.username, "ann");
    let twice = put(&world, vec![named("4", "dan"), named("4", "dora")])
        .await
        .unwrap();
    assert_eq!(
        (twice[0].id, twice[1].username.as_str()),
        (twice[1].id, "dora")
    );
}

/// Within an app, by Unicode's rules; nobody owns the empty name.
pub async fn usernames_are_unique_without_case(database: &impl Database) {
    let world = World::new(database).await;
    put(
        &world,
        vec![named("1", "Änne"), named("2", ""), named("3", "")],
    )
    .await
    .unwrap();
    let taken = put(&world, vec![named("4", "äNNE")]).await;
    assert_eq!(taken.unwrap_err(), (0, TakenField::Username));
    // One's own in another case, and one that was given up.
    put(&world, vec![named("1", "änne")]).await.unwrap();
    put(&world, vec![named("1", "anna"), named("4", "Änne")])
        .await
        .unwrap();
    let other = World::with_app(std::sync::Arc::clone(&world.store), "second").await;
    put(&other, vec![named("1", "anna")]).await.unwrap();
}

/// A registration never changes somebody who is there.
pub async fn registration_needs_a_new_user(database: &impl Database) {
    let world = World::new(database).await;
    let register = |user: UserUpsert| {
        let now = world.now();
        let hash = "hash".to_owned();
        world
            .store
            .register_user(world.app, new_uuid(now), user, hash, now)
    };
    let ann = register(named("1", "ann")).await.unwrap().unwrap();
    let again = register(named("1", "other")).await.unwrap();
    assert_eq!(again.unwrap_err(), TakenField::ExternalId);
    let namesake = register(named("2", "ANN")).await.unwrap();
    assert_eq!(namesake.unwrap_err(), TakenField::Username);
    let account = world.store.account(ann.id).await.unwrap().unwrap();
    assert_eq!(account.password_hash.as_deref(), Some("hash"));
    assert_eq!(account.user, ann);
    assert_eq!(
        world
            .store
            .user_by_external_id(world.app, "2")
            .await
            .unwrap(),
        None
    );
}

/// Page after page.
pub async fn users_are_listed_by_id(database: &impl Database) {
    let world = World::new(database).await;
    let other = World::with_app(std::sync::Arc::clone(&world.store), "second").await;
    let mut expected = Vec::new();
    for at in 0..5 {
        expected.push(world.user(&at.to_string()).await);
        other.user(&at.to_string()).await;
    }
    let mut found = Vec::new();
    let mut after = UserId(0);
    loop {
        let page = world.store.list_users(world.app, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.id;
        found.extend(page.into_iter().map(|user| user.id));
    }
    assert_eq!(found, expected);
}

/// By name and by host; changed in place; counted.
pub async fn apps_are_made_once(database: &impl Database) {
    let world = World::new(database).await;
    let store = &world.store;
    assert_eq!(store.create_app(new_app("first")).await.unwrap(), None);
    let with_host = |name: &str, host: &str| {
        let mut app = new_app(name);
        app.profile.host = Some(host.to_owned());
        app
    };
    let second = store.create_app(with_host("second", "chat.example.com"));
    let second = second.await.unwrap().unwrap();
    let clash = store.create_app(with_host("third", "Chat.example.com"));
    assert_eq!(clash.await.unwrap(), None);
    let profile = AppProfile {
        dialects: vec!["fixmate".into()],
        ..AppProfile::default()
    };
    store
        .update_app(second.id, &profile, [1; 32])
        .await
        .unwrap();
    let apps = store.apps().await.unwrap();
    assert_eq!(apps.len(), 2);
    assert_eq!((&apps[1].profile, apps[1].key_hash), (&profile, [1; 32]));
    assert_eq!(
        (&apps[1].secret, apps[1].uuid),
        (&second.secret, second.uuid)
    );
    assert!(
        store
            .create_app(with_host("third", "chat.example.com"))
            .await
            .unwrap()
            .is_some()
    );
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    world.direct(&[ann]).await;
    world.send(place, ann, "text").await;
    let usage = store.app_usage(world.app).await.unwrap();
    assert_eq!(
        (usage.users, usage.conversations, usage.messages),
        (1, 2, 1)
    );
}
