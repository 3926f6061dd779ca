//! Pages of other sites: their handshakes and requests by cookie are refused.

use http::header::{COOKIE, ORIGIN, SET_COOKIE};
use parlance_testkit::client::ClientError;
use parlance_testkit::client::native::{Authentication, NativeSocket};
use parlance_testkit::client::rest::Rest;
use parlance_testkit::client::socket::{Opening, Socket};
use serde_json::json;

use super::Outcome;
use super::world::{ALPHA_HOST, LISTED_ORIGIN, World};

/// Origins of other sites, some of them made to look like ours.
fn wrong() -> Vec<String> {
    vec![
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("{LISTED_ORIGIN}.evil.example"),
        format!("https://evil.example/{LISTED_ORIGIN}"),
        format!("http://{ALPHA_HOST}:81"),
        format!("http://{ALPHA_HOST}.evil.example"),
        format!("http://evil{ALPHA_HOST}"),
        format!("http://user@{ALPHA_HOST}"),
        LISTED_ORIGIN.replace("https", "http"),
        "*".to_owned(),
        String::new(),
    ]
}

fn right() -> Vec<String> {
    vec![
        LISTED_ORIGIN.to_owned(),
        format!("http://{ALPHA_HOST}"),
        format!("https://{ALPHA_HOST}"),
    ]
}

#[tokio::test]
async fn native_sockets_are_refused_to_other_sites() -> Outcome {
    let world = World::start().await?;
    for origin in wrong() {
        for authentication in [
            Authentication::Header,
            Authentication::Subprotocol,
            Authentication::Frame,
        ] {
            let opening = Opening::default().header(ORIGIN, &origin);
            let token = &world.bo.token;
            match NativeSocket::open_with(&world.alpha, token, authentication, opening).await {
                Err(ClientError::Refused { status, .. }) => assert_eq!(status, 403, "{origin:?}"),
                other => return Err(format!("{origin:?} led to {other:?}").into()),
            }
        }
    }
    for origin in right() {
        let opening = Opening::default().header(ORIGIN, &origin);
        let authentication = Authentication::Subprotocol;
        let mut socket =
            NativeSocket::open_with(&world.alpha, &world.bo.token, authentication, opening).await?;
        socket.call("ping", json!({})).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_fixmate_cookie_is_worth_nothing_to_other_sites() -> Outcome {
    let world = World::start().await?;
    let profile = world
        .fixmate(&world.bo)
        .get("/api/auth/users/profile/")
        .await?;
    let cookie = profile.header(&SET_COOKIE);
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    assert!(cookie.starts_with("sessionid="), "{cookie:?}");
    let path = format!("/ws/chat/{}/", world.place.id);
    let send = format!("/api/chat/conversations/{}/send_message/", world.place.id);
    let before = world.snapshot().await?;
    for origin in wrong() {
        let opening = Opening::default()
            .header(ORIGIN, &origin)
            .header(COOKIE, &cookie);
        match Socket::open(&world.alpha, &path, opening).await {
            Err(ClientError::Refused { status, .. }) => assert_eq!(status, 403, "{origin:?}"),
            other => return Err(format!("{origin:?} led to {other:?}").into()),
        }
        let rest = Rest::new(&world.alpha)
            .header(&ORIGIN, &origin)
            .header(&COOKIE, &cookie);
        let answer = rest.post(&send, &json!({ "content": "forged" })).await?;
        assert_eq!(answer.status, 403, "{origin:?}: {}", answer.text());
    }
    world.unchanged_since(&before).await?;
    for origin in right() {
        let opening = Opening::default()
            .header(ORIGIN, &origin)
            .header(COOKIE, &cookie);
        Socket::open(&world.alpha, &path, opening)
            .await?
            .close()
            .await;
    }
    let rest = Rest::new(&world.alpha)
        .header(&COOKIE, &cookie)
        .header(&ORIGIN, &right()[1]);
    let answer = rest
        .post(&send, &json!({ "content": "not forged" }))
        .await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Ok(world.was_stored("not forged").await?)
}

#[tokio::test]
async fn answers_can_be_read_by_listed_pages_only() -> Outcome {
    use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
    let world = World::start().await?;
    let me = |origin: String| {
        let rest = world.rest(&world.bo).header(&ORIGIN, &origin);
        async move { rest.get("/v1/me").await }
    };
    for origin in wrong() {
        let answer = me(origin.clone()).await?;
        assert_eq!(
            answer.header(&ACCESS_CONTROL_ALLOW_ORIGIN),
            "",
            "{origin:?}"
        );
    }
    let answer = me(LISTED_ORIGIN.to_owned()).await?;
    assert_eq!(answer.header(&ACCESS_CONTROL_ALLOW_ORIGIN), LISTED_ORIGIN);
    Ok(())
}
