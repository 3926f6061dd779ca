//! Server frames out: header and payload in one shared [`Bytes`], encoded once and queued on any
//! number of sockets. Messages are never fragmented.

use bytes::Bytes;

use super::{
    frame::{MAX_CONTROL_BYTES, Opcode},
    message::CloseFrame,
};

const FIN: u8 = 0x80;
/// A close frame's payload begins with its code.
const MAX_REASON_BYTES: usize = MAX_CONTROL_BYTES - 2;

/// A text message. `payload` must be UTF-8: a client fails its socket otherwise.
pub fn encode_text(payload: &[u8]) -> Bytes {
    debug_assert!(
        simdutf8::basic::from_utf8(payload).is_ok(),
        "a text message must be UTF-8"
    );
    encode(Opcode::Text, &[payload])
}

/// A binary message.
pub fn encode_binary(payload: &[u8]) -> Bytes {
    encode(Opcode::Binary, &[payload])
}

/// A ping; what is past the 125th byte of `payload` is cut off.
pub fn encode_ping(payload: &[u8]) -> Bytes {
    encode(Opcode::Ping, &[cut(payload)])
}

/// A pong, to a ping with this payload; what is past its 125th byte is cut off.
pub fn encode_pong(payload: &[u8]) -> Bytes {
    encode(Opcode::Pong, &[cut(payload)])
}

/// A close frame. `code` must be one that may be on the wire; `reason` is cut to 123 bytes, at the
/// end of a character.
pub fn encode_close(code: u16, reason: &str) -> Bytes {
    debug_assert!(
        super::close_code::may_be_sent(code),
        "{code} must not be on the wire"
    );
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON_BYTES)];
    encode(Opcode::Close, &[&code.to_be_bytes(), reason.as_bytes()])
}

/// The answer to a peer's close frame: its code again, or none if it gave none.
pub fn encode_close_reply(received: Option<&CloseFrame<'_>>) -> Bytes {
    match received {
        Some(close) => encode_close(close.code, ""),
        None => encode(Opcode::Close, &[]),
    }
}

fn cut(payload: &[u8]) -> &[u8] {
    &payload[..payload.len().min(MAX_CONTROL_BYTES)]
}

fn encode(opcode: Opcode, payload: &[&[u8]]) -> Bytes {
    let length: usize = payload.iter().map(|part| part.len()).sum();
    let first = FIN | opcode as u8;
    let mut header = [0; 10];
    header[0] = first;
    let header = if length <= 125 {
        header[1] = length as u8;
        &header[..2]
    } else if let Ok(length) = u16::try_from(length) {
        header[1] = 126;
        header[2..4].copy_from_slice(&length.to_be_bytes());
        &header[..4]
    } else {
        header[1] = 127;
        header[2..].copy_from_slice(&(length as u64).to_be_bytes());
        &header[..]
    };
    // Exactly full, so that sharing it does not move it.
    let mut frame = Vec::with_capacity(header.len() + length);
    frame.extend_from_slice(header);
    for part in payload {
        frame.extend_from_slice(part);
    }
    frame.into()
}

#[cfg(test)]
mod tests {
    use super::{encode_binary, encode_close, encode_close_reply, encode_ping, encode_text};

    #[test]
    fn a_length_is_in_its_shortest_form() {
        let header = |length: usize| {
            let frame = encode_binary(&vec![7; length]);
            frame[..frame.len() - length].to_vec()
        };
        assert_eq!(header(0), [0x82, 0]);
        assert_eq!(header(125), [0x82, 125]);
        assert_eq!(header(126), [0x82, 126, 0, 126]);
        assert_eq!(header(65_535), [0x82, 126, 0xff, 0xff]);
        assert_eq!(header(65_536), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn text_is_the_rfc_s_example() {
        assert_eq!(&encode_text(b"Hello")[..], b"\x81\x05Hello");
    }

    #[test]
    fn a_long_reason_ends_at_a_whole_character() {
        let frame = encode_close(1000, &"€".repeat(60));
        assert_eq!(frame[..4], [0x88, 2 + 123, 0x03, 0xe8]);
        assert_eq!(
            std::str::from_utf8(&frame[4..]),
            Ok("€".repeat(41).as_str())
        );
        let frame = encode_close(1000, &format!("a{}", "€".repeat(60)));
        assert_eq!(usize::from(frame[1]), 2 + 1 + 40 * 3);
    }

    #[test]
    fn control_frames_stay_within_125_bytes() {
        assert_eq!(encode_ping(&[0; 200]).len(), 2 + 125);
        assert_eq!(encode_close_reply(None)[..], [0x88, 0]);
    }
}
