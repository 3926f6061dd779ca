//! A message that a client wants to send, by frame or by REST.

use parlance_core::command::SendMessage;
use parlance_core::ids::ConversationRef;
use serde_json::{Value, json};

use super::errors::NO_BODY;

/// Under this key a message keeps the addresses that came with it, byte for byte: they may be
/// anywhere, so they are no files of ours even where this server serves them.
const KEPT: &str = "attachment_urls";

/// A message on its way to the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    body: String,
    attachments: Vec<String>,
}

impl Outgoing {
    /// Words and addresses of a request, whose words are called `message` by the phone app.
    pub(super) fn read<'a>(get: impl Fn(&str) -> Option<&'a Value>) -> Result<Self, &'static str> {
        let given = |name| get(name).filter(|value| !value.is_null() && *value != "");
        let body = match given("body").or_else(|| given("message")) {
            None => return Err(NO_BODY),
            Some(Value::String(body)) => body.clone(),
            Some(_) => return Err("body has to be a text"),
        };
        Ok(Self {
            body,
            attachments: addresses(get("attachments"))?,
        })
    }

    /// Words alone.
    pub(super) const fn text(body: String) -> Self {
        Self {
            body,
            attachments: Vec::new(),
        }
    }

    /// The wish.
    pub(super) fn into_command(self, thread: impl Into<ConversationRef>) -> SendMessage {
        let kept = (!self.attachments.is_empty()).then(|| json!({ KEPT: self.attachments }));
        SendMessage {
            metadata: kept,
            ..SendMessage::text(thread, self.body)
        }
    }
}

fn addresses(value: Option<&Value>) -> Result<Vec<String>, &'static str> {
    const NO_ADDRESSES: &str = "attachments has to be an array of addresses";
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or(NO_ADDRESSES)
        }
        Some(_) => Err(NO_ADDRESSES),
    }
}

/// The addresses that a message keeps.
pub(super) fn kept_addresses(metadata: Option<&Value>) -> Option<&Value> {
    metadata?.get(KEPT).filter(|kept| kept.is_array())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn read(fields: &Value) -> Result<SendMessage, &'static str> {
        let outgoing = Outgoing::read(|name| fields.get(name))?;
        Ok(outgoing.into_command(Uuid::nil()))
    }

    #[test]
    fn words_and_addresses_are_taken_as_they_came() {
        let body = " <b>\0\u{202e}😀\n ";
        let addresses = json!(["https://x.test/a b?ü", ""]);
        let wish = read(&json!({ "body": body, "attachments": addresses })).expect("a message");
        assert_eq!(wish.body, body);
        assert_eq!(kept_addresses(wish.metadata.as_ref()), Some(&addresses));
    }

    #[test]
    fn the_phones_word_for_the_words_counts_where_there_is_no_other() {
        let wish = |fields| read(&fields).expect("a message").body;
        assert_eq!(wish(json!({ "message": "phone" })), "phone");
        assert_eq!(wish(json!({ "body": "", "message": "phone" })), "phone");
        assert_eq!(wish(json!({ "body": "web", "message": "phone" })), "web");
    }

    #[test]
    fn no_addresses_are_an_empty_array_and_anything_else_is_refused() {
        for none in [
            json!({ "body": "x" }),
            json!({ "body": "x", "attachments": null }),
        ] {
            assert_eq!(read(&none).expect("a message").metadata, None);
        }
        for wrong in [
            json!({ "body": "x", "attachments": "https://x.test" }),
            json!({ "body": "x", "attachments": [1] }),
            json!({ "body": "x", "attachments": { "url": "x" } }),
            json!({ "body": 5 }),
            json!({ "body": "" }),
            json!({}),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }
}
