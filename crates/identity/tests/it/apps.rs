//! Apps: made, found, changed, removed.

use parlance_core::app::AppProfile;
use parlance_core::ids::AppId;
use parlance_core::publish::Disconnect;
use parlance_core::store::Store;
use parlance_identity::{AppError, Identity, IdentitySettings, SecretText, generate_app_key};

use crate::fixture::Fixture;

fn at(host: &str) -> AppProfile {
    AppProfile {
        host: Some(host.to_owned()),
        ..AppProfile::default()
    }
}

#[tokio::test]
async fn an_app_is_found_by_name_host_and_key() {
    let fixture = Fixture::new().await;
    let made = fixture
        .identity
        .create_app("fixmate", at("Chat.Example.com"), None)
        .await;
    let (app, key) = made.unwrap();
    assert_eq!(key.expose().len(), 46);
    assert!(key.expose().starts_with("pk_"));
    assert_eq!(app.secret.len(), 32);

    let apps = fixture.identity.apps();
    assert_eq!(apps.app(app.id), Some(app.clone()));
    assert_eq!(apps.app_by_name("fixmate"), Some(app.clone()));
    assert_eq!(apps.app_by_host("chat.example.com:8000"), Some(app.clone()));
    assert_eq!(apps.app_by_key(key.expose()), Some(app.clone()));
    assert_eq!(apps.app_by_key(""), None);
    assert_eq!(apps.app_by_key(generate_app_key().expose()), None);
    assert_eq!(apps.app_by_host("other.example.com"), None);
    assert_eq!(apps.single(), None);
    let names: Vec<_> = apps.all().iter().map(|app| app.name.clone()).collect();
    assert_eq!(names, ["fixmate", "shop"]);
}

#[tokio::test]
async fn apps_are_there_after_a_restart() {
    let fixture = Fixture::new().await;
    let store: std::sync::Arc<dyn Store> = fixture.store.clone();
    let again = Identity::load(
        store.into(),
        fixture.clock.clone(),
        fixture.disconnects.clone(),
        IdentitySettings::default(),
    )
    .await
    .unwrap();
    assert_eq!(again.apps().single(), Some(fixture.app.clone()));
}

#[tokio::test]
async fn names_and_hosts_are_taken_once() {
    let fixture = Fixture::new().await;
    let create = async |name: &str, profile| {
        let made = fixture.identity.create_app(name, profile, None).await;
        made.map(|(app, _)| app.name.clone())
    };
    let free = AppProfile::default;
    assert_eq!(create("shop", free()).await, Err(AppError::NameTaken));
    assert_eq!(create("Shop", free()).await, Err(AppError::InvalidName));
    assert!(create("one", at("chat.example.com")).await.is_ok());
    let taken = create("two", at("CHAT.example.com.")).await;
    assert_eq!(taken, Err(AppError::HostTaken));
    let taken = fixture
        .identity
        .update_app(fixture.app.id, &at("chat.example.com"), None)
        .await;
    assert_eq!(taken.unwrap_err(), AppError::HostTaken);
}

#[tokio::test]
async fn an_app_gets_a_new_setup_and_a_new_key() {
    let fixture = Fixture::new().await;
    let key = SecretText::new("pk_from_the_settings".to_owned());
    let id = fixture.app.id;
    let update = async |profile, key| {
        let updated = fixture.identity.update_app(id, &profile, key).await;
        updated.map(|app| app.profile.clone())
    };
    assert_eq!(
        update(at("a.example"), Some(&key)).await,
        Ok(at("a.example"))
    );
    assert_eq!(update(at("b.example"), None).await, Ok(at("b.example")));
    let apps = fixture.identity.apps();
    assert_eq!(apps.app_by_host("a.example"), None);
    let by_key = apps.app_by_key(key.expose()).unwrap();
    assert_eq!(by_key.id, id, "the key stays when none is given");
    assert_eq!(by_key.secret, fixture.app.secret, "tokens stay valid");
    let unknown = fixture
        .identity
        .update_app(AppId(99), &at("c.example"), None)
        .await;
    assert_eq!(unknown.unwrap_err(), AppError::Unknown);
}

#[tokio::test]
async fn an_app_that_is_removed_is_gone_with_its_sockets() {
    let fixture = Fixture::new().await;
    let id = fixture.app.id;
    assert_eq!(fixture.identity.delete_app(id).await, Ok(()));
    assert_eq!(fixture.disconnects.take(), [Disconnect::App(id)]);
    assert_eq!(fixture.identity.apps().all(), []);
    let again = fixture.identity.delete_app(id).await;
    assert_eq!(again, Err(AppError::Unknown));
}
