//! One namespace that a client is in: for the hub a socket like any other, with its own session,
//! principal, topics and queue.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use parlance_dialects::contract::{
    Admission, ConnectRefusal, Dialect, Emission, Namespace, OpenedNamespace, Session, Step,
};
use serde_json::Value;

use super::recovery::Recovery;
use super::{Label, event, frame, next_frame, packet, registry};
use crate::Shared;
use crate::directory::Site;
use crate::hub::SocketHandle;
use crate::socket::{Refused, Seated};
use crate::websocket::{FrameKind, Pushed};

/// What is kept of a connection's first request.
pub(super) struct Facts {
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) peer: IpAddr,
}

/// One namespace of one connection. It leaves everything when dropped.
pub(super) struct Seat {
    shared: Arc<Shared>,
    pub(super) handle: Arc<SocketHandle>,
    pub(super) session: Box<dyn Session>,
    /// Taken out only while more is listened to.
    pub(super) seated: Option<Seated>,
    /// How its client may come back, where the dialect lets it.
    pub(super) recovery: Option<Recovery>,
    label: Arc<Label>,
    /// Events that the session itself sent.
    said: u64,
}

/// A namespace that was entered.
pub(super) struct Entered {
    pub(super) seat: Seat,
    /// What the client is told before anything that waits in the seat's queue.
    pub(super) first: Vec<Bytes>,
    /// What the session wants to begin with.
    pub(super) opening: VecDeque<Step>,
}

impl Seat {
    /// Lets a client into a namespace, if a dialect does.
    pub(super) async fn open(
        shared: Arc<Shared>,
        site: Arc<Site>,
        facts: Arc<Facts>,
        name: String,
        auth: Option<Value>,
    ) -> Result<Entered, ConnectRefusal> {
        let mark = shared.hub.ends_mark();
        let asked = Namespace {
            name: &name,
            auth: auth.as_ref(),
            query: &facts.query,
            headers: &facts.headers,
            peer: facts.peer,
        };
        let (dialect, opened) = admitted(&site, &asked).await?;
        let OpenedNamespace {
            session,
            admission: Admission { principal, listen },
            recoverable,
        } = opened;
        let refused = |Refused(error)| dialect.refuse_namespace(&error);
        if recoverable
            && let Some(auth) = &auth
            && let Some(pid) = auth["pid"].as_str()
            && let Some((mut seat, missed)) =
                (shared.socket_io).claim(pid, auth["offset"].as_str(), &name, &principal)
            && let Some(seated) = &mut seat.seated
        {
            seated.resume().await.map_err(refused)?;
            let mut first = vec![seat.connected()];
            first.extend(missed);
            return Ok(Entered {
                seat,
                first,
                opening: VecDeque::new(),
            });
        }
        let label = Arc::new(Label { name, recoverable });
        let handle = shared.hub.new_socket(
            site.app.id,
            Arc::clone(&dialect),
            Some(Arc::clone(&label)),
            shared.limits.queue_bytes,
        );
        // Registered before the last look at its rights, so that a revocation cannot fall in between.
        shared.hub.register(&handle);
        let mut seat = Self {
            shared: Arc::clone(&shared),
            handle: Arc::clone(&handle),
            session,
            seated: None,
            recovery: recoverable.then(Recovery::new),
            label,
            said: 0,
        };
        let seated = Seated::count_in(&shared, &handle, principal).await;
        let mut seated = seated.map_err(refused)?;
        let first = vec![seat.connected()];
        // What the session says first is queued before anything is heard.
        let mut opening = VecDeque::from(seat.session.on_open());
        while let Some(step) =
            opening.pop_front_if(|step| matches!(step, Step::Send(_) | Step::Emit(_)))
        {
            seat.say(step);
        }
        let listening = seated.listen(&handle, listen, mark).await;
        listening.map_err(refused)?;
        seat.seated = Some(seated);
        Ok(Entered {
            seat,
            first,
            opening,
        })
    }

    fn connected(&self) -> Bytes {
        let pid = self.recovery.as_ref().map(|recovery| &*recovery.pid);
        frame(&packet::connected(self.name(), &registry::random_id(), pid))
    }

    /// The name that the client uses.
    pub(super) fn name(&self) -> &str {
        &self.label.name
    }

    /// Queues what a step has to say, if it is one that only says something.
    pub(super) fn say(&mut self, step: Step) {
        let emission = match step {
            Step::Send(text) => Emission::from_frame(text),
            Step::Emit(emission) => Some(*emission),
            _ => None,
        };
        if let Some(emission) = emission {
            self.said += 1;
            self.push(event(&self.label, &emission, self.said));
        }
    }

    /// Takes what was queued first out of the queue, to be sent: the frames of one event.
    pub(super) fn pop(&mut self) -> Option<impl Iterator<Item = Bytes>> {
        let mut frames = self.handle.outbound.pop()?;
        let recovery = &mut self.recovery;
        Some(std::iter::from_fn(move || {
            let frame = next_frame(&mut frames)?;
            if let Some(recovery) = recovery {
                recovery.note(&frame);
            }
            Some(frame)
        }))
    }

    /// Queues a frame.
    pub(super) fn push(&self, frame: Bytes) {
        let pushed = self.handle.outbound.push(frame, FrameKind::Lasting);
        if pushed == Pushed::Overflow {
            self.shared.metrics.slow_readers.one();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        drop(self.seated.take());
        self.shared.hub.unregister(&self.handle);
    }
}

async fn admitted(
    site: &Site,
    asked: &Namespace<'_>,
) -> Result<(Arc<dyn Dialect>, OpenedNamespace), ConnectRefusal> {
    for dialect in &site.dialects {
        if let Some(opened) = dialect.open_namespace(asked).await {
            return opened.map(|opened| (Arc::clone(dialect), opened));
        }
    }
    Err(ConnectRefusal::new("Invalid namespace"))
}
