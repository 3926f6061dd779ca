//! Frames that clients send on a chat socket.

use parlance_core::ids::MessageId;
use serde_json::Value;

use super::outgoing::Outgoing;
use crate::drf::form::{as_integer, as_text};

/// What a frame asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Inbound {
    /// `chat_message`
    Message(Outgoing),
    /// `mark_read`
    MarkRead,
    /// `typing` (FX-33)
    Typing(bool),
    /// `reaction` (FX-32)
    Reaction {
        /// To what.
        message: MessageId,
        /// With what.
        emoji: String,
        /// Add, or take back.
        add: bool,
    },
    /// An unknown or missing type: ignored in silence.
    Unknown,
}

/// Reads a frame. What it says of sender and conversation is not looked at.
///
/// # Errors
/// The text for the sender.
pub(super) fn parse(text: &str) -> Result<Inbound, &'static str> {
    let value: Value = serde_json::from_str(text).map_err(|_| "The message is not valid JSON.")?;
    let Value::Object(frame) = value else {
        return Err("The message has to be a JSON object.");
    };
    let get = |name: &str| frame.get(name);
    match get("type").and_then(Value::as_str) {
        Some("chat_message") => {
            let body = get("message").and_then(as_text);
            let body = body.ok_or("The message has to be a text.")?;
            Outgoing::read(&body, get).map(Inbound::Message)
        }
        Some("mark_read") => Ok(Inbound::MarkRead),
        Some("typing") => {
            let typing = get("is_typing").and_then(Value::as_bool);
            typing
                .map(Inbound::Typing)
                .ok_or("is_typing has to be true or false.")
        }
        Some("reaction") => reaction(get),
        _ => Ok(Inbound::Unknown),
    }
}

fn reaction<'a>(get: impl Fn(&str) -> Option<&'a Value>) -> Result<Inbound, &'static str> {
    let message = get("message_id").and_then(as_integer);
    let message = MessageId(message.ok_or("message_id has to be an integer.")?);
    let emoji = get("emoji").and_then(Value::as_str);
    let emoji = emoji.ok_or("emoji has to be a text.")?.replace('\0', "");
    let add = match get("action") {
        None | Some(Value::Null) => true,
        Some(action) => match action.as_str() {
            Some("add") => true,
            Some("remove") => false,
            _ => return Err("action has to be add or remove."),
        },
    };
    Ok(Inbound::Reaction {
        message,
        emoji,
        add,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_a_text_or_is_refused() {
        for wrong in [
            "{",
            "[1]",
            "\"hi\"",
            r#"{"type":"chat_message"}"#,
            r#"{"type":"chat_message","message":null}"#,
            r#"{"type":"chat_message","message":["x"]}"#,
            r#"{"type":"chat_message","message":{"a":1}}"#,
            r#"{"type":"chat_message","message":true}"#,
            r#"{"type":"chat_message","message":"x","image_url":"javascript:alert(1)"}"#,
            r#"{"type":"typing","is_typing":"yes"}"#,
            r#"{"type":"reaction","message_id":"x","emoji":"👍"}"#,
            r#"{"type":"reaction","message_id":1}"#,
            r#"{"type":"reaction","message_id":1,"emoji":"👍","action":"toggle"}"#,
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"[".repeat(10_000)).is_err());
    }

    #[test]
    fn a_number_is_taken_as_text() {
        let nothing = |_: &str| None;
        let expected = Outgoing::read("42", nothing).map(Inbound::Message);
        assert_eq!(parse(r#"{"type":"chat_message","message":42}"#), expected);
    }

    #[test]
    fn unknown_and_missing_types_are_no_error() {
        for unknown in ["{}", r#"{"type":"x"}"#, r#"{"type":7}"#, r#"{"type":null}"#] {
            assert_eq!(parse(unknown), Ok(Inbound::Unknown), "{unknown}");
        }
    }

    #[test]
    fn reactions_are_added_unless_taken_back() {
        let read = |text| match parse(text) {
            Ok(Inbound::Reaction {
                message,
                emoji,
                add,
            }) => Some((message.0, emoji, add)),
            _ => None,
        };
        let add = r#"{"type":"reaction","message_id":5,"emoji":"👍"}"#;
        assert_eq!(read(add), Some((5, "👍".to_owned(), true)));
        let remove = r#"{"type":"reaction","message_id":"5","emoji":"👍","action":"remove"}"#;
        assert_eq!(read(remove), Some((5, "👍".to_owned(), false)));
    }
}
