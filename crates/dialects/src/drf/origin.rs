//! Where a browser's request comes from: a cookie goes along with requests that other sites make,
//! so what a cookie opens has to come from the own origin.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use parlance_core::app::AppProfile;

/// Whether a request by cookie may pass: its `Origin` names the host and port of `Host`, or is one
/// that the app allows, or there is none.
pub(crate) fn is_own(headers: &HeaderMap, profile: &AppProfile) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false; // `null`: sandboxed pages and files
    };
    let same_host = host.is_some_and(|host| {
        let port = default_port(scheme);
        let plain = |name: &str| name.strip_suffix(port).unwrap_or(name).to_ascii_lowercase();
        plain(host) == plain(authority)
    });
    let listed = |known: &String| known.trim_end_matches('/').eq_ignore_ascii_case(origin);
    same_host || profile.origins.iter().any(listed) || profile.public_url.iter().any(listed)
}

fn default_port(scheme: &str) -> &'static str {
    if scheme.eq_ignore_ascii_case("https") {
        ":443"
    } else {
        ":80"
    }
}

/// Whether the browser reached us by HTTPS: a proxy in front says so, or the app is published so.
pub(crate) fn is_https(headers: &HeaderMap, profile: &AppProfile) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(protocols) = text("x-forwarded-proto") {
        let first = protocols.split(',').next().unwrap_or_default();
        return first.trim().eq_ignore_ascii_case("https");
    }
    let published = profile.public_url.as_deref();
    let published = published.and_then(|url| url.strip_prefix("https://"));
    let host = published.map(|rest| rest.split('/').next().unwrap_or_default());
    host.is_some_and(|host| text("host").is_some_and(|own| own.eq_ignore_ascii_case(host)))
}

/// `scheme://host[:port]` under which whoever asks reached us, for absolute addresses: the published
/// one, else that of this request. `None` where the request does not name a host.
pub(crate) fn base_address(headers: &HeaderMap, profile: &AppProfile) -> Option<String> {
    if let Some(published) = &profile.public_url {
        return Some(published.trim_end_matches('/').to_owned());
    }
    let host = headers.get(HOST)?.to_str().ok()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let is_host = !host.is_empty() && host.len() <= 255 && host.chars().all(fits);
    let scheme = if is_https(headers, profile) {
        "https"
    } else {
        "http"
    };
    is_host.then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn only_the_own_and_allowed_origins_pass() {
        let profile = AppProfile {
            origins: vec!["https://shop.example".to_owned()],
            public_url: Some("https://chat.example".to_owned()),
            ..AppProfile::default()
        };
        let rows = [
            (None, true),
            (Some("http://127.0.0.1:8001"), true),
            (Some("http://127.0.0.1:8002"), false),
            (Some("http://evil.example"), false),
            (Some("null"), false),
            (Some("https://shop.example"), true),
            (Some("https://chat.example"), true),
        ];
        for (origin, expected) in rows {
            let mut headers = headers(&[("host", "127.0.0.1:8001")]);
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_own(&headers, &profile), expected, "{origin:?}");
        }
    }

    #[test]
    fn the_default_port_may_be_left_out() {
        let headers = headers(&[("host", "a.example:443"), ("origin", "https://a.example")]);
        assert!(is_own(&headers, &AppProfile::default()));
    }

    #[test]
    fn https_is_what_the_proxy_says_or_the_published_address() {
        let published = AppProfile {
            public_url: Some("https://chat.example".to_owned()),
            ..AppProfile::default()
        };
        assert!(is_https(&headers(&[("host", "chat.example")]), &published));
        assert!(!is_https(
            &headers(&[("host", "127.0.0.1:8001")]),
            &published
        ));
        let plain = AppProfile::default();
        assert!(is_https(
            &headers(&[("x-forwarded-proto", "https")]),
            &plain
        ));
        assert!(!is_https(&headers(&[("host", "chat.example")]), &plain));
    }

    #[test]
    fn absolute_addresses_name_the_published_host_or_the_one_that_was_asked() {
        let asked = headers(&[("host", "127.0.0.1:8001")]);
        let plain = AppProfile::default();
        let base = base_address(&asked, &plain);
        assert_eq!(base.as_deref(), Some("http://127.0.0.1:8001"));
        let proxied = headers(&[("host", "a.example"), ("x-forwarded-proto", "https")]);
        let base = base_address(&proxied, &plain);
        assert_eq!(base.as_deref(), Some("https://a.example"));
        let published = AppProfile {
            public_url: Some("https://chat.example/".to_owned()),
            ..AppProfile::default()
        };
        let base = base_address(&asked, &published);
        assert_eq!(base.as_deref(), Some("https://chat.example"));
        assert_eq!(base_address(&headers(&[]), &plain), None);
        let forged = headers(&[("host", "a.example/x?y")]);
        assert_eq!(base_address(&forged, &plain), None);
    }
}
