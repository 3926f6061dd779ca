//! One person on one socket: sends as fast as it is answered, hears everything, comes back whenever
//! the socket ends, and writes down what it did and saw.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parlance_testkit::checker::{Acknowledged, Attempt, Heard, ReaderLog, Stored};
use parlance_testkit::client::native::{Authentication, Event, NativeSocket, Pushed, Reply};
use parlance_testkit::client::timeline::Timelines;
use parlance_testkit::client::{Address, ClientError};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

/// Between attempts to reach a server that is not there.
const RETRY: Duration = Duration::from_millis(10);

/// What everybody is to do at the moment.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// Send at full speed.
    Send,
    /// Begin nothing new, and repeat what was not acknowledged until it is.
    Settle,
    /// End once everything up to these revisions is known.
    Catch(Arc<BTreeMap<Uuid, i64>>),
}

/// What is known of all of them while they run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    /// Acknowledgements so far.
    pub(crate) acknowledged: usize,
    /// Participants on a socket that has caught up.
    pub(crate) present: usize,
    /// Senders with nothing left to repeat.
    pub(crate) settled: usize,
    /// Participants who gave up, because the server said what the protocol does not.
    pub(crate) failed: usize,
}

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The server closed with this code.
    Code(u16),
    /// Without a code.
    Broken(String),
}

/// What a participant leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    pub(crate) endings: Vec<Ending>,
    pub(crate) reader: ReaderLog,
}

/// Who a participant is.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) address: Address,
    pub(crate) token: String,
    pub(crate) authentication: Authentication,
    /// Where to write; empty for a reader.
    pub(crate) conversations: Vec<Uuid>,
    /// Requests under way at once.
    pub(crate) window: usize,
    pub(crate) seed: u64,
}

/// A message on its way.
#[derive(Debug)]
struct Pending {
    attempt: Attempt,
    /// The request on the present socket; none: still to be sent on it.
    request: Option<u64>,
}

/// See the module.
pub(crate) struct Participant {
    plan: Plan,
    random: StdRng,
    phase: watch::Receiver<Phase>,
    progress: watch::Sender<Progress>,
    pending: VecDeque<Pending>,
    timelines: Timelines,
    settled: bool,
    log: Log,
}

impl Participant {
    pub(crate) fn new(
        plan: Plan,
        phase: watch::Receiver<Phase>,
        progress: watch::Sender<Progress>,
    ) -> Self {
        let random = StdRng::seed_from_u64(plan.seed);
        let log = Log {
            reader: ReaderLog {
                name: plan.name.clone(),
                ..ReaderLog::default()
            },
            ..Log::default()
        };
        Self {
            plan,
            random,
            phase,
            progress,
            pending: VecDeque::new(),
            timelines: Timelines::default(),
            settled: false,
            log,
        }
    }

    /// Runs until the last phase is over.
    ///
    /// # Errors
    /// When the server says something that the protocol does not.
    pub(crate) async fn run(self) -> Result<Log, ClientError> {
        let progress = self.progress.clone();
        let done = self.take_part().await;
        if done.is_err() {
            progress.send_modify(|progress| progress.failed += 1);
        }
        done
    }

    async fn take_part(mut self) -> Result<Log, ClientError> {
        while !self.is_done() {
            let Some(socket) = self.connect().await? else {
                tokio::time::sleep(RETRY).await;
                continue;
            };
            self.log.reader.sockets.push(Vec::new());
            self.timelines.reconnect();
            for pending in &mut self.pending {
                pending.request = None;
            }
            let ending = self.serve(socket).await?;
            self.log.endings.extend(ending);
        }
        self.log.reader.lists = self.lists();
        Ok(self.log)
    }

    /// `None`: the server is not there, or is just stopping.
    async fn connect(&self) -> Result<Option<NativeSocket>, ClientError> {
        let Plan {
            address,
            token,
            authentication,
            ..
        } = &self.plan;
        match NativeSocket::open(address, token, *authentication).await {
            Ok(socket) => Ok(Some(socket)),
            Err(ClientError::Broken { .. }) => Ok(None),
            Err(ClientError::Refused { status, .. }) if status == 503 => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Until the socket ends; `None` when it was this side that ended it.
    async fn serve(&mut self, mut socket: NativeSocket) -> Result<Option<Ending>, ClientError> {
        let mut resuming = match self.ask_resume(&mut socket).await {
            Ok(request) => Some(request),
            Err(error) => return Ok(Some(Ending::Broken(error.to_string()))),
        };
        let ending = loop {
            if resuming.is_none() && self.is_done() {
                socket.close().await;
                break None;
            }
            if resuming.is_none()
                && let Err(error) = self.feed(&mut socket).await
            {
                break Some(Ending::Broken(error.to_string()));
            }
            let pushed = tokio::select! {
                pushed = socket.next() => pushed?,
                _changed = self.phase.changed() => continue,
            };
            match pushed {
                Pushed::Event(event) => self.hear(&event)?,
                Pushed::Reply(reply) if Some(&reply.id) == resuming.as_ref() => {
                    let more = self.timelines.resume(&success(reply)?)?;
                    resuming = None;
                    if !more {
                        self.progress.send_modify(|progress| progress.present += 1);
                    } else if let Ok(request) = self.ask_resume(&mut socket).await {
                        resuming = Some(request);
                    }
                }
                Pushed::Reply(reply) => self.acknowledge(reply)?,
                Pushed::Closed(Some(code)) => break Some(Ending::Code(code)),
                Pushed::Closed(None) => break Some(Ending::Broken("no close code".to_owned())),
                Pushed::Lost(why) => break Some(Ending::Broken(why)),
            }
        };
        if resuming.is_none() {
            self.progress.send_modify(|progress| progress.present -= 1);
        }
        Ok(ending)
    }

    async fn ask_resume(&self, socket: &mut NativeSocket) -> Result<Value, ClientError> {
        let wish = self.timelines.resume_request(socket.epoch());
        let request = socket.feed("session.resume", &wish).await?;
        socket.raw().flush().await?;
        Ok(request.into())
    }

    /// Repeats first, in the old order; then new messages, as many as the window lets.
    async fn feed(&mut self, socket: &mut NativeSocket) -> Result<(), ClientError> {
        let sending = matches!(*self.phase.borrow(), Phase::Send);
        while sending
            && !self.plan.conversations.is_empty()
            && self.pending.len() < self.plan.window
        {
            let attempt = self.new_attempt();
            self.log.attempts.push(attempt.clone());
            self.pending.push_back(Pending {
                attempt,
                request: None,
            });
        }
        for pending in self
            .pending
            .iter_mut()
            .filter(|pending| pending.request.is_none())
        {
            let attempt = &pending.attempt;
            let wish = json!({
                "conversation": attempt.conversation,
                "body": attempt.body,
                "client_id": attempt.client_id,
            });
            pending.request = Some(socket.feed("message.send", &wish).await?);
        }
        socket.raw().flush().await?;
        if !sending && self.pending.is_empty() && !self.settled {
            self.settled = true;
            self.progress.send_modify(|progress| progress.settled += 1);
        }
        Ok(())
    }

    fn new_attempt(&mut self) -> Attempt {
        let at = self.random.random_range(0..self.plan.conversations.len());
        let number = self.log.attempts.len();
        let filler = "x".repeat(self.random.random_range(0..200));
        Attempt {
            conversation: self.plan.conversations[at],
            client_id: format!("{}-{number}", self.plan.name),
            body: format!("{} says {number} {filler}", self.plan.name),
        }
    }

    fn acknowledge(&mut self, reply: Reply) -> Result<(), ClientError> {
        let at = self
            .pending
            .iter()
            .position(|pending| pending.request.map(Value::from) == Some(reply.id.clone()));
        let Some(at) = at else {
            return Err(ClientError::Unexpected(format!(
                "an answer to nothing: {reply:?}"
            )));
        };
        if let Err(problem) = &reply.outcome
            && problem.retryable
        {
            // Perhaps stored, perhaps not: it is said again.
            self.pending[at].request = None;
            return Ok(());
        }
        let message = success(reply)?;
        let pending = self.pending.remove(at).expect("its place was just found");
        let stored = stored(&message)?;
        self.log.acknowledged.push(Acknowledged {
            conversation: pending.attempt.conversation,
            client_id: pending.attempt.client_id,
            id: stored.id,
            seq: stored.seq,
        });
        self.progress
            .send_modify(|progress| progress.acknowledged += 1);
        Ok(())
    }

    fn hear(&mut self, event: &Event) -> Result<(), ClientError> {
        self.timelines.hear(event)?;
        let (Some(conversation), Some(revision)) = (event.conversation, event.revision) else {
            return Ok(());
        };
        let seq = match event.kind.as_str() {
            "message.created" => Some(stored(&event.data)?.seq),
            _ => None,
        };
        let socket = self.log.reader.sockets.last_mut();
        socket.expect("events come on a socket").push(Heard {
            conversation,
            revision,
            seq,
        });
        Ok(())
    }

    fn is_done(&self) -> bool {
        let phase = self.phase.borrow();
        let Phase::Catch(goal) = &*phase else {
            return false;
        };
        self.pending.is_empty()
            && self.timelines.iter().all(|(id, timeline)| {
                goal.get(&id)
                    .is_none_or(|goal| timeline.revision() >= *goal)
            })
    }

    fn lists(&self) -> BTreeMap<Uuid, Vec<Stored>> {
        let list = |(id, timeline): (Uuid, &parlance_testkit::client::timeline::Timeline)| {
            let rows = timeline.list().into_iter().map(|row| Stored {
                id: row.id,
                seq: row.seq,
                client_id: row.client_id,
                body: row.body,
            });
            (id, rows.collect())
        };
        self.timelines.iter().map(list).collect()
    }
}

fn success(reply: Reply) -> Result<Value, ClientError> {
    reply.outcome.map_err(|problem| ClientError::Problem {
        what: format!("request {}", reply.id),
        problem,
    })
}

/// A message of the native protocol as the checker compares it.
pub(crate) fn stored(message: &Value) -> Result<Stored, ClientError> {
    let id = message["id"].as_str().and_then(|id| id.parse().ok());
    match (id, message["seq"].as_i64(), message["body"].as_str()) {
        (Some(id), Some(seq), Some(body)) => Ok(Stored {
            id,
            seq,
            client_id: message["client_id"].as_str().map(str::to_owned),
            body: body.to_owned(),
        }),
        _ => Err(ClientError::Unexpected(format!("no message: {message}"))),
    }
}
