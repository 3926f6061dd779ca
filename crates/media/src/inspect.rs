//! Whether a picture is one: its whole content is decoded, within limits, before anybody is shown it.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

use crate::sniff::{Kind, sniff};

/// Bytes for the decoded picture and what the decoder needs beside it: 50 million pixels at four
/// bytes fit, the same at eight (16 bits a channel with transparency) do not.
const MAX_DECODED_BYTES: u64 = 256 * 1024 * 1024;

/// What is known of a picture after it was decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageInfo {
    /// PNG, JPEG, GIF or WebP.
    pub kind: Kind,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Why a file is no picture for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImageFault {
    /// Not PNG, JPEG, GIF or WebP, or broken.
    #[error("not a picture")]
    NotAPicture,
    /// More pixels, or more memory to decode them, than allowed.
    #[error("a picture of too many pixels")]
    TooManyPixels,
}

/// Decodes a picture; of an animation the first frame. Blocks for as long as that takes.
///
/// The size that the header states is checked before anything is decoded, so a small file that
/// claims to be huge costs nothing.
pub fn inspect_image(bytes: &[u8], max_pixels: u64) -> Result<ImageInfo, ImageFault> {
    let kind = sniff(bytes).ok_or(ImageFault::NotAPicture)?;
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Gif => ImageFormat::Gif,
        Kind::Webp => ImageFormat::WebP,
        _ => return Err(ImageFault::NotAPicture),
    };
    let (width, height) = reader(bytes, format).into_dimensions().map_err(fault)?;
    if width == 0 || height == 0 {
        return Err(ImageFault::NotAPicture);
    }
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(ImageFault::TooManyPixels);
    }
    reader(bytes, format).decode().map_err(fault)?;
    if kind == Kind::Jpeg && !jpeg_is_complete(bytes) {
        return Err(ImageFault::NotAPicture);
    }
    Ok(ImageInfo {
        kind,
        width,
        height,
    })
}

/// The JPEG decoder fills up what is missing at the end, so its end is looked for here: after the
/// header of the first scan, where a thumbnail's end is not taken for it.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xff, marker, tail @ ..] = rest {
        let length = match (marker, tail) {
            // Fill bytes.
            (0xff, _) => {
                rest = &rest[1..];
                continue;
            }
            (_, [high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return false,
        };
        let Some(next) = tail.get(length.max(2)..) else {
            return false;
        };
        if *marker == START_OF_SCAN {
            return next.windows(2).any(|pair| pair == [0xff, 0xd9]);
        }
        rest = next;
    }
    false
}

fn reader(bytes: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    reader
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` wants"
)]
fn fault(error: image::ImageError) -> ImageFault {
    match error {
        image::ImageError::Limits(_) => ImageFault::TooManyPixels,
        _ => ImageFault::NotAPicture,
    }
}
