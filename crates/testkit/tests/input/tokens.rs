//! Tokens that do not count: expired, unsigned, signed with another key, of another app, no token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::AUTHORIZATION;
use jsonwebtoken::{EncodingKey, Header};
use parlance_testkit::client::ClientError;
use parlance_testkit::client::native::{Authentication, NativeSocket};
use parlance_testkit::client::rest::Rest;
use parlance_testkit::client::socket::{Opening, Socket};
use serde_json::{Value, json};

use super::Outcome;
use super::world::{ALPHA_SECRET, BETA_SECRET, World};

/// Long after any run of this test.
const FUTURE: u64 = 32_503_680_000;

fn signed(claims: &Value, secret: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::default(), claims, &key).expect("HS256 signs any claims")
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// Head, claims and signature of a token that Bo could have.
fn good() -> String {
    signed(&json!({ "sub": "bo", "exp": FUTURE }), ALPHA_SECRET)
}

/// What is wrong, and the token.
fn bad_tokens(world: &World) -> Vec<(&'static str, String)> {
    let claims = json!({ "sub": "bo", "exp": FUTURE });
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let none = |name: &str| {
        let head = encoded(&json!({ "alg": name, "typ": "JWT" }));
        (
            format!("{head}.{}.", encoded(&claims)),
            format!("{head}.{}.{}", encoded(&claims), parts[2]),
        )
    };
    let unsigned = ["none", "None", "NONE", "nOnE", ""].map(none);
    let mut tokens = vec![
        (
            "expired",
            signed(&json!({ "sub": "bo", "exp": 1_000_000_000 }), ALPHA_SECRET),
        ),
        (
            "not yet valid",
            signed(
                &json!({ "sub": "bo", "exp": FUTURE, "nbf": FUTURE }),
                ALPHA_SECRET,
            ),
        ),
        (
            "signed with another secret",
            signed(&claims, "some other secret of some length"),
        ),
        ("signed with an empty secret", signed(&claims, "")),
        ("signed by another app", signed(&claims, BETA_SECRET)),
        ("another app's token", world.foreigner.token.clone()),
        (
            "without sub",
            signed(&json!({ "exp": FUTURE }), ALPHA_SECRET),
        ),
        (
            "a blank sub",
            signed(&json!({ "sub": "", "exp": FUTURE }), ALPHA_SECRET),
        ),
        (
            "sub is a list",
            signed(&json!({ "sub": ["bo"], "exp": FUTURE }), ALPHA_SECRET),
        ),
        (
            "exp is a text",
            signed(&json!({ "sub": "bo", "exp": "never" }), ALPHA_SECRET),
        ),
        (
            "other claims under the signature",
            format!(
                "{}.{}.{}",
                parts[0],
                encoded(&json!({ "sub": "ann", "exp": FUTURE })),
                parts[2]
            ),
        ),
        ("cut off", good[..good.len() - 4].to_owned()),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("no token", "bo".to_owned()),
        ("dots", "..".to_owned()),
    ];
    for (without, with) in unsigned {
        tokens.push(("alg none without signature", without));
        tokens.push(("alg none with a signature", with));
    }
    for algorithm in ["RS256", "ES256", "EdDSA", "HS512", "dir"] {
        let head = encoded(&json!({ "alg": algorithm, "typ": "JWT" }));
        tokens.push((
            "another algorithm",
            format!("{head}.{}.{}", parts[1], parts[2]),
        ));
    }
    tokens
}

#[tokio::test]
async fn the_token_that_the_bad_ones_resemble_is_good() -> Outcome {
    let world = World::start().await?;
    let me = Rest::new(&world.alpha)
        .bearer(&good())
        .get("/v1/me")
        .await?
        .success()?;
    assert_eq!(me["external_id"], "bo");
    Ok(())
}

#[tokio::test]
async fn bad_tokens_open_no_rest() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    for (what, token) in bad_tokens(&world) {
        let rest = Rest::new(&world.alpha).bearer(&token);
        let path = format!("/v1/conversations/{}/messages", world.place.uuid);
        let wish = json!({ "body": what, "client_id": what });
        for answer in [rest.get("/v1/me").await?, rest.post(&path, &wish).await?] {
            assert_eq!(answer.status, 401, "{what}: {}", answer.text());
            assert_eq!(answer.json()["code"], "unauthenticated", "{what}");
        }
    }
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn bad_tokens_are_refused_before_the_upgrade() -> Outcome {
    let world = World::start().await?;
    for (what, token) in bad_tokens(&world) {
        for authentication in [Authentication::Header, Authentication::Subprotocol] {
            match NativeSocket::open(&world.alpha, &token, authentication).await {
                Err(ClientError::Refused { status, .. }) => assert_eq!(status, 401, "{what}"),
                other => return Err(format!("{what}: the handshake led to {other:?}").into()),
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn bad_tokens_in_the_first_frame_close_the_socket() -> Outcome {
    let world = World::start().await?;
    for (what, token) in bad_tokens(&world) {
        let mut socket = Socket::open(&world.alpha, "/v1/ws", Opening::default()).await?;
        let frame = json!({ "id": 1, "type": "session.authenticate", "data": { "token": token } });
        socket.send_text(frame.to_string()).await?;
        assert_eq!(socket.ended().await?, Some(4401), "{what}");
    }
    Ok(())
}

#[tokio::test]
async fn fixmate_takes_none_of_them_either() -> Outcome {
    let world = World::start().await?;
    let before = world.snapshot().await?;
    let longer = format!("{}0", world.bo.dialect_token);
    let others = [
        ("another app's token", world.foreigner.dialect_token.clone()),
        ("a character more", longer),
        ("forty zeros", "0".repeat(40)),
    ];
    for (what, token) in bad_tokens(&world).into_iter().chain(others) {
        let rest = Rest::new(&world.alpha).header(&AUTHORIZATION, &format!("Token {token}"));
        let answer = rest.get("/api/auth/users/profile/").await?;
        assert_eq!(answer.status, 403, "{what}: {}", answer.text());
        let path = format!("/ws/chat/{}/?token={token}", world.place.id);
        match Socket::open(&world.alpha, &path, Opening::default()).await {
            Err(ClientError::Refused { status, .. }) => assert_eq!(status, 403, "{what}"),
            other => return Err(format!("{what}: the handshake led to {other:?}").into()),
        }
    }
    Ok(world.unchanged_since(&before).await?)
}

#[tokio::test]
async fn no_credential_and_other_schemes_are_refused() -> Outcome {
    let world = World::start().await?;
    for credential in [
        "",
        "Bearer",
        "Bearer ",
        "Basic Ym86Ym8=",
        "Token x",
        "bo",
        &world.bo.token,
    ] {
        let rest = match credential {
            "" => Rest::new(&world.alpha),
            other => Rest::new(&world.alpha).header(&AUTHORIZATION, other),
        };
        let answer = rest.get("/v1/me").await?;
        assert_eq!(answer.status, 401, "{credential:?}: {}", answer.text());
        assert_eq!(answer.json()["code"], "unauthenticated");
    }
    Ok(())
}
