//! The session cookie `sessionid`, which stands for a token.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::drf::origin;
use crate::services::Services;

const NAME: &str = "sessionid";

/// The cookie's value.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut values = pairs.filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == NAME).then(|| value.trim_matches('"'))
    });
    values.next()
}

/// `Set-Cookie` for this token, unless the browser has that very cookie: then somebody else's, or
/// one of another token, gives way (rule 3).
pub(super) fn fresh(services: &Services, headers: &HeaderMap, token: &str) -> Option<HeaderValue> {
    let value = services.identity.session_cookie(&services.app, token);
    if read(headers) == Some(value.expose()) {
        return None;
    }
    let secure = origin::is_https(headers, &services.app.profile);
    set(value.expose(), secure)
}

fn set(value: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let line = format!("{NAME}={value}; HttpOnly; Path=/; SameSite=Lax{secure}");
    let mut line = HeaderValue::try_from(line).ok()?;
    line.set_sensitive(true);
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(read(&headers), None);
        let line = HeaderValue::from_static("a=1; xsessionid=2; sessionid=abc; b=3");
        headers.insert(COOKIE, line);
        assert_eq!(read(&headers), Some("abc"));
    }

    #[test]
    fn the_cookie_is_for_this_host_and_no_script() {
        let plain = set("v", false).expect("a header");
        assert_eq!(plain, "sessionid=v; HttpOnly; Path=/; SameSite=Lax");
        let secure = set("v", true).expect("a header");
        assert_eq!(
            secure,
            "sessionid=v; HttpOnly; Path=/; SameSite=Lax; Secure"
        );
    }
}
