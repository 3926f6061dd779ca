//! Bytes on a TCP connection, as no client library would send them.

use std::io;

use parlance_testkit::client::{Address, DEADLINE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer that goes on past this is read no further.
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// What came back.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    /// 0 when the connection was closed without an answer.
    pub(crate) status: u16,
    /// Head and body.
    pub(crate) bytes: Vec<u8>,
}

impl RawAnswer {
    pub(crate) fn contains(&self, needle: &str) -> bool {
        self.bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    }
}

/// Sends a request whose target is put there as it is; reads to the end of the connection.
pub(crate) async fn request(
    address: &Address,
    method: &str,
    target: &str,
    headers: &str,
) -> io::Result<RawAnswer> {
    let host = address.host_header();
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
    exchange(address, head.as_bytes()).await
}

/// Sends bytes and reads to the end of the connection.
pub(crate) async fn exchange(address: &Address, bytes: &[u8]) -> io::Result<RawAnswer> {
    let mut stream = TcpStream::connect(address.authority()).await?;
    stream.write_all(bytes).await?;
    read_to_end(stream).await
}

/// Reads to the end of the connection.
pub(crate) async fn read_to_end(stream: TcpStream) -> io::Result<RawAnswer> {
    let mut bytes = Vec::new();
    let mut limited = stream.take(MAX_ANSWER_BYTES);
    // A connection that is cut has nothing more to say either.
    let _cut = tokio::time::timeout(DEADLINE, limited.read_to_end(&mut bytes))
        .await
        .map_err(|_| io::Error::other("the connection was neither answered nor closed"))?;
    let line = String::from_utf8_lossy(
        bytes
            .split(|byte| *byte == b'\r')
            .next()
            .unwrap_or_default(),
    )
    .into_owned();
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    Ok(RawAnswer { status, bytes })
}
