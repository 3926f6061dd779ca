//! The client's mask (RFC 6455 section 5.3), taken off in place, eight bytes at a time.

/// Unmasks `bytes`, which begin `offset` bytes into their frame's payload.
pub(super) fn apply(bytes: &mut [u8], mask: [u8; 4], offset: usize) {
    let mut key = mask;
    key.rotate_left(offset % 4);
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    // The words took a multiple of four bytes, so the key starts afresh.
    for (byte, key) in rest.iter_mut().zip(key.into_iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn every_length_and_offset_equals_the_rfc_s_byte_by_byte_rule() {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        for offset in 0..9 {
            for length in 0..40_u8 {
                let plain: Vec<u8> = (0..length).collect();
                let expected: Vec<u8> = (plain.iter().enumerate())
                    .map(|(i, byte)| byte ^ mask[(i + offset) % 4])
                    .collect();
                let mut bytes = plain;
                apply(&mut bytes, mask, offset);
                assert_eq!(bytes, expected, "offset {offset}, length {length}");
            }
        }
    }
}
