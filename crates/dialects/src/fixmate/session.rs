//! The state of one socket: frames in, wishes and error frames out.

use parlance_core::ChatError;
use parlance_core::chat::{Reply, Request};
use parlance_core::command::{MarkRead, ReadTarget};
use parlance_core::ids::ConversationId;

use super::frames::{self, Inbound};
use super::{encode, errors};
use crate::contract::{Frame, Session, Step};

/// The one kind of wish that a session has.
const WISH: u32 = 0;

/// A socket on one conversation.
pub(super) struct ChatSession {
    conversation: ConversationId,
}

impl ChatSession {
    /// For the conversation of the socket's address.
    pub(super) const fn new(conversation: ConversationId) -> Self {
        Self { conversation }
    }

    fn wish(&self, inbound: Inbound) -> Option<Request> {
        match inbound {
            Inbound::Message(outgoing) => {
                let wish = outgoing.into_command(self.conversation);
                Some(Request::SendMessage(Box::new(wish)))
            }
            // Asked for in a frame, it is told to everybody, even when nothing was unread.
            Inbound::MarkRead => Some(Request::MarkRead(MarkRead {
                conversation: self.conversation.into(),
                target: ReadTarget::All,
                announce_unchanged: true,
            })),
            Inbound::Typing(typing) => Some(Request::SetTyping {
                conversation: self.conversation.into(),
                typing,
            }),
            Inbound::Reaction {
                message,
                emoji,
                add,
            } => Some(Request::React {
                message: message.into(),
                emoji,
                add,
                within: Some(self.conversation.into()),
            }),
            Inbound::Unknown => None,
        }
    }
}

impl Session for ChatSession {
    fn on_frame(&mut self, frame: Frame<'_>) -> Vec<Step> {
        let inbound = match frame {
            Frame::Text(text) => frames::parse(text),
            Frame::Binary(_) => Err("The message has to be a text frame."),
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
            // What came true reaches this socket as an event, like every other.
            Ok(_) => Vec::new(),
            Err(error) => vec![Step::Send(encode::error(&errors::chat_text(error)))],
        }
    }
}

/// A socket for notifications; what a client sends on it is ignored.
pub(super) struct NotificationSession;

impl Session for NotificationSession {
    fn on_open(&mut self) -> Vec<Step> {
        vec![Step::run(WISH, Request::MarkAllDelivered)]
    }

    fn on_frame(&mut self, _frame: Frame<'_>) -> Vec<Step> {
        Vec::new()
    }

    fn on_reply(&mut self, _tag: u32, _reply: Result<Reply, ChatError>) -> Vec<Step> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlance_core::error::Fault;
    use serde_json::{Value, json};
    use std::time::Duration;

    fn session() -> ChatSession {
        ChatSession::new(ConversationId(7))
    }

    fn frame(json: &Value) -> Vec<Step> {
        session().on_frame(Frame::Text(&json.to_string()))
    }

    fn request(steps: &[Step]) -> &Request {
        match steps {
            [Step::Run { request, .. }] => request,
            other => panic!("expected one wish, got {other:?}"),
        }
    }

    fn is_error(steps: &[Step]) -> bool {
        matches!(steps, [Step::Send(text)] if text.contains(r#""type":"error""#))
    }

    #[test]
    fn mark_read_is_announced_to_everybody_even_when_nothing_was_unread() {
        let steps = frame(&json!({ "type": "mark_read" }));
        let Request::MarkRead(wish) = request(&steps) else {
            panic!("a read mark");
        };
        assert_eq!(wish.target, ReadTarget::All);
        assert!(wish.announce_unchanged);
    }

    #[test]
    fn a_message_goes_to_the_sockets_own_conversation_whatever_the_frame_says() {
        let steps = frame(&json!({
            "type": "chat_message", "message": "hi", "image_url": "", "conversation_id": 8,
            "sender_id": 9,
        }));
        let Request::SendMessage(wish) = request(&steps) else {
            panic!("a message");
        };
        assert_eq!(wish.conversation, ConversationId(7).into());
        assert_eq!((wish.body.as_str(), wish.attachments.len()), ("hi", 0));
    }

    #[test]
    fn a_reaction_has_to_stay_within_the_conversation() {
        let steps = frame(&json!({ "type": "reaction", "message_id": 5, "emoji": "👍" }));
        let Request::React { within, .. } = request(&steps) else {
            panic!("a reaction");
        };
        assert_eq!(*within, Some(ConversationId(7).into()));
    }

    #[test]
    fn bad_frames_get_an_error_frame_and_the_socket_stays() {
        let mut session = session();
        for bad in ["{not json", "[]", "7", r#"{"type":"chat_message"}"#] {
            assert!(is_error(&session.on_frame(Frame::Text(bad))), "{bad}");
        }
        assert!(is_error(&session.on_frame(Frame::Binary(b"{}"))));
        assert!(frame(&json!({ "type": "no_such_thing" })).is_empty());
    }

    #[test]
    fn a_refused_wish_is_told_to_its_sender() {
        let blank = ChatError::invalid("body", Fault::Blank);
        assert!(is_error(&session().on_reply(WISH, Err(blank))));
        let busy = ChatError::TooMany {
            retry_after: Duration::from_secs(1),
        };
        assert!(is_error(&session().on_reply(WISH, Err(busy))));
        assert!(session().on_reply(WISH, Ok(Reply::Done)).is_empty());
    }

    #[test]
    fn the_notification_socket_takes_delivery_and_ignores_frames() {
        let steps = NotificationSession.on_open();
        assert!(matches!(request(&steps), Request::MarkAllDelivered));
        let sent = NotificationSession.on_frame(Frame::Text("{not json"));
        assert!(sent.is_empty());
        let gone = ChatError::Unavailable {
            perhaps_done: false,
        };
        assert!(NotificationSession.on_reply(WISH, Err(gone)).is_empty());
    }
}
