//! What a dialect has to say to serve Socket.IO clients: who may connect to a namespace, and which
//! event a frame is. Packets, transports and heartbeats are the gateway's.

use std::borrow::Cow;
use std::net::IpAddr;

use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::{Admission, Session};

/// What is known of a client that connects to a namespace.
pub struct Namespace<'a> {
    /// Its name as the client wrote it, with the first slash: `/` or `/ws/presence/`.
    pub name: &'a str,
    /// The client's `auth` payload.
    pub auth: Option<&'a Value>,
    /// Query of the connection's first request, without the question mark.
    pub query: &'a str,
    /// All headers of that request.
    pub headers: &'a HeaderMap,
    /// Where it came from.
    pub peer: IpAddr,
}

/// A namespace that a client may be in.
pub struct OpenedNamespace {
    /// The dialect's state for this client in this namespace.
    pub session: Box<dyn Session>,
    /// Who it is and what is heard there. The core checks each topic; when it refuses one, the
    /// client gets [`super::Dialect::refuse_namespace`].
    pub admission: Admission,
    /// Whether a client whose transport broke may come back into this session within two minutes
    /// and be told what it missed. Its credential is checked anew; [`Session::on_open`] is not called
    /// again. Every event then ends with a string that the client sends back.
    pub recoverable: bool,
}

/// A refused namespace, as the client's `connect_error` shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectRefusal {
    /// The error's text.
    pub message: Cow<'static, str>,
    /// More about it, where the dialect has more to say.
    pub data: Option<Value>,
}

impl ConnectRefusal {
    /// Only a text.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            data: None,
        }
    }
}

/// One event to a Socket.IO client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emission {
    /// The event's name; none of those that the client keeps to itself (`connect`, `disconnect`, …).
    pub event: Cow<'static, str>,
    /// Its one argument, as JSON.
    pub argument: String,
}

impl Emission {
    /// An event with one argument, given as JSON text.
    pub fn new(event: impl Into<Cow<'static, str>>, argument: impl Into<String>) -> Self {
        Self {
            event: event.into(),
            argument: argument.into(),
        }
    }

    /// The event that a raw socket's frame is: named by the frame's `type`, with the whole frame as
    /// its argument. `None` when the frame is no JSON object with a `type`.
    pub fn from_frame(frame: String) -> Option<Self> {
        #[derive(Deserialize)]
        struct Typed {
            r#type: String,
        }
        let Typed { r#type } = serde_json::from_str(&frame).ok()?;
        Some(Self::new(r#type, frame))
    }
}

#[cfg(test)]
mod tests {
    use super::Emission;

    #[test]
    fn a_frame_is_the_event_of_its_type() {
        let frame = r#"{"message":{"type":"text"},"type":"message_received"}"#;
        let emission = Emission::from_frame(frame.to_owned());
        assert_eq!(emission, Some(Emission::new("message_received", frame)));
        for other in ["[1]", "{}", "{", r#"{"type":5}"#] {
            assert_eq!(Emission::from_frame(other.to_owned()), None, "{other}");
        }
    }
}
