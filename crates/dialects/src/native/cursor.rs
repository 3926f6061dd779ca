//! Opaque positions in lists: base64url of compact JSON. They carry nothing but a position, so one
//! that somebody makes up leads nowhere that its maker could not go; what does not read is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Longer cursors were not made here.
const MAX_BYTES: usize = 512;

/// The text of a position.
pub fn write<T: Serialize>(position: &T) -> String {
    let json = serde_json::to_vec(position).expect("positions are plain numbers");
    URL_SAFE_NO_PAD.encode(json)
}

/// Reads what [`write()`] wrote, of the same kind.
///
/// # Errors
/// `invalid`, naming the field `cursor`.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let short = Some(text).filter(|text| text.len() <= MAX_BYTES);
    let json: Option<Vec<u8>> = short.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let position = json.and_then(|json| serde_json::from_slice(&json).ok());
    position.ok_or_else(|| Problem::invalid("cursor", "is not a cursor of this list"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Here {
        id: i64,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Elsewhere {
        #[expect(dead_code, reason = "it is never read")]
        seq: i64,
    }

    #[test]
    fn a_cursor_reads_back_and_others_are_refused() {
        let text = write(&Here { id: 7 });
        assert_eq!(read::<Here>(&text).ok(), Some(Here { id: 7 }));
        assert!(read::<Elsewhere>(&text).is_err());
        let made_up = URL_SAFE_NO_PAD.encode(r#"{"id":"7"}"#);
        for wrong in ["", "!", "e30", &text[1..], &made_up, &"A".repeat(600)] {
            assert!(read::<Here>(wrong).is_err(), "{wrong}");
        }
    }
}
