//! One socket's state: who is on it and which requests wait for an answer.

use std::collections::VecDeque;
use std::sync::Arc;

use parlance_core::ChatError;
use parlance_core::chat::Reply;
use parlance_core::user::User as CoreUser;
use uuid::Uuid;

use super::events::{write_answer, write_refusal, write_session_started};
use super::frames::{Authenticated, Empty, Inbound, RequestId, read_frame, to_request};
use super::links::Links;
use super::objects::{Changes, DeliveredMark, Message, OnlineUsers, ReadMark, User};
use super::problem::{Problem, ProblemCode};
use crate::contract::{Frame, Session, Step};

/// A socket of the native protocol.
pub(super) struct NativeSession {
    links: Links,
    /// Names the socket in the ids of its requests.
    id: Uuid,
    epoch: Uuid,
    state: State,
    /// The first frame, where the handshake has proved who is on the socket.
    started: Option<String>,
    waiting: VecDeque<Waiting>,
    requests: u32,
}

enum State {
    /// Nobody has proved to be anybody yet.
    Open,
    /// A token is being checked.
    Authenticating(RequestId),
    /// The gateway knows as whom.
    Authenticated,
}

struct Waiting {
    tag: u32,
    id: RequestId,
    kind: AnswerKind,
}

/// How a reply of the core is written; more than one request has the same kind of reply.
#[derive(Clone, Copy)]
enum AnswerKind {
    Plain,
    Read,
    Delivered,
}

impl NativeSession {
    /// A socket that still has to prove who is on it.
    pub(super) fn new(links: Links, id: Uuid, epoch: Uuid) -> Self {
        Self {
            links,
            id,
            epoch,
            state: State::Open,
            started: None,
            waiting: VecDeque::new(),
            requests: 0,
        }
    }

    /// A socket whose handshake proved who is on it.
    pub(super) fn authenticated(links: Links, id: Uuid, epoch: Uuid, user: &CoreUser) -> Self {
        Self {
            state: State::Authenticated,
            started: Some(write_session_started(User::from(user), epoch)),
            ..Self::new(links, id, epoch)
        }
    }

    fn refuse(&self, id: Option<&RequestId>, problem: Problem) -> Vec<Step> {
        let problem = problem.of_request(format!("{}.{}", self.id, self.requests));
        vec![Step::Send(write_refusal(id, &problem))]
    }

    fn answer_request(&mut self, id: RequestId, inbound: Inbound) -> Vec<Step> {
        match (&self.state, &inbound) {
            (State::Open, Inbound::Authenticate(_)) | (State::Authenticated, _) => {}
            (State::Authenticating(_) | State::Open, _) => {
                let first = "session.authenticate has to come first";
                let problem = Problem::new(ProblemCode::Unauthenticated, first);
                return self.refuse(Some(&id), problem);
            }
        }
        let kind = match &inbound {
            Inbound::MarkRead(_) => AnswerKind::Read,
            Inbound::MarkDelivered(_) => AnswerKind::Delivered,
            _ => AnswerKind::Plain,
        };
        match inbound {
            Inbound::Authenticate(wish) => self.authenticate(id, wish.token),
            Inbound::Ping(_) => vec![Step::Send(write_answer(&id, &Empty {}))],
            other => match to_request(other) {
                Ok(Some(request)) => {
                    let tag = self.requests;
                    self.waiting.push_back(Waiting { tag, id, kind });
                    vec![Step::run(tag, request)]
                }
                Ok(None) => Vec::new(),
                Err(problem) => self.refuse(Some(&id), problem),
            },
        }
    }

    fn authenticate(&mut self, id: RequestId, token: String) -> Vec<Step> {
        if matches!(self.state, State::Authenticated) {
            let detail = "the socket is authenticated already";
            return self.refuse(Some(&id), Problem::new(ProblemCode::Conflict, detail));
        }
        self.state = State::Authenticating(id);
        vec![Step::Authenticate { token }]
    }

    fn write_reply(&self, waiting: &Waiting, reply: &Reply) -> String {
        let (id, links) = (&waiting.id, &self.links);
        match (reply, waiting.kind) {
            (Reply::Message(sent), _) => write_answer(id, &Message::from_sent(sent, links)),
            (Reply::Marked(marked), AnswerKind::Delivered) => {
                write_answer(id, &DeliveredMark::from(&**marked))
            }
            (Reply::Marked(marked), _) => write_answer(id, &ReadMark::from(&**marked)),
            (Reply::People(people), _) => write_answer(id, &OnlineUsers::from(people)),
            (Reply::Resumed(resumed), _) => write_answer(id, &Changes::new(resumed, links)),
            (Reply::Done, _) => write_answer(id, &Empty {}),
        }
    }
}

impl Session for NativeSession {
    fn on_open(&mut self) -> Vec<Step> {
        self.started.take().map(Step::Send).into_iter().collect()
    }

    fn on_frame(&mut self, frame: Frame<'_>) -> Vec<Step> {
        self.requests = self.requests.wrapping_add(1);
        let Frame::Text(text) = frame else {
            let problem = Problem::new(ProblemCode::Malformed, "text frames are expected");
            return self.refuse(None, problem);
        };
        match read_frame(text) {
            Ok(frame) => match frame.request {
                Ok(inbound) => self.answer_request(frame.id, inbound),
                Err(problem) => self.refuse(Some(&frame.id), problem),
            },
            Err(problem) => self.refuse(None, problem),
        }
    }

    fn on_reply(&mut self, tag: u32, reply: Result<Reply, ChatError>) -> Vec<Step> {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.tag == tag) else {
            debug_assert!(false, "a reply to no request");
            return Vec::new();
        };
        let Some(waiting) = self.waiting.remove(at) else {
            return Vec::new();
        };
        match reply {
            Ok(reply) => vec![Step::Send(self.write_reply(&waiting, &reply))],
            Err(error) => self.refuse(Some(&waiting.id), error.into()),
        }
    }

    fn on_authenticated(&mut self, result: Result<&Arc<CoreUser>, ChatError>) -> Vec<Step> {
        let State::Authenticating(id) = std::mem::replace(&mut self.state, State::Open) else {
            debug_assert!(false, "an answer that nobody asked for");
            return Vec::new();
        };
        match result {
            Ok(user) => {
                self.state = State::Authenticated;
                let epoch = self.epoch;
                let authenticated = Authenticated {
                    user: User::from(&**user),
                    epoch,
                };
                let started = write_session_started(User::from(&**user), epoch);
                vec![
                    Step::Send(write_answer(&id, &authenticated)),
                    Step::Send(started),
                ]
            }
            Err(ChatError::Unavailable { perhaps_done }) => {
                self.refuse(Some(&id), ChatError::Unavailable { perhaps_done }.into())
            }
            Err(error) => {
                let problem = Problem::new(ProblemCode::Unauthenticated, error.to_string());
                self.refuse(Some(&id), problem)
            }
        }
    }
}
