//! Query parameters of a request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::refused::{NOT_INTEGER, Refused};

/// The parameters, decoded.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands after the question mark.
    pub(crate) fn parse(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Self(pairs.collect())
    }

    /// The last value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// An integer of at least 1; an empty value counts as none.
    pub(crate) fn positive(&self, name: &'static str) -> Result<Option<i64>, Refused> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let number: i64 = text
            .parse()
            .map_err(|_| Refused::field(name, NOT_INTEGER))?;
        if number < 1 {
            let text = "Ensure this value is greater than or equal to 1.";
            return Err(Refused::field(name, text));
        }
        Ok(Some(number))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positive_integers_or_refused() {
        let query = Query::parse("limit=2&before=&search=a%20b&n=x&z=0");
        assert_eq!(query.positive("limit"), Ok(Some(2)));
        assert_eq!(query.positive("before"), Ok(None));
        assert_eq!(query.positive("missing"), Ok(None));
        assert_eq!(query.get("search"), Some("a b"));
        assert_eq!(query.positive("n"), Err(Refused::field("n", NOT_INTEGER)));
        assert!(query.positive("z").is_err());
    }
}
