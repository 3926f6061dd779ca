//! A message that a client wants to send, by frame or by REST.

use parlance_core::command::{AttachmentRef, SendMessage};
use parlance_core::ids::ConversationId;
use parlance_core::message::MessageKind;
use serde_json::{Number, Value, json};

use super::addresses::{named_file, named_picture};
use super::errors::BAD_FILE;

/// Recordings longer than a day are none.
const MAX_DURATION_SECONDS: f64 = 86_400.0;

/// A message on its way to the core.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outgoing {
    body: String,
    kind: MessageKind,
    attachments: Vec<AttachmentRef>,
    metadata: Option<Value>,
}

impl Outgoing {
    /// From the words and whatever stands beside them: `image_url`, `file_url`, `duration`.
    ///
    /// NUL is taken out of the words; nothing else of them is changed.
    pub(super) fn read<'a>(
        body: &str,
        get: impl Fn(&str) -> Option<&'a Value>,
    ) -> Result<Self, &'static str> {
        // A client that counts on these would be deceived by a message that stays and is readable.
        if get("expires_in").is_some_and(|value| !value.is_null()) {
            return Err("Messages that expire are not supported.");
        }
        if get("encrypted").is_some_and(|value| *value != Value::Bool(false)) {
            return Err("Encrypted messages are not supported.");
        }
        let picture = address(get("image_url"))?;
        let picture = picture.map(|address| named_picture(address).ok_or(BAD_FILE));
        let file = address(get("file_url"))?;
        let file = file.map(|address| named_file(address).ok_or(BAD_FILE));
        let (picture, file) = (picture.transpose()?, file.transpose()?);
        let duration = duration(get("duration"))?.filter(|_| file.is_some());
        let kind = match (&picture, &file, &duration) {
            (Some(_), _, _) => MessageKind::Image,
            (None, Some(_), Some(_)) => MessageKind::Voice,
            (None, Some(_), None) => MessageKind::File,
            (None, None, _) => MessageKind::Text,
        };
        Ok(Self {
            body: body.replace('\0', ""),
            kind,
            attachments: picture.into_iter().chain(file).collect(),
            metadata: duration.map(|seconds| json!({ "duration": seconds })),
        })
    }

    /// The wish.
    pub(super) fn into_command(self, conversation: ConversationId) -> SendMessage {
        SendMessage {
            kind: self.kind,
            attachments: self.attachments,
            metadata: self.metadata,
            ..SendMessage::text(conversation, self.body)
        }
    }
}

/// An address; none where it is missing, null or empty.
fn address(value: Option<&Value>) -> Result<Option<&str>, &'static str> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(address)) if address.is_empty() => Ok(None),
        Some(Value::String(address)) => Ok(Some(address)),
        Some(_) => Err(BAD_FILE),
    }
}

/// A number of seconds, kept as it was written: `3` stays `3`.
fn duration(value: Option<&Value>) -> Result<Option<Number>, &'static str> {
    let seconds: Option<Number> = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(seconds)) => Some(seconds.clone()),
        Some(Value::String(seconds)) => seconds.trim().parse().ok(),
        Some(_) => None,
    };
    let fits = |seconds: &Number| {
        let seconds = seconds.as_f64();
        seconds.is_some_and(|seconds| (0.0..=MAX_DURATION_SECONDS).contains(&seconds))
    };
    let seconds = seconds.filter(fits);
    seconds
        .map(Some)
        .ok_or("The duration is a number of seconds.")
}

/// The length of a message's recording in seconds, as [`Outgoing`] noted it.
pub(super) fn noted_duration(metadata: Option<&Value>) -> Option<&Number> {
    metadata?.get("duration")?.as_number()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "0123456789abcdef0123456789abcdef";

    fn read(body: &str, fields: &Value) -> Result<SendMessage, &'static str> {
        let fields = fields.as_object().cloned().unwrap_or_default();
        let outgoing = Outgoing::read(body, |name| fields.get(name))?;
        Ok(outgoing.into_command(ConversationId(7)))
    }

    #[test]
    fn only_nul_is_taken_out_of_a_text() {
        let wish = read(" \0<b>\u{202e}😀\n ", &json!({})).expect("a text");
        assert_eq!(wish.body, " <b>\u{202e}😀\n ");
        assert_eq!(wish.kind, MessageKind::Text);
    }

    #[test]
    fn files_are_named_by_their_addresses() {
        let picture = format!("/media/chat_images/{NAME}.png");
        let wish = read("", &json!({ "image_url": picture, "file_url": "" })).expect("a picture");
        assert_eq!(wish.kind, MessageKind::Image);
        assert_eq!(
            wish.attachments,
            [AttachmentRef::Name(format!("{NAME}.png"))]
        );
        let file = format!("/media/chat_files/{NAME}.webm");
        let wish = read("", &json!({ "file_url": file, "duration": 2.5 })).expect("a recording");
        assert_eq!(wish.kind, MessageKind::Voice);
        assert_eq!(
            noted_duration(wish.metadata.as_ref()).and_then(Number::as_f64),
            Some(2.5)
        );
        assert!(read("x", &json!({ "file_url": file, "duration": "long" })).is_err());
        assert!(read("x", &json!({ "file_url": file, "duration": -1 })).is_err());
    }

    #[test]
    fn foreign_addresses_and_promises_that_cannot_be_kept_are_refused() {
        let wrong = [
            json!({ "image_url": "javascript:alert(1)" }),
            json!({ "image_url": "https://evil.example/x.png" }),
            json!({ "image_url": ["x"] }),
            json!({ "image_url": 1 }),
            json!({ "expires_in": 5 }),
            json!({ "encrypted": true }),
        ];
        for fields in wrong {
            assert!(read("x", &fields).is_err(), "{fields}");
        }
        assert!(read("x", &json!({ "image_url": null, "encrypted": false })).is_ok());
    }
}
