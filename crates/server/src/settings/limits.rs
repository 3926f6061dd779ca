//! How much of everything passes.

use std::time::Duration;

use parlance_core::limits::Limits;

use super::rates::RateSettings;
use super::section::section;
use super::value::ByteSize;

section! {
    /// How much passes at once. What is too much is refused with an error that names the limit; the
    /// socket stays open, except where it says otherwise.
    struct LimitSettings in "limits" {
        /// Text of one message, in characters (Unicode scalar values).
        body_chars: usize = "200_000", "1" to "1_000_000";
        /// Attachments of one message.
        attachments: usize = "10", "0" to "100";
        /// Metadata of a message or a conversation, as JSON.
        metadata_size: ByteSize = "64KiB", "0B" to "1MiB";
        /// A client_id.
        client_id_size: ByteSize = "128B", "36B" to "1KiB";
        /// Title of a conversation, in characters.
        title_chars: usize = "500", "1" to "10_000";
        /// One emoji of a reaction.
        emoji_size: ByteSize = "64B", "4B" to "256B";
        /// Reactions on one message.
        reactions: usize = "500", "0" to "10_000";
        /// Members of one conversation.
        members: usize = "10_000", "2" to "100_000";
        /// Rows of one page of a list; a client that asks for more gets so many.
        page: usize = "200", "1" to "1_000";
        /// Rows of a list in a dialect that knows no pages.
        unpaged: usize = "10_000", "100" to "100_000";
        /// Rows of one conversation in one answer to a resume; the client asks again for the rest.
        changes: usize = "500", "10" to "10_000";
        /// Message ids in one read mark.
        read_ids: usize = "1_000", "1" to "10_000";
        /// One incoming frame. A larger one closes the socket with 1009.
        frame_size: ByteSize = "1MiB", "4KiB" to "16MiB";
        /// Body of a request that is no upload.
        request_size: ByteSize = "4MiB", "64KiB" to "64MiB";
        /// One uploaded file.
        upload_size: ByteSize = "10MiB", "1KiB" to "1GiB";
        /// Width times height of an uploaded picture.
        image_pixels: u64 = "50_000_000", "10_000" to "500_000_000";
        /// What may wait to be written to one socket. When more waits, typing and presence go first;
        /// then the socket is closed with 4408 (come back and resume).
        queue_size: ByteSize = "2MiB", "64KiB" to "64MiB";
        /// Open sockets of one user. One more is closed with 4409.
        sockets_per_user: usize = "50", "1" to "10_000";
        /// How long a typing indicator stands without being repeated.
        typing_for: Duration = "6s", "1s" to "60s";
    }
}

impl LimitSettings {
    /// As the core has them.
    pub(crate) fn to_limits(&self, rates: &RateSettings) -> Limits {
        Limits {
            body_chars: self.body_chars,
            attachments: self.attachments,
            metadata_bytes: self.metadata_size.in_memory(),
            client_id_bytes: self.client_id_size.in_memory(),
            title_chars: self.title_chars,
            emoji_bytes: self.emoji_size.in_memory(),
            reactions: self.reactions,
            members: self.members,
            page: self.page,
            unpaged: self.unpaged,
            changes: self.changes,
            read_ids: self.read_ids,
            frame_bytes: self.frame_size.in_memory(),
            request_bytes: self.request_size.in_memory(),
            upload_bytes: self.upload_size.0,
            image_pixels: self.image_pixels,
            queue_bytes: self.queue_size.in_memory(),
            sockets_per_user: self.sockets_per_user,
            typing_for: self.typing_for,
            send_rate: rates.send,
            change_rate: rates.change,
            query_rate: rates.query,
            upload_rate: rates.upload,
            connect_rate: rates.connect,
            host_rate: rates.host,
        }
    }
}
