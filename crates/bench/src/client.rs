//! A WebSocket client that costs little: the machine is shared with the server that is measured.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An open socket.
pub(crate) struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Socket {
    /// Opens a socket; `token` goes into the `Authorization` header.
    pub(crate) async fn open(address: &str, host: &str, path: &str, token: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let authorization = if token.is_empty() {
            String::new()
        } else {
            format!("Authorization: Bearer {token}\r\n")
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{authorization}\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut buffer = Vec::with_capacity(1_024);
        let end = loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                bail!("closed during the handshake");
            }
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        if !buffer.starts_with(b"HTTP/1.1 101") {
            bail!("refused: {}", String::from_utf8_lossy(&buffer));
        }
        buffer.drain(..end);
        Ok(Self { stream, buffer })
    }

    /// Sends a text. The mask is zero, which costs nothing and is as good on loopback.
    pub(crate) async fn send(&mut self, text: &str) -> Result<()> {
        let mut frame = Vec::with_capacity(text.len() + 14);
        frame.push(0x81);
        match text.len() {
            len @ 0..126 => frame.push(0x80 | len as u8),
            len @ 126..65_536 => {
                frame.push(0xfe);
                frame.extend((len as u16).to_be_bytes());
            }
            len => {
                frame.push(0xff);
                frame.extend((len as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        Ok(self.stream.write_all(&frame).await?)
    }

    /// The next text; answers no pings, nobody stays that long.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some((opcode, payload, end)) = frame(&self.buffer) {
                let text = self.buffer[payload..end].to_vec();
                self.buffer.drain(..end);
                match opcode {
                    1 => return Ok(text),
                    8 => bail!("closed by the server"),
                    _ => continue,
                }
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server has gone");
            }
        }
    }

    /// Reads on and counts text frames, without keeping them; answers how many the read brought.
    pub(crate) async fn count(&mut self) -> Result<u64> {
        let mut texts = 0;
        while texts == 0 {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server has gone");
            }
            let mut at = 0;
            while let Some((opcode, _, end)) = frame(&self.buffer[at..]) {
                texts += u64::from(opcode == 1);
                at += end;
            }
            self.buffer.drain(..at);
        }
        Ok(texts)
    }
}

/// Opcode, start of the payload and end of the first whole frame in a buffer.
fn frame(buffer: &[u8]) -> Option<(u8, usize, usize)> {
    let (head, rest) = buffer.split_first_chunk::<2>()?;
    let (len, payload) = match head[1] & 0x7f {
        126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
        127 => (
            usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?,
            10,
        ),
        len => (usize::from(len), 2),
    };
    let end = payload + len;
    (buffer.len() >= end).then_some((head[0] & 0x0f, payload, end))
}

/// Host and port of an address like `http://127.0.0.1:8000`.
pub(crate) fn authority(url: &str) -> Result<String> {
    Ok(url
        .strip_prefix("http://")
        .context("not http")?
        .trim_end_matches('/')
        .to_owned())
}
