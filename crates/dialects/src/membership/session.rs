//! The state of one socket: frames in, wishes and error frames out.

use parlance_core::ChatError;
use parlance_core::chat::{Reply, Request};
use parlance_core::command::{MarkRead, ReadTarget};

use super::frames::{self, Inbound};
use super::{encode, errors};
use crate::contract::{Frame, Session, Step};

/// A wish whose refusal is told.
const WISH: u32 = 0;
/// Typing, which is dropped where it may not be.
const TYPING: u32 = 1;

/// A user's socket; every frame names its thread.
pub(super) struct DeskSession;

fn wish(inbound: Inbound) -> (u32, Request) {
    match inbound {
        Inbound::Send(thread, outgoing) => {
            let wish = Box::new(outgoing.into_command(thread));
            (WISH, Request::SendMessage(wish))
        }
        Inbound::Typing(thread, typing) => {
            let conversation = thread.into();
            let request = Request::SetTyping {
                conversation,
                typing,
            };
            (TYPING, request)
        }
        Inbound::Read(thread) => {
            let wish = MarkRead {
                conversation: thread.into(),
                target: ReadTarget::All,
                announce_unchanged: false,
            };
            (WISH, Request::MarkRead(wish))
        }
        Inbound::React {
            thread,
            message,
            emoji,
            add,
        } => {
            let request = Request::React {
                message: message.into(),
                emoji,
                add,
                within: Some(thread.into()),
            };
            (WISH, request)
        }
    }
}

impl Session for DeskSession {
    fn on_frame(&mut self, frame: Frame<'_>) -> Vec<Step> {
        let text = match frame {
            Frame::Text(text) => Ok(text),
            Frame::Binary(bytes) => {
                std::str::from_utf8(bytes).map_err(|_| "A frame has to be text in UTF-8")
            }
        };
        match text.and_then(frames::parse).map(wish) {
            Ok((tag, request)) => vec![Step::run(tag, request)],
            Err(text) => vec![Step::Send(encode::error(text))],
        }
    }

    fn on_reply(&mut self, tag: u32, reply: Result<Reply, ChatError>) -> Vec<Step> {
        match reply {
            // What came true reaches this socket as an event, like every other.
            Ok(_) => Vec::new(),
            Err(ChatError::NotFound(_)) if tag == TYPING => Vec::new(),
            Err(error) => vec![Step::Send(encode::error(&errors::chat_text(error)))],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlance_core::error::Subject;
    use serde_json::{Value, json};
    use uuid::Uuid;

    const THREAD: Uuid = Uuid::from_u128(7);

    fn frame(json: &Value) -> (u32, Request) {
        let mut steps = DeskSession.on_frame(Frame::Text(&json.to_string()));
        match steps.pop() {
            Some(Step::Run { tag, request }) => (tag, *request),
            other => panic!("expected one wish, got {other:?}"),
        }
    }

    fn is_error(steps: &[Step]) -> bool {
        matches!(steps, [Step::Send(text)] if text.contains(r#""type":"error""#))
    }

    #[test]
    fn every_frame_names_its_thread() {
        let send = json!({ "type": "SEND", "threadId": THREAD, "body": "hi" });
        let (_, Request::SendMessage(wish)) = frame(&send) else {
            panic!("a message");
        };
        assert_eq!(wish.conversation, THREAD.into());
        // On the sender's own socket it is told as well.
        assert!(!wish.leave_out_origin);
        let react = json!({
            "type": "REACT", "threadId": THREAD, "messageId": THREAD, "emoji": "👍",
        });
        let (_, Request::React { within, add, .. }) = frame(&react) else {
            panic!("a reaction");
        };
        assert_eq!((within, add), (Some(THREAD.into()), true));
        let (_, Request::MarkRead(wish)) = frame(&json!({ "type": "READ", "threadId": THREAD }))
        else {
            panic!("a read mark");
        };
        assert_eq!(
            (wish.target, wish.announce_unchanged),
            (ReadTarget::All, false)
        );
    }

    #[test]
    fn no_frame_ends_the_socket() {
        let mut session = DeskSession;
        for bad in ["", "{not json", "[1,2]", "5", "null", "\"x\"", "{}"] {
            assert!(is_error(&session.on_frame(Frame::Text(bad))), "{bad}");
        }
        assert!(is_error(&session.on_frame(Frame::Binary(b"\xff\xfe"))));
        let text = json!({ "type": "READ", "threadId": THREAD }).to_string();
        let steps = session.on_frame(Frame::Binary(text.as_bytes()));
        assert!(matches!(steps[..], [Step::Run { .. }]));
    }

    #[test]
    fn a_refusal_is_told_but_typing_where_it_may_not_be_is_dropped() {
        let unknown = || Err(ChatError::NotFound(Subject::Conversation));
        assert!(is_error(&DeskSession.on_reply(WISH, unknown())));
        assert!(is_error(
            &DeskSession.on_reply(WISH, Err(ChatError::Closed))
        ));
        assert!(DeskSession.on_reply(TYPING, unknown()).is_empty());
        assert!(DeskSession.on_reply(WISH, Ok(Reply::Done)).is_empty());
    }
}
