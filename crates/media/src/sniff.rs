//! What a file is, judged by its first bytes. What the uploader says is not asked.

/// As many bytes as [`sniff`] wants to see.
pub const SNIFF_BYTES: usize = 4_096;

/// Types that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// A picture.
    Gif,
    /// A picture.
    Webp,
    /// A document.
    Pdf,
    /// Sound.
    Mp3,
    /// Sound (Opus or Vorbis).
    Ogg,
    /// Sound.
    Wav,
    /// Sound in an MP4 container.
    M4a,
    /// Sound or film; recordings of Chromium and Firefox.
    Webm,
    /// Film.
    Mp4,
    /// A word processor's document (OOXML).
    Docx,
    /// A spreadsheet (OOXML).
    Xlsx,
    /// A presentation (OOXML).
    Pptx,
    /// An archive.
    Zip,
    /// Plain text in UTF-8, and no markup.
    Text,
}

/// What browsers do with a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Shown in place.
    Image,
    /// Played in place.
    Audio,
    /// Played in place.
    Video,
    /// Saved.
    Document,
}

impl Kind {
    const ALL: [Self; 16] = [
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Pdf,
        Self::Mp3,
        Self::Ogg,
        Self::Wav,
        Self::M4a,
        Self::Webm,
        Self::Mp4,
        Self::Docx,
        Self::Xlsx,
        Self::Pptx,
        Self::Zip,
        Self::Text,
    ];

    /// Media type and extension.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Png => ("image/png", "png"),
            Self::Jpeg => ("image/jpeg", "jpg"),
            Self::Gif => ("image/gif", "gif"),
            Self::Webp => ("image/webp", "webp"),
            Self::Pdf => ("application/pdf", "pdf"),
            Self::Mp3 => ("audio/mpeg", "mp3"),
            Self::Ogg => ("audio/ogg", "ogg"),
            Self::Wav => ("audio/wav", "wav"),
            Self::M4a => ("audio/mp4", "m4a"),
            // A container for both; browsers play sound alone under it, too.
            Self::Webm => ("video/webm", "webm"),
            Self::Mp4 => ("video/mp4", "mp4"),
            Self::Docx => (
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "docx",
            ),
            Self::Xlsx => (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "xlsx",
            ),
            Self::Pptx => (
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                "pptx",
            ),
            Self::Zip => ("application/zip", "zip"),
            Self::Text => ("text/plain", "txt"),
        }
    }

    /// The media type, without parameters.
    pub const fn content_type(self) -> &'static str {
        self.names().0
    }

    /// The extension, without a dot.
    pub const fn extension(self) -> &'static str {
        self.names().1
    }

    /// What browsers do with it.
    pub const fn family(self) -> Family {
        match self {
            Self::Png | Self::Jpeg | Self::Gif | Self::Webp => Family::Image,
            Self::Mp3 | Self::Ogg | Self::Wav | Self::M4a => Family::Audio,
            Self::Webm | Self::Mp4 => Family::Video,
            Self::Pdf | Self::Docx | Self::Xlsx | Self::Pptx | Self::Zip | Self::Text => {
                Family::Document
            }
        }
    }

    /// The kind of that media type; parameters are passed over.
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        Self::ALL
            .into_iter()
            .find(|kind| kind.content_type().eq_ignore_ascii_case(essence))
    }
}

/// The kind of a file that begins with `head` ([`SNIFF_BYTES`], or all there is). `None`: nothing
/// that we know, markup (HTML, XML, SVG) included.
pub fn sniff(head: &[u8]) -> Option<Kind> {
    let kind = match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Kind::Png,
        [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Kind::Gif,
        [b'%', b'P', b'D', b'F', b'-', ..] => Kind::Pdf,
        [b'R', b'I', b'F', b'F', _, _, _, _, rest @ ..] => match rest {
            [b'W', b'E', b'B', b'P', ..] => Kind::Webp,
            [b'W', b'A', b'V', b'E', ..] => Kind::Wav,
            _ => return None,
        },
        [b'O', b'g', b'g', b'S', ..] => Kind::Ogg,
        [b'I', b'D', b'3', ..] => Kind::Mp3,
        [0xff, second, third, ..] if is_mp3_frame(*second, *third) => Kind::Mp3,
        [0x1a, 0x45, 0xdf, 0xa3, ..] => return contains(head, b"webm").then_some(Kind::Webm),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => return mp4(brand),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => zip(head),
        _ => return is_text(head).then_some(Kind::Text),
    };
    Some(kind)
}

/// MPEG audio layer III: eleven sync bits, a known version, and neither a free nor an impossible
/// bit rate or sampling rate.
const fn is_mp3_frame(second: u8, third: u8) -> bool {
    second & 0xe6 == 0xe2
        && second & 0x18 != 0x08
        && !matches!(third & 0xf0, 0xf0 | 0x00)
        && third & 0x0c != 0x0c
}

fn mp4(brand: &[u8]) -> Option<Kind> {
    match brand.get(..4)? {
        b"M4A " | b"M4B " => Some(Kind::M4a),
        b"isom" | b"iso2" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V " | b"dash" => {
            Some(Kind::Mp4)
        }
        _ => None,
    }
}

fn zip(head: &[u8]) -> Kind {
    // Every OOXML file names its parts; the first entries tell which program it belongs to.
    if !contains(head, b"[Content_Types].xml") && !contains(head, b"_rels/.rels") {
        return Kind::Zip;
    }
    if contains(head, b"word/") {
        Kind::Docx
    } else if contains(head, b"xl/") {
        Kind::Xlsx
    } else if contains(head, b"ppt/") {
        Kind::Pptx
    } else {
        Kind::Zip
    }
}

fn contains(head: &[u8], needle: &[u8]) -> bool {
    head.windows(needle.len()).any(|window| window == needle)
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut off where the head ends.
        Err(error) if error.error_len().is_none() && head.len() >= SNIFF_BYTES => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let text = text.trim_start_matches('\u{feff}');
    !text.is_empty()
        && text
            .chars()
            .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\x0c'))
        && !is_markup(text)
}

/// Markup is what begins with a tag, a declaration or a comment, as browsers judge it.
fn is_markup(text: &str) -> bool {
    let mut start = text.trim_start().chars();
    start.next() == Some('<')
        && start
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '!' | '?' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_kind() {
        let cases: &[(&[u8], Option<Kind>)] = &[
            (b"\x89PNG\r\n\x1a\n....", Some(Kind::Png)),
            (b"\xff\xd8\xff\xe0", Some(Kind::Jpeg)),
            (b"GIF89a", Some(Kind::Gif)),
            (b"GIF88a", Some(Kind::Text)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Kind::Webp)),
            (b"RIFF\x10\0\0\0WAVEfmt ", Some(Kind::Wav)),
            (b"RIFF\x10\0\0\0AVI LIST", None),
            (b"%PDF-1.7\n", Some(Kind::Pdf)),
            (b"ID3\x04", Some(Kind::Mp3)),
            (b"\xff\xfb\x90\x64", Some(Kind::Mp3)),
            (b"\xff\xff\xff\xff", None),
            (b"OggS\0", Some(Kind::Ogg)),
            (b"\0\0\0\x20ftypM4A \0", Some(Kind::M4a)),
            (b"\0\0\0\x20ftypisom\0", Some(Kind::Mp4)),
            (b"\0\0\0\x20ftypheic\0", None),
            (b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm", Some(Kind::Webm)),
            (b"\x1a\x45\xdf\xa3\x01\x42\x82\x88matroska", None),
            (b"PK\x03\x04....readme.txt", Some(Kind::Zip)),
            (
                b"PK\x03\x04....[Content_Types].xml....word/document.xml",
                Some(Kind::Docx),
            ),
            (b"plain words, \xc3\xa4\n", Some(Kind::Text)),
            (b"1 < 2", Some(Kind::Text)),
            (b"< 2", Some(Kind::Text)),
            (b"", None),
            (b"\0\x01\x02", None),
            (b"latin \xe4 one", None),
        ];
        for (head, kind) in cases {
            assert_eq!(sniff(head), *kind, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn markup_is_nothing_we_know() {
        for markup in [
            "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "<?xml version='1.0'?><svg/>",
            "\u{feff} \n\t<!DOCTYPE html><p>",
            "<!-- a comment --><html>",
            "<script>alert(1)</script>",
        ] {
            assert_eq!(sniff(markup.as_bytes()), None, "{markup}");
        }
    }

    #[test]
    fn a_character_cut_at_the_end_of_the_head_is_no_fault() {
        let mut text = "ä".repeat(SNIFF_BYTES / 2).into_bytes();
        text.insert(0, b'a');
        assert_eq!(sniff(&text[..SNIFF_BYTES]), Some(Kind::Text));
    }

    #[test]
    fn content_types_lead_back_to_their_kind() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_content_type(kind.content_type()), Some(kind));
        }
        let with_parameter = Kind::from_content_type("Text/Plain; charset=utf-8");
        assert_eq!(with_parameter, Some(Kind::Text));
        assert_eq!(Kind::from_content_type("text/html"), None);
    }
}
