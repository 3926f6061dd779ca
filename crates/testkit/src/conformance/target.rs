//! The server that cases are replayed against.

use std::time::Duration;

use tokio::net::TcpStream;

use super::failure::Failure;

/// Where the server listens and what the runner may do there.
#[derive(Debug, Clone)]
pub struct Target {
    /// `host:port` that every request and socket is dialled at, whatever its `Host` says.
    pub authority: String,
    /// The server's `operator_key`, by which cases get apps of their own.
    pub operator_key: String,
    /// How long one answer or frame may take before the step counts as failed. It only ends what
    /// would hang: a right server is never measured by it.
    pub deadline: Duration,
}

impl Target {
    /// A server by its base address, with a deadline of ten seconds a step.
    ///
    /// # Errors
    /// An address that is not `http://host[:port]`, in words.
    pub fn new(base_url: &str, operator_key: impl Into<String>) -> Result<Self, String> {
        let wrong = |why: &str| format!("target {base_url:?}: {why}; give http://host:port");
        let url = url::Url::parse(base_url).map_err(|error| wrong(&error.to_string()))?;
        if url.scheme() != "http" {
            return Err(wrong("only plain http is spoken"));
        }
        if url.path() != "/" || url.query().is_some() {
            return Err(wrong("no path is taken"));
        }
        let host = url.host_str().ok_or_else(|| wrong("no host"))?;
        let port = url
            .port_or_known_default()
            .ok_or_else(|| wrong("no port"))?;
        Ok(Self {
            authority: format!("{host}:{port}"),
            operator_key: operator_key.into(),
            deadline: Duration::from_secs(10),
        })
    }

    /// A new connection to the server.
    pub(super) async fn connect(&self) -> Result<TcpStream, Failure> {
        let dialled = TcpStream::connect(&self.authority).await;
        let stream = dialled.map_err(|error| {
            Failure::new(format!("no connection to {}: {error}", self.authority))
        })?;
        // Small writes go out at once; without it a frame may wait for the peer's acknowledgement.
        stream
            .set_nodelay(true)
            .map_err(|error| Failure::new(format!("connection to {}: {error}", self.authority)))?;
        Ok(stream)
    }

    /// Ends a wait that would hang.
    pub(super) async fn within<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout(self.deadline, work).await {
            Ok(done) => done,
            Err(_) => Err(Failure::new(format!("{what} within {:?}", self.deadline))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_is_http_host_and_port() {
        let target = Target::new("http://127.0.0.1:8123/", "k").unwrap();
        assert_eq!(target.authority, "127.0.0.1:8123");
        assert_eq!(
            Target::new("http://chat.test", "k").unwrap().authority,
            "chat.test:80"
        );
        for wrong in ["https://a.test", "127.0.0.1:80", "http://a.test/chat", ""] {
            assert!(Target::new(wrong, "k").is_err(), "{wrong}");
        }
    }
}
