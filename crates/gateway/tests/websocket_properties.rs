//! The codec over random streams: where a stream is cut never changes what it says, and nothing
//! makes the decoder panic.

mod websocket_client;

use std::sync::Arc;

use parlance_gateway::websocket::{
    CloseFrame, Decoder, FrameKind, Limits, Message, Outbound, Progress, encode_binary,
    encode_close, encode_ping, encode_pong, encode_text,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use websocket_client::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, decode_pieces, masked};

/// Above every message that is made here, and below what random lengths announce.
const LIMIT: usize = 200_000;

fn decoder() -> Decoder {
    Decoder::new(Limits {
        max_message_bytes: LIMIT,
    })
}

/// `bytes` cut at each of `cuts`; some pieces may be empty.
fn pieces<'b>(bytes: &'b [u8], cuts: &[Index]) -> Vec<&'b [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([bytes.len()]);
    starts
        .zip(ends)
        .map(|(start, end)| &bytes[start..end])
        .collect()
}

fn message() -> impl Strategy<Value = Message<'static>> {
    let text = prop_oneof![
        8 => ".{0,60}",
        1 => (120..135_usize).prop_map(|length| "x".repeat(length)),
        1 => (65_530..65_540_usize).prop_map(|length| "€".repeat(length / 3)),
    ];
    let control = || vec(any::<u8>(), 0..=125);
    prop_oneof![
        6 => text.prop_map(|text| Message::Text(text.into())),
        3 => vec(any::<u8>(), 0..300).prop_map(|bytes| Message::Binary(bytes.into())),
        2 => control().prop_map(|bytes| Message::Ping(bytes.into())),
        1 => control().prop_map(|bytes| Message::Pong(bytes.into())),
    ]
}

/// A message as a client sends it: data in fragments, pings between them. Also what it then says.
fn sent(
    message: Message<'static>,
    cuts: &[Index],
    mask: [u8; 4],
) -> (Vec<u8>, Vec<Message<'static>>) {
    let (first, payload): (u8, &[u8]) = match &message {
        Message::Text(text) => (TEXT, text.as_bytes()),
        Message::Binary(bytes) => (BINARY, bytes),
        Message::Ping(bytes) => return (masked(PING, bytes, mask), vec![message]),
        Message::Pong(bytes) => return (masked(PONG, bytes, mask), vec![message]),
        Message::Close(_) => unreachable!("made by the test itself"),
    };
    let (mut bytes, mut said) = (Vec::new(), Vec::new());
    let fragments = pieces(payload, cuts);
    let last = fragments.len() - 1;
    for (i, fragment) in fragments.into_iter().enumerate() {
        let opcode = if i == 0 { first } else { CONTINUATION };
        let fin = if i == last { 0 } else { FIN };
        bytes.extend(masked(opcode - fin, fragment, mask));
        if i != last {
            bytes.extend(masked(PING, &[i as u8], mask));
            said.push(Message::Ping(vec![i as u8].into()));
        }
    }
    said.push(message);
    (bytes, said)
}

/// A server's frame turned into a client's.
fn as_client(frame: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let header = match frame[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    masked(frame[0], &frame[header..], mask)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_valid_stream_says_the_same_wherever_it_is_cut(
        messages in vec((message(), vec(any::<Index>(), 0..4), any::<[u8; 4]>()), 0..8),
        cuts in vec(any::<Index>(), 0..30),
    ) {
        let (mut stream, mut said) = (Vec::new(), Vec::new());
        for (message, fragments, mask) in messages {
            let (bytes, messages) = sent(message, &fragments, mask);
            stream.extend(bytes);
            said.extend(messages);
        }
        let mut decoder = decoder();
        prop_assert_eq!(decode_pieces(&mut decoder, pieces(&stream, &cuts)), (said, None));
        prop_assert!(!decoder.is_partial());
    }

    #[test]
    fn random_bytes_never_panic_and_fail_the_same_wherever_they_are_cut(
        bytes in vec(any::<u8>(), 0..300),
        cuts in vec(any::<Index>(), 0..30),
    ) {
        let whole = decode_pieces(&mut decoder(), [&bytes[..]]);
        prop_assert_eq!(decode_pieces(&mut decoder(), pieces(&bytes, &cuts)), whole);
    }

    #[test]
    fn random_frames_never_panic_and_fail_the_same_wherever_they_are_cut(
        frames in vec(
            (
                // Mostly valid, so that the stream gets further than its first frame.
                prop_oneof![
                    30 => prop::sample::select(vec![
                        TEXT, BINARY, PING, PONG, CONTINUATION,
                        TEXT - FIN, BINARY - FIN, CONTINUATION - FIN,
                    ]),
                    1 => Just(CLOSE),
                    1 => any::<u8>(),
                ],
                prop_oneof![
                    9 => ".{0,40}".prop_map(String::into_bytes),
                    1 => vec(any::<u8>(), 0..200),
                ],
                any::<[u8; 4]>(),
            ),
            0..20,
        ),
        cut_off in 0..10_usize,
        cuts in vec(any::<Index>(), 0..60),
    ) {
        let mut stream: Vec<u8> =
            frames.iter().flat_map(|(first, payload, mask)| masked(*first, payload, *mask)).collect();
        stream.truncate(stream.len().saturating_sub(cut_off));
        let whole = decode_pieces(&mut decoder(), [&stream[..]]);
        prop_assert_eq!(decode_pieces(&mut decoder(), pieces(&stream, &cuts)), whole);
    }

    #[test]
    fn what_is_encoded_queued_and_written_in_part_is_decoded_again(
        messages in vec((message(), any::<[u8; 4]>()), 0..100),
        takes in vec(1..5000_usize, 1..20),
        (code, reason) in (3000..5000_u16, ".{0,50}"),
    ) {
        let outbound = Arc::new(Outbound::new(usize::MAX));
        let mut said: Vec<_> = messages.iter().map(|(message, _)| message.clone()).collect();
        for (message, _) in &messages {
            let frame = match message {
                Message::Text(text) => encode_text(text.as_bytes()),
                Message::Binary(bytes) => encode_binary(bytes),
                Message::Ping(bytes) => encode_ping(bytes),
                Message::Pong(bytes) => encode_pong(bytes),
                Message::Close(_) => unreachable!("made below"),
            };
            outbound.push(frame, FrameKind::Lasting);
        }
        outbound.push_last(encode_close(code, &reason));
        let kept = &reason[..reason.floor_char_boundary(123)];
        said.push(Message::Close(Some(CloseFrame { code, reason: kept.to_owned().into() })));

        let mut written = Vec::new();
        for take in takes.iter().cycle() {
            let progress = outbound.write_with(|slices| {
                let before = written.len();
                written.extend(slices.iter().flat_map(|slice| slice.iter()).take(*take));
                Ok(written.len() - before)
            });
            if progress.expect("never fails") == Progress::Drained {
                break;
            }
        }
        prop_assert_eq!(outbound.queued_bytes(), 0);

        let masks = messages.iter().map(|(_, mask)| *mask).chain([[9, 8, 7, 6]]);
        let mut stream = Vec::new();
        let mut rest = written.as_slice();
        for mask in masks {
            let length = server_frame_bytes(rest);
            stream.extend(as_client(&rest[..length], mask));
            rest = &rest[length..];
        }
        prop_assert!(rest.is_empty());
        prop_assert_eq!(decode_pieces(&mut decoder(), [&stream[..]]), (said, None));
    }
}

/// The size of the server's frame at the front of `bytes`.
fn server_frame_bytes(bytes: &[u8]) -> usize {
    match bytes[1] {
        126 => 4 + usize::from(u16::from_be_bytes([bytes[2], bytes[3]])),
        127 => 10 + u64::from_be_bytes(bytes[2..10].try_into().expect("eight bytes")) as usize,
        short => 2 + usize::from(short),
    }
}
