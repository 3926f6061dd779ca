//! Packets of Engine.IO 4 and, inside its messages, of Socket.IO 5.

use serde_json::Value;

/// Between packets in one polling body.
pub(super) const SEPARATOR: char = '\u{1e}';

/// A packet of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EnginePacket {
    /// `0`: the session's settings.
    Open(String),
    /// `1`: the session is over.
    Close,
    /// `2`: heartbeat.
    Ping,
    /// `3`: its answer; `3probe` while upgrading.
    Pong(String),
    /// `4`: a Socket.IO packet.
    Message(String),
    /// `6`: lets a waiting poll return.
    Noop,
}

impl EnginePacket {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let rest = || text[1..].to_owned();
        match text.as_bytes().first() {
            Some(b'0') => Ok(Self::Open(rest())),
            Some(b'1') => Ok(Self::Close),
            Some(b'2') => Ok(Self::Ping),
            Some(b'3') => Ok(Self::Pong(rest())),
            Some(b'4') => Ok(Self::Message(rest())),
            Some(b'6') => Ok(Self::Noop),
            _ => Err(format!("no Engine.IO packet: {text:?}")),
        }
    }
}

/// A packet of Socket.IO that a server sends.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Packet {
    pub(super) namespace: String,
    pub(super) body: Body,
}

/// What it says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// `0`: connected.
    Connect,
    /// `1`: the server leaves the namespace.
    Disconnect,
    /// `2`: an event and its arguments.
    Event { name: String, arguments: Vec<Value> },
    /// `3`: the answer to an event that asked for one; no case does.
    Ack,
    /// `4`: the namespace is refused.
    ConnectError(Value),
}

impl Packet {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("no Socket.IO packet ({why}): {text:?}");
        let kind = text.chars().next().ok_or_else(|| wrong("empty"))?;
        let (namespace, rest) = split_namespace(&text[kind.len_utf8()..]);
        let payload = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let document = || -> Result<Value, String> {
            serde_json::from_str(payload).map_err(|error| wrong(&error.to_string()))
        };
        let body = match kind {
            '0' => Body::Connect,
            '1' => Body::Disconnect,
            '2' => event(document()?).ok_or_else(|| wrong("an event is [name, …]"))?,
            '3' => Body::Ack,
            '4' => Body::ConnectError(document()?),
            _ => return Err(wrong("kind")),
        };
        Ok(Self {
            namespace: namespace.to_owned(),
            body,
        })
    }
}

fn split_namespace(text: &str) -> (&str, &str) {
    if text.starts_with('/') {
        text.split_once(',').unwrap_or((text, ""))
    } else {
        ("/", text)
    }
}

fn event(document: Value) -> Option<Body> {
    let Value::Array(mut items) = document else {
        return None;
    };
    let name = items.first()?.as_str()?.to_owned();
    items.remove(0);
    Some(Body::Event {
        name,
        arguments: items,
    })
}

/// The prefix that names a namespace; the main one has none.
fn prefix(namespace: &str) -> String {
    if namespace == "/" {
        String::new()
    } else {
        format!("{namespace},")
    }
}

/// `40/ns,{auth}`.
pub(super) fn connect(namespace: &str, auth: Option<&Value>) -> String {
    let auth = auth.map(Value::to_string).unwrap_or_default();
    format!("40{}{auth}", prefix(namespace))
}

/// `41/ns,`.
pub(super) fn disconnect(namespace: &str) -> String {
    format!("41{}", prefix(namespace))
}

/// `42/ns,["name",argument]`.
pub(super) fn emit(namespace: &str, name: &str, argument: Option<Value>) -> String {
    let mut items = vec![Value::String(name.to_owned())];
    items.extend(argument);
    format!("42{}{}", prefix(namespace), Value::Array(items))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> (String, Body) {
        let packet = Packet::parse(text).unwrap();
        (packet.namespace, packet.body)
    }

    #[test]
    fn packets_name_their_namespace_or_mean_the_main_one() {
        assert_eq!(parse("0{\"sid\":\"x\"}"), ("/".to_owned(), Body::Connect));
        assert_eq!(
            parse("0/ws/chat/7/,{\"sid\":\"x\"}"),
            ("/ws/chat/7/".to_owned(), Body::Connect)
        );
        assert_eq!(parse("1/n,"), ("/n".to_owned(), Body::Disconnect));
        let refused = Body::ConnectError(json!({"message": "no"}));
        assert_eq!(parse("4{\"message\":\"no\"}"), ("/".to_owned(), refused));
    }

    #[test]
    fn events_carry_a_name_arguments_and_perhaps_an_ack_id() {
        let event = |arguments| Body::Event {
            name: "a".to_owned(),
            arguments,
        };
        assert_eq!(parse("2[\"a\"]").1, event(vec![]));
        assert_eq!(
            parse("2/n,[\"a\",{\"b\":1}]"),
            ("/n".to_owned(), event(vec![json!({"b": 1})]))
        );
        assert_eq!(parse("2/n,7[\"a\",1]").1, event(vec![json!(1)]));
        assert!(Packet::parse("2{}").is_err());
        assert!(Packet::parse("2[1]").is_err());
        assert!(Packet::parse("").is_err());
    }

    #[test]
    fn what_is_sent_has_the_published_form() {
        assert_eq!(connect("/", None), "40");
        assert_eq!(
            connect("/n/", Some(&json!({"token": "t"}))),
            "40/n/,{\"token\":\"t\"}"
        );
        assert_eq!(disconnect("/n/"), "41/n/,");
        assert_eq!(emit("/", "go", None), "42[\"go\"]");
        assert_eq!(
            emit("/n", "go", Some(json!({"a": 1}))),
            "42/n,[\"go\",{\"a\":1}]"
        );
    }

    #[test]
    fn engine_packets_are_told_by_their_digit() {
        assert_eq!(
            EnginePacket::parse("3probe"),
            Ok(EnginePacket::Pong("probe".to_owned()))
        );
        assert_eq!(
            EnginePacket::parse("42[\"a\"]"),
            Ok(EnginePacket::Message("2[\"a\"]".to_owned()))
        );
        assert!(EnginePacket::parse("9").is_err());
    }
}
