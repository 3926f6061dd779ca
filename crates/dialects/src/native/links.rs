//! Addresses of stored files, which carry their own permission: a browser shows a picture without
//! a header, and whoever may read the message may read its files for a while.

use std::sync::Arc;

use parlance_core::Chat;
use parlance_core::app::App;
use parlance_core::clock::Timestamp;
use parlance_media::serving;

/// Makes and checks addresses of one app's files.
#[derive(Clone)]
pub struct Links {
    app: Arc<App>,
    chat: Chat,
}

impl Links {
    /// For the files of an app.
    pub const fn new(app: Arc<App>, chat: Chat) -> Self {
        Self { app, chat }
    }

    /// Where a stored file is, good for a day at least.
    pub fn address(&self, storage_name: &str) -> String {
        let base = self.app.profile.public_url.as_deref().unwrap_or_default();
        let base = base.trim_end_matches('/');
        let now = self.chat.now();
        let permission = serving::permission_query(&self.app.secret, storage_name, now);
        format!("{base}/v1/media/{storage_name}?{permission}")
    }

    /// Whether an address was made here and has not ended.
    pub(super) fn is_good(&self, storage_name: &str, expires: i64, signature: &str) -> bool {
        let expires = Timestamp::from_micros(expires.saturating_mul(1_000_000));
        let now = self.chat.now();
        serving::verify(&self.app.secret, storage_name, expires, signature, now)
    }
}
