//! Checks of what comes in, the same for every dialect.

use serde_json::{Map, Value};

use crate::command::SendMessage;
use crate::error::{ChatError, Fault};
use crate::limits::Limits;

/// A message's words, files, metadata and client id.
pub(super) fn check_message(limits: &Limits, wish: &SendMessage) -> Result<(), ChatError> {
    if wish.attachments.is_empty() {
        check_body(limits, &wish.body)?;
    } else {
        check_chars("body", &wish.body, limits.body_chars)?;
    }
    check_len("attachments", wish.attachments.len(), limits.attachments)?;
    if let Some(client_id) = &wish.client_id {
        if client_id.is_empty() {
            return Err(ChatError::invalid("client_id", Fault::Blank));
        }
        check_len("client_id", client_id.len(), limits.client_id_bytes)?;
    }
    wish.metadata
        .as_ref()
        .map_or(Ok(()), |metadata| check_json(limits, metadata))
}

/// Words that stand alone.
pub(super) fn check_body(limits: &Limits, body: &str) -> Result<(), ChatError> {
    if body.trim().is_empty() {
        return Err(ChatError::invalid("body", Fault::Blank));
    }
    check_chars("body", body, limits.body_chars)
}

/// A title.
pub(super) fn check_title(limits: &Limits, title: Option<&str>) -> Result<(), ChatError> {
    title.map_or(Ok(()), |title| {
        check_chars("title", title, limits.title_chars)
    })
}

/// An emoji of a reaction.
pub(super) fn check_emoji(limits: &Limits, emoji: &str) -> Result<(), ChatError> {
    if emoji.trim().is_empty() {
        return Err(ChatError::invalid("emoji", Fault::Blank));
    }
    check_len("emoji", emoji.len(), limits.emoji_bytes)
}

/// Metadata of a conversation.
pub(super) fn check_metadata(
    limits: &Limits,
    metadata: &Map<String, Value>,
) -> Result<(), ChatError> {
    let len = serde_json::to_vec(metadata).map_or(usize::MAX, |json| json.len());
    check_len("metadata", len, limits.metadata_bytes)
}

fn check_json(limits: &Limits, value: &Value) -> Result<(), ChatError> {
    let len = serde_json::to_vec(value).map_or(usize::MAX, |json| json.len());
    check_len("metadata", len, limits.metadata_bytes)
}

fn check_chars(field: &'static str, text: &str, max: usize) -> Result<(), ChatError> {
    // No text has more scalar values than bytes: the count is only made when it can matter.
    if text.len() <= max {
        return Ok(());
    }
    check_len(field, text.chars().count(), max)
}

/// A count that may not be above `max`.
pub(super) fn check_len(field: &'static str, len: usize, max: usize) -> Result<(), ChatError> {
    if len > max {
        return Err(ChatError::invalid(field, Fault::TooLong { len, max }));
    }
    Ok(())
}
