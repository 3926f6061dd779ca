//! A message that a client wants to send, by frame or by REST.

use parlance_core::command::SendMessage;
use parlance_core::ids::{ConversationId, MessageId};
use parlance_core::message::{Attachment, MessageKind};
use serde_json::Value;

use super::errors::REPLY_NOT_FOUND;
use crate::drf::form::as_integer;

/// A message on its way to the core.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outgoing {
    body: String,
    reply_to: Option<MessageId>,
    client_id: Option<String>,
    file: Option<Attachment>,
}

impl Outgoing {
    /// From the words and whatever stands beside them: `reply_to`, `client_id`.
    ///
    /// NUL is taken out of the words; nothing else of them is changed.
    ///
    /// # Errors
    /// When `reply_to` names no message.
    pub(super) fn read<'a>(
        body: &str,
        get: impl Fn(&str) -> Option<&'a Value>,
    ) -> Result<Self, &'static str> {
        let reply_to = match get("reply_to") {
            None | Some(Value::Null) => None,
            // A form has no null.
            Some(Value::String(text)) if text.is_empty() => None,
            Some(value) => Some(MessageId(as_integer(value).ok_or(REPLY_NOT_FOUND)?)),
        };
        let client_id = get("client_id").and_then(Value::as_str);
        Ok(Self {
            body: body.replace('\0', ""),
            reply_to,
            client_id: client_id.filter(|id| !id.is_empty()).map(str::to_owned),
            file: None,
        })
    }

    /// With a file.
    pub(super) fn with_file(self, file: Option<Attachment>) -> Self {
        Self { file, ..self }
    }

    /// As an answer to this message.
    pub(super) fn in_reply_to(self, message: MessageId) -> Self {
        Self {
            reply_to: Some(message),
            ..self
        }
    }

    /// Whether there is nothing in it.
    pub(super) fn is_blank(&self) -> bool {
        self.body.trim().is_empty() && self.file.is_none()
    }

    /// The wish. A room's label never keeps a message out.
    pub(super) fn into_command(self, room: ConversationId) -> SendMessage {
        let kind = match &self.file {
            Some(file) if file.content_type.starts_with("image/") => MessageKind::Image,
            Some(_) => MessageKind::File,
            None => MessageKind::Text,
        };
        // Blanks beside a file are no words.
        let body = if self.body.trim().is_empty() {
            String::new()
        } else {
            self.body
        };
        SendMessage {
            kind,
            attachments: self.file.map(|file| file.id.into()).into_iter().collect(),
            reply_to: self.reply_to.map(Into::into),
            client_id: self.client_id,
            even_if_closed: true,
            ..SendMessage::text(room, body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode::tests::attachment;
    use super::*;
    use serde_json::json;

    fn read(body: &str, fields: &Value) -> Result<Outgoing, &'static str> {
        Outgoing::read(body, |name| fields.get(name))
    }

    #[test]
    fn words_stay_as_they_are_but_for_nul() {
        let outgoing = read(" \0<b>\u{202e}😀\n ", &json!({})).expect("a text");
        let wish = outgoing.into_command(ConversationId(7));
        assert_eq!(wish.body, " <b>\u{202e}😀\n ");
        assert_eq!((wish.kind, wish.even_if_closed), (MessageKind::Text, true));
    }

    #[test]
    fn a_message_answers_another_and_has_the_clients_name() {
        for id in [json!(5), json!("5")] {
            let fields = json!({ "reply_to": id, "client_id": "k-1" });
            let wish = read("x", &fields)
                .expect("a text")
                .into_command(ConversationId(7));
            assert_eq!(wish.reply_to, Some(MessageId(5).into()));
            assert_eq!(wish.client_id.as_deref(), Some("k-1"));
        }
        for none in [json!(null), json!("")] {
            let fields = json!({ "reply_to": none, "client_id": 7 });
            let wish = read("x", &fields)
                .expect("a text")
                .into_command(ConversationId(7));
            assert_eq!((wish.reply_to, wish.client_id), (None, None));
        }
        for wrong in [json!("x"), json!([1]), json!(1.5)] {
            assert!(read("x", &json!({ "reply_to": wrong })).is_err());
        }
    }

    #[test]
    fn a_file_may_stand_alone() {
        let blank = read("  ", &json!({})).expect("a text");
        assert!(blank.is_blank());
        let file = blank.with_file(Some(attachment("png", "image/png")));
        assert!(!file.is_blank());
        let wish = file.into_command(ConversationId(7));
        assert_eq!((wish.body.as_str(), wish.kind), ("", MessageKind::Image));
        assert_eq!(wish.attachments.len(), 1);
    }
}
