//! What stands before all sections: where to listen, where to keep data, how to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::reader::Problems;
use super::section::section;

section! {
    struct ServerSettings in "" {
        /// Addresses on which all apps are reached that have none of their own. With several apps
        /// there, the Host header tells them apart. Port 0 takes a free one. TLS is the business of
        /// the proxy in front.
        listen: Vec<SocketAddr> = "127.0.0.1:8000";
        /// The folder for database and media, unless store.url and media.url say otherwise. Made when
        /// it is not there. Relative paths count from where the server is started.
        data_dir: PathBuf = "./data";
        /// How long requests may take to finish after SIGTERM or SIGINT, and sockets to be closed with
        /// 1012 (come back). What is not done then is cut off; nothing acknowledged is lost. A second
        /// signal ends the wait.
        stop_deadline: Duration = "20s", "0s" to "10min";
    }
}

impl ServerSettings {
    /// An address can be bound once.
    pub(super) fn check(&self, problems: &mut Problems) {
        for (index, address) in self.listen.iter().enumerate() {
            if address.port() != 0 && self.listen[..index].contains(address) {
                problems.note(
                    "listen",
                    format_args!("{address} stands there twice; take one out"),
                );
            }
        }
    }
}
