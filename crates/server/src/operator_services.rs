//! What the operator API needs of the server: apps that come and go while it runs.

use std::sync::Arc;

use parlance_core::app::App;
use parlance_core::ids::AppId;
use parlance_core::publish::{Disconnect, Publisher as _};
use parlance_dialects::contract::Dialect;
use parlance_dialects::services::Services;
use parlance_gateway::directory::Directory;
use parlance_gateway::hub::Hub;
use parlance_identity::{Identity, SecretText};
use parlance_operator::AppServices;

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

    pub(crate) fn router(self, key: Option<&Secret>) -> axum::Router {
        parlance_operator::router(parlance_operator::OperatorServices {
            identity: Arc::clone(&self.identity),
            operator_key: key.map(|key| SecretText::new(key.expose().to_owned())),
            apps: Arc::new(self),
        })
    }
}

impl AppServices for OperatorServices {
    fn services(&self, app: AppId) -> Option<Services> {
        self.directory.services(app)
    }

    fn dialect(&self, app: AppId) -> Option<Arc<dyn Dialect>> {
        self.directory.dialect(app)
    }

    fn added(&self, app: &Arc<App>) -> Result<(), String> {
        let added = self.directory.add(app, self.extra.clone());
        added.map_err(|error| error.to_string())
    }

    fn removed(&self, app: AppId) {
        self.directory.remove(app);
        self.hub.disconnect(Disconnect::App(app));
    }

    fn open_sockets(&self, app: AppId) -> usize {
        self.hub.sockets_of(app)
    }
}
