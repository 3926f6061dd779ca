//! Access tokens of Simple JWT: the header that carries one, and how one is refused.

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use parlance_identity::AuthError;
use serde_json::json;

use super::refused::{NOT_AUTHENTICATED, Refused};

/// The token of the header; `None` when there is no such header or it is of another scheme. The
/// keyword's case matters.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    let mut words = text.split_ascii_whitespace();
    if words.next() != Some("Bearer") {
        return Ok(None);
    }
    match (words.next(), words.next()) {
        (Some(token), None) => Ok(Some(token.to_owned())),
        _ => Err(coded(
            "Authorization header must contain two space-delimited values",
            "bad_authorization_header",
        )),
    }
}

/// A refused access token.
pub(crate) fn refused(error: AuthError) -> Refused {
    match error {
        AuthError::Missing => Refused::detail(StatusCode::UNAUTHORIZED, NOT_AUTHENTICATED),
        AuthError::UnknownUser => coded("User not found", "user_not_found"),
        AuthError::InactiveUser => coded("User is inactive", "user_inactive"),
        AuthError::WrongType => invalid("Token has wrong type"),
        AuthError::Malformed
        | AuthError::BadSignature
        | AuthError::Expired
        | AuthError::Revoked
        | AuthError::WrongAlgorithm => invalid("Token is invalid or expired"),
        AuthError::Unavailable => Refused::unavailable(),
    }
}

fn coded(text: &str, code: &str) -> Refused {
    let body = json!({ "detail": text, "code": code });
    Refused::new(StatusCode::UNAUTHORIZED, body)
}

fn invalid(why: &str) -> Refused {
    let body = json!({
        "detail": "Given token not valid for any token type",
        "code": "token_not_valid",
        "messages": [{ "token_class": "AccessToken", "token_type": "access", "message": why }],
    });
    Refused::new(StatusCode::UNAUTHORIZED, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(value: &'static str) -> Result<Option<String>, Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
        bearer(&headers)
    }

    #[test]
    fn the_header_has_the_keyword_and_one_token() {
        assert_eq!(bearer(&HeaderMap::new()), Ok(None));
        assert_eq!(read("Bearer abc"), Ok(Some("abc".to_owned())));
        for other in ["", "Token abc", "bearer abc", "Basic abc"] {
            assert_eq!(read(other), Ok(None), "{other}");
        }
        for wrong in ["Bearer", "Bearer a b"] {
            let refused = read(wrong).expect_err("no token");
            assert_eq!(refused.body["code"], "bad_authorization_header", "{wrong}");
        }
    }

    #[test]
    fn a_refused_token_says_why() {
        assert_eq!(
            refused(AuthError::InactiveUser).body["code"],
            "user_inactive"
        );
        let wrong = refused(AuthError::WrongType);
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert_eq!(wrong.body["messages"][0]["message"], "Token has wrong type");
    }
}
