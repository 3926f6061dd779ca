//! Limits: everything is bounded.

use std::time::Duration;

/// A token bucket: `burst` at once, `per_second` in the long run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Refill.
    pub per_second: f64,
    /// Size of the bucket.
    pub burst: f64,
}

/// All limits of the core and the gateway, with their defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Text of a message, in Unicode scalar values.
    pub body_chars: usize,
    /// Attachments of one message.
    pub attachments: usize,
    /// Metadata of a message or conversation as JSON, in bytes.
    pub metadata_bytes: usize,
    /// A client id, in bytes.
    pub client_id_bytes: usize,
    /// A title, in Unicode scalar values.
    pub title_chars: usize,
    /// An emoji of a reaction, in bytes.
    pub emoji_bytes: usize,
    /// Reactions on one message.
    pub reactions: usize,
    /// Members of one conversation.
    pub members: usize,
    /// Rows of one page.
    pub page: usize,
    /// Rows of an answer that a dialect cannot page.
    pub unpaged: usize,
    /// Rows of one resume answer a conversation.
    pub changes: usize,
    /// Message ids in one read mark.
    pub read_ids: usize,
    /// One incoming frame, in bytes.
    pub frame_bytes: usize,
    /// One request body that is no upload, in bytes.
    pub request_bytes: usize,
    /// One upload, in bytes.
    pub upload_bytes: u64,
    /// Pixels of a picture.
    pub image_pixels: u64,
    /// What waits to be written to one socket, in bytes.
    pub queue_bytes: usize,
    /// Sockets of one user.
    pub sockets_per_user: usize,
    /// How long a typing indicator stands without being repeated.
    pub typing_for: Duration,
    /// Sends by one principal.
    pub send_rate: Rate,
    /// Other changes by one principal.
    pub change_rate: Rate,
    /// Queries by one principal.
    pub query_rate: Rate,
    /// Uploads by one principal.
    pub upload_rate: Rate,
    /// Handshakes by one principal.
    pub connect_rate: Rate,
    /// Requests by one app key, of all kinds together.
    pub host_rate: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_chars: 200_000,
            attachments: 10,
            metadata_bytes: 64 * 1024,
            client_id_bytes: 128,
            title_chars: 500,
            emoji_bytes: 64,
            reactions: 500,
            members: 10_000,
            page: 200,
            unpaged: 10_000,
            changes: 500,
            read_ids: 1_000,
            frame_bytes: 1024 * 1024,
            request_bytes: 4 * 1024 * 1024,
            upload_bytes: 10 * 1024 * 1024,
            image_pixels: 50_000_000,
            queue_bytes: 2 * 1024 * 1024,
            sockets_per_user: 50,
            typing_for: Duration::from_secs(6),
            send_rate: Rate {
                per_second: 50.0,
                burst: 200.0,
            },
            change_rate: Rate {
                per_second: 100.0,
                burst: 300.0,
            },
            query_rate: Rate {
                per_second: 100.0,
                burst: 400.0,
            },
            upload_rate: Rate {
                per_second: 2.0,
                burst: 30.0,
            },
            connect_rate: Rate {
                per_second: 10.0,
                burst: 100.0,
            },
            host_rate: Rate {
                per_second: 5_000.0,
                burst: 10_000.0,
            },
        }
    }
}
