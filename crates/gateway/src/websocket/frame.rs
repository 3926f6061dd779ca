//! The frame header (RFC 6455 section 5.2), and what is refused on seeing it alone.

use super::error::DecodeError;

/// Two bytes, eight of length, four of mask.
pub(super) const MAX_HEADER_BYTES: usize = 14;
/// The longest payload of a control frame.
pub(super) const MAX_CONTROL_BYTES: usize = 125;

const FIN: u8 = 0x80;
const RESERVED_BITS: u8 = 0x70;
const MASKED: u8 = 0x80;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Opcode {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xa,
}

impl Opcode {
    fn from_bits(bits: u8) -> Result<Self, DecodeError> {
        match bits {
            0x0 => Ok(Self::Continuation),
            0x1 => Ok(Self::Text),
            0x2 => Ok(Self::Binary),
            0x8 => Ok(Self::Close),
            0x9 => Ok(Self::Ping),
            0xa => Ok(Self::Pong),
            reserved => Err(DecodeError::ReservedOpcode(reserved)),
        }
    }

    pub(super) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// A client's frame header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    pub(super) mask: [u8; 4],
    /// Payload length in bytes; at most 125 for a control frame.
    pub(super) length: u64,
}

impl Header {
    /// Reads a header from the front of `bytes`; gives its size too. `None`: bytes are missing.
    ///
    /// The first two bytes are judged as soon as both are there.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, DecodeError> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        if first & RESERVED_BITS != 0 {
            return Err(DecodeError::ReservedBits);
        }
        let fin = first & FIN != 0;
        let opcode = Opcode::from_bits(first & 0x0f)?;
        if second & MASKED == 0 {
            return Err(DecodeError::Unmasked);
        }
        let short = second & !MASKED;
        if opcode.is_control() {
            if !fin {
                return Err(DecodeError::FragmentedControl);
            }
            if usize::from(short) > MAX_CONTROL_BYTES {
                return Err(DecodeError::ControlTooLong);
            }
        }
        let Some((length, rest)) = read_length(short, rest)? else {
            return Ok(None);
        };
        let Some((&mask, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let header = Self {
            fin,
            opcode,
            mask,
            length,
        };
        Ok(Some((header, bytes.len() - rest.len())))
    }
}

/// The payload length that `short` announces or is, and the bytes after it.
fn read_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, DecodeError> {
    let (length, least, rest) = match short {
        126 => match rest.split_first_chunk() {
            Some((bytes, rest)) => (u64::from(u16::from_be_bytes(*bytes)), 126, rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk() {
            Some((bytes, rest)) => (u64::from_be_bytes(*bytes), 1 << 16, rest),
            None => return Ok(None),
        },
        short => (u64::from(short), 0, rest),
    };
    if length < least || length >> 63 != 0 {
        return Err(DecodeError::LengthEncoding);
    }
    Ok(Some((length, rest)))
}
