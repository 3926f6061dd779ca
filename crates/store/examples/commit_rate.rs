//! Messages a second through `commit`, fed as the core's writer feeds it, beside the raw ceiling: the
//! same rows into the same table with the same indexes and settings, and nothing else.
//!
//! `cargo run --release -p parlance-store --example commit_rate [folder]`. Pairs of runs alternate;
//! the ratio is the median over the pairs.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program: it prints, and ends at the first error"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parlance_core::app::{AppProfile, NewApp};
use parlance_core::change::{Change, ChangeBody, NewMessage};
use parlance_core::clock::{Clock, SystemClock, Timestamp};
use parlance_core::conversation::{ConversationHead, ConversationKind, ConversationStatus};
use parlance_core::ids::{AppId, ConversationId, UserId, new_uuid};
use parlance_core::member::{NewMember, Party};
use parlance_core::message::MessageKind;
use parlance_core::store::{Apps, Upkeep, Writes};
use parlance_store::{SqliteOptions, SqliteStore};
use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

const PAIRS: usize = 5;
const RUN: Duration = Duration::from_secs(1);
const GROUP: usize = 512;
const BODY_BYTES: usize = 200;

type Waiting = (Change, oneshot::Sender<()>);

#[tokio::main]
async fn main() {
    let folder = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder).unwrap();
    println!("in flight | commit/s | raw/s | ratio (median of {PAIRS} pairs)");
    for in_flight in [1, 10, 100, 1_000] {
        let mut pairs = Vec::new();
        for pair in 0..PAIRS {
            let path = |kind| folder.path().join(format!("{kind}-{in_flight}-{pair}.db"));
            let store = run_store(&path("store"), in_flight).await;
            let raw = run_raw(&path("raw"), in_flight).await;
            pairs.push((store / raw, store, raw));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, store, raw) = pairs[PAIRS / 2];
        println!("{in_flight:>9} | {store:>8.0} | {raw:>7.0} | {ratio:.2}");
    }
}

/// The whole store: rules, counters, marks.
async fn run_store(path: &Path, in_flight: usize) -> f64 {
    let store = Arc::new(SqliteStore::open(SqliteOptions::new(path)).unwrap());
    let app = make_app(&store).await;
    let mut places = Vec::new();
    for pair in 0..in_flight.div_ceil(2) {
        places.push(make_conversation(&store, app, pair as i64 * 2 + 1).await);
    }
    let (queue, mut waiting) = mpsc::channel::<Waiting>(4 * GROUP);
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut round = Vec::with_capacity(GROUP);
            while waiting.recv_many(&mut round, GROUP).await > 0 {
                let (group, replies): (Vec<_>, Vec<_>) = round.drain(..).unzip();
                for (result, reply) in store.commit(group).await.into_iter().zip(replies) {
                    result.unwrap();
                    let _ = reply.send(());
                }
            }
        })
    };
    let rate = send_all(queue, &places, in_flight).await;
    writer.await.unwrap();
    store.close().await.unwrap();
    rate
}

/// Only the rows: one thread, one connection, whatever waits in one transaction.
async fn run_raw(path: &Path, in_flight: usize) -> f64 {
    SqliteStore::open(SqliteOptions::new(path))
        .unwrap()
        .close()
        .await
        .unwrap();
    let conn = Connection::open(path).unwrap();
    for (name, value) in [
        ("synchronous", 2),
        ("cache_size", -65_536),
        ("wal_autocheckpoint", 4_000),
        ("mmap_size", 268_435_456),
    ] {
        conn.pragma_update(None, name, value).unwrap();
    }
    let places: Vec<_> = (0..in_flight.div_ceil(2))
        .map(|at| ConversationId(at as i64 + 1))
        .collect();
    let (queue, mut waiting) = mpsc::channel::<Waiting>(4 * GROUP);
    let writer = std::thread::spawn(move || {
        let mut id = 0;
        let mut round = Vec::with_capacity(GROUP);
        while waiting.blocking_recv_many(&mut round, GROUP) > 0 {
            conn.prepare_cached("BEGIN IMMEDIATE")
                .unwrap()
                .execute([])
                .unwrap();
            for (change, _) in &round {
                id += 1;
                insert(&conn, change, id);
            }
            conn.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
            for (_, reply) in round.drain(..) {
                let _ = reply.send(());
            }
        }
    });
    let rate = send_all(queue, &places, in_flight).await;
    writer.join().unwrap();
    rate
}

fn insert(conn: &Connection, change: &Change, id: i64) {
    let ChangeBody::SendMessage(message) = &change.body else {
        return;
    };
    let at = message.created_at.as_micros();
    conn.prepare_cached(
        "INSERT INTO messages (id, uuid, conversation_id, seq, revision, created_revision, \
         sender_id, sender_party, kind, body, client_id, client_key, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?4, ?4, ?5, ?5, 'text', ?6, ?7, ?8, ?9)",
    )
    .unwrap()
    .execute(params![
        id,
        message.uuid.as_bytes(),
        change.conversation.unwrap().0,
        id,
        message.sender.unwrap().0,
        message.body,
        message.client_id,
        ((at / 1_000_000) << 29) | (id.wrapping_mul(0x9E37_79B9) & 0x1FFF_FFFF),
        at
    ])
    .unwrap();
}

/// `in_flight` senders, two a conversation, each waiting for its answer before the next.
async fn send_all(
    queue: mpsc::Sender<Waiting>,
    places: &[ConversationId],
    in_flight: usize,
) -> f64 {
    let clock = Arc::new(SystemClock::default());
    let sent = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let senders: Vec<_> = (0..in_flight)
        .map(|sender| {
            let (queue, clock, sent) = (queue.clone(), Arc::clone(&clock), Arc::clone(&sent));
            let place = places[sender / 2];
            tokio::spawn(async move {
                while start.elapsed() < RUN {
                    let (reply, answer) = oneshot::channel();
                    let change = message(place, sender as i64 + 1, clock.now());
                    queue.send((change, reply)).await.unwrap();
                    answer.await.unwrap();
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    drop(queue);
    for sender in senders {
        sender.await.unwrap();
    }
    sent.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

/// A text with a client id, which reaches the other one at once.
fn message(place: ConversationId, sender: i64, at: Timestamp) -> Change {
    let other = if sender % 2 == 1 {
        sender + 1
    } else {
        sender - 1
    };
    let party = Party::User(UserId(sender));
    Change {
        conversation: Some(place),
        at,
        body: ChangeBody::SendMessage(Box::new(NewMessage {
            uuid: new_uuid(at),
            sender: Some(UserId(sender)),
            sender_party: Some(party),
            kind: MessageKind::Text,
            body: "x".repeat(BODY_BYTES),
            attachments: Vec::new(),
            metadata: None,
            reply_to: None,
            client_id: Some(new_uuid(at).to_string()),
            reached: vec![party, Party::User(UserId(other))],
            even_if_closed: false,
            created_at: at,
        })),
    }
}

async fn make_app(store: &SqliteStore) -> AppId {
    let at = SystemClock::default().now();
    let app = NewApp {
        name: "measured".into(),
        profile: AppProfile::default(),
        key_hash: [0; 32],
        secret: vec![0; 32],
        uuid: new_uuid(at),
        created_at: at,
    };
    store.create_app(app).await.unwrap().unwrap().id
}

async fn make_conversation(store: &SqliteStore, app: AppId, first: i64) -> ConversationId {
    let at = SystemClock::default().now();
    let member = |user| NewMember {
        party: Party::User(UserId(user)),
        part: "member".into(),
    };
    let head = ConversationHead {
        id: ConversationId(0),
        uuid: new_uuid(at),
        app,
        kind: ConversationKind::Direct,
        status: ConversationStatus::Open,
        title: Some("A measured conversation".into()),
        context: None,
        metadata: serde_json::Map::new(),
        unique_key: None,
        created_by: None,
        created_at: at,
        deleted_at: None,
    };
    let change = Change {
        conversation: None,
        at,
        body: ChangeBody::CreateConversation {
            head: head.into(),
            members: vec![member(first), member(first + 1)],
        },
    };
    let made = store.commit(vec![change]).await.pop().unwrap().unwrap();
    made.conversation.head.id
}
