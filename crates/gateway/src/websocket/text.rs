//! Text that arrives in pieces: judged as it comes, so that a broken message ends at its first
//! broken byte and not when a megabyte of it has been kept.

use super::error::DecodeError;

/// A growing text and the first bytes of a character that a piece ended within.
#[derive(Debug, Default)]
pub(super) struct TextAssembly {
    text: String,
    cut: [u8; 4],
    cut_len: u8,
}

impl TextAssembly {
    /// Bytes taken so far.
    pub(super) fn len(&self) -> usize {
        self.text.len() + usize::from(self.cut_len)
    }

    /// Bytes that can be taken without growing.
    pub(super) fn spare(&self) -> usize {
        self.text.capacity().saturating_sub(self.len())
    }

    /// Makes room for exactly `additional` bytes.
    pub(super) fn reserve(&mut self, additional: usize) {
        self.text
            .reserve_exact(usize::from(self.cut_len) + additional);
    }

    /// Appends a piece; an error when it cannot be, or become, UTF-8.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let piece = self.finish_cut(piece)?;
        if let Ok(text) = simdutf8::basic::from_utf8(piece) {
            self.text.push_str(text);
            return Ok(());
        }
        let chunk = piece.utf8_chunks().next().expect("an empty piece is UTF-8");
        let end = chunk.invalid();
        if chunk.valid().len() + end.len() < piece.len() || !may_continue(end) {
            return Err(DecodeError::InvalidUtf8);
        }
        self.text.push_str(chunk.valid());
        self.cut[..end.len()].copy_from_slice(end);
        self.cut_len = end.len() as u8;
        Ok(())
    }

    /// The whole text; an error when it ends within a character.
    pub(super) fn finish(self) -> Result<String, DecodeError> {
        if self.cut_len == 0 {
            Ok(self.text)
        } else {
            Err(DecodeError::InvalidUtf8)
        }
    }

    /// Completes the character that the last piece ended within; gives what is left of `piece`.
    fn finish_cut<'p>(&mut self, mut piece: &'p [u8]) -> Result<&'p [u8], DecodeError> {
        while self.cut_len > 0
            && let Some((&byte, rest)) = piece.split_first()
        {
            // Never past the array: four bytes are a character or an error.
            let length = usize::from(self.cut_len) + 1;
            self.cut[length - 1] = byte;
            piece = rest;
            let so_far = &self.cut[..length];
            if let Ok(character) = std::str::from_utf8(so_far) {
                self.text.push_str(character);
                self.cut_len = 0;
            } else if may_continue(so_far) {
                self.cut_len = length as u8;
            } else {
                return Err(DecodeError::InvalidUtf8);
            }
        }
        Ok(piece)
    }
}

/// Whether `bytes`, which are not UTF-8, are only the beginning of a character.
fn may_continue(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::TextAssembly;
    use crate::websocket::error::DecodeError;

    #[test]
    fn characters_cut_at_every_byte_come_out_whole() {
        let text = "aé€😀z";
        let mut assembly = TextAssembly::default();
        for byte in text.as_bytes() {
            assembly
                .push(std::slice::from_ref(byte))
                .expect("valid so far");
        }
        assert_eq!(assembly.finish().as_deref(), Ok(text));
    }

    #[test]
    fn the_first_impossible_byte_is_refused() {
        // A surrogate, an overlong form, above U+10FFFF: each is wrong at its second byte.
        for [first, second] in [[0xed, 0xa0], [0xe0, 0x80], [0xf4, 0x90]] {
            let mut assembly = TextAssembly::default();
            assert_eq!(assembly.push(&[b'a', first]), Ok(()));
            assert_eq!(assembly.push(&[second]), Err(DecodeError::InvalidUtf8));
        }
    }

    #[test]
    fn a_text_that_ends_within_a_character_is_refused() {
        let mut assembly = TextAssembly::default();
        assert_eq!(assembly.push(&"€".as_bytes()[..2]), Ok(()));
        assert_eq!(assembly.len(), 2);
        assert_eq!(assembly.finish(), Err(DecodeError::InvalidUtf8));
    }
}
