//! A message that arrives in pieces, and how its buffer grows.

use std::borrow::Cow;

use super::{error::DecodeError, message::Message, text::TextAssembly};

/// A message of which some has arrived.
#[derive(Debug)]
pub(super) enum Assembly {
    Text(TextAssembly),
    Binary(Vec<u8>),
}

impl Assembly {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Appends `piece`, after which at most `room` more bytes can come.
    pub(super) fn push(&mut self, piece: &[u8], room: usize) -> Result<(), DecodeError> {
        // Doubles, but never past what may come, and never on a length's word alone: who announces
        // a megabyte and sends a byte is given room for two.
        let growth = piece.len() + room.min(self.len() + piece.len());
        match self {
            Self::Text(text) => {
                if text.spare() < piece.len() {
                    text.reserve(growth);
                }
                text.push(piece)
            }
            Self::Binary(bytes) => {
                if bytes.capacity() - bytes.len() < piece.len() {
                    bytes.reserve_exact(growth);
                }
                bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    pub(super) fn finish(self) -> Result<Message<'static>, DecodeError> {
        match self {
            Self::Text(text) => Ok(Message::Text(Cow::Owned(text.finish()?))),
            Self::Binary(bytes) => Ok(Message::Binary(Cow::Owned(bytes))),
        }
    }
}
