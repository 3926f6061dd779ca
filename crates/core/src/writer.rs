//! The writer: the one write path of chat.
//!
//! Changes wait in a bounded queue a lane; whatever waits is committed as one group (the last
//! group's fsync is the batching window, there is no other delay). After the commit, and only then,
//! caches forget what changed, events go out in revision order and the waiting principals get their
//! answers. While one group is on its way to disk, the events of the one before are handed on.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::access::Access;
use crate::change::{Change, Committed, Outcome};
use crate::clock::Timestamp;
use crate::conversation::SharedState;
use crate::error::ChatError;
use crate::event::{Event, EventBody};
use crate::ids::{AppId, ConversationId, SocketId, UserId, new_uuid};
use crate::member::Party;
use crate::message::{Message, Reaction};
use crate::people::People;
use crate::publish::{Disconnect, Publisher};
use crate::receipt::DeliveryStatus;
use crate::store::{CommitError, Store};
use crate::user::User;
use crate::users::UserCache;

/// Changes that may wait for one lane; beyond, senders wait.
const QUEUE: usize = 4_096;
/// Changes of one group.
const GROUP: usize = 512;

/// Through whom a change comes about.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The tenant.
    pub app: AppId,
    /// The person, or `None` for the system or the host's backend.
    pub actor: Option<Arc<User>>,
    /// The socket on which the wish came.
    pub socket: Option<SocketId>,
    /// Tell of a read mark even when nothing was unread.
    pub announce_unchanged: bool,
    /// See [`Event::skip_origin`].
    pub leave_out_origin: bool,
}

/// A committed change with what its answer needs.
#[derive(Debug, Clone)]
pub struct Done {
    /// What the store did.
    pub committed: Committed,
    /// The conversation after it.
    pub state: SharedState,
    /// The people it mentions.
    pub people: People,
}

struct Job {
    change: Change,
    origin: Origin,
    reply: oneshot::Sender<Result<Done, ChatError>>,
}

/// Who waits for a change that is on its way to disk.
struct Waiting {
    at: Timestamp,
    origin: Origin,
    reply: oneshot::Sender<Result<Done, ChatError>>,
}

type Settled = Vec<(Waiting, Result<Committed, CommitError>)>;

/// Takes changes, commits them in groups, hands their events on.
pub struct Writer {
    lanes: Vec<mpsc::Sender<Job>>,
}

/// What the writer works with.
#[derive(Clone)]
pub struct WriterParts {
    /// Where changes are committed.
    pub store: Arc<dyn Store>,
    /// Whose cache forgets what changed.
    pub access: Arc<Access>,
    /// Names for events.
    pub users: Arc<UserCache>,
    /// Where events go.
    pub publisher: Arc<dyn Publisher>,
}

impl Writer {
    /// Starts the lanes on the current runtime. They end when the writer is dropped.
    pub fn start(parts: &WriterParts) -> Self {
        let lanes = (0..parts.store.lanes().max(1)).map(|_| {
            let (sender, jobs) = mpsc::channel(QUEUE);
            tokio::spawn(run_lane(parts.clone(), jobs));
            sender
        });
        Self {
            lanes: lanes.collect(),
        }
    }

    /// Commits a change and answers once it is durable and its event is handed on. A caller that
    /// goes away leaves the change to take place all the same.
    ///
    /// # Errors
    /// What a rule refused, or `Unavailable`.
    pub async fn commit(&self, change: Change, origin: Origin) -> Result<Done, ChatError> {
        let key = change
            .conversation
            .map_or(0, |id| id.0.unsigned_abs() as usize);
        let (reply, answer) = oneshot::channel();
        let job = Job {
            change,
            origin,
            reply,
        };
        let lost = |perhaps_done| ChatError::Unavailable { perhaps_done };
        self.lanes[key % self.lanes.len()]
            .send(job)
            .await
            .map_err(|_| lost(false))?;
        answer.await.map_err(|_| lost(true))?
    }
}

impl Job {
    fn split(self) -> (Change, Waiting) {
        let Self {
            change,
            origin,
            reply,
        } = self;
        let at = change.at;
        (change, Waiting { at, origin, reply })
    }
}

async fn run_lane(parts: WriterParts, mut jobs: mpsc::Receiver<Job>) {
    let mut settled: Option<Settled> = None;
    let mut group: Vec<Job> = Vec::with_capacity(GROUP);
    loop {
        if settled.is_none() {
            if jobs.recv_many(&mut group, GROUP).await == 0 {
                return;
            }
        } else {
            while group.len() < GROUP
                && let Ok(job) = jobs.try_recv()
            {
                group.push(job);
            }
        }
        if group.is_empty() {
            finish(&parts, settled.take()).await;
            continue;
        }
        let (changes, waiting): (Vec<_>, Vec<_>) = group.drain(..).map(Job::split).unzip();
        let (results, ()) =
            tokio::join!(parts.store.commit(changes), finish(&parts, settled.take()));
        settled = Some(waiting.into_iter().zip(results).collect());
    }
}

async fn finish(parts: &WriterParts, settled: Option<Settled>) {
    for (waiting, result) in settled.into_iter().flatten() {
        let answer = match result {
            Ok(committed) => tell(parts, waiting.at, &waiting.origin, committed).await,
            Err(CommitError::Refused(refusal)) => Err(refusal),
            Err(CommitError::Store(error)) => Err(error.into()),
        };
        // Whoever waited may have gone; the change stands all the same.
        let _gone = waiting.reply.send(answer);
    }
}

/// After the commit: forget, tell, answer.
async fn tell(
    parts: &WriterParts,
    at: Timestamp,
    origin: &Origin,
    committed: Committed,
) -> Result<Done, ChatError> {
    let id = committed.conversation.head.id;
    if changes_state(&committed.outcome) && committed.revision.is_some() {
        parts.access.forget(id);
    }
    // The change is on disk: whatever fails from here on, the principal has to hear that it may be.
    let lost = |_| ChatError::Unavailable { perhaps_done: true };
    let state = parts.access.state(id).await.map_err(lost)?;
    let mut mentioned = mentioned(&committed.outcome);
    if tells_of_everybody(&committed.outcome) {
        mentioned.extend(state.users());
    }
    let mut people = parts.users.people(mentioned).await.map_err(lost)?;
    if let Some(actor) = &origin.actor {
        people.add(Arc::clone(actor));
    }
    if let Some(body) = event_body(&committed, origin) {
        let also = also(&committed.outcome);
        parts.publisher.publish(Arc::new(Event {
            id: new_uuid(at),
            app: origin.app,
            conversation: Some(Arc::clone(&state)),
            revision: committed.revision,
            at,
            actor: origin.actor.clone(),
            socket: origin.socket,
            skip_origin: origin.leave_out_origin,
            also,
            people: people.clone(),
            body,
        }));
    }
    end_sockets(parts, id, &committed.outcome);
    Ok(Done {
        committed,
        state,
        people,
    })
}

/// Whether the cached head or the membership is not right any more.
const fn changes_state(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::ConversationUpdated { .. }
            | Outcome::ConversationDeleted { .. }
            | Outcome::MemberAdded(_)
            | Outcome::MemberRemoved(_)
            | Outcome::MemberUpdated(_)
    )
}

/// Whether the event shows the conversation with all its members.
const fn tells_of_everybody(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Conversation { created: true } | Outcome::ConversationUpdated { .. }
    )
}

fn end_sockets(parts: &WriterParts, id: ConversationId, outcome: &Outcome) {
    match outcome {
        Outcome::ConversationDeleted { .. } => {
            parts.publisher.disconnect(Disconnect::Conversation(id));
        }
        Outcome::MemberRemoved(member) => {
            if let Some(user) = member.party.user() {
                parts.publisher.disconnect(Disconnect::Member(id, user));
            }
        }
        _ => {}
    }
}

fn mentioned(outcome: &Outcome) -> Vec<UserId> {
    match outcome {
        Outcome::Message {
            message, quoted, ..
        } => users_of(message)
            .chain(quoted.iter().filter_map(|q| q.sender))
            .collect(),
        Outcome::MessageUpdated(message)
        | Outcome::MessageDeleted(message)
        | Outcome::Reaction { message, .. } => users_of(message).collect(),
        Outcome::Read { member, .. }
        | Outcome::Delivered { member }
        | Outcome::MemberAdded(member)
        | Outcome::MemberRemoved(member)
        | Outcome::MemberUpdated(member) => member.party.user().into_iter().collect(),
        Outcome::Conversation { .. }
        | Outcome::ConversationUpdated { .. }
        | Outcome::ConversationDeleted { .. } => Vec::new(),
    }
}

/// Everybody whom a message names: its sender and whoever reacted.
pub(crate) fn users_of(message: &Message) -> impl Iterator<Item = UserId> + '_ {
    message
        .sender
        .into_iter()
        .chain(message.reactions.iter().map(|r| r.user))
}

fn also(outcome: &Outcome) -> Vec<UserId> {
    match outcome {
        Outcome::MemberRemoved(member) => member.party.user().into_iter().collect(),
        Outcome::ConversationDeleted { members } => {
            let present = members.iter().filter(|m| m.left_at.is_none());
            present.filter_map(|m| Party::user(m.party)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a read mark is told of though nothing was unread.
fn is_announced(outcome: &Outcome, origin: &Origin) -> bool {
    let Outcome::Read { before, .. } = outcome else {
        return false;
    };
    origin.announce_unchanged && before.as_ref().is_none_or(|named| !named.is_empty())
}

/// What is told of a change; nothing when nothing changed, but for an announced read mark.
fn event_body(committed: &Committed, origin: &Origin) -> Option<EventBody> {
    if committed.revision.is_none() && !is_announced(&committed.outcome, origin) {
        return None;
    }
    let conversation = || Box::new((*committed.conversation).clone());
    Some(match committed.outcome.clone() {
        Outcome::Conversation { created: false } | Outcome::Message { repeated: true, .. } => {
            return None;
        }
        Outcome::Conversation { created: true } => EventBody::ConversationCreated {
            conversation: conversation(),
        },
        Outcome::ConversationUpdated { status_before } => EventBody::ConversationUpdated {
            conversation: conversation(),
            status_before,
        },
        Outcome::ConversationDeleted { .. } => EventBody::ConversationDeleted,
        Outcome::Message {
            message,
            quoted,
            delivered,
            ..
        } => {
            let status = if delivered {
                DeliveryStatus::Delivered
            } else {
                DeliveryStatus::Sent
            };
            EventBody::MessageCreated {
                message,
                quoted,
                status,
            }
        }
        Outcome::MessageUpdated(message) => EventBody::MessageUpdated { message },
        Outcome::MessageDeleted(message) => EventBody::MessageDeleted { message },
        Outcome::Reaction {
            message,
            reaction: Reaction { user, emoji },
            added: true,
        } => EventBody::ReactionAdded {
            message,
            user,
            emoji,
        },
        Outcome::Reaction {
            message,
            reaction: Reaction { user, emoji },
            ..
        } => EventBody::ReactionRemoved {
            message,
            user,
            emoji,
        },
        Outcome::Read {
            member,
            messages,
            before,
        } => EventBody::ReceiptRead {
            member,
            messages: if committed.revision.is_some() {
                messages
            } else {
                before.unwrap_or_default()
            },
        },
        Outcome::Delivered { member } => EventBody::ReceiptDelivered { member },
        Outcome::MemberAdded(member) => EventBody::MemberAdded { member },
        Outcome::MemberRemoved(member) => EventBody::MemberRemoved { member },
        Outcome::MemberUpdated(member) => EventBody::MemberUpdated { member },
    })
}
