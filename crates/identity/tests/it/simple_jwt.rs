//! Pairs of access and refresh tokens, as logins in the form of SimpleJWT have them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlance_core::app::App;
use parlance_core::clock::Clock as _;
use parlance_core::principal::Principal;
use parlance_core::publish::Disconnect;
use parlance_core::store::Users as _;
use parlance_core::user::{User, UserUpsert};
use parlance_identity::{
    AuthError, IdentitySettings, SimpleJwtRules, TokenPair, TokenRules, UserIdForm,
};
use serde_json::{Map, Value, json};

use crate::fixture::{Fixture, external_id};
use crate::host::HostKey;

const HOUR: Duration = Duration::from_hours(1);
const WEEK: Duration = Duration::from_hours(7 * 24);
const SECRET: &str = "the secret key of a site";

fn rules() -> SimpleJwtRules {
    SimpleJwtRules {
        access_lifetime: HOUR,
        refresh_lifetime: WEEK,
        user_id: UserIdForm::AsText,
        rotate: false,
        extra: Map::new(),
    }
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Access and refresh token.
fn texts(pair: TokenPair) -> (String, String) {
    (pair.access.into_exposed(), pair.refresh.into_exposed())
}

impl Fixture {
    /// An app whose host signs with a shared secret.
    async fn with_site() -> (Self, HostKey) {
        let key = HostKey::hs256(SECRET);
        let fixture = Self::with(vec![key.configured()], IdentitySettings::default()).await;
        (fixture, key)
    }

    fn pair(&self, user: &User) -> (String, String) {
        texts(self.identity.issue_pair(&self.app, user, &rules()))
    }

    async fn access(&self, token: &str) -> Result<String, AuthError> {
        self.access_to(&self.app, token).await
    }

    async fn access_to(&self, app: &App, token: &str) -> Result<String, AuthError> {
        let principal = self.identity.authenticate_access(app, token).await?;
        Ok(external_id(&principal).to_owned())
    }

    async fn refreshed(&self, token: &str) -> Result<String, AuthError> {
        let refreshed = self.identity.refresh(&self.app, token, &rules()).await?;
        Ok(refreshed.access.into_exposed())
    }

    /// Claims of an access token as the site writes them.
    fn site_claims(&self, user_id: impl Into<Value>, more: Value) -> Value {
        let mut claims = json!({
            "token_type": "access", "user_id": user_id.into(), "jti": "0123",
            "iat": self.seconds_from_now(0), "exp": self.seconds_from_now(3_600),
        });
        let more: Map<String, Value> = serde_json::from_value(more).unwrap();
        claims.as_object_mut().unwrap().extend(more);
        claims
    }
}

#[tokio::test]
async fn a_pair_opens_and_refreshes_until_it_ends() {
    let fixture = Fixture::new().await;
    let user = fixture.user("seven").await;
    let pair = fixture.identity.issue_pair(&fixture.app, &user, &rules());
    assert_eq!(pair.access_expires_at, fixture.clock.now().plus(HOUR));
    let (access, refresh) = texts(pair);
    assert_eq!(fixture.access(&access).await.as_deref(), Ok("seven"));
    assert_eq!(fixture.access(&refresh).await, Err(AuthError::WrongType));
    assert_eq!(fixture.refreshed(&access).await, Err(AuthError::WrongType));
    let verify = |token| fixture.identity.verify(&fixture.app, token);
    assert_eq!(verify(&access).await, Ok(()));
    assert_eq!(verify(&refresh).await, Ok(()));

    fixture.advance(3_600);
    assert_eq!(fixture.access(&access).await, Err(AuthError::Expired));
    assert_eq!(verify(&access).await, Err(AuthError::Expired));
    let next = fixture.refreshed(&refresh).await.unwrap();
    assert_eq!(fixture.access(&next).await.as_deref(), Ok("seven"));
    assert!(fixture.refreshed(&refresh).await.is_ok(), "stays valid");
    fixture.advance(7 * 24 * 3_600);
    assert_eq!(fixture.refreshed(&refresh).await, Err(AuthError::Expired));
}

#[tokio::test]
async fn claims_are_those_of_simple_jwt() {
    let fixture = Fixture::new().await;
    let user = fixture.user("seven").await;
    let extra = json!({"role": "client", "token_type": "x", "user_id": 0, "exp": 0, "sub": "x"});
    let with = |user_id| {
        let rules = SimpleJwtRules {
            user_id,
            extra: serde_json::from_value(extra.clone()).unwrap(),
            ..rules()
        };
        texts(fixture.identity.issue_pair(&fixture.app, &user, &rules))
    };
    let (access, refresh) = with(UserIdForm::AsText);
    let (access, refresh) = (claims(&access), claims(&refresh));
    assert_eq!(access["token_type"], "access");
    assert_eq!(refresh["token_type"], "refresh");
    assert_eq!(access["user_id"], user.id.to_string());
    assert_eq!(access["role"], "client");
    assert_eq!(access.get("sub"), None);
    assert_eq!(access["exp"], fixture.seconds_from_now(3_600));
    assert_eq!(refresh["exp"], fixture.seconds_from_now(7 * 24 * 3_600));
    assert_eq!(
        access["iat"].as_f64().unwrap().floor() as i64,
        fixture.seconds_from_now(0)
    );
    assert!(access["jti"].is_string());
    assert_ne!(access["jti"], refresh["jti"]);

    let forms = [
        (UserIdForm::AsInteger, json!(user.id.0)),
        (UserIdForm::AsUuid, json!(user.uuid)),
    ];
    for (form, written) in forms {
        let (access, _) = with(form);
        assert_eq!(claims(&access)["user_id"], written);
        assert_eq!(fixture.access(&access).await.as_deref(), Ok("seven"));
    }
}

#[tokio::test]
async fn a_rotated_refresh_token_follows_the_first_which_stays() {
    let fixture = Fixture::new().await;
    let user = fixture.user("seven").await;
    let login = SimpleJwtRules {
        rotate: true,
        extra: serde_json::from_value(json!({"role": "client"})).unwrap(),
        ..rules()
    };
    let pair = fixture.identity.issue_pair(&fixture.app, &user, &login);
    let (access, refresh) = texts(pair);
    let rotating = SimpleJwtRules {
        rotate: true,
        ..rules()
    };
    let rotate = async |token: &str| {
        let refreshed = fixture.identity.refresh(&fixture.app, token, &rotating);
        let refreshed = refreshed.await.unwrap();
        assert_eq!(refreshed.user.id, user.id);
        (
            refreshed.access.into_exposed(),
            refreshed.refresh.unwrap().into_exposed(),
        )
    };
    let (second_access, second) = rotate(&refresh).await;
    assert_ne!((&second_access, &second), (&access, &refresh));
    assert_eq!(claims(&second_access)["role"], "client", "as at the login");
    assert_eq!(fixture.access(&second_access).await.as_deref(), Ok("seven"));
    rotate(&second).await;
    rotate(&refresh).await;
    let keeping = rules();
    let once = fixture.identity.refresh(&fixture.app, &refresh, &keeping);
    assert!(once.await.unwrap().refresh.is_none());
}

#[tokio::test]
async fn a_blacklisted_refresh_token_is_void_alone() {
    let fixture = Fixture::new().await;
    let user = fixture.user("seven").await;
    let (access, refresh) = fixture.pair(&user);
    let (_, other) = fixture.pair(&user);
    let blacklist = |token| fixture.identity.blacklist(&fixture.app, token);
    assert_eq!(blacklist(&access).await, Err(AuthError::WrongType));
    assert_eq!(blacklist("nothing").await, Err(AuthError::Malformed));
    assert_eq!(blacklist(&refresh).await, Ok(()));
    assert_eq!(blacklist(&refresh).await, Err(AuthError::Revoked));
    assert_eq!(fixture.refreshed(&refresh).await, Err(AuthError::Revoked));
    let verified = fixture.identity.verify(&fixture.app, &refresh).await;
    assert_eq!(verified, Err(AuthError::Revoked));
    assert!(fixture.refreshed(&other).await.is_ok());
    assert_eq!(fixture.access(&access).await.as_deref(), Ok("seven"));
}

#[tokio::test]
async fn revoking_an_access_token_ends_its_sockets() {
    let fixture = Fixture::new().await;
    let user = fixture.user("seven").await;
    let (access, _) = fixture.pair(&user);
    let principal = fixture.identity.authenticate_access(&fixture.app, &access);
    let Principal::User(by) = principal.await.unwrap() else {
        panic!("a token is of a person");
    };
    let credential = by.credential.unwrap();
    let revoke = || fixture.identity.revoke_token(&fixture.app, &access);
    assert_eq!(revoke().await, Ok(true));
    assert_eq!(
        fixture.disconnects.take(),
        [Disconnect::Credential(credential)]
    );
    assert_eq!(fixture.access(&access).await, Err(AuthError::Revoked));
    assert_eq!(revoke().await, Ok(false));

    let (access, refresh) = fixture.pair(&user);
    assert!(fixture.access(&access).await.is_ok());
    fixture.advance(1);
    fixture.identity.revoke_user(user.id).await.unwrap();
    assert_eq!(fixture.access(&access).await, Err(AuthError::Revoked));
    assert_eq!(fixture.refreshed(&refresh).await, Err(AuthError::Revoked));
    let (access, _) = fixture.pair(&user);
    assert!(fixture.access(&access).await.is_ok(), "a new login");
}

#[tokio::test]
async fn a_user_must_exist_and_be_active() {
    let fixture = Fixture::new().await;
    let user = fixture.user("seven").await;
    let (access, refresh) = fixture.pair(&user);
    let nobody = User {
        id: parlance_core::ids::UserId(i64::MAX),
        ..user.clone()
    };
    let (of_nobody, _) = fixture.pair(&nobody);
    assert_eq!(
        fixture.access(&of_nobody).await,
        Err(AuthError::UnknownUser)
    );
    fixture.switch(&user, false).await;
    assert_eq!(fixture.access(&access).await, Err(AuthError::InactiveUser));
    let refreshed = fixture.refreshed(&refresh).await;
    assert_eq!(refreshed, Err(AuthError::InactiveUser));
}

#[tokio::test]
async fn other_apps_and_other_kinds_of_tokens_open_nothing() {
    let fixture = Fixture::new().await;
    let user = fixture.user("seven").await;
    let (access, _) = fixture.pair(&user);
    let other = fixture.other_app().await;
    let elsewhere = fixture.access_to(&other, &access).await;
    assert_eq!(elsewhere, Err(AuthError::BadSignature));
    // Signed for the other app, but naming a user of this one.
    let (foreign, _) = texts(fixture.identity.issue_pair(&other, &user, &rules()));
    let refused = fixture.access_to(&other, &foreign).await;
    assert_eq!(refused, Err(AuthError::UnknownUser));

    let native = fixture
        .identity
        .mint_native_token(&fixture.app, &user, HOUR);
    let refused = fixture.access(native.expose()).await;
    assert_eq!(refused, Err(AuthError::BadSignature));
    let as_native = fixture.identity.authenticate_native(&fixture.app, &access);
    assert_eq!(as_native.await.unwrap_err(), AuthError::BadSignature);
    for (token, why) in [
        ("", AuthError::Missing),
        ("null", AuthError::Malformed),
        ("a.b.c", AuthError::Malformed),
    ] {
        assert_eq!(fixture.access(token).await, Err(why), "{token}");
    }
    let forged = HostKey::hs256("a guess").token(&fixture.site_claims("1", json!({})));
    assert_eq!(fixture.access(&forged).await, Err(AuthError::BadSignature));
    let unsigned = HostKey::hs256("x").token_with(
        &json!({"alg": "none"}),
        &fixture.site_claims("1", json!({})),
    );
    let refused = fixture.access(&unsigned).await;
    assert_eq!(refused, Err(AuthError::WrongAlgorithm));
}

#[tokio::test]
async fn tokens_of_an_existing_login_go_on_working() {
    let (fixture, site) = Fixture::with_site().await;
    let known = fixture.user("7").await;
    for user_id in [json!("7"), json!(7)] {
        let token = site.token(&fixture.site_claims(user_id, json!({})));
        assert_eq!(fixture.access(&token).await.as_deref(), Ok("7"));
    }
    let whole = |more| site.token(&fixture.site_claims("7", more));
    for (more, why) in [
        (json!({"token_type": "refresh"}), AuthError::WrongType),
        (json!({"token_type": null}), AuthError::WrongType),
        (
            json!({"exp": fixture.seconds_from_now(0)}),
            AuthError::Expired,
        ),
        (json!({"exp": null}), AuthError::Malformed),
        (json!({"user_id": null}), AuthError::Malformed),
    ] {
        let refused = fixture.access(&whole(more.clone())).await;
        assert_eq!(refused, Err(why), "{more}");
    }
    let refresh = whole(json!({"token_type": "refresh"}));
    let access = fixture.refreshed(&refresh).await.unwrap();
    assert_eq!(fixture.access(&access).await.as_deref(), Ok("7"));

    // The site takes ours: its secret, its id.
    let (ours, _) = fixture.pair(&known);
    let (signed, signature) = ours.rsplit_once('.').unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    aws_lc_rs::hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
    assert_eq!(claims(&ours)["user_id"], "7");
    let as_integer = SimpleJwtRules {
        user_id: UserIdForm::AsInteger,
        ..rules()
    };
    let of = |user| texts(fixture.identity.issue_pair(&fixture.app, user, &as_integer)).0;
    assert_eq!(claims(&of(&known))["user_id"], 7);
    let named = fixture.user("007").await;
    assert_eq!(claims(&of(&named))["user_id"], "007");
}

/// The site's ids and ours are both small integers: neither may be taken for the other.
#[tokio::test]
async fn an_id_of_the_host_is_never_taken_for_one_of_ours() {
    let (fixture, site) = Fixture::with_site().await;
    let ann = fixture.user("ann").await;
    let named_like_ann = ann.id.to_string();
    let token = site.token(&fixture.site_claims(named_like_ann.clone(), json!({})));
    let by = fixture.access(&token).await;
    assert_eq!(by.as_deref(), Ok(named_like_ann.as_str()));
    let made = fixture
        .store
        .user_by_external_id(fixture.app.id, &named_like_ann)
        .await;
    assert_ne!(made.unwrap().unwrap().id, ann.id, "somebody new");
    let (of_ann, _) = fixture.pair(&ann);
    assert_eq!(fixture.access(&of_ann).await.as_deref(), Ok("ann"));
}

#[tokio::test]
async fn tokens_from_before_the_hosts_secret_still_name_our_users() {
    let fixture = Fixture::new().await;
    let ann = fixture.user("ann").await;
    let (access, refresh) = fixture.pair(&ann);
    let bo = fixture.user(&ann.id.to_string()).await;
    let mut profile = fixture.app.profile.clone();
    profile.token_keys = vec![HostKey::hs256(SECRET).configured()];
    let changed = fixture
        .identity
        .update_app(fixture.app.id, &profile, None)
        .await;
    let app = changed.unwrap();
    let by = fixture.access_to(&app, &access).await;
    assert_eq!(by.as_deref(), Ok("ann"), "and not {}", bo.external_id);
    let refreshed = fixture.identity.refresh(&app, &refresh, &rules()).await;
    let access = refreshed.unwrap().access.into_exposed();
    assert_eq!(claims(&access)["user_id"], "ann");
    let by = fixture.access_to(&app, &access).await;
    assert_eq!(by.as_deref(), Ok("ann"));
}

#[tokio::test]
async fn a_person_is_made_from_the_claims_once_and_not_changed_by_them() {
    let (fixture, site) = Fixture::with_site().await;
    let person = json!({"email": "ann@example.com", "first_name": "Ann", "role": "client"});
    let token = site.token(&fixture.site_claims("31", person));
    assert_eq!(fixture.access(&token).await.as_deref(), Ok("31"));
    let stored = async || {
        let found = fixture.store.user_by_external_id(fixture.app.id, "31");
        found.await.unwrap().unwrap()
    };
    let made = stored().await;
    assert_eq!(
        (&*made.email, &*made.first_name, &*made.role),
        ("ann@example.com", "Ann", "client")
    );
    fixture
        .upsert(UserUpsert {
            external_id: "31".into(),
            first_name: Some("Anna".into()),
            ..UserUpsert::default()
        })
        .await;
    let older = json!({"first_name": "Ann", "jti": "4567"});
    let token = site.token(&fixture.site_claims("31", older));
    assert_eq!(fixture.access(&token).await.as_deref(), Ok("31"));
    assert_eq!(stored().await.first_name, "Anna");
}

#[tokio::test]
async fn what_the_hosts_tokens_must_name_ours_name_as_well() {
    let site = HostKey::hs256(SECRET);
    let mut settings = IdentitySettings::default();
    let rules_of_host = TokenRules {
        issuer: Some("site".into()),
        audience: Some("chat".into()),
    };
    settings.token_rules.insert("shop".into(), rules_of_host);
    let fixture = Fixture::with(vec![site.configured()], settings).await;
    let user = fixture.user("7").await;
    let (access, refresh) = fixture.pair(&user);
    assert_eq!(fixture.access(&access).await.as_deref(), Ok("7"));
    assert!(fixture.refreshed(&refresh).await.is_ok());
    let unnamed = site.token(&fixture.site_claims("7", json!({})));
    assert_eq!(fixture.access(&unnamed).await, Err(AuthError::WrongType));
}
