//! Names: those that we make for storage, and those that people gave their files.

/// Longer file names are cut.
const MAX_FILE_NAME_BYTES: usize = 255;

/// Whether a name is one that we made: `[0-9a-f]{32,64}(\.[a-z0-9]{1,5})?`.
pub fn is_storage_name(name: &str) -> bool {
    let (stem, extension) = match name.split_once('.') {
        Some((stem, extension)) => (stem, Some(extension)),
        None => (name, None),
    };
    let stem_fits = (32..=64).contains(&stem.len())
        && stem.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let extension_fits = extension.is_none_or(|extension| {
        (1..=5).contains(&extension.len())
            && extension
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z'))
    });
    stem_fits && extension_fits
}

/// A fresh storage name: 256 random bits, and the extension of the type that was found.
///
/// # Panics
/// When the operating system has no random numbers: a name that can be guessed must not be made.
pub(crate) fn new_storage_name(extension: &str) -> String {
    let mut bits = [0_u8; 32];
    getrandom::fill(&mut bits).expect("the operating system gives random numbers");
    format!("{}.{extension}", hex::encode(bits))
}

/// A file's own name without folders and without characters that have an effect when shown or saved
/// (controls, and the marks that turn the direction of text); at most 255 bytes, the extension kept.
/// `file` when nothing is left.
pub fn clean_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last
        .chars()
        .filter(|c| !c.is_control() && !turns_direction(*c))
        .collect();
    let trimmed = visible.trim().trim_end_matches('.').trim_end();
    if trimmed.is_empty() {
        return "file".to_owned();
    }
    cut(trimmed)
}

/// With these `exe.gpj` can be shown as `jpg.exe` turned round.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut(name: &str) -> String {
    if name.len() <= MAX_FILE_NAME_BYTES {
        return name.to_owned();
    }
    let extension = match name.rfind('.') {
        Some(dot) if name.len() - dot <= 16 => &name[dot..],
        _ => "",
    };
    let room = MAX_FILE_NAME_BYTES - extension.len();
    format!("{}{extension}", &name[..name.floor_char_boundary(room)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_our_own_making_are_storage_names() {
        let stem = "0123456789abcdef0123456789abcdef";
        for name in [
            stem.to_owned(),
            format!("{stem}.png"),
            format!("{stem}{stem}.m4a"),
            new_storage_name("jpg"),
        ] {
            assert!(is_storage_name(&name), "{name}");
        }
        for name in [
            String::new(),
            "..".into(),
            "../../etc/passwd".into(),
            format!("../{stem}"),
            format!("{stem}/"),
            format!("{stem}/../{stem}"),
            format!("{stem}."),
            format!("{stem}.PNG"),
            format!("{stem}.png.exe"),
            format!("{stem}.toolong"),
            format!("{stem}\0"),
            format!("{stem}{stem}0"),
            stem[1..].to_owned(),
            stem.to_uppercase(),
            format!("%2e%2e%2f{stem}"),
        ] {
            assert!(!is_storage_name(&name), "{name}");
        }
        assert_ne!(new_storage_name("jpg"), new_storage_name("jpg"));
    }

    #[test]
    fn file_names_lose_folders_and_tricks() {
        for (given, clean) in [
            ("sink.png", "sink.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\sink.png", "sink.png"),
            ("a\0b\r\nc\u{7f}.png", "abc.png"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("  Rechnung März.pdf  ", "Rechnung März.pdf"),
            ("..", "file"),
            ("", "file"),
            ("/", "file"),
            (".hidden", ".hidden"),
        ] {
            assert_eq!(clean_file_name(given), clean, "{given:?}");
        }
    }

    #[test]
    fn long_file_names_are_cut_between_characters() {
        let clean = clean_file_name(&format!("{}.png", "ä".repeat(400)));
        assert!(clean.len() <= 255 && clean.len() > 250, "{}", clean.len());
        assert!(clean.ends_with("ä.png"));
    }
}
