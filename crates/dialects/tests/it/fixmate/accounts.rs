//! Tokens, cookies, registration.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{Method, StatusCode};
use parlance_core::app::AppProfile;
use parlance_core::limits::Limits;
use serde_json::{Value, json};

use super::Pair;
use crate::world::{Answer, World, request};

const PROFILE: &str = "/api/auth/users/profile/";
const CONVERSATIONS: &str = "/api/chat/conversations/";

/// The `sessionid` that an answer sets.
fn cookie_of(answer: &Answer) -> Option<String> {
    let line = answer.headers.get(SET_COOKIE)?.to_str().ok()?;
    let (cookie, rules) = line.split_once("; ").expect("a cookie has rules");
    assert_eq!(rules, "HttpOnly; Path=/; SameSite=Lax");
    Some(cookie.to_owned())
}

async fn get(world: &World, headers: &[(&str, &str)], path: &str) -> Answer {
    send(world, Method::GET, headers, path, None).await
}

async fn send(
    world: &World,
    method: Method,
    headers: &[(&str, &str)],
    path: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
    world.ask(request.body(body).expect("a request")).await
}

#[tokio::test]
async fn every_form_of_a_bad_header_is_403_with_its_text() {
    let pair = Pair::new().await;
    let rows = [
        (None, "Authentication credentials were not provided."),
        (
            Some("Bearer x"),
            "Authentication credentials were not provided.",
        ),
        (
            Some("Token"),
            "Invalid token header. No credentials provided.",
        ),
        (Some("Token garbage"), "Invalid token."),
        (
            Some("Token 0123456789012345678901234567890123456789"),
            "Invalid token.",
        ),
        (
            Some("Token a b"),
            "Invalid token header. Token string should not contain spaces.",
        ),
    ];
    for (header, text) in rows {
        let headers: Vec<_> = header
            .iter()
            .map(|value| (AUTHORIZATION.as_str(), *value))
            .collect();
        let answer = get(&pair.world, &headers, CONVERSATIONS).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header:?}");
        assert_eq!(answer.json(), json!({ "detail": text }), "{header:?}");
        assert_eq!(answer.headers.get(SET_COOKIE), None, "{header:?}");
    }
}

#[tokio::test]
async fn the_cookie_follows_the_latest_token() {
    let pair = Pair::new().await;
    let anns = cookie_of(&pair.ann(Method::GET, PROFILE, None).await).expect("a cookie");
    // The cookie alone opens REST.
    let by_cookie = get(&pair.world, &[(COOKIE.as_str(), &anns)], PROFILE).await;
    assert_eq!(by_cookie.json()["id"], pair.ann.id.0);
    assert_eq!(cookie_of(&by_cookie), None);
    // With the same user's token nothing is set again; with somebody else's it changes owner.
    let header = format!("Token {}", pair.ann_token);
    let same = [
        (COOKIE.as_str(), anns.as_str()),
        (AUTHORIZATION.as_str(), header.as_str()),
    ];
    assert_eq!(cookie_of(&get(&pair.world, &same, PROFILE).await), None);
    let header = format!("Token {}", pair.bo_token);
    let other = [
        (COOKIE.as_str(), anns.as_str()),
        (AUTHORIZATION.as_str(), header.as_str()),
    ];
    let answer = get(&pair.world, &other, PROFILE).await;
    assert_eq!(answer.json()["id"], pair.bo.id.0);
    let bos = cookie_of(&answer).expect("a new cookie");
    assert_ne!(bos, anns);
    // Refusals of a request with a valid token carry it as well.
    let missing = pair
        .ann(Method::GET, "/api/chat/conversations/99/", None)
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(cookie_of(&missing), Some(anns));
}

#[tokio::test]
async fn a_bad_header_is_refused_even_with_a_good_cookie() {
    let pair = Pair::new().await;
    let cookie = cookie_of(&pair.ann(Method::GET, PROFILE, None).await).expect("a cookie");
    for header in ["Token garbage", "Bearer x", "Token"] {
        let both = [
            (COOKIE.as_str(), cookie.as_str()),
            (AUTHORIZATION.as_str(), header),
        ];
        let answer = get(&pair.world, &both, PROFILE).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header}");
    }
}

#[tokio::test]
async fn a_revoked_token_takes_its_cookie_along() {
    let pair = Pair::new().await;
    let cookie = cookie_of(&pair.ann(Method::GET, PROFILE, None).await).expect("a cookie");
    let services = &pair.world.services;
    let revoked = services
        .identity
        .revoke_token(&services.app, &pair.ann_token)
        .await;
    assert_eq!(revoked, Ok(true));
    let answer = get(&pair.world, &[(COOKIE.as_str(), &cookie)], PROFILE).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = pair.ann(Method::GET, PROFILE, None).await;
    assert_eq!(answer.json(), json!({ "detail": "Invalid token." }));
}

#[tokio::test]
async fn changes_by_cookie_alone_have_to_come_from_an_own_page() {
    let profile = AppProfile {
        origins: vec!["https://shop.example".to_owned()],
        ..AppProfile::default()
    };
    let pair = Pair::of(World::with("fixmate", profile, Limits::default()).await).await;
    let cookie = cookie_of(&pair.ann(Method::GET, PROFILE, None).await).expect("a cookie");
    let path = "/api/chat/conversations/start_conversation/";
    let wish = json!({ "provider_id": pair.bo.id.0.to_string() });
    let rows = [
        (Some("http://evil.example"), false),
        (Some("null"), false),
        (Some("http://test.local"), true),
        (Some("https://shop.example"), true),
        (None, true),
    ];
    for (origin, passes) in rows {
        let mut headers = vec![(COOKIE.as_str(), cookie.as_str())];
        headers.extend(origin.map(|origin| (ORIGIN.as_str(), origin)));
        let answer = send(
            &pair.world,
            Method::POST,
            &headers,
            path,
            Some(wish.clone()),
        )
        .await;
        assert_eq!(
            answer.status.is_success(),
            passes,
            "{origin:?}: {}",
            answer.json()
        );
        // Reading changes nothing and passes.
        let read = get(&pair.world, &headers, PROFILE).await;
        assert_eq!(read.status, StatusCode::OK, "{origin:?}");
    }
    // A header needs no such check.
    let header = format!("Token {}", pair.ann_token);
    let headers = [
        (AUTHORIZATION.as_str(), header.as_str()),
        ("origin", "http://evil.example"),
    ];
    let answer = send(&pair.world, Method::POST, &headers, path, Some(wish)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_registration_logs_in_at_once_whatever_comes_along() {
    let world = World::new("fixmate").await;
    let form = json!({
        "username": "new@x.test", "email": "new@x.test", "password": "Quiet-River-19",
        "password_confirm": "Quiet-River-19", "first_name": "New", "last_name": "User",
        "user_type": "provider", "business_name": "New Repairs", "phone_number": "+15550001111",
        "address": null,
    });
    let along = [
        (AUTHORIZATION.as_str(), "Token garbage"),
        (COOKIE.as_str(), "sessionid=garbage"),
        ("x-csrftoken", "{{ csrf_token }}"),
        (ORIGIN.as_str(), "http://test.local"),
    ];
    let path = "/api/auth/users/register/";
    let made = send(&world, Method::POST, &along, path, Some(form.clone())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json());
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(token.len(), 40);
    let cookie = cookie_of(&made).expect("a session at once");
    let profile = get(&world, &[(COOKIE.as_str(), &cookie)], PROFILE).await;
    assert_eq!(profile.json(), made.json()["user"]);
    assert_eq!(profile.json()["user_type"], "provider");

    let again = send(&world, Method::POST, &[], path, Some(form)).await;
    let taken = json!({ "username": ["A user with that username already exists."] });
    assert_eq!(
        (again.status, again.json()),
        (StatusCode::BAD_REQUEST, taken)
    );

    let path = "/api/auth/users/login/";
    let right = json!({ "username": "new@x.test", "password": "Quiet-River-19" });
    let login = send(&world, Method::POST, &along, path, Some(right)).await;
    assert_eq!(login.status, StatusCode::OK);
    assert_eq!(login.json()["token"], token);
    let wrong = json!({ "username": "new@x.test", "password": "Quiet-River-20" });
    let refused = send(&world, Method::POST, &[], path, Some(wrong)).await;
    let expected = json!({ "non_field_errors": ["Invalid credentials"] });
    assert_eq!(
        (refused.status, refused.json()),
        (StatusCode::BAD_REQUEST, expected)
    );
}

#[tokio::test]
async fn missing_fields_are_named_together() {
    let world = World::new("fixmate").await;
    let path = "/api/auth/users/register/";
    let answer = send(&world, Method::POST, &[], path, Some(json!({}))).await;
    let required = json!(["This field is required."]);
    let expected = json!({
        "username": required, "email": required, "password": required,
        "password_confirm": required,
    });
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::BAD_REQUEST, expected)
    );
    let answer = get(&world, &[], path).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        answer.json(),
        json!({ "detail": "Method \"GET\" not allowed." })
    );
}

#[tokio::test]
async fn the_slash_at_the_end_is_required() {
    let world = World::new("fixmate").await;
    let answer = get(&world, &[], "/api/chat/conversations?x=1").await;
    assert_eq!(answer.status, StatusCode::MOVED_PERMANENTLY);
    assert_eq!(answer.headers["location"], "/api/chat/conversations/?x=1");
    let answer = send(&world, Method::POST, &[], "/api/auth/users/login", None).await;
    assert_eq!(
        (answer.status, answer.json()),
        (StatusCode::NOT_FOUND, json!({ "detail": "Not found." }))
    );
}
