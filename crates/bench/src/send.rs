//! `send.durable`: messages a second that are acknowledged after they are on disk.
//!
//! Once through the whole core (access, rules, writer, events) in this process, in turns with the raw
//! ceiling of the same SQLite settings; and once through sockets of a real server, every sender with
//! one message under way, which is what clients see and what the load generator's own work on the same
//! two cores limits.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use parlance_core::Chat;
use parlance_core::clock::SystemClock;
use parlance_core::command::{CreateConversation, SendMessage};
use parlance_core::conversation::ConversationKind;
use parlance_core::event::Event;
use parlance_core::ids::{AppId, ConversationId};
use parlance_core::limits::{Limits, Rate};
use parlance_core::member::{NewMember, Party};
use parlance_core::principal::Principal;
use parlance_core::publish::{Disconnect, Publisher};
use parlance_core::user::UserUpsert;
use parlance_store::{SqliteOptions, SqliteStore};
use serde_json::{Map, Value, json};

use crate::client::Socket;
use crate::raw_commit::RawWriter;
use crate::report::{Figure, Report, median};
use crate::world::World;

const SENDERS: [usize; 3] = [1, 10, 100];
const CONVERSATIONS: usize = 100;
const PAIRS: usize = 5;
const RUN: Duration = Duration::from_millis(1_500);
const AIM: f64 = 0.6;
const WORDS: usize = 200;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let core = Core::start(&folder.path().join("core.db")).await?;
    let raw_path = folder.path().join("raw.db");
    drop(open(&raw_path)?);
    let raw = RawWriter::start(&raw_path)?;
    let sockets = Sockets::start().await?;
    for senders in SENDERS {
        let (mut values, mut wire, mut baselines, mut ratios, mut wire_ratios) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            let value = core.run(senders).await?;
            let baseline = run_raw(&raw, senders).await?;
            let over_sockets = sockets.run(senders).await?;
            values.push(value);
            wire.push(over_sockets);
            baselines.push(baseline);
            ratios.push(value / baseline);
            wire_ratios.push(over_sockets / baseline);
        }
        let aimed = senders == 100;
        let key = |name: &str| {
            if aimed {
                name.to_owned()
            } else {
                format!("{name}.{senders}")
            }
        };
        let figure = |values: &[f64], ratios: &[f64], aim: Option<f64>| Figure {
            value: median(values),
            unit: "messages/s",
            baseline: Some(median(&baselines)),
            ratio: Some(median(ratios)),
            aim: aim.map(|aim| format!("at least {aim} of the raw group commit")),
            holds: aim.map(|aim| median(ratios) >= aim),
            detail: json!({
                "senders": senders, "values": values, "baselines": baselines, "ratios": ratios,
            }),
        };
        report.add(
            &key("send.durable"),
            figure(&values, &ratios, aimed.then_some(AIM)),
        );
        report.add(
            &key("send.durable.sockets"),
            figure(&wire, &wire_ratios, None),
        );
    }
    Ok(())
}

fn open(path: &std::path::Path) -> Result<SqliteStore> {
    Ok(SqliteStore::open(SqliteOptions::new(path))?)
}

/// Runs so many loops of `send` side by side for a while; answers how many went through a second.
async fn rate<F, S>(senders: usize, send: F) -> Result<f64>
where
    F: Fn(usize) -> S + Clone + Send + 'static,
    S: Future<Output = Result<()>> + Send,
{
    let start = Instant::now();
    let loops = (0..senders).map(|sender| {
        let send = send.clone();
        tokio::spawn(async move {
            let mut sent = 0_u64;
            while start.elapsed() < RUN {
                send(sender).await?;
                sent += 1;
            }
            anyhow::Ok(sent)
        })
    });
    let mut total = 0;
    for one in loops.collect::<Vec<_>>() {
        total += one.await??;
    }
    Ok(total as f64 / start.elapsed().as_secs_f64())
}

async fn run_raw(raw: &RawWriter, senders: usize) -> Result<f64> {
    let raw = raw.clone();
    rate(senders, move |sender| {
        let raw = raw.clone();
        async move {
            raw.insert((sender % CONVERSATIONS) as i64, "w".repeat(WORDS))
                .await
        }
    })
    .await
}

/// Nobody listens.
struct Nobody;

impl Publisher for Nobody {
    fn publish(&self, _event: Arc<Event>) {}

    fn disconnect(&self, _whom: Disconnect) {}
}

/// The core over a store of its own.
struct Core {
    chat: Chat,
    principals: Arc<Vec<Principal>>,
    conversations: Arc<Vec<ConversationId>>,
}

impl Core {
    async fn start(path: &std::path::Path) -> Result<Self> {
        let fast = Rate {
            per_second: 1e9,
            burst: 1e9,
        };
        let limits = Limits {
            send_rate: fast,
            change_rate: fast,
            host_rate: fast,
            ..Limits::default()
        };
        let clock = Arc::new(SystemClock::default());
        let chat = Chat::start(Arc::new(open(path)?), Arc::new(Nobody), clock, limits);
        let host = Principal::App(AppId(1));
        let users = (0..=CONVERSATIONS)
            .map(|n| UserUpsert {
                external_id: format!("u{n}"),
                ..UserUpsert::default()
            })
            .collect();
        let users = chat.upsert_users(&host, users).await.context("users")?;
        let mut conversations = Vec::new();
        for pair in users.windows(2) {
            let member = |at: usize| NewMember {
                party: Party::User(pair[at].id),
                part: "user".to_owned(),
            };
            let wish = CreateConversation {
                kind: ConversationKind::Direct,
                members: vec![member(0), member(1)],
                title: None,
                context: None,
                metadata: Map::new(),
                unique_key: None,
                created_at: None,
            };
            let made = chat
                .create_conversation(&host, wish)
                .await
                .context("conversation")?;
            conversations.push(made.view.conversation.head.id);
        }
        let principals = users
            .iter()
            .map(|user| Principal::for_user(Arc::clone(user), None));
        let principals = Arc::new(principals.collect());
        Ok(Self {
            chat,
            principals,
            conversations: Arc::new(conversations),
        })
    }

    async fn run(&self, senders: usize) -> Result<f64> {
        let Self {
            chat,
            principals,
            conversations,
        } = self;
        let (chat, principals, conversations) = (
            chat.clone(),
            Arc::clone(principals),
            Arc::clone(conversations),
        );
        rate(senders, move |sender| {
            let (chat, by) = (chat.clone(), principals[sender % CONVERSATIONS].clone());
            let mut wish =
                SendMessage::text(conversations[sender % CONVERSATIONS], "w".repeat(WORDS));
            wish.client_id = Some(uuid::Uuid::now_v7().to_string());
            async move {
                chat.send_message(&by, wish).await?;
                Ok(())
            }
        })
        .await
    }
}

/// A real server, a native socket for each sender.
struct Sockets {
    senders: Arc<Vec<tokio::sync::Mutex<Socket>>>,
    conversations: Arc<Vec<String>>,
    _world: World,
}

impl Sockets {
    async fn start() -> Result<Self> {
        let world = World::start().await?;
        world.users(2 * CONVERSATIONS).await?;
        let (mut senders, mut conversations) = (Vec::new(), Vec::new());
        for user in 0..CONVERSATIONS {
            let pair = [user, CONVERSATIONS + user];
            conversations.push(world.conversation(pair.into_iter()).await?);
            let token = World::token(user)?;
            let socket = Socket::open(&world.address, world.host, "/v1/ws", &token).await?;
            senders.push(tokio::sync::Mutex::new(socket));
        }
        let (senders, conversations) = (Arc::new(senders), Arc::new(conversations));
        Ok(Self {
            senders,
            conversations,
            _world: world,
        })
    }

    async fn run(&self, senders: usize) -> Result<f64> {
        let (sockets, conversations) = (Arc::clone(&self.senders), Arc::clone(&self.conversations));
        rate(senders, move |sender| {
            let (sockets, conversations) = (Arc::clone(&sockets), Arc::clone(&conversations));
            async move {
                let data = json!({
                    "conversation": conversations[sender], "body": "w".repeat(WORDS),
                    "client_id": uuid::Uuid::now_v7(),
                });
                let request = json!({"id": 1, "type": "message.send", "data": data}).to_string();
                let mut socket = sockets[sender].lock().await;
                socket.send(&request).await?;
                loop {
                    let text = socket.next().await?;
                    if text.windows(6).any(|part| part == b"\"ok\":t") {
                        return Ok(());
                    }
                    let value: Value = serde_json::from_slice(&text)?;
                    anyhow::ensure!(value["ok"] != json!(false), "refused: {value}");
                }
            }
        })
        .await
    }
}
