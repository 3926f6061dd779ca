//! The way of an event into the sockets that hear of it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use parlance_core::event::{Event, EventBody};
use parlance_core::ids::{ConversationId, UserId};
use parlance_core::member::Party;
use parlance_core::topic::Topic;
use parlance_dialects::contract::{Relation, View};

use super::topics::Listener;
use super::{Hub, SocketHandle};
use crate::socketio::{self, Label};
use crate::websocket::{FrameKind, close_code, encode_text};

/// Above this many listeners an event is delivered in chunks by a task of its conversation.
const CROWD: usize = 256;
/// Listeners served before others get their turn.
const CHUNK: usize = 256;
/// Events that may wait for a crowded conversation. Its sockets cannot be told more than the machine
/// can send: beyond, they are closed with a code that says resume.
const BACKLOG: usize = 10_000;

impl Hub {
    pub(super) fn deliver(&self, event: Arc<Event>) {
        let Some(id) = event.conversation.as_ref().map(|state| state.head.id) else {
            return self.deliver_now(&event);
        };
        let mut crowded = self.crowded.lock();
        if let Some(waiting) = crowded.get_mut(&id) {
            if waiting.len() < BACKLOG {
                waiting.push_back(event);
            } else {
                drop(crowded);
                self.close_audience(&event);
            }
            return;
        }
        if self.audience(&event) > CROWD
            && let Some(hub) = self.this.upgrade()
        {
            crowded.insert(id, VecDeque::from([event]));
            drop(crowded);
            tokio::spawn(async move { hub.empty_crowd(id).await });
            return;
        }
        drop(crowded);
        self.deliver_now(&event);
    }

    /// Rather closed than left with a hole.
    fn close_audience(&self, event: &Event) {
        for topic in topics(event) {
            self.topics.chunk(topic, 0, usize::MAX, |listener| {
                listener
                    .socket
                    .outbound
                    .request_close(close_code::TOO_SLOW, "reconnect and resume");
            });
        }
    }

    /// Upper bound of how many sockets or look-ups an event costs.
    fn audience(&self, event: &Event) -> usize {
        let Some(state) = &event.conversation else {
            return event.also.len();
        };
        let listeners = self.topics.size(Topic::Conversation(state.head.id));
        let staff = self.topics.size(Topic::Staff(event.app));
        listeners + state.members.len() + staff
    }

    fn deliver_now(&self, event: &Event) {
        let mut delivery = Delivery::new(self, event);
        for topic in topics(event) {
            self.topics.chunk(topic, 0, usize::MAX, |listener| {
                delivery.serve(topic, listener);
            });
        }
        self.metrics
            .delivered_after(self.clock.now().since(event.at));
    }

    async fn empty_crowd(&self, id: ConversationId) {
        loop {
            let next = {
                let mut crowded = self.crowded.lock();
                let next = crowded.get_mut(&id).and_then(VecDeque::pop_front);
                if next.is_none() {
                    crowded.remove(&id);
                }
                next
            };
            let Some(event) = next else { return };
            self.deliver_in_chunks(&event).await;
        }
    }

    async fn deliver_in_chunks(&self, event: &Event) {
        let mut delivery = Delivery::new(self, event);
        let mut served = 0;
        for topic in topics(event) {
            let mut from = Some(0);
            while let Some(place) = from {
                from = self.topics.chunk(topic, place, CHUNK, |listener| {
                    delivery.serve(topic, listener);
                });
                served += if from.is_some() { CHUNK } else { 1 };
                if served >= CHUNK {
                    served = 0;
                    tokio::task::yield_now().await;
                }
            }
        }
        self.metrics
            .delivered_after(self.clock.now().since(event.at));
    }
}

/// Where an event is heard.
fn topics(event: &Event) -> Vec<Topic> {
    let also = event.also.iter().copied().map(Topic::User);
    let Some(state) = &event.conversation else {
        return also.collect();
    };
    let party_topic = |party: Party| match party {
        Party::User(user) => Topic::User(user),
        Party::Staff => Topic::Staff(event.app),
    };
    if let Some(party) = event.only_for() {
        return vec![party_topic(party)];
    }
    if matches!(event.body, EventBody::AttendanceChanged { .. }) {
        return vec![Topic::Conversation(state.head.id)];
    }
    let members = state.members.iter().map(|member| party_topic(member.party));
    let mut topics = Vec::with_capacity(state.members.len() + event.also.len() + 1);
    topics.push(Topic::Conversation(state.head.id));
    topics.extend(members);
    for topic in also {
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    topics
}

/// One event on its way, with the frames that were encoded for it so far.
struct Delivery<'a> {
    hub: &'a Hub,
    event: &'a Event,
    kind: FrameKind,
    /// A handful at most, so a list it is.
    frames: Vec<(Form, Option<Bytes>)>,
}

/// Sockets of the same form get the same bytes.
#[derive(PartialEq, Eq)]
struct Form {
    /// The dialect, of one app, by its address.
    dialect: usize,
    view: View,
    relation: Relation,
    /// A Socket.IO packet names its namespace.
    namespace: Option<Arc<Label>>,
}

impl<'a> Delivery<'a> {
    fn new(hub: &'a Hub, event: &'a Event) -> Self {
        let kind = if event.is_lasting() || matches!(event.body, EventBody::ReceiptRead { .. }) {
            FrameKind::Lasting
        } else {
            FrameKind::Ephemeral
        };
        Self {
            hub,
            event,
            kind,
            frames: Vec::new(),
        }
    }

    fn serve(&mut self, topic: Topic, listener: &Listener) {
        let socket = &listener.socket;
        let user = socket.who.get().map(|who| who.user.id);
        let left_out = self.event.skip_origin && self.event.socket == Some(socket.id);
        if left_out || self.hears_twice(topic, user) {
            return;
        }
        let relation = self.relation(socket, user);
        if let Some(frame) = self.frame(socket, listener.view, relation) {
            self.hub.push(socket, frame, self.kind);
        }
    }

    /// Staff who are also members by name hear of their conversations by the user's topic.
    fn hears_twice(&self, topic: Topic, user: Option<UserId>) -> bool {
        matches!(topic, Topic::Staff(_))
            && self.event.conversation.as_ref().is_some_and(|state| {
                state
                    .members
                    .iter()
                    .any(|m| m.party.user().is_some() && m.party.user() == user)
            })
    }

    fn relation(&self, socket: &SocketHandle, user: Option<UserId>) -> Relation {
        if self.event.socket == Some(socket.id) {
            Relation::SameSocket
        } else if user.is_some() && self.event.actor_id() == user {
            Relation::SameUser
        } else {
            Relation::Other
        }
    }

    fn frame(&mut self, socket: &SocketHandle, view: View, relation: Relation) -> Option<Bytes> {
        let dialect = Arc::as_ptr(&socket.dialect).cast::<()>() as usize;
        let known = self.frames.iter().find(|(form, _)| {
            form.dialect == dialect
                && form.view == view
                && form.relation == relation
                && form.namespace == socket.namespace
        });
        if let Some((_, frame)) = known {
            return frame.clone();
        }
        let dialect_of = &socket.dialect;
        let frames: Vec<Bytes> = match &socket.namespace {
            None => {
                let texts = dialect_of.encode_all(self.event, view, relation);
                let frames = texts.iter().map(|text| encode_text(text.as_bytes()));
                frames.collect()
            }
            Some(label) => {
                let emissions = dialect_of.encode_events(self.event, view, relation);
                let id = self.event.id;
                let numbered = emissions.iter().enumerate();
                let frame =
                    |(n, emission)| socketio::event(label, emission, format_args!("{id}.{n}"));
                numbered.map(frame).collect()
            }
        };
        let frame = in_one(frames);
        let form = Form {
            dialect,
            view,
            relation,
            namespace: socket.namespace.clone(),
        };
        self.frames.push((form, frame.clone()));
        frame
    }
}

/// Frames of one event, one behind the other: they are queued, or dropped, together.
fn in_one(mut frames: Vec<Bytes>) -> Option<Bytes> {
    if frames.len() <= 1 {
        return frames.pop();
    }
    let mut joined = BytesMut::new();
    for frame in frames {
        joined.extend_from_slice(&frame);
    }
    Some(joined.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_one_event_go_out_one_behind_the_other() {
        assert_eq!(in_one(Vec::new()), None);
        let (one, two) = (encode_text(b"one"), encode_text(&[b'x'; 200]));
        assert_eq!(in_one(vec![one.clone()]), Some(one.clone()));
        let both = [&one[..], &two[..]].concat();
        assert_eq!(in_one(vec![one, two]), Some(both.into()));
    }
}
