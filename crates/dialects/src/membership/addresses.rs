//! Addresses of files, each carrying its own permission: where one may be put, and where it is
//! served from then on.
//!
//! What a message carries are texts that a client sent; they are kept and shown as they came. Only
//! files that other dialects attached have to be given an address here.

use std::time::Duration;

use parlance_core::app::App;
use parlance_core::clock::Timestamp;
use parlance_core::message::Attachment;
use parlance_media::{clean_file_name, serving};
use uuid::Uuid;

/// Where an announced file is put.
pub(super) const UPLOADS: &str = "/files/upload/";
/// Where it is served from then on.
pub(super) const FILES: &str = "/files/public/";
/// Where files that other dialects attached are served.
pub(super) const STORED: &str = "/files/stored/";

/// How long a file may be put.
const UPLOAD_TIME: Duration = Duration::from_hours(1);
/// A message is read for as long as it is there, and so are its files.
const ALWAYS: Timestamp = Timestamp::from_micros(i64::MAX);

/// A file that was announced, and until when it may be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announced {
    /// Its id to be.
    pub(super) id: Uuid,
    /// Who announced it.
    pub(super) user: Uuid,
    /// Its own name.
    pub(super) name: String,
    /// When the permission ends, in seconds since 1970.
    expires: i64,
}

impl Announced {
    /// A file that may be put from now on for a while.
    pub(super) fn new(id: Uuid, user: Uuid, name: &str, now: Timestamp) -> Self {
        Self {
            id,
            user,
            name: clean_file_name(name),
            expires: now.plus(UPLOAD_TIME).as_seconds(),
        }
    }

    /// Reads it from an address that [`Announced::upload_path`] made and that has not ended.
    pub(super) fn read(app: &App, id: Uuid, query: &str, now: Timestamp) -> Option<Self> {
        let (mut user, mut name, mut expires, mut key) = (None, None, None, None);
        for (field, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*field {
                "user" => user = value.parse().ok(),
                "name" => name = Some(value.into_owned()),
                "expires" => expires = value.parse().ok(),
                "key" => key = Some(value.into_owned()),
                _ => {}
            }
        }
        let (user, name, expires) = (user?, name?, expires?);
        let announced = Self {
            id,
            user,
            name,
            expires,
        };
        let (secret, permission) = (&app.secret, announced.permission());
        serving::verify(secret, &permission, announced.until(), &key?, now).then_some(announced)
    }

    fn until(&self) -> Timestamp {
        Timestamp::from_micros(self.expires.saturating_mul(1_000_000))
    }

    fn permission(&self) -> String {
        format!("put:{}:{}:{}", self.id, self.user, self.name)
    }

    /// Where it is put.
    pub(super) fn upload_path(&self, app: &App) -> String {
        let key = serving::sign(&app.secret, &self.permission(), self.until());
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("name", &self.name)
            .append_pair("user", &self.user.to_string())
            .append_pair("expires", &self.expires.to_string())
            .append_pair("key", &key)
            .finish();
        format!("{UPLOADS}{}?{query}", self.id)
    }
}

/// Where a file is served; its name is there for people.
pub(super) fn public_path(app: &App, id: Uuid, name: &str) -> String {
    let key = serving::sign(&app.secret, &served(id), ALWAYS);
    let name: String = name.chars().map(plain).collect();
    format!("{FILES}{id}/{key}/{name}")
}

/// Characters of a name that need no encoding in an address; the rest is shown as `_`.
fn plain(c: char) -> char {
    if c.is_ascii_alphanumeric() || "-._~".contains(c) {
        c
    } else {
        '_'
    }
}

fn served(id: Uuid) -> String {
    format!("get:{id}")
}

/// Whether an address permits to read the announced file of that id.
pub(super) fn may_read(app: &App, id: Uuid, key: &str, now: Timestamp) -> bool {
    serving::verify(&app.secret, &served(id), ALWAYS, key, now)
}

/// The address of a file that another dialect attached: absolute where the app is published.
pub(super) fn stored(app: &App, attachment: &Attachment) -> String {
    let base = app.profile.public_url.as_deref().unwrap_or_default();
    let name = &attachment.storage_name;
    let key = serving::sign(&app.secret, name, ALWAYS);
    format!("{}{STORED}{name}/{key}", base.trim_end_matches('/'))
}

/// Whether an address permits to read the file stored under that name.
pub(super) fn may_read_stored(app: &App, name: &str, key: &str, now: Timestamp) -> bool {
    serving::verify(&app.secret, name, ALWAYS, key, now)
}

#[cfg(test)]
mod tests {
    use super::super::views::tests::app;
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_323_045_000_000);

    fn announced() -> Announced {
        Announced::new(Uuid::from_u128(1), Uuid::from_u128(2), "../a b&c.jpg", NOW)
    }

    #[test]
    fn an_upload_address_is_for_one_file_one_user_and_one_hour() {
        let (app, file) = (app(), announced());
        assert_eq!(file.name, "a b&c.jpg");
        let path = file.upload_path(&app);
        let (_, query) = path.split_once('?').expect("a query");
        let read = |id, query: &str, now| Announced::read(&app, id, query, now);
        assert_eq!(read(file.id, query, NOW), Some(file.clone()));
        assert_eq!(read(Uuid::from_u128(9), query, NOW), None);
        let later = NOW.plus(Duration::from_hours(1));
        assert_eq!(read(file.id, query, later), None);
        assert_eq!(read(file.id, &query.replace("jpg", "exe"), NOW), None);
        assert_eq!(read(file.id, "", NOW), None);
    }

    #[test]
    fn a_public_address_permits_to_read_its_file_alone() {
        let (app, file) = (app(), announced());
        let path = public_path(&app, file.id, &file.name);
        assert!(path.ends_with("/a_b_c.jpg"), "{path}");
        let key = path.split('/').nth(4).expect("a key");
        assert!(may_read(&app, file.id, key, NOW));
        assert!(!may_read(&app, Uuid::from_u128(9), key, NOW));
        assert!(!may_read_stored(&app, &file.id.to_string(), key, NOW));
    }
}
