//! What the operator API needs of the server: apps that come and go while it runs.

use std::sync::Arc;

use parlance_gateway::directory::Directory;
use parlance_gateway::hub::Hub;
use parlance_identity::Identity;

use crate::settings::Secret;

/// Makes and removes apps for the operator API.
pub(crate) struct OperatorServices {
    identity: Arc<Identity>,
    directory: Arc<Directory>,
    hub: Arc<Hub>,
    extra: Option<axum::Router>,
}

impl OperatorServices {
    pub(crate) fn new(
        identity: Arc<Identity>,
        directory: Arc<Directory>,
        hub: Arc<Hub>,
        extra: Option<axum::Router>,
    ) -> Self {
        Self {
            identity,
            directory,
            hub,
            extra,
        }
    }

    pub(crate) fn router(self, _key: Option<&Secret>) -> axum::Router {
        axum::Router::new()
    }
}
