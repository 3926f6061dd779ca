//! The state of one socket: frames in, wishes and error frames out.

use std::sync::Arc;

use parlance_core::ChatError;
use parlance_core::chat::{Reply, Request};
use parlance_core::command::{MarkRead, ReadTarget};
use parlance_core::ids::ConversationId;
use parlance_core::user::User;

use super::addresses::Links;
use super::frames::{self, Inbound};
use super::{encode, errors};
use crate::contract::{Frame, Session, Step};

/// The one kind of wish that a session has.
const WISH: u32 = 0;

/// A socket on one room.
pub(super) struct RoomSession {
    room: ConversationId,
    user: Arc<User>,
    links: Links,
}

impl RoomSession {
    /// Of this user, on the room of the socket's address.
    pub(super) const fn new(room: ConversationId, user: Arc<User>, links: Links) -> Self {
        Self { room, user, links }
    }

    fn wish(&self, inbound: Inbound) -> Option<Request> {
        match inbound {
            Inbound::Message(outgoing) => {
                let wish = outgoing.into_command(self.room);
                Some(Request::SendMessage(Box::new(wish)))
            }
            // A receipt that comes again goes out again.
            Inbound::Read(message) => Some(Request::MarkRead(MarkRead {
                conversation: self.room.into(),
                target: ReadTarget::Messages(vec![message.into()]),
                announce_unchanged: true,
            })),
            Inbound::Typing(typing) => Some(Request::SetTyping {
                conversation: self.room.into(),
                typing,
            }),
            Inbound::Nothing => None,
        }
    }
}

impl Session for RoomSession {
    /// The own status is the first frame on a fresh socket.
    fn on_open(&mut self) -> Vec<Step> {
        vec![Step::Send(encode::status(self.user.id, true))]
    }

    fn on_frame(&mut self, frame: Frame<'_>) -> Vec<Step> {
        let inbound = match frame {
            Frame::Text(text) => frames::parse(text),
            Frame::Binary(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => frames::parse(text),
                Err(_) => Err("Invalid JSON"),
            },
        };
        match inbound {
            Ok(inbound) => self
                .wish(inbound)
                .map(|wish| Step::run(WISH, wish))
                .into_iter()
                .collect(),
            Err(text) => vec![Step::Send(encode::error(text))],
        }
    }

    fn on_reply(&mut self, _tag: u32, reply: Result<Reply, ChatError>) -> Vec<Step> {
        match reply {
            // Stored before, so it makes no event: whoever sent it again still gets the echo.
            Ok(Reply::Message(sent)) if sent.repeated => {
                vec![Step::Send(encode::echo(&sent, &self.links))]
            }
            // What came true reaches this socket as an event, like every other.
            Ok(_) => Vec::new(),
            Err(error) => vec![Step::Send(encode::error(&errors::chat_text(error)))],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode::tests::{links, sent, user};
    use super::*;
    use parlance_core::error::Fault;
    use parlance_core::ids::MessageId;
    use serde_json::{Value, json};
    use std::time::Duration;

    fn session() -> RoomSession {
        RoomSession::new(ConversationId(7), user(3, "Uma", false), links())
    }

    fn request(steps: &[Step]) -> &Request {
        match steps {
            [Step::Run { request, .. }] => request,
            other => panic!("expected one wish, got {other:?}"),
        }
    }

    fn said(steps: &[Step]) -> Value {
        match steps {
            [Step::Send(text)] => serde_json::from_str(text).expect("frames are JSON"),
            other => panic!("expected one frame, got {other:?}"),
        }
    }

    #[test]
    fn a_fresh_socket_hears_its_own_status_first() {
        let expected = json!({ "type": "user_status", "user_id": 3, "status": "online" });
        assert_eq!(said(&session().on_open()), expected);
    }

    #[test]
    fn a_receipt_is_announced_each_time_it_comes() {
        let steps = session().on_frame(Frame::Text(r#"{"type":"read_receipt","message_id":"31"}"#));
        let Request::MarkRead(wish) = request(&steps) else {
            panic!("a read mark");
        };
        assert_eq!(
            wish.target,
            ReadTarget::Messages(vec![MessageId(31).into()])
        );
        assert!(wish.announce_unchanged);
        assert_eq!(wish.conversation, ConversationId(7).into());
    }

    #[test]
    fn bytes_are_text_if_they_can_be() {
        let steps = session().on_frame(Frame::Binary(br#"{"message":"hi"}"#));
        let Request::SendMessage(wish) = request(&steps) else {
            panic!("a message");
        };
        assert_eq!(wish.body, "hi");
        assert!(said(&session().on_frame(Frame::Binary(&[0xff])))["error"].is_string());
    }

    #[test]
    fn bad_frames_get_an_error_without_a_type() {
        let error = said(&session().on_frame(Frame::Text("{oops")));
        assert_eq!(error, json!({ "error": "Invalid JSON" }));
        let ignored = session().on_frame(Frame::Text(r#"{"type":"dance"}"#));
        assert!(ignored.is_empty());
    }

    #[test]
    fn a_refused_wish_is_told_to_its_sender() {
        let unknown = ChatError::invalid("reply_to", Fault::Unknown);
        let error = said(&session().on_reply(WISH, Err(unknown)));
        assert_eq!(error, json!({ "error": "Reply target message not found" }));
        let busy = ChatError::TooMany {
            retry_after: Duration::from_secs(1),
        };
        assert!(said(&session().on_reply(WISH, Err(busy)))["error"].is_string());
    }

    #[test]
    fn only_a_repeated_message_is_echoed_by_the_session() {
        let first = session().on_reply(WISH, Ok(Reply::Message(Box::new(sent(false)))));
        assert!(first.is_empty());
        let again = session().on_reply(WISH, Ok(Reply::Message(Box::new(sent(true)))));
        let frame = said(&again);
        assert_eq!(
            (&frame["message_id"], &frame["client_id"]),
            (&json!(31), &json!("k-1"))
        );
    }
}
