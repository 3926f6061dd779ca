//! What a client says: data messages and control frames, and the reading of a whole payload.

use std::borrow::Cow;

use super::{close_code, error::DecodeError, frame::Opcode};

/// A whole message or control frame; borrowed from the read buffer unless it came in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message<'a> {
    /// A text message.
    Text(Cow<'a, str>),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// To be answered by a pong with the same payload (at most 125 bytes).
    Ping(Cow<'a, [u8]>),
    /// The answer to a ping, or unasked for.
    Pong(Cow<'a, [u8]>),
    /// The peer wants to close; nothing after it is decoded. `None`: it gave no code.
    Close(Option<CloseFrame<'a>>),
}

/// The payload of a close frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseFrame<'a> {
    /// A code that may be sent back as it is.
    pub code: u16,
    /// Why, in the peer's words; may be empty.
    pub reason: Cow<'a, str>,
}

/// The message that a frame is by itself.
pub(super) fn whole_message(
    opcode: Opcode,
    payload: Cow<'_, [u8]>,
) -> Result<Message<'_>, DecodeError> {
    Ok(match opcode {
        Opcode::Text => Message::Text(utf8(payload)?),
        // A continuation is never alone: `Decoder::next_frame` refused it.
        Opcode::Binary | Opcode::Continuation => Message::Binary(payload),
        Opcode::Ping => Message::Ping(payload),
        Opcode::Pong => Message::Pong(payload),
        Opcode::Close => Message::Close(close_frame(payload)?),
    })
}

fn close_frame(payload: Cow<'_, [u8]>) -> Result<Option<CloseFrame<'_>>, DecodeError> {
    let code = match payload.split_first_chunk() {
        Some((code, _)) => u16::from_be_bytes(*code),
        None if payload.is_empty() => return Ok(None),
        None => return Err(DecodeError::CloseLength),
    };
    if !close_code::may_be_sent(code) {
        return Err(DecodeError::CloseCode(code));
    }
    let reason = match payload {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[2..]),
        Cow::Owned(bytes) => Cow::Owned(bytes[2..].to_vec()),
    };
    Ok(Some(CloseFrame {
        code,
        reason: utf8(reason)?,
    }))
}

fn utf8(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, str>, DecodeError> {
    match bytes {
        Cow::Borrowed(bytes) => simdutf8::basic::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
    }
    .ok_or(DecodeError::InvalidUtf8)
}
