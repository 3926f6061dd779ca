//! Which web pages may talk to an app.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use parlance_core::app::App;

/// Whether a request's `Origin` may open sockets and read answers of this app: none at all (no
/// browser), the same host, or one of the app's list; `*` in the list stands for any.
pub(crate) fn is_allowed(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    is_listed(app, origin) || is_same_host(headers, origin)
}

/// Whether the app's list names this origin, or any.
pub(crate) fn is_listed(app: &App, origin: &str) -> bool {
    let same = |listed: &String| {
        listed == "*" || listed.trim_end_matches('/').eq_ignore_ascii_case(origin)
    };
    app.profile.origins.iter().any(same)
}

fn is_same_host(headers: &HeaderMap, origin: &str) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some((_, authority)) = origin.split_once("://") else {
        return false;
    };
    host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlance_core::app::AppProfile;
    use parlance_core::clock::Timestamp;
    use parlance_core::ids::AppId;

    fn allowed(listed: &[&str], host: &str, origin: Option<&str>) -> bool {
        let profile = AppProfile {
            origins: listed.iter().map(|origin| (*origin).to_owned()).collect(),
            ..AppProfile::default()
        };
        let app = App {
            id: AppId(1),
            uuid: uuid::Uuid::nil(),
            name: "one".to_owned(),
            profile,
            key_hash: [0; 32],
            secret: Vec::new(),
            created_at: Timestamp::from_micros(0),
        };
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().expect("a host"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().expect("an origin"));
        }
        is_allowed(&app, &headers)
    }

    #[test]
    fn pages_of_the_same_host_and_listed_ones_may_talk_others_may_not() {
        assert!(allowed(&[], "chat.test:80", None));
        assert!(allowed(
            &[],
            "chat.test:8001",
            Some("http://chat.test:8001")
        ));
        assert!(!allowed(
            &[],
            "chat.test:8001",
            Some("http://chat.test:8002")
        ));
        assert!(!allowed(&[], "chat.test", Some("https://evil.test")));
        assert!(!allowed(&[], "chat.test", Some("null")));
        assert!(allowed(
            &["https://app.test/"],
            "chat.test",
            Some("https://app.test")
        ));
        assert!(!allowed(
            &["https://app.test"],
            "chat.test",
            Some("https://app.test.evil.test")
        ));
        assert!(allowed(&["*"], "chat.test", Some("https://anything.test")));
    }
}
