//! What a dialect works with, handed to it for one app.

use std::sync::Arc;

use parlance_core::Chat;
use parlance_core::app::App;
use parlance_identity::Identity;
use parlance_media::Uploads;

/// The core and its neighbours, as one app's dialect sees them. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The app that is served.
    pub app: Arc<App>,
    /// The chat core.
    pub chat: Chat,
    /// Accounts, tokens, revocation.
    pub identity: Arc<Identity>,
    /// Uploaded files.
    pub uploads: Arc<Uploads>,
}
