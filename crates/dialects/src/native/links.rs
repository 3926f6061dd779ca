//! Addresses of stored files, which carry their own permission: a browser shows a picture without
//! a header, and whoever may read the message may read its files for a while.

use std::sync::Arc;
use std::time::Duration;

use parlance_core::Chat;
use parlance_core::app::App;
use parlance_core::clock::Timestamp;
use parlance_media::serving;

/// An address ends at a full hour, so that within it all answers carry the same bytes and a browser
/// asks once.
const STEP: Duration = Duration::from_hours(1);

/// Full hours that an address is good for at least.
const STEPS: i64 = 24;

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
        let expires = expiry(self.chat.now());
        let signature = serving::sign(&self.app.secret, storage_name, expires);
        let expires = expires.as_seconds();
        format!("{base}/v1/media/{storage_name}?expires={expires}&signature={signature}")
    }

    /// Whether an address was made here and has not ended.
    pub(super) fn is_good(&self, storage_name: &str, expires: i64, signature: &str) -> bool {
        let expires = Timestamp::from_micros(expires.saturating_mul(1_000_000));
        let now = self.chat.now();
        serving::verify(&self.app.secret, storage_name, expires, signature, now)
    }
}

fn expiry(now: Timestamp) -> Timestamp {
    let step = i64::try_from(STEP.as_micros()).expect("an hour fits");
    let hours = now.as_micros().div_euclid(step) + 1 + STEPS;
    Timestamp::from_micros(hours * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_at_a_full_hour_a_day_ahead() {
        let hour = 3_600_000_000;
        for (now, ends) in [(0, 25), (1, 25), (hour - 1, 25), (hour, 26)] {
            let ends = Timestamp::from_micros(ends * hour);
            assert_eq!(expiry(Timestamp::from_micros(now)), ends);
        }
    }
}
