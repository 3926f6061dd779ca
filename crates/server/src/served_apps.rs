//! What the operator API needs of the server: apps that come and go while it runs.

use std::sync::Arc;

use axum::Router;
use parlance_core::app::App;
use parlance_core::ids::AppId;
use parlance_dialects::contract::Dialect;
use parlance_dialects::services::Services;
use parlance_gateway::directory::Directory;
use parlance_gateway::hub::Hub;
use parlance_operator::AppServices;

/// The gateway's directory and hub, as the operator API sees them.
pub(crate) struct ServedApps {
    /// Which apps there are.
    pub(crate) directory: Arc<Directory>,
    /// Their sockets.
    pub(crate) hub: Arc<Hub>,
    /// Routes that every app has beside those of its dialects.
    pub(crate) extra: Option<Router>,
}

impl AppServices for ServedApps {
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
    }

    fn open_sockets(&self, app: AppId) -> usize {
        self.hub.sockets_of(app)
    }
}
