//! Files made for the tests.

use std::io::Cursor;

use image::{ImageFormat, RgbaImage};

/// One pixel, as many test suites have it.
pub(crate) const SMALLEST_PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A picture of noise, so that it does not compress to nothing.
pub(crate) fn picture(format: ImageFormat) -> Vec<u8> {
    let pixels = RgbaImage::from_fn(40, 30, |x, y| {
        let noise = (x * 7_919 + y * 104_729) % 251;
        image::Rgba([noise as u8, (x * 6) as u8, (y * 8) as u8, 255])
    });
    let mut bytes = Cursor::new(Vec::new());
    let image = image::DynamicImage::ImageRgba8(pixels);
    if format == ImageFormat::Jpeg {
        image.to_rgb8().write_to(&mut bytes, format).unwrap();
    } else {
        image.write_to(&mut bytes, format).unwrap();
    }
    bytes.into_inner()
}

/// A valid PNG of one colour: many pixels in few bytes.
pub(crate) fn flat_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::GrayImage::new(width, height)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A PNG whose header claims a size that its content does not have.
pub(crate) fn claims_to_be(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = flat_png(1, 1);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
        crc
    })
}
