//! The decoder, rule by rule.

mod websocket_client;

use std::borrow::Cow;

use parlance_gateway::websocket::{CloseFrame, DecodeError, Decoder, Input, Limits, Message};
use websocket_client::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, decode_pieces, masked};

const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
const LIMIT: usize = 1000;

fn decoder() -> Decoder {
    Decoder::new(Limits {
        max_message_bytes: LIMIT,
    })
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    masked(first, payload, MASK)
}

fn text(text: &str) -> Message<'_> {
    Message::Text(text.into())
}

/// What one read with all of `frames` gives.
fn decode(frames: &[Vec<u8>]) -> (Vec<Message<'static>>, Option<DecodeError>) {
    decode_pieces(&mut decoder(), [frames.concat().as_slice()])
}

fn error_of(frames: &[Vec<u8>]) -> (DecodeError, u16) {
    let error = decode(frames).1.expect("refused");
    (error, error.close_code())
}

#[test]
fn an_idle_decoder_is_small_and_keeps_nothing() {
    assert!(size_of::<Decoder>() <= 24, "{} bytes", size_of::<Decoder>());
    let mut decoder = decoder();
    for first in [TEXT, BINARY, PING] {
        let bytes = frame(first, b"0123456789");
        for cut in 1..bytes.len() {
            let (early, error) = decode_pieces(&mut decoder, [&bytes[..cut]]);
            assert_eq!((early, error), (vec![], None));
            assert!(decoder.is_partial(), "cut at {cut}");
            assert_eq!(decode_pieces(&mut decoder, [&bytes[cut..]]).0.len(), 1);
            assert!(!decoder.is_partial(), "cut at {cut}");
        }
    }
}

#[test]
fn whole_messages_are_borrowed_and_pieces_owned() {
    let mut bytes = [
        frame(TEXT, b"one"),
        frame(BINARY, b"two"),
        frame(PING, b"three"),
    ]
    .concat();
    let (mut decoder, mut input) = (decoder(), Input::new(&mut bytes));
    let first = decoder.decode(&mut input);
    assert!(
        matches!(first, Ok(Some(Message::Text(Cow::Borrowed("one"))))),
        "{first:?}"
    );
    let second = decoder.decode(&mut input);
    assert!(
        matches!(second, Ok(Some(Message::Binary(Cow::Borrowed(b"two"))))),
        "{second:?}"
    );
    let third = decoder.decode(&mut input);
    assert!(
        matches!(third, Ok(Some(Message::Ping(Cow::Borrowed(b"three"))))),
        "{third:?}"
    );
    assert_eq!(decoder.decode(&mut input), Ok(None));
    assert!(!decoder.is_partial());

    // A header alone is no reason to copy the payload.
    let mut bytes = frame(TEXT, b"four");
    let (header, payload) = bytes.split_at_mut(6);
    assert_eq!(decoder.decode(&mut Input::new(header)), Ok(None));
    let message = decoder.decode(&mut Input::new(payload));
    assert!(
        matches!(message, Ok(Some(Message::Text(Cow::Borrowed("four"))))),
        "{message:?}"
    );
    assert!(!decoder.is_partial());
}

#[test]
fn fragments_are_joined_around_control_frames() {
    let frames = [
        frame(TEXT - FIN, b"Gr"),
        frame(PING, b"?"),
        frame(CONTINUATION - FIN, "ü".as_bytes()),
        frame(PONG, b""),
        frame(CONTINUATION, "ße".as_bytes()),
        frame(BINARY, b"next"),
    ];
    let expected = vec![
        Message::Ping(b"?"[..].into()),
        Message::Pong(b""[..].into()),
        text("Grüße"),
        Message::Binary(b"next"[..].into()),
    ];
    assert_eq!(decode(&frames), (expected, None));
}

#[test]
fn empty_fragments_are_fine() {
    let frames = [
        frame(TEXT - FIN, b""),
        frame(CONTINUATION - FIN, b""),
        frame(CONTINUATION, b""),
        frame(BINARY, b""),
    ];
    assert_eq!(
        decode(&frames),
        (vec![text(""), Message::Binary(b""[..].into())], None)
    );
}

#[test]
fn a_message_is_bounded_over_all_its_frames_before_it_arrives() {
    let too_big = (DecodeError::MessageTooBig { limit_bytes: LIMIT }, 1009);
    assert_eq!(decode(&[frame(BINARY, &[0; LIMIT])]).0.len(), 1);
    // The header alone tells.
    assert_eq!(
        error_of(&[frame(BINARY, &[0; LIMIT + 1])[..8].to_vec()]),
        too_big
    );
    let fits = [
        frame(BINARY - FIN, &[0; 600]),
        frame(CONTINUATION, &[0; 400]),
    ];
    assert_eq!(decode(&fits).0.len(), 1);
    let over = [
        frame(BINARY - FIN, &[0; 600]),
        frame(CONTINUATION, &[0; 401])[..8].to_vec(),
    ];
    assert_eq!(error_of(&over), too_big);
    let huge = vec![
        BINARY, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4,
    ];
    assert_eq!(error_of(&[huge]), too_big);
}

#[test]
fn broken_headers_are_refused() {
    let refused = |frames: &[Vec<u8>], error| assert_eq!(error_of(frames), (error, 1002));
    for bit in [0x40, 0x20, 0x10] {
        refused(&[frame(TEXT | bit, b"x")], DecodeError::ReservedBits);
    }
    for opcode in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        refused(
            &[frame(FIN | opcode, b"")],
            DecodeError::ReservedOpcode(opcode),
        );
    }
    refused(&[vec![TEXT, 1, b'x']], DecodeError::Unmasked);
    refused(&[frame(PING, &[0; 126])], DecodeError::ControlTooLong);
    refused(&[frame(PING - FIN, b"")], DecodeError::FragmentedControl);
    refused(
        &[frame(CONTINUATION, b"x")],
        DecodeError::UnexpectedContinuation,
    );
    let two_begun = [frame(TEXT - FIN, b"x"), frame(TEXT, b"y")];
    refused(&two_begun, DecodeError::ExpectedContinuation);
    let finished = [
        frame(TEXT - FIN, b"x"),
        frame(CONTINUATION, b"y"),
        frame(CONTINUATION, b"z"),
    ];
    refused(&finished, DecodeError::UnexpectedContinuation);
}

#[test]
fn a_length_has_one_form() {
    let refused = |header: &[u8]| {
        let bytes = [header, &MASK].concat();
        assert_eq!(error_of(&[bytes]), (DecodeError::LengthEncoding, 1002));
    };
    refused(&[BINARY, 0xfe, 0, 125]);
    refused(&[BINARY, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
    refused(&[BINARY, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn close_frames_are_judged() {
    let close = |code: u16, reason: &[u8]| frame(CLOSE, &[&code.to_be_bytes(), reason].concat());
    assert_eq!(
        decode(&[frame(CLOSE, b"")]),
        (vec![Message::Close(None)], None)
    );
    for code in [
        1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4000, 4999,
    ] {
        let expected = CloseFrame {
            code,
            reason: "bye €".into(),
        };
        let bytes = close(code, "bye €".as_bytes());
        assert_eq!(
            decode(&[bytes]),
            (vec![Message::Close(Some(expected))], None)
        );
    }
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535,
    ] {
        assert_eq!(
            error_of(&[close(code, b"")]),
            (DecodeError::CloseCode(code), 1002)
        );
    }
    assert_eq!(
        error_of(&[frame(CLOSE, b"\x03")]),
        (DecodeError::CloseLength, 1002)
    );
    assert_eq!(
        error_of(&[close(1000, b"\xff")]),
        (DecodeError::InvalidUtf8, 1007)
    );
}

#[test]
fn nothing_is_read_after_a_close_frame_or_an_error() {
    let closed = [frame(CLOSE, b""), frame(TEXT, b"late"), vec![0xff]];
    assert_eq!(decode(&closed), (vec![Message::Close(None)], None));

    let mut decoder = decoder();
    let bad = [frame(TEXT - FIN, b"begun"), vec![0xff, 0xff]].concat();
    assert_eq!(
        decode_pieces(&mut decoder, [&bad[..]]).1,
        Some(DecodeError::ReservedBits)
    );
    assert!(!decoder.is_partial());
    assert_eq!(
        decode_pieces(&mut decoder, [&frame(TEXT, b"late")[..]]),
        (vec![], None)
    );
}

#[test]
fn text_that_is_not_utf_8_is_refused_at_its_first_broken_byte() {
    let invalid = (DecodeError::InvalidUtf8, 1007);
    assert_eq!(error_of(&[frame(TEXT, b"a\xffb")]), invalid);
    assert_eq!(
        error_of(&[frame(TEXT, "€".as_bytes()[..2].as_ref())]),
        invalid
    );
    // In a fragment, with more to come.
    assert_eq!(error_of(&[frame(TEXT - FIN, b"a\xed\xa0")]), invalid);
    // Within a frame of which the rest has not arrived.
    assert_eq!(error_of(&[frame(TEXT, b"a\xffb")[..8].to_vec()]), invalid);
    // A character cut by the message's end, not by a fragment's.
    let cut = "€".as_bytes();
    let joined = [frame(TEXT - FIN, &cut[..1]), frame(CONTINUATION, &cut[1..])];
    assert_eq!(decode(&joined), (vec![text("€")], None));
    assert_eq!(
        error_of(&[frame(TEXT - FIN, &cut[..1]), frame(CONTINUATION, b"")]),
        invalid
    );
    // What is no text may hold anything.
    assert_eq!(decode(&[frame(BINARY, b"a\xffb")]).0.len(), 1);
}
