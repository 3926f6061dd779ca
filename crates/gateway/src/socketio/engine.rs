//! Engine.IO, protocol 4: packets of one character and their data, and how HTTP bodies hold several.

/// What stands between the packets of one HTTP body.
const SEPARATOR: char = '\x1e';
/// Packets in one body; real clients send a handful.
const MAX_PACKETS: usize = 10_000;

/// One packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnginePacket<'a> {
    /// The server's first packet.
    Open(&'a str),
    /// The end.
    Close,
    /// A heartbeat; as `probe`, the question whether a WebSocket gets through.
    Ping(&'a str),
    /// Its answer.
    Pong(&'a str),
    /// A Socket.IO packet.
    Message(&'a str),
    /// From now on everything goes over the WebSocket.
    Upgrade,
    /// Nothing, to answer a poll.
    Noop,
    /// Bytes in base64, over polling.
    Binary,
}

/// Text that is no packet of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a packet of this protocol")]
pub struct Malformed;

impl<'a> EnginePacket<'a> {
    /// Reads one packet.
    ///
    /// # Errors
    /// It is empty or of no known type.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut characters = text.chars();
        let kind = characters.next().ok_or(Malformed)?;
        let data = characters.as_str();
        Ok(match kind {
            '0' => Self::Open(data),
            '1' => Self::Close,
            '2' => Self::Ping(data),
            '3' => Self::Pong(data),
            '4' => Self::Message(data),
            '5' => Self::Upgrade,
            '6' => Self::Noop,
            'b' => Self::Binary,
            _ => return Err(Malformed),
        })
    }

    /// Writes it. Bytes are never sent, so `Binary` is only its mark.
    pub fn encode(&self) -> String {
        let (kind, data) = match *self {
            Self::Open(data) => ('0', data),
            Self::Close => ('1', ""),
            Self::Ping(data) => ('2', data),
            Self::Pong(data) => ('3', data),
            Self::Message(data) => ('4', data),
            Self::Upgrade => ('5', ""),
            Self::Noop => ('6', ""),
            Self::Binary => ('b', ""),
        };
        let mut text = String::with_capacity(1 + data.len());
        text.push(kind);
        text.push_str(data);
        text
    }
}

/// The packets of one HTTP body.
///
/// # Errors
/// There are none, an empty one, or more than 10,000.
pub fn split_payload(body: &str) -> Result<Vec<&str>, Malformed> {
    let packets: Vec<&str> = body.split(SEPARATOR).take(MAX_PACKETS + 1).collect();
    if packets.len() > MAX_PACKETS || packets.iter().any(|packet| packet.is_empty()) {
        return Err(Malformed);
    }
    Ok(packets)
}

/// One HTTP body of these packets.
pub fn join_payload<'a>(packets: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for packet in packets {
        if !body.is_empty() {
            body.push(SEPARATOR as u8);
        }
        body.extend_from_slice(packet);
    }
    body
}
