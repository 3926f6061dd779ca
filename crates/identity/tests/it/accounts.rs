//! Local accounts: registration, login, attempts, hashes that other systems made.

use std::time::Duration;

use parlance_core::account::TakenField;
use parlance_core::limits::Rate;
use parlance_core::store::Accounts as _;
use parlance_core::user::UserUpsert;
use parlance_identity::{AccountError, IdentitySettings};

use crate::fixture::Fixture;

const PASSWORD: &str = "correct horse";

/// `correct horse` by Django's `make_password(…, salt="seasalt")` with 1,000 rounds.
const DJANGO_HASH: &str = "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=";

fn ann() -> UserUpsert {
    UserUpsert {
        username: Some("Ann".to_owned()),
        email: Some("ann@example.com".to_owned()),
        ..UserUpsert::default()
    }
}

impl Fixture {
    async fn log_in(&self, login: &str, password: &str) -> Result<String, AccountError> {
        let account = self.identity.log_in(&self.app, login, password).await?;
        Ok(account.user.username)
    }
}

#[tokio::test]
async fn who_registered_logs_in_by_name_or_address() {
    let fixture = Fixture::new().await;
    let user = fixture
        .identity
        .register(&fixture.app, ann(), PASSWORD, 8)
        .await
        .unwrap();
    assert!(!user.external_id.is_empty());
    for login in ["Ann", "ann", "ann@example.com", "ANN@example.com"] {
        assert_eq!(fixture.log_in(login, PASSWORD).await, Ok("Ann".to_owned()));
    }
    let stored = fixture.store.account(user.id).await.unwrap().unwrap();
    let hash = stored.password_hash.unwrap();
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    let elsewhere = fixture.other_app().await;
    let refused = fixture.identity.log_in(&elsewhere, "ann", PASSWORD).await;
    assert_eq!(refused, Err(AccountError::InvalidCredentials));
}

#[tokio::test]
async fn wrong_and_unknown_are_not_told_apart() {
    let fixture = Fixture::new().await;
    fixture
        .identity
        .register(&fixture.app, ann(), PASSWORD, 8)
        .await
        .unwrap();
    fixture.user("without a password").await;
    let long = "x".repeat(100_000);
    for (login, password) in [
        ("ann", "correct horsf"),
        ("ann", ""),
        ("ann", &long),
        ("nobody", PASSWORD),
        ("without a password", ""),
        ("", ""),
        (&long, PASSWORD),
    ] {
        assert_eq!(
            fixture.log_in(login, password).await,
            Err(AccountError::InvalidCredentials)
        );
    }
}

#[tokio::test]
async fn a_name_is_taken_once_also_when_it_is_somebodys_address() {
    let fixture = Fixture::new().await;
    let register = |user| fixture.identity.register(&fixture.app, user, PASSWORD, 8);
    register(ann()).await.unwrap();
    for username in ["Ann", "ANN", "ann@example.com"] {
        let user = UserUpsert {
            username: Some(username.to_owned()),
            ..UserUpsert::default()
        };
        let refused = register(user).await;
        assert_eq!(
            refused.unwrap_err(),
            AccountError::Taken(TakenField::Username)
        );
    }
}

#[tokio::test]
async fn passwords_have_a_least_and_a_greatest_length() {
    let fixture = Fixture::new().await;
    let register = |password| {
        let user = ann();
        fixture.identity.register(&fixture.app, user, password, 8)
    };
    assert_eq!(
        register("sieben7").await.unwrap_err(),
        AccountError::PasswordTooShort { min_chars: 8 }
    );
    let long = "x".repeat(1_025);
    assert_eq!(
        register(&long).await.unwrap_err(),
        AccountError::PasswordTooLong { max_bytes: 1_024 }
    );
    register("achtäöüß").await.unwrap();
}

#[tokio::test]
async fn a_hash_of_django_lets_in_and_is_replaced() {
    let fixture = Fixture::new().await;
    let user = fixture
        .upsert(UserUpsert {
            external_id: "7".to_owned(),
            ..ann()
        })
        .await;
    let set = fixture
        .store
        .set_password_hash(user.id, DJANGO_HASH.to_owned())
        .await;
    set.unwrap();
    let stored = async || {
        let account = fixture.store.account(user.id).await.unwrap().unwrap();
        account.password_hash.unwrap()
    };
    assert!(fixture.log_in("ann", "wrong horse").await.is_err());
    assert_eq!(stored().await, DJANGO_HASH);
    assert_eq!(fixture.log_in("ann", PASSWORD).await, Ok("Ann".to_owned()));
    let new = stored().await;
    assert!(new.starts_with("$argon2id$"), "{new}");
    assert_eq!(fixture.log_in("ann", PASSWORD).await, Ok("Ann".to_owned()));
    assert_eq!(stored().await, new, "replaced once");
}

#[tokio::test]
async fn a_new_password_replaces_the_old() {
    let fixture = Fixture::new().await;
    let user = fixture
        .identity
        .register(&fixture.app, ann(), PASSWORD, 8)
        .await
        .unwrap();
    let set = |password| fixture.identity.set_password(user.id, password, 8);
    assert!(set("short").await.is_err());
    set("battery staple").await.unwrap();
    assert!(fixture.log_in("ann", PASSWORD).await.is_err());
    assert!(fixture.log_in("ann", "battery staple").await.is_ok());
}

#[tokio::test]
async fn only_who_knows_the_password_learns_that_a_user_is_switched_off() {
    let fixture = Fixture::new().await;
    let user = fixture
        .identity
        .register(&fixture.app, ann(), PASSWORD, 8)
        .await
        .unwrap();
    fixture.switch(&user, false).await;
    let wrong = fixture.log_in("ann", "wrong horse").await;
    assert_eq!(wrong, Err(AccountError::InvalidCredentials));
    let right = fixture.log_in("ann", PASSWORD).await;
    assert_eq!(right, Err(AccountError::Inactive));
}

/// Two guesses at once and one in ten seconds for a login; five, and one a second, in all.
fn few_attempts() -> IdentitySettings {
    IdentitySettings {
        login_rate: Rate {
            per_second: 0.1,
            burst: 2.0,
        },
        all_logins_rate: Rate {
            per_second: 1.0,
            burst: 5.0,
        },
        ..IdentitySettings::default()
    }
}

#[tokio::test]
async fn guesses_are_limited_per_login_and_successes_do_not_count() {
    let fixture = Fixture::with(Vec::new(), few_attempts()).await;
    fixture
        .identity
        .register(&fixture.app, ann(), PASSWORD, 8)
        .await
        .unwrap();
    for _ in 0..5 {
        assert!(fixture.log_in("ann", PASSWORD).await.is_ok());
        fixture.advance(1);
    }
    fixture.advance(10);
    for login in ["ann", "ANN"] {
        let wrong = fixture.log_in(login, "wrong horse").await;
        assert_eq!(wrong, Err(AccountError::InvalidCredentials));
    }
    let refused = fixture.log_in("Ann", PASSWORD).await;
    let retry_after = Duration::from_secs(10);
    assert_eq!(refused, Err(AccountError::TooManyAttempts { retry_after }));
    let other = fixture.log_in("bo", PASSWORD).await;
    assert_eq!(other, Err(AccountError::InvalidCredentials));
    fixture.advance(10);
    assert!(fixture.log_in("ann", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn guesses_are_limited_in_all() {
    let fixture = Fixture::with(Vec::new(), few_attempts()).await;
    for n in 0..5 {
        let wrong = fixture.log_in(&format!("nobody {n}"), PASSWORD).await;
        assert_eq!(wrong, Err(AccountError::InvalidCredentials));
    }
    let retry_after = Duration::from_secs(1);
    let refused = fixture.log_in("nobody 6", PASSWORD).await;
    assert_eq!(refused, Err(AccountError::TooManyAttempts { retry_after }));
    let refused = fixture
        .identity
        .register(&fixture.app, ann(), PASSWORD, 8)
        .await;
    assert_eq!(
        refused.unwrap_err(),
        AccountError::TooManyAttempts { retry_after }
    );
    fixture.advance(1);
    assert!(fixture.log_in("nobody 6", PASSWORD).await == Err(AccountError::InvalidCredentials));
}
