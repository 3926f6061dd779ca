//! Addresses to listen on, bound before anything is served.

use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::{TcpListener, TcpSocket};

use crate::settings::Settings;

/// Connections that may wait to be accepted; a crowd that reconnects at once must not be refused.
const BACKLOG: u32 = 4_096;

/// A bound address.
pub(crate) struct Bound {
    /// What accepts there.
    pub(crate) listener: TcpListener,
    /// Where, with the port that was taken.
    pub(crate) address: SocketAddr,
    /// The one app that it is for.
    pub(crate) app: Option<String>,
}

impl Bound {
    /// `http://127.0.0.1:8000`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Binds all addresses of the settings: the general ones first, then those of apps, in their order.
///
/// # Errors
/// The first that could not be bound, with what to do.
pub(crate) fn bind_all(settings: &Settings) -> anyhow::Result<Vec<Bound>> {
    let general = settings
        .server
        .listen
        .iter()
        .map(|address| (*address, None));
    let own = settings
        .apps
        .iter()
        .filter_map(|app| Some((app.listen?, Some(app.name.clone()))));
    general
        .chain(own)
        .map(|(address, app)| bind(address, app))
        .collect()
}

fn bind(address: SocketAddr, app: Option<String>) -> anyhow::Result<Bound> {
    let listener = listen(address).with_context(|| {
        let setting = match &app {
            Some(app) => format!("apps.{app}.listen"),
            None => "listen".to_owned(),
        };
        format!(
            "{setting}: cannot listen on {address}; stop what listens there, or choose another port"
        )
    })?;
    let address = listener.local_addr()?;
    Ok(Bound {
        listener,
        address,
        app,
    })
}

/// Listens on an address; it may be taken again right after a restart.
///
/// # Errors
/// The operating system's.
pub(crate) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
