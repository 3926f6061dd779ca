//! Frames that clients send.

use serde_json::Value;
use uuid::Uuid;

use super::outgoing::Outgoing;

/// What a frame wishes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inbound {
    /// `SEND`
    Send(Uuid, Outgoing),
    /// `TYPING`
    Typing(Uuid, bool),
    /// `READ`
    Read(Uuid),
    /// `REACT`
    React {
        thread: Uuid,
        message: Uuid,
        emoji: String,
        add: bool,
    },
}

/// Reads a frame; what is wrong with it is told in words.
pub(super) fn parse(text: &str) -> Result<Inbound, &'static str> {
    let frame: Value = serde_json::from_str(text).map_err(|_| "Invalid JSON")?;
    let frame = frame.as_object().ok_or("A frame has to be an object")?;
    let kind = frame.get("type").and_then(Value::as_str);
    // The original knew upper case alone; any case does no harm.
    match kind.unwrap_or_default().to_ascii_uppercase().as_str() {
        "SEND" => {
            let outgoing = Outgoing::read(|name| frame.get(name).filter(|_| name != "message"))?;
            Ok(Inbound::Send(id(frame.get("threadId"))?, outgoing))
        }
        "TYPING" => {
            let typing = flag(frame.get("isTyping"), true)?;
            Ok(Inbound::Typing(id(frame.get("threadId"))?, typing))
        }
        "READ" => Ok(Inbound::Read(id(frame.get("threadId"))?)),
        "REACT" => {
            let emoji = frame.get("emoji").and_then(Value::as_str);
            Ok(Inbound::React {
                thread: id(frame.get("threadId"))?,
                message: id(frame.get("messageId"))?,
                emoji: emoji.ok_or("emoji is required")?.to_owned(),
                add: !flag(frame.get("remove"), false)?,
            })
        }
        _ => Err("Unknown type"),
    }
}

fn id(value: Option<&Value>) -> Result<Uuid, &'static str> {
    let text = value.and_then(Value::as_str);
    text.and_then(|text| Uuid::try_parse(text).ok())
        .ok_or("threadId and messageId have to be UUIDs")
}

fn flag(value: Option<&Value>, otherwise: bool) -> Result<bool, &'static str> {
    match value {
        None | Some(Value::Null) => Ok(otherwise),
        Some(value) => value
            .as_bool()
            .ok_or("isTyping and remove have to be true or false"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const THREAD: &str = "8e0f987b-f69d-4ca1-be8b-3fa5e3df4f30";

    fn read(mut frame: Value) -> Result<Inbound, &'static str> {
        if let Some(fields) = frame.as_object_mut() {
            fields.entry("threadId").or_insert(json!(THREAD));
        }
        parse(&frame.to_string())
    }

    #[test]
    fn every_kind_of_frame_is_read() {
        let thread = Uuid::try_parse(THREAD).expect("a UUID");
        let send = json!({ "type": "SEND", "body": "hi", "sender": "support", "id": 5 });
        let outgoing = Outgoing::text("hi".to_owned());
        assert_eq!(read(send), Ok(Inbound::Send(thread, outgoing)));
        let typing = |frame| read(frame);
        assert_eq!(
            typing(json!({ "type": "TYPING" })),
            Ok(Inbound::Typing(thread, true))
        );
        let off = json!({ "type": "typing", "isTyping": false });
        assert_eq!(typing(off), Ok(Inbound::Typing(thread, false)));
        assert_eq!(read(json!({ "type": "READ" })), Ok(Inbound::Read(thread)));
        let react = json!({ "type": "REACT", "messageId": THREAD, "emoji": "👍", "remove": true });
        let expected = Inbound::React {
            thread,
            message: thread,
            emoji: "👍".to_owned(),
            add: false,
        };
        assert_eq!(read(react), Ok(expected));
    }

    #[test]
    fn broken_frames_are_told_in_words() {
        for broken in [
            "",
            "{not json",
            "also bad",
            r#"{"type":"SEND","body":"\ud800"}"#,
        ] {
            assert_eq!(parse(broken), Err("Invalid JSON"), "{broken}");
        }
        for wrong in ["[1,2]", "5", "null", "\"x\"", "{}"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            json!({ "type": "WHAT" }),
            json!({ "type": 5 }),
            json!({ "type": "SEND" }),
            json!({ "type": "SEND", "body": "" }),
            json!({ "type": "SEND", "body": 5 }),
            json!({ "type": "SEND", "message": "the phone's word, by REST alone" }),
            json!({ "type": "SEND", "body": "x", "threadId": "test-thread-id" }),
            json!({ "type": "SEND", "body": "x", "threadId": null }),
            json!({ "type": "SEND", "body": "x", "attachments": "y" }),
            json!({ "type": "TYPING", "isTyping": "yes" }),
            json!({ "type": "REACT", "messageId": THREAD }),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
        let null = json!({ "type": "SEND", "body": "x", "attachments": null });
        assert!(read(null).is_ok());
    }
}
