//! How a client's stream can break the protocol, and the close code each breach deserves.

use super::close_code;

/// A stream that breaks the protocol or a limit. The socket is to be closed with
/// [`close_code`](Self::close_code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A reserved bit is set, and no extension was agreed on.
    #[error("a reserved bit is set")]
    ReservedBits,
    /// An opcode without a meaning.
    #[error("opcode {0:#x} is reserved")]
    ReservedOpcode(u8),
    /// A client must mask.
    #[error("the frame is not masked")]
    Unmasked,
    /// A control frame of more than 125 bytes.
    #[error("a control frame is longer than 125 bytes")]
    ControlTooLong,
    /// A control frame in fragments.
    #[error("a control frame is fragmented")]
    FragmentedControl,
    /// A length not in its shortest form, or above 2^63 - 1.
    #[error("the payload length is not in its one valid form")]
    LengthEncoding,
    /// A continuation of nothing.
    #[error("a continuation frame without a message to continue")]
    UnexpectedContinuation,
    /// A new message before the end of a fragmented one.
    #[error("a new message began within a fragmented one")]
    ExpectedContinuation,
    /// A close frame with one byte of payload.
    #[error("a close frame holds half a code")]
    CloseLength,
    /// A close code that must not be on the wire.
    #[error("close code {0} must not be sent")]
    CloseCode(u16),
    /// A text message or a close reason that is not UTF-8.
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// A message above [`Limits::max_message_bytes`](super::Limits::max_message_bytes); known from its frame's header.
    #[error("the message is longer than {limit_bytes} bytes")]
    MessageTooBig {
        /// The limit that it is above.
        limit_bytes: usize,
    },
}

impl DecodeError {
    /// The code to close the socket with: 1002, 1007 or 1009.
    pub fn close_code(self) -> u16 {
        match self {
            Self::ReservedBits
            | Self::ReservedOpcode(_)
            | Self::Unmasked
            | Self::ControlTooLong
            | Self::FragmentedControl
            | Self::LengthEncoding
            | Self::UnexpectedContinuation
            | Self::ExpectedContinuation
            | Self::CloseLength
            | Self::CloseCode(_) => close_code::PROTOCOL_ERROR,
            Self::InvalidUtf8 => close_code::INVALID_TEXT,
            Self::MessageTooBig { .. } => close_code::TOO_BIG,
        }
    }
}
