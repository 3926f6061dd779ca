//! Where attachments are kept.

use std::path::{Path, PathBuf};

use super::section::section;
use super::store::path_of_url;
use super::value::Value;

section! {
    /// Uploaded files. How large they may be: see limits.
    struct MediaSettings in "media" {
        /// The folder for them. Without it: media in data_dir. The path after file:// counts from
        /// where the server is started unless it begins with a slash.
        url: Option<MediaUrl> = none, "file://./data/media";
    }
}

impl MediaSettings {
    /// The folder.
    pub(crate) fn folder(&self, data_dir: &Path) -> PathBuf {
        match &self.url {
            Some(MediaUrl(path)) => path.clone(),
            None => data_dir.join("media"),
        }
    }
}

/// The address of a media store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaUrl(PathBuf);

impl Value for MediaUrl {
    fn from_text(text: &str) -> Result<Self, String> {
        path_of_url(text, "file", "file://./data/media").map(Self)
    }
}
