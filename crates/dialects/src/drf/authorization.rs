//! The `Authorization` header as the framework reads it: a keyword, one blank, one token.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// What the header says, seen by a dialect that knows one keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// There is no such header.
    Absent,
    /// It is of another scheme, or empty.
    OtherScheme,
    /// The bare keyword.
    NoToken,
    /// More than one word after the keyword.
    Spaces,
    /// The token, not checked.
    Token(String),
}

/// Reads the header for this keyword (`Token`, `Bearer`), whose case does not matter.
pub(crate) fn read(headers: &HeaderMap, keyword: &str) -> Authorization {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Authorization::Absent;
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    let mut words = text.split_ascii_whitespace();
    match words.next() {
        Some(word) if word.eq_ignore_ascii_case(keyword) => {}
        _ => return Authorization::OtherScheme,
    }
    match (words.next(), words.next()) {
        (None, _) => Authorization::NoToken,
        (Some(token), None) => Authorization::Token(token.to_owned()),
        (Some(_), Some(_)) => Authorization::Spaces,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read_token(value: &'static str) -> Authorization {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
        read(&headers, "Token")
    }

    #[test]
    fn every_form_of_the_header_is_told_apart() {
        assert_eq!(read(&HeaderMap::new(), "Token"), Authorization::Absent);
        assert_eq!(read_token(""), Authorization::OtherScheme);
        assert_eq!(read_token("Bearer abc"), Authorization::OtherScheme);
        assert_eq!(read_token("Token"), Authorization::NoToken);
        assert_eq!(read_token("Token "), Authorization::NoToken);
        assert_eq!(read_token("Token a b"), Authorization::Spaces);
        let token = Authorization::Token("abc".to_owned());
        assert_eq!(read_token("token abc"), token);
    }
}
