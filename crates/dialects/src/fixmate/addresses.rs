//! Addresses of uploaded files: where this server serves them, and the way back.

use parlance_core::command::AttachmentRef;
use parlance_core::message::{Attachment, Message, MessageKind};
use parlance_media::is_storage_name;

const PICTURES: &str = "/media/chat_images/";
const FILES: &str = "/media/chat_files/";
/// Extensions under which pictures are stored.
const PICTURE_EXTENSIONS: [&str; 4] = ["png", "jpg", "gif", "webp"];

/// The address of a picture.
pub(super) fn picture(attachment: &Attachment) -> String {
    format!("{PICTURES}{}", attachment.storage_name)
}

/// The address of any other file.
pub(super) fn file(attachment: &Attachment) -> String {
    format!("{FILES}{}", attachment.storage_name)
}

/// The picture behind an address that [`picture`] may have made; whether it is the sender's own is
/// the core's to check.
pub(super) fn named_picture(address: &str) -> Option<AttachmentRef> {
    let name = address
        .strip_prefix(PICTURES)
        .filter(|name| is_storage_name(name))?;
    let (_, extension) = name.rsplit_once('.')?;
    PICTURE_EXTENSIONS
        .contains(&extension)
        .then(|| AttachmentRef::Name(name.to_owned()))
}

/// The file behind an address that [`file`] may have made.
pub(super) fn named_file(address: &str) -> Option<AttachmentRef> {
    let name = address
        .strip_prefix(FILES)
        .filter(|name| is_storage_name(name))?;
    Some(AttachmentRef::Name(name.to_owned()))
}

/// What a message shows as its picture. A picture that was sent as a file stays a file.
pub(super) fn shown_picture(message: &Message) -> Option<&Attachment> {
    match message.kind {
        MessageKind::File | MessageKind::Voice => None,
        _ => message.first_image(),
    }
}

/// What a message shows as its file: the first one that is not its picture.
pub(super) fn shown_file(message: &Message) -> Option<&Attachment> {
    let picture = shown_picture(message).map(|picture| picture.id);
    message
        .attachments
        .iter()
        .find(|file| Some(file.id) != picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_our_making_name_a_file() {
        let name = "0123456789abcdef0123456789abcdef.png";
        let named = Some(AttachmentRef::Name(name.to_owned()));
        assert_eq!(named_picture(&format!("/media/chat_images/{name}")), named);
        assert_eq!(named_file(&format!("/media/chat_files/{name}")), named);
        let wrong = [
            "javascript:alert(1)".to_owned(),
            format!("https://evil.example/media/chat_images/{name}"),
            format!("//evil.example/media/chat_images/{name}"),
            format!("/media/chat_files/{name}"),
            format!("/media/chat_images/../chat_images/{name}"),
            "/media/chat_images/../../etc/passwd".to_owned(),
            "/media/chat_images/0123456789abcdef0123456789abcdef.pdf".to_owned(),
            "/media/chat_images/".to_owned(),
        ];
        for address in wrong {
            assert_eq!(named_picture(&address), None, "{address}");
        }
    }
}
