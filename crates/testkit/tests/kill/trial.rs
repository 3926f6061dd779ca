//! A server with its participants, and what befalls it.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use parlance_testkit::checker::{self, Evidence, Report, Stored};
use parlance_testkit::client::native::Authentication;
use parlance_testkit::client::operator::{Operator, Person};
use parlance_testkit::client::rest::Rest;
use parlance_testkit::client::{Address, ClientError, DEADLINE};
use parlance_testkit::server::{Server, ServerOptions};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::RunError;
use super::participant::{Ending, Log, Participant, Phase, Plan, Progress, stored};

const SENDERS: usize = 20;
const READERS: usize = 4;
/// All who hold a socket.
pub(crate) const PARTICIPANTS: usize = SENDERS + READERS;
const CONVERSATIONS: usize = 5;
/// Conversations in which one sender writes.
const WRITES_IN: usize = 2;
/// Requests under way on one socket, at most.
const WINDOW: usize = 4;

const APP_KEY: &str = "app-key-of-a-private-test-server";
/// One app, and rates that stop nobody.
const SETTINGS: &str = r#"
[rates]
send = "1000000/s burst 1000000"
change = "1000000/s burst 1000000"
query = "1000000/s burst 1000000"
connect = "1000000/s burst 1000000"

[log]
level = "warn"

[[apps]]
name = "kill"
key = "app-key-of-a-private-test-server"
auth = { hs256_secret = "token-secret-of-a-private-test-server" }
"#;

/// See the module.
pub(crate) struct Trial {
    server: Server,
    random: StdRng,
    conversations: Vec<Uuid>,
    history_reader: Rest,
    phase: watch::Sender<Phase>,
    progress: watch::Receiver<Progress>,
    participants: Vec<JoinHandle<Result<Log, ClientError>>>,
}

/// What came out.
pub(crate) struct Verdict {
    pub(crate) report: Report,
    /// How many messages were acknowledged.
    pub(crate) acknowledged: usize,
    /// How all sockets ended that the participants did not close themselves.
    pub(crate) endings: Vec<Ending>,
}

impl Trial {
    /// Starts a server, provisions it, and sets everybody to work.
    pub(crate) async fn start(options: ServerOptions, seed: u64) -> Result<Self, RunError> {
        let mut random = StdRng::seed_from_u64(seed);
        let server = options.settings(SETTINGS).start().await?;
        let address = Address::new(server.base_url());
        let operator = Operator::new(&address, APP_KEY);
        let names: Vec<String> = (0..PARTICIPANTS)
            .map(|index| format!("person-{index}"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let people = operator.people(&names).await?;
        let (senders, readers) = people.split_at(SENDERS);
        let mut conversations = Vec::new();
        let mut writes_in: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
        for index in 0..CONVERSATIONS {
            // Everybody writes in as many, and each conversation has its share of them.
            let writers = (0..SENDERS).filter(|sender| {
                (0..WRITES_IN).any(|step| (sender + step) % CONVERSATIONS == index)
            });
            let writers: Vec<&Person> = writers.map(|sender| &senders[sender]).collect();
            let members: Vec<&Person> = writers.iter().copied().chain(readers).collect();
            let place = operator.conversation(&members).await?.uuid;
            for writer in writers {
                writes_in
                    .entry(&writer.external_id)
                    .or_default()
                    .push(place);
            }
            conversations.push(place);
        }
        let (phase, _) = watch::channel(Phase::Send);
        let (told, progress) = watch::channel(Progress::default());
        let participants = (0..).zip(&people).map(|(index, person)| {
            let plan = Plan {
                name: person.external_id.clone(),
                address: address.clone(),
                token: person.token.clone(),
                authentication: [
                    Authentication::Header,
                    Authentication::Subprotocol,
                    Authentication::Frame,
                ][index % 3],
                conversations: writes_in
                    .remove(person.external_id.as_str())
                    .unwrap_or_default(),
                window: random.random_range(1..=WINDOW),
                seed: random.random(),
            };
            tokio::spawn(Participant::new(plan, phase.subscribe(), told.clone()).run())
        });
        let participants = participants.collect();
        Ok(Self {
            server,
            conversations,
            history_reader: Rest::new(&address).bearer(&readers[0].token),
            phase,
            progress,
            participants,
            random,
        })
    }

    /// Lets them work for a moment, kills the server, starts it again.
    pub(crate) async fn kill_under_load(&mut self) -> Result<(), RunError> {
        self.work_for_a_moment().await?;
        self.server.kill().await?;
        self.server.restart().await?;
        Ok(())
    }

    /// Lets them work for a moment, asks the server to end, starts it again.
    pub(crate) async fn stop_under_load(&mut self) -> Result<ExitStatus, RunError> {
        self.work_for_a_moment().await?;
        let status = self.server.terminate().await?;
        self.server.restart().await?;
        status.ok_or_else(|| RunError::Stuck("the server was not running".to_owned()))
    }

    /// Until everybody is there and something was acknowledged, and then a random moment more.
    async fn work_for_a_moment(&mut self) -> Result<(), RunError> {
        self.until("everybody to be there", |progress| {
            progress.present == PARTICIPANTS
        })
        .await?;
        let before = self.progress.borrow().acknowledged;
        self.until("an acknowledgement", |progress| {
            progress.acknowledged > before
        })
        .await?;
        let moment = Duration::from_millis(self.random.random_range(20..400));
        tokio::time::sleep(moment).await;
        Ok(())
    }

    /// Waits until all is acknowledged and heard, and judges.
    pub(crate) async fn finish(mut self) -> Result<Verdict, RunError> {
        self.phase.send_replace(Phase::Settle);
        self.until("every message to be acknowledged", |progress| {
            progress.settled == PARTICIPANTS
        })
        .await?;
        let mut history = BTreeMap::new();
        let mut revisions = BTreeMap::new();
        for conversation in self.conversations.clone() {
            revisions.insert(conversation, self.revision(conversation).await?);
            history.insert(conversation, self.history(conversation).await?);
        }
        self.phase.send_replace(Phase::Catch(Arc::new(revisions)));
        let mut evidence = Evidence {
            history,
            ..Evidence::default()
        };
        let mut endings = Vec::new();
        for log in self.logs().await? {
            evidence.attempts.extend(log.attempts);
            evidence.acknowledged.extend(log.acknowledged);
            evidence.readers.push(log.reader);
            endings.extend(log.endings);
        }
        Ok(Verdict {
            report: checker::check(&evidence),
            acknowledged: evidence.acknowledged.len(),
            endings,
        })
    }

    async fn logs(&mut self) -> Result<Vec<Log>, RunError> {
        let mut logs = Vec::new();
        for participant in std::mem::take(&mut self.participants) {
            let ended = tokio::time::timeout(DEADLINE, participant).await;
            let ended = ended.map_err(|_| self.stuck("a participant to catch up"))?;
            logs.push(ended.map_err(|panicked| RunError::Stuck(panicked.to_string()))??);
        }
        Ok(logs)
    }

    async fn revision(&self, conversation: Uuid) -> Result<i64, RunError> {
        let path = format!("/v1/conversations/{conversation}");
        let answer = self.history_reader.get(&path).await?.success()?;
        let revision = answer["revision"].as_i64();
        Ok(
            revision
                .ok_or_else(|| ClientError::Unexpected(format!("no conversation: {answer}")))?,
        )
    }

    /// All pages, as the server orders them.
    async fn history(&self, conversation: Uuid) -> Result<Vec<Stored>, RunError> {
        let mut all: Vec<Stored> = Vec::new();
        loop {
            let after = all.last().map_or(0, |message| message.seq);
            let path = format!("/v1/conversations/{conversation}/messages?limit=200&after={after}");
            let page = self.history_reader.get(&path).await?.success()?;
            for message in page["items"].as_array().into_iter().flatten() {
                all.push(stored(message)?);
            }
            if page["has_after"] != true {
                return Ok(all);
            }
        }
    }

    async fn until(
        &mut self,
        what: &str,
        reached: impl Fn(&Progress) -> bool,
    ) -> Result<(), RunError> {
        let news = self
            .progress
            .wait_for(|progress| progress.failed > 0 || reached(progress));
        let in_time = tokio::time::timeout(DEADLINE, news).await.is_ok();
        if in_time && self.progress.borrow().failed == 0 {
            return Ok(());
        }
        for participant in &mut self.participants {
            if participant.is_finished() {
                participant
                    .await
                    .map_err(|panicked| RunError::Stuck(panicked.to_string()))??;
            }
        }
        Err(self.stuck(what))
    }

    fn stuck(&self, what: &str) -> RunError {
        let progress = *self.progress.borrow();
        let log = self.server.log().last_lines(20);
        RunError::Stuck(format!(
            "waited {DEADLINE:?} for {what}: {progress:?}\n{log}"
        ))
    }
}
