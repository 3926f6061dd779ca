//! Registering, logging in, refreshing; which credential opens what.

use axum::body::Body;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use parlance_core::principal::Principal;
use parlance_core::user::UserUpsert;
use serde_json::{Value, json};

use super::Desk;
use crate::world::{Answer, request};

async fn post(desk: &Desk, path: &str, body: Value) -> Answer {
    let request = request(Method::POST, path).header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string()));
    desk.world.ask(request.expect("a request")).await
}

async fn with_header(desk: &Desk, path: &str, value: &str) -> Answer {
    let request = request(Method::GET, path).header(AUTHORIZATION, value);
    let request = request.body(Body::empty()).expect("a request");
    desk.world.ask(request).await
}

const NORA: &str = "nora@x.test";

async fn register(desk: &Desk, base: &str) -> Answer {
    let wish = json!({ "email": NORA, "password": "Quiet-River-19", "name": "Nora New" });
    post(desk, &format!("{base}/register/"), wish).await
}

#[tokio::test]
async fn whoever_registers_logs_in_below_every_alias_and_refreshes() {
    let desk = Desk::new().await;
    let made = register(&desk, "/users").await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json());
    assert_eq!(made.json()["user"]["name"], "Nora New");
    assert_eq!(
        register(&desk, "/api/auth").await.status,
        StatusCode::BAD_REQUEST
    );
    for base in ["/api/auth", "/api/users", "/users"] {
        for field in ["email", "username"] {
            let wish = json!({ field: NORA, "password": "Quiet-River-19", "deviceId": "x" });
            let answer = post(&desk, &format!("{base}/login/"), wish).await;
            assert_eq!(answer.status, StatusCode::OK, "{base} {field}");
            let tokens = answer.json();
            let wish = json!({ "refresh": tokens["refreshToken"] });
            let fresh = post(&desk, &format!("{base}/refresh/"), wish).await.json();
            assert_eq!(fresh["access"], fresh["accessToken"]);
            let access = fresh["access"].as_str().expect("a token");
            let profile = desk
                .ask(access, Method::GET, "/api/users/profile/", None)
                .await;
            assert_eq!(profile.json()["email"], NORA);
        }
    }
}

#[tokio::test]
async fn a_refused_request_is_401_with_a_challenge_and_a_code() {
    let desk = Desk::new().await;
    let login = json!({ "email": NORA, "password": "Quiet-River-19" });
    register(&desk, "/api/auth").await;
    let pair = post(&desk, "/api/auth/login/", login).await.json();
    let refresh = format!("Bearer {}", pair["refreshToken"].as_str().expect("a token"));
    let rows = [
        ("Basic x", Value::Null),
        ("bearer x", Value::Null),
        ("Bearer", json!("bad_authorization_header")),
        ("Bearer a b", json!("bad_authorization_header")),
        ("Bearer garbage", json!("token_not_valid")),
        (&refresh, json!("token_not_valid")),
        ("Token garbage", Value::Null),
        ("Token", Value::Null),
    ];
    for path in ["/api/chat/threads/", "/api/admin/chat/threads/"] {
        for (header, code) in &rows {
            let answer = with_header(&desk, path, header).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{header}");
            assert_eq!(answer.headers[WWW_AUTHENTICATE], "Token", "{header}");
            assert_eq!(answer.json()["code"], *code, "{header}");
            assert!(answer.json()["detail"].is_string(), "{header}");
        }
    }
    // An access token makes no new one.
    let wish = json!({ "refresh": pair["accessToken"] });
    let answer = post(&desk, "/api/auth/refresh/", wish).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_desks_key_is_the_same_every_time_and_opens_every_route() {
    let desk = Desk::new().await;
    let identity = &desk.world.services.identity;
    let set = identity
        .set_password(desk.sam.id, "Quiet-River-19", 6)
        .await;
    set.expect("a password");
    let login = json!({ "email": "sam@x.test", "password": "Quiet-River-19" });
    let first = post(&desk, "/api/admin/auth/login/", login.clone())
        .await
        .json();
    let again = post(&desk, "/api/admin/auth/login/", login).await.json();
    assert_eq!(first["token"], again["token"]);
    assert_eq!(first["user"]["is_superuser"], false);
    let key = format!("token {}", first["token"].as_str().expect("a key"));
    for path in [
        "/api/chat/threads/",
        "/api/admin/settings/",
        "/api/users/profile/",
    ] {
        assert_eq!(
            with_header(&desk, path, &key).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    let verified = with_header(&desk, "/api/admin/auth/verify/", &key)
        .await
        .json();
    assert_eq!(
        (&verified["valid"], &verified["user"]["name"]),
        (&json!(true), &json!("Sam Stone"))
    );
    // An access token of the staff opens the desk as well; a member's does not.
    for path in ["/api/admin/auth/verify/", "/api/admin/settings/"] {
        assert_eq!(
            desk.sam(Method::GET, path, None).await.status,
            StatusCode::OK
        );
        assert_eq!(
            desk.alice(Method::GET, path, None).await.status,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn whoever_is_switched_off_is_refused_everywhere() {
    let desk = Desk::new().await;
    let made = register(&desk, "/api/auth").await.json();
    let host = Principal::App(desk.world.services.app.id);
    let nora = made["user"]["id"].as_str().expect("an id");
    let nora: uuid::Uuid = nora.parse().expect("a UUID");
    let nora = desk
        .world
        .services
        .chat
        .user(&host, nora)
        .await
        .expect("a user");
    let off = UserUpsert {
        external_id: nora.external_id.clone(),
        is_active: Some(false),
        ..UserUpsert::default()
    };
    let done = desk
        .world
        .services
        .chat
        .upsert_users(&host, vec![off])
        .await;
    done.expect("switched off");
    let access = made["accessToken"].as_str().expect("a token");
    let answer = desk
        .ask(access, Method::GET, "/api/chat/threads/", None)
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json()["code"], "user_inactive");
    let login = json!({ "email": NORA, "password": "Quiet-River-19" });
    let answer = post(&desk, "/api/auth/login/", login).await;
    assert_eq!(answer.json()["error"], "Invalid credentials");
    let refresh = json!({ "refresh": made["refreshToken"] });
    let answer = post(&desk, "/api/auth/refresh/", refresh).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn anybody_may_ask_whether_the_server_lives() {
    let desk = Desk::new().await;
    let request = request(Method::GET, "/health").body(Body::empty());
    let answer = desk.world.ask(request.expect("a request")).await;
    assert_eq!(answer.json(), json!({ "status": "healthy" }));
}
