//! Serving a stored file: headers that keep a browser from running it, ranges, and addresses that
//! carry their own permission.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use parlance_core::clock::Timestamp;
use parlance_core::message::Attachment;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::sniff::{Family, Kind};

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// The headers for a stored file, but for its length. Only pictures, sound and film are shown in
/// place; everything else is saved, and what is not on the list has no type.
pub fn headers(attachment: &Attachment) -> HeaderMap {
    let kind = Kind::from_content_type(&attachment.content_type);
    let content_type = match kind {
        Some(Kind::Text) => "text/plain; charset=utf-8",
        Some(kind) => kind.content_type(),
        None => "application/octet-stream",
    };
    let mut headers = HeaderMap::new();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_TYPE, content_type);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    // Pages of other origins show these pictures: whoever has the address has the permission.
    set(CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin");
    set(ACCEPT_RANGES, "bytes");
    // A name is never used for other bytes.
    set(CACHE_CONTROL, "private, max-age=31536000, immutable");
    headers.insert(CONTENT_DISPOSITION, disposition(kind, &attachment.name));
    headers
}

fn disposition(kind: Option<Kind>, name: &str) -> HeaderValue {
    let shown = kind.is_some_and(|kind| kind.family() != Family::Document);
    let how = if shown { "inline" } else { "attachment" };
    // RFC 6266: a plain form for all, an extended one (RFC 8187) for those who can.
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let extended: String = name.bytes().map(percent_encoded).collect();
    HeaderValue::try_from(format!(
        "{how}; filename=\"{plain}\"; filename*=UTF-8''{extended}"
    ))
    .expect("all characters are visible ASCII")
}

fn percent_encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// What a `Range` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// 200: everything; also when the header is none that must be understood.
    Whole,
    /// 206: from `first`, `count` bytes.
    Part {
        /// First byte.
        first: u64,
        /// How many, at least one.
        count: u64,
    },
    /// 416: nothing of what is there.
    Nothing,
}

impl Wanted {
    /// `Content-Range` for an answer of 206 or 416 about a file of `size` bytes.
    pub fn content_range(self, size: u64) -> Option<String> {
        match self {
            Self::Whole => None,
            Self::Part { first, count } => {
                Some(format!("bytes {first}-{}/{size}", first + count - 1))
            }
            Self::Nothing => Some(format!("bytes */{size}")),
        }
    }
}

/// Reads a `Range` header about a file of `size` bytes (RFC 9110, 14.1.2). Several ranges, other
/// units and malformed ones are answered with the whole file, as the RFC allows.
pub fn parse_range(header: Option<&str>, size: u64) -> Wanted {
    let Some((first, last)) = header.and_then(single_range) else {
        return Wanted::Whole;
    };
    let (first, last) = match (first, last) {
        (Some(first), Some(last)) if last < first => return Wanted::Whole,
        (Some(first), last) => (first, last.unwrap_or(u64::MAX)),
        (None, Some(0)) => return Wanted::Nothing,
        (None, Some(suffix)) => (size.saturating_sub(suffix), u64::MAX),
        (None, None) => return Wanted::Whole,
    };
    if first >= size {
        return Wanted::Nothing;
    }
    let count = last.min(size - 1) - first + 1;
    Wanted::Part { first, count }
}

/// First and last position, either of which may be missing.
fn single_range(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, range) = header.trim().split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_range = unit.trim().eq_ignore_ascii_case("bytes") && is_number(first) && is_number(last);
    is_range.then(|| (position(first), position(last)))
}

/// The number of these digits; positions beyond all files saturate. `None` without digits.
fn position(digits: &str) -> Option<u64> {
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX))
}

/// A permission ends at a full hour, so that within it all answers carry the same bytes and a
/// browser asks once.
const STEP: Duration = Duration::from_hours(1);

/// Full hours that a permission is good for at least.
const STEPS: i64 = 24;

/// The query of an address that permits reading a stored file for a day at least:
/// `expires=seconds&signature=text`.
pub fn permission_query(app_secret: &[u8], storage_name: &str, now: Timestamp) -> String {
    let expires = expiry(now);
    let signature = sign(app_secret, storage_name, expires);
    format!("expires={}&signature={signature}", expires.as_seconds())
}

fn expiry(now: Timestamp) -> Timestamp {
    let step = i64::try_from(STEP.as_micros()).expect("an hour fits");
    let hours = now.as_micros().div_euclid(step) + 1 + STEPS;
    Timestamp::from_micros(hours * step)
}

/// Signs the permission to read a stored file until `expires` (43 characters of base64url).
pub fn sign(app_secret: &[u8], storage_name: &str, expires: Timestamp) -> String {
    URL_SAFE_NO_PAD.encode(permission(app_secret, storage_name, expires))
}

/// Whether a signature gives the permission, now. `expires` is as it stands in the address.
pub fn verify(
    app_secret: &[u8],
    storage_name: &str,
    expires: Timestamp,
    signature: &str,
    now: Timestamp,
) -> bool {
    let expected = sign(app_secret, storage_name, expires);
    now < expires && bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
}

fn permission(app_secret: &[u8], storage_name: &str, expires: Timestamp) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret).expect("HMAC takes keys of any size");
    // Whole seconds: that is what an address carries.
    mac.update(format!("media:{storage_name}:{}", expires.as_seconds()).as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        let part = |first, count| Wanted::Part { first, count };
        for (header, wanted) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=0-", part(0, 100)),
            ("bytes=10-19", part(10, 10)),
            ("bytes=90-1000", part(90, 10)),
            ("bytes=-10", part(90, 10)),
            ("bytes=-1000", part(0, 100)),
            ("Bytes = 5-5", part(5, 1)),
            ("bytes=0-99999999999999999999999", part(0, 100)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=9-5", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(parse_range(Some(header), 100), wanted, "{header}");
        }
        assert_eq!(parse_range(None, 100), Wanted::Whole);
        assert_eq!(parse_range(Some("bytes=0-"), 0), Wanted::Nothing);
        let content_range = part(10, 10).content_range(100);
        assert_eq!(content_range.as_deref(), Some("bytes 10-19/100"));
    }

    fn attachment(name: &str, content_type: &str) -> Attachment {
        Attachment {
            id: parlance_core::ids::new_uuid(Timestamp::from_micros(0)),
            storage_name: String::new(),
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            size_bytes: 1,
            width: None,
            height: None,
            duration_ms: None,
        }
    }

    #[test]
    fn what_a_browser_could_run_is_saved_without_a_type() {
        for run in [
            "text/html",
            "image/svg+xml",
            "text/xml",
            "application/xhtml+xml",
            "",
        ] {
            let headers = headers(&attachment("a.html", run));
            assert_eq!(headers[CONTENT_TYPE], "application/octet-stream");
            let disposition = headers[CONTENT_DISPOSITION].to_str().unwrap();
            assert!(disposition.starts_with("attachment;"), "{disposition}");
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    #[test]
    fn pictures_are_shown_and_names_are_written_safely() {
        let headers = headers(&attachment("Spüle \"neu\".png", "image/png"));
        assert_eq!(headers[CONTENT_TYPE], "image/png");
        assert_eq!(
            headers[CONTENT_DISPOSITION],
            "inline; filename=\"Sp_le _neu_.png\"; filename*=UTF-8''Sp%C3%BCle%20%22neu%22.png"
        );
    }

    #[test]
    fn permissions_end_at_a_full_hour_a_day_ahead() {
        let hour = 3_600_000_000;
        for (now, ends) in [(0, 25), (1, 25), (hour - 1, 25), (hour, 26)] {
            let ends = Timestamp::from_micros(ends * hour);
            assert_eq!(expiry(Timestamp::from_micros(now)), ends);
        }
        let query = permission_query(b"secret", "name.png", Timestamp::from_micros(0));
        let signature = sign(b"secret", "name.png", Timestamp::from_micros(25 * hour));
        assert_eq!(query, format!("expires=90000&signature={signature}"));
    }

    #[test]
    fn a_signature_is_for_one_file_one_app_and_one_time() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let signature = sign(b"secret", "name.png", at(100));
        assert!(verify(b"secret", "name.png", at(100), &signature, at(99)));
        assert!(!verify(b"secret", "name.png", at(100), &signature, at(100)));
        assert!(!verify(b"secret", "name.png", at(101), &signature, at(99)));
        assert!(!verify(b"secret", "other.png", at(100), &signature, at(99)));
        assert!(!verify(b"other", "name.png", at(100), &signature, at(99)));
        assert!(!verify(b"secret", "name.png", at(100), "", at(99)));
    }
}
