//! Pictures, good and bad.

use std::io::Cursor;

use image::{GrayImage, ImageFormat};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A good picture, all black: tiny as a file, however large.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    GrayImage::new(width, height)
        .write_to(&mut file, ImageFormat::Png)
        .expect("writing into memory does not fail");
    file.into_inner()
}

/// A picture that says to be this large and has hardly any data.
pub(crate) fn hollow_png(width: u32, height: u32) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    let mut head = Vec::new();
    head.extend_from_slice(&width.to_be_bytes());
    head.extend_from_slice(&height.to_be_bytes());
    // 16 bits, colour and alpha: eight bytes a pixel once it is decoded.
    head.extend_from_slice(&[16, 6, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &head);
    // The begin of a compressed stream with one byte in it.
    chunk(
        &mut file,
        *b"IDAT",
        &[0x78, 0x9c, 0x63, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01],
    );
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// A small good picture with something behind its end.
pub(crate) fn png_with_trailing(script: &str) -> Vec<u8> {
    let mut file = png(2, 2);
    file.extend_from_slice(script.as_bytes());
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).expect("chunks of tests are short");
    file.extend_from_slice(&length.to_be_bytes());
    let begin = file.len();
    file.extend_from_slice(&kind);
    file.extend_from_slice(data);
    let checksum = crc32(&file[begin..]);
    file.extend_from_slice(&checksum.to_be_bytes());
}

/// PNG specification, annex D.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |mut crc: u32, byte: &u8| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc >>= 1;
            crc ^= 0xedb8_8320 * carry;
        }
        crc
    };
    !bytes.iter().fold(u32::MAX, step)
}
