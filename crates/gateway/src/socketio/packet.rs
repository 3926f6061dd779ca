//! Socket.IO packets, protocol 5: `type[attachments-][/namespace,][id][json]`.
//!
//! Binary events are recognised, and their parts are not read.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::engine::Malformed;

/// The namespace that is not written.
pub const ROOT: &str = "/";
/// A namespace's name, in bytes; clients choose it, and every packet to them repeats it.
const MAX_NAMESPACE_BYTES: usize = 1_024;
/// Digits of an id that asks for an answer.
const MAX_ID_DIGITS: usize = 18;
/// Parts of one binary event.
const MAX_ATTACHMENTS: usize = 64;

/// One packet from a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Packet<'a> {
    /// As the client wrote it; `/` when it wrote none.
    pub namespace: &'a str,
    /// What it says.
    pub kind: Kind<'a>,
}

/// What a packet says.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind<'a> {
    /// The client enters the namespace; its `auth` as JSON text.
    Connect(Option<&'a str>),
    /// It leaves.
    Disconnect,
    /// An event.
    Event {
        /// Its name.
        name: Cow<'a, str>,
        /// Its first argument as JSON text.
        argument: Option<&'a str>,
        /// Under which number an answer is asked for.
        ack: Option<u64>,
    },
    /// An event with binary parts, which follow as packets of their own.
    BinaryEvent {
        /// How many.
        attachments: usize,
        /// Under which number an answer is asked for.
        ack: Option<u64>,
    },
    /// An answer to a question that this server never asks; with binary parts, maybe.
    Ack {
        /// How many binary parts follow.
        attachments: usize,
    },
}

impl<'a> Packet<'a> {
    /// Reads one.
    ///
    /// # Errors
    /// It is no packet that a client may send.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut characters = text.chars();
        let kind = characters.next().ok_or(Malformed)?;
        let mut rest = characters.as_str();
        let mut attachments = 0;
        if matches!(kind, '5' | '6') {
            let (count, after) = rest.split_once('-').ok_or(Malformed)?;
            attachments = number(count).ok_or(Malformed)? as usize;
            if attachments > MAX_ATTACHMENTS {
                return Err(Malformed);
            }
            rest = after;
        }
        let mut namespace = ROOT;
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
            if namespace.len() > MAX_NAMESPACE_BYTES {
                return Err(Malformed);
            }
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (id, json) = rest.split_at(digits);
        let ack = if id.is_empty() {
            None
        } else {
            Some(number(id).ok_or(Malformed)?)
        };
        let kind = match kind {
            '0' if ack.is_none() => Kind::Connect(auth(json)?),
            '1' => Kind::Disconnect,
            '2' => {
                let (name, argument) = event_parts(json)?;
                Kind::Event {
                    name,
                    argument,
                    ack,
                }
            }
            '5' => Kind::BinaryEvent { attachments, ack },
            '3' | '6' if ack.is_some() => Kind::Ack { attachments },
            // 4, a connect error, is the server's to send.
            _ => return Err(Malformed),
        };
        Ok(Self { namespace, kind })
    }
}

fn number(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    (plain && digits.len() <= MAX_ID_DIGITS)
        .then(|| digits.parse().ok())
        .flatten()
}

fn auth(json: &str) -> Result<Option<&str>, Malformed> {
    if json.is_empty() {
        return Ok(None);
    }
    let raw: &RawValue = serde_json::from_str(json).map_err(|_| Malformed)?;
    if raw.get().starts_with('{') {
        Ok(Some(raw.get()))
    } else {
        Err(Malformed)
    }
}

fn event_parts(json: &str) -> Result<(Cow<'_, str>, Option<&str>), Malformed> {
    let parts: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| Malformed)?;
    let name = parts.first().ok_or(Malformed)?.get();
    let plain = name.strip_prefix('"').and_then(|n| n.strip_suffix('"'));
    let name = match plain.filter(|name| !name.contains('\\')) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(serde_json::from_str(name).map_err(|_| Malformed)?),
    };
    Ok((name, parts.get(1).map(|argument| argument.get())))
}

/// The client is in the namespace, under this id; with the private one by which it may come back.
pub fn connected(namespace: &str, sid: &str, pid: Option<&str>) -> String {
    let mut ids = serde_json::json!({ "sid": sid });
    if let Some(pid) = pid {
        ids["pid"] = pid.into();
    }
    written('0', namespace, None, &ids.to_string())
}

/// The client may not enter the namespace.
pub fn connect_error(namespace: &str, message: &str, data: Option<&serde_json::Value>) -> String {
    let mut error = serde_json::json!({ "message": message });
    if let Some(data) = data {
        error["data"] = data.clone();
    }
    written('4', namespace, None, &error.to_string())
}

/// The server takes the client out of the namespace.
pub fn disconnected(namespace: &str) -> String {
    written('1', namespace, None, "")
}

/// An event with one argument, given as JSON text, and its offset, where clients may come back.
pub fn event(namespace: &str, name: &str, argument: &str, offset: Option<&str>) -> String {
    let name = serde_json::Value::from(name);
    let arguments = match offset {
        Some(offset) => format!("[{name},{argument},{}]", serde_json::Value::from(offset)),
        None => format!("[{name},{argument}]"),
    };
    written('2', namespace, None, &arguments)
}

/// The answer to an event that asked for one under this number; `argument` is JSON text.
pub fn answer(namespace: &str, id: u64, argument: Option<&str>) -> String {
    written(
        '3',
        namespace,
        Some(id),
        &format!("[{}]", argument.unwrap_or_default()),
    )
}

fn written(kind: char, namespace: &str, id: Option<u64>, json: &str) -> String {
    let mut text = String::with_capacity(namespace.len() + json.len() + 24);
    text.push(kind);
    if namespace != ROOT {
        text.push_str(namespace);
        text.push(',');
    }
    if let Some(id) = id {
        text.push_str(&id.to_string());
    }
    text.push_str(json);
    text
}
