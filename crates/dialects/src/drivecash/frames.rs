//! Frames that clients send.

use parlance_core::ids::MessageId;
use serde_json::{Map, Value};

use super::outgoing::Outgoing;
use crate::drf::form::as_integer;

/// What a frame asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Inbound {
    /// `chat_message`, or no type
    Message(Outgoing),
    /// `typing`
    Typing(bool),
    /// `read_receipt`
    Read(MessageId),
    /// What is ignored without an answer.
    Nothing,
}

/// Reads a frame.
///
/// # Errors
/// The text for the sender.
pub(super) fn parse(text: &str) -> Result<Inbound, &'static str> {
    let value: Value = serde_json::from_str(text).map_err(|_| "Invalid JSON")?;
    let Value::Object(frame) = value else {
        return Err("The frame has to be a JSON object");
    };
    match frame.get("type") {
        None => message(&frame),
        Some(Value::String(kind)) => match kind.as_str() {
            "chat_message" => message(&frame),
            "typing" => Ok(Inbound::Typing(frame.get("is_typing").is_some_and(is_true))),
            "read_receipt" => {
                let id = frame.get("message_id").and_then(as_integer);
                Ok(id.map_or(Inbound::Nothing, |id| Inbound::Read(MessageId(id))))
            }
            _ => Ok(Inbound::Nothing),
        },
        Some(_) => Ok(Inbound::Nothing),
    }
}

fn message(frame: &Map<String, Value>) -> Result<Inbound, &'static str> {
    let body = match frame.get("message") {
        None | Some(Value::Null) => return Ok(Inbound::Nothing),
        Some(Value::String(body)) => body.trim(),
        Some(_) => return Err("message has to be a text"),
    };
    let outgoing = Outgoing::read(body, |name| frame.get(name))?;
    if outgoing.is_blank() {
        return Ok(Inbound::Nothing);
    }
    Ok(Inbound::Message(outgoing))
}

/// As the language of the original takes any value for true or false.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_frame_or_no_text_is_an_error() {
        for broken in ["", "{oops", "{\"type\""] {
            assert_eq!(parse(broken), Err("Invalid JSON"), "{broken}");
        }
        for wrong in [
            "[1,2]",
            "\"x\"",
            "5",
            "null",
            r#"{"message":5}"#,
            r#"{"message":["x"]}"#,
            r#"{"message":{"a":1}}"#,
            r#"{"type":"chat_message","message":true}"#,
            r#"{"message":"x","reply_to":"y"}"#,
            r#"{"message":"x","reply_to":true}"#,
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"[".repeat(10_000)).is_err());
    }

    #[test]
    fn blank_and_unknown_frames_are_ignored() {
        for nothing in [
            "{}",
            r#"{"message":null}"#,
            r#"{"message":"  \n"}"#,
            r#"{"type":"chat_message"}"#,
            r#"{"type":"dance","message":"x"}"#,
            r#"{"type":7,"message":"x"}"#,
            r#"{"type":null,"message":"x"}"#,
            r#"{"type":"read_receipt"}"#,
            r#"{"type":"read_receipt","message_id":"x"}"#,
            r#"{"type":"read_receipt","message_id":[1]}"#,
        ] {
            assert_eq!(parse(nothing), Ok(Inbound::Nothing), "{nothing}");
        }
    }

    #[test]
    fn a_text_needs_no_type_and_loses_its_outer_blanks() {
        let typed = parse(r#"{"type":"chat_message","message":"  a b \n"}"#);
        assert_eq!(typed, parse(r#"{"message":"a b"}"#));
        assert!(matches!(typed, Ok(Inbound::Message(_))));
    }

    #[test]
    fn typing_is_what_counts_as_true() {
        for (value, expected) in [
            ("true", true),
            ("false", false),
            ("null", false),
            ("0", false),
            ("0.0", false),
            ("1", true),
            ("\"\"", false),
            ("\"false\"", true),
            ("[]", false),
            ("{\"a\":1}", true),
        ] {
            let frame = format!(r#"{{"type":"typing","is_typing":{value}}}"#);
            assert_eq!(parse(&frame), Ok(Inbound::Typing(expected)), "{value}");
        }
        assert_eq!(parse(r#"{"type":"typing"}"#), Ok(Inbound::Typing(false)));
    }

    #[test]
    fn receipts_name_a_message_by_number_or_digits() {
        for id in ["99", "\"99\""] {
            let frame = format!(r#"{{"type":"read_receipt","message_id":{id}}}"#);
            assert_eq!(parse(&frame), Ok(Inbound::Read(MessageId(99))));
        }
    }
}
