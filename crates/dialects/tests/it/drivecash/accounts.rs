//! Tokens, the login, the profile.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use parlance_core::principal::Principal;
use parlance_core::user::UserUpsert;
use serde_json::{Value, json};

use super::{Desk, bearer};
use crate::world::{Answer, request};

const PASSWORD: &str = "Quiet-River-19";

async fn anonymous(desk: &Desk, path: &str, body: Value) -> Answer {
    let request = request(Method::POST, path)
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    desk.world.ask(request.expect("a request")).await
}

async fn with_passwords() -> Desk {
    let desk = Desk::new().await;
    for person in [&desk.uma, &desk.ada] {
        let identity = &desk.world.services.identity;
        let set = identity.set_password(person.user.id, PASSWORD, 8).await;
        set.expect("a password");
    }
    desk
}

async fn opens(desk: &Desk, authorization: &str) -> Answer {
    let request = request(Method::GET, "/api/chat/rooms/")
        .header(AUTHORIZATION, authorization)
        .body(Body::empty());
    desk.world.ask(request.expect("a request")).await
}

#[tokio::test]
async fn a_login_gives_a_pair_and_each_refresh_another() {
    let desk = with_passwords().await;
    let login = json!({ "email": "uma@x.test", "password": PASSWORD });
    let answer = anonymous(&desk, "/api/accounts/login/", login.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    assert_eq!(answer.json()["user"]["email"], "uma@x.test");
    let pair = anonymous(&desk, "/api/token/", login).await.json();
    let text = |pair: &Value, name: &str| pair[name].as_str().expect("a token").to_owned();
    let (access, refresh) = (text(&pair, "access"), text(&pair, "refresh"));
    assert_eq!(opens(&desk, &bearer(&access)).await.status, StatusCode::OK);
    for path in ["/api/token/refresh/", "/api/accounts/token/refresh/"] {
        let made = anonymous(&desk, path, json!({ "refresh": refresh })).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.json());
        assert_ne!(text(&made.json(), "refresh"), refresh);
        let access = text(&made.json(), "access");
        assert_eq!(opens(&desk, &bearer(&access)).await.status, StatusCode::OK);
        let wrong = anonymous(&desk, path, json!({ "refresh": access })).await;
        let expected = json!({ "detail": "Token is invalid", "code": "token_not_valid" });
        assert_eq!(
            (wrong.status, wrong.json()),
            (StatusCode::UNAUTHORIZED, expected)
        );
    }
    let verify = "/api/accounts/token/verify/";
    let sound = anonymous(&desk, verify, json!({ "token": access })).await;
    assert_eq!((sound.status, sound.json()), (StatusCode::OK, json!({})));
    let void = anonymous(&desk, verify, json!({ "token": "x.y.z" })).await;
    assert_eq!(void.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refused_login_says_what_the_pages_show() {
    let desk = with_passwords().await;
    let login = "/api/accounts/login/";
    let missing = anonymous(&desk, login, json!({ "password": "x" })).await;
    let required = json!({ "email": ["This field is required."] });
    assert_eq!(
        (missing.status, missing.json()),
        (StatusCode::BAD_REQUEST, required)
    );
    let wrong = json!({ "email": "uma@x.test", "password": "wrong" });
    let refused = anonymous(&desk, login, wrong.clone()).await;
    let expected = json!({ "error": "Invalid credentials" });
    assert_eq!(
        (refused.status, refused.json()),
        (StatusCode::UNAUTHORIZED, expected)
    );
    let refused = anonymous(&desk, "/api/token/", wrong).await;
    let text = "No active account found with the given credentials";
    assert_eq!(refused.json(), json!({ "detail": text }));
    let admin = json!({ "email": "ada@x.test", "password": PASSWORD });
    let refused = anonymous(&desk, login, admin.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        anonymous(&desk, "/api/token/", admin).await.status,
        StatusCode::OK
    );
    switch_off(&desk).await;
    let uma = json!({ "email": "uma@x.test", "password": PASSWORD });
    let refused = anonymous(&desk, login, uma).await;
    let text = "User account is inactive. Please contact support.";
    let expected = json!({ "error": text });
    assert_eq!(
        (refused.status, refused.json()),
        (StatusCode::UNAUTHORIZED, expected)
    );
}

async fn switch_off(desk: &Desk) {
    let wish = UserUpsert {
        external_id: "uma".to_owned(),
        is_active: Some(false),
        ..UserUpsert::default()
    };
    let services = &desk.world.services;
    let app = Principal::App(services.app.id);
    let changed = services.chat.upsert_users(&app, vec![wish]).await;
    services.identity.user_changed(&changed.expect("a user")[0]);
}

#[tokio::test]
async fn only_a_users_access_token_opens_and_the_refusal_says_why() {
    let desk = Desk::new().await;
    let issued = desk.world.dialect.issue_credential(&desk.uma.user).await;
    let refresh = issued.expect("a pair").refresh.expect("a refresh token");
    let inner = |answer: &Answer| answer.json()["messages"][0]["message"].clone();
    for (authorization, expected) in [
        ("Bearer null".to_owned(), "Token is invalid"),
        ("Bearer garbage".to_owned(), "Token is invalid"),
        (bearer(&format!("{}x", desk.uma.token)), "Token is invalid"),
        (bearer(&refresh), "Token has wrong type"),
    ] {
        let refused = opens(&desk, &authorization).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{authorization}");
        assert_eq!(refused.headers[WWW_AUTHENTICATE], "Bearer realm=\"api\"");
        assert_eq!(inner(&refused), expected, "{authorization}");
    }
    let other = opens(&desk, &format!("Token {}", desk.uma.token)).await;
    let text = "Authentication credentials were not provided.";
    assert_eq!(other.json(), json!({ "detail": text }));
    // Who asks comes before what is asked.
    let unknown_method = request(Method::PUT, "/api/chat/rooms/").body(Body::empty());
    let refused = desk.world.ask(unknown_method.expect("a request")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    switch_off(&desk).await;
    let inactive = opens(&desk, &bearer(&desk.uma.token)).await;
    assert_eq!(inactive.json()["code"], "user_inactive");
}

#[tokio::test]
async fn the_profile_and_the_notices_are_there_for_the_pages() {
    let desk = Desk::new().await;
    let profile = desk.get(&desk.ada, "/api/accounts/profile/").await;
    assert_eq!(profile["user"]["user_type"], "admin");
    assert_eq!(profile["user"]["id"], desk.ada.user.id.0);
    assert_eq!(desk.get(&desk.uma, "/api/notifications/").await, json!([]));
    let index = desk.get(&desk.uma, "/api/chat/").await;
    assert_eq!(index["rooms"], "http://test.local/api/chat/rooms/");
    let step = anonymous(&desk, "/api/accounts/admin/login/step1/", json!({})).await;
    assert_eq!(step.status, StatusCode::NOT_IMPLEMENTED);
}
