//! A random run against a model that counts where the store keeps counters.
//!
//! `PARLANCE_SEED=..` replays a run; a failure prints its seed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use parlance_core::change::{Change, ChangeBody};
use parlance_core::clock::Timestamp;
use parlance_core::command::ReadTarget;
use parlance_core::ids::{ConversationId, MessageId, UserId};
use parlance_core::member::{Member, NewMember, Party};
use parlance_core::message::Message;

use super::Database;
use super::world::{World, stored};

/// Groups of one run.
const ROUNDS: usize = 150;

/// What is known of one message.
struct ModelMessage {
    id: MessageId,
    seq: i64,
    by: Party,
    deleted: bool,
    read_by: BTreeSet<Party>,
}

/// One conversation as the promises word it, without a single counter.
struct Model {
    messages: Vec<ModelMessage>,
    /// Present parties, and the seq after which messages concern them.
    present: BTreeMap<Party, i64>,
}

impl Model {
    fn unread(&self, party: Party) -> i64 {
        let from = self.present[&party];
        let counts = |m: &&ModelMessage| {
            m.seq > from && !m.deleted && m.by != party && !m.read_by.contains(&party)
        };
        self.messages.iter().filter(counts).count() as i64
    }

    fn read(&mut self, party: Party, wanted: impl Fn(&ModelMessage) -> bool) {
        for message in self.messages.iter_mut().filter(|m| wanted(m)) {
            message.read_by.insert(party);
        }
    }
}

/// Small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() {
            return None;
        }
        all.get(self.below(all.len()))
    }
}

/// Unread counts, last messages and what changed, after sends, reads of both kinds, deletions, and
/// people who leave and come back, in a desk and in a direct conversation.
pub async fn unread_agrees_with_a_model(database: &impl Database) {
    let given = std::env::var("PARLANCE_SEED").ok();
    let seed = given.map_or(0x5eed_cafe, |seed| seed.parse().expect("a number"));
    let world = World::new(database).await;
    let users = [
        world.user("ann").await,
        world.user("bob").await,
        world.user("eve").await,
    ];
    let places = [world.direct(&users).await, world.desk(users[0]).await];
    let direct = users.map(Party::User).to_vec();
    let desk = vec![Party::User(users[0]), Party::Staff];
    let agent = world.user("agent").await;
    for (place, parties) in places.into_iter().zip([direct, desk]) {
        let run = Run {
            world: &world,
            place,
            parties,
            agent,
            seed,
        };
        run.go().await;
    }
}

struct Run<'a> {
    world: &'a World,
    place: ConversationId,
    parties: Vec<Party>,
    agent: UserId,
    seed: u64,
}

impl Run<'_> {
    async fn go(&self) {
        let mut random = Random(self.seed | 1);
        let mut model = Model {
            messages: Vec::new(),
            present: self.parties.iter().map(|party| (*party, 0)).collect(),
        };
        let mut states: HashMap<i64, (Vec<Message>, Vec<Member>)> = HashMap::new();
        for round in 0..ROUNDS {
            let count = 1 + random.below(4);
            let mut group = Vec::new();
            let mut effects = Vec::new();
            for _ in 0..count {
                let (change, effect) = self.step(&mut random, &model, &effects);
                group.push(change);
                effects.push(effect);
            }
            let results = self.world.store.commit(group).await;
            for (effect, result) in effects.into_iter().zip(results) {
                // A group may hold what its own earlier changes made impossible.
                if let Ok(committed) = result {
                    let sent = matches!(effect, Effect::Sent(_)).then(|| stored(&committed));
                    effect.play(&mut model, sent.as_deref());
                }
            }
            self.compare(&model, round).await;
            self.resume(&mut states).await;
        }
    }

    /// A random change, and what it does when it passes.
    fn step(&self, random: &mut Random, model: &Model, before: &[Effect]) -> (Change, Effect) {
        let party = *random.of(&self.parties).expect("there are parties");
        let message = random.of(&model.messages).map(|m| (m.id, m.seq));
        let kind = random.below(12);
        let (body, effect) = match (kind, message) {
            (0..=1, Some((_, seq))) => {
                let target = ReadTarget::UpTo(seq);
                (
                    ChangeBody::MarkRead { party, target },
                    Effect::ReadUpTo(party, seq),
                )
            }
            (2..=3, Some((id, _))) => {
                let target = ReadTarget::Messages(vec![id]);
                (
                    ChangeBody::MarkRead { party, target },
                    Effect::ReadOne(party, id),
                )
            }
            (4, Some((id, _))) => (
                ChangeBody::DeleteMessage { message: id },
                Effect::Deleted(id),
            ),
            (5, _) => {
                let target = ReadTarget::All;
                (
                    ChangeBody::MarkRead { party, target },
                    Effect::ReadUpTo(party, i64::MAX),
                )
            }
            // One leaves at a time, and only outside a group, so that the model knows who is there.
            (6, _) if before.is_empty() && model.present.len() > 1 => {
                (ChangeBody::RemoveMember(party), Effect::Left(party))
            }
            (7, _) if before.is_empty() => {
                let new = NewMember {
                    party,
                    part: "member".into(),
                };
                (ChangeBody::AddMember(new), Effect::Joined(party))
            }
            (8, _) => {
                let up_to = i64::MAX;
                (ChangeBody::MarkDelivered { party, up_to }, Effect::None)
            }
            _ => {
                let by = party.user().unwrap_or(self.agent);
                let mut message = self.world.message(by, "text");
                message.sender_party = Some(party);
                if random.below(2) == 0 {
                    message.reached.clone_from(&self.parties);
                }
                (
                    ChangeBody::SendMessage(Box::new(message)),
                    Effect::Sent(party),
                )
            }
        };
        (self.world.change(self.place, body), effect)
    }

    async fn compare(&self, model: &Model, round: usize) {
        let at = format!("seed {} round {round} in {}", self.seed, self.place);
        let row = self.world.row(self.place).await;
        let unread = |m: &Member| (m.party, row.conversation.message_count - m.seen_count);
        let found: BTreeMap<_, _> = row.members.iter().map(unread).collect();
        let expected: BTreeMap<_, _> = model
            .present
            .keys()
            .map(|party| (*party, model.unread(*party)))
            .collect();
        assert_eq!(found, expected, "unread, {at}");
        let last = model
            .messages
            .iter()
            .rev()
            .find(|m| !m.deleted)
            .map(|m| m.id);
        assert_eq!(row.last_message.map(|m| m.id), last, "last message, {at}");
        assert_eq!(
            row.conversation.last_seq,
            model.messages.len() as i64,
            "seqs, {at}"
        );
        let receipts = self
            .world
            .store
            .receipts(self.place, 1, i64::MAX)
            .await
            .unwrap();
        for message in self.world.all(self.place).await {
            if message.deleted_at.is_some() {
                continue;
            }
            let known = &model.messages[message.seq as usize - 1];
            for (party, from) in &model.present {
                let read =
                    known.by == *party || known.seq <= *from || known.read_by.contains(party);
                let found = receipts.read_by(*party, &message);
                assert_eq!(found, read, "read {} by {party:?}, {at}", message.seq);
            }
        }
    }

    /// Every earlier state plus what changed since is the present state.
    async fn resume(&self, states: &mut HashMap<i64, (Vec<Message>, Vec<Member>)>) {
        let store = &self.world.store;
        let revision = self.world.row(self.place).await.conversation.revision;
        let members = store.members_changed_since(self.place, 0).await.unwrap();
        let present = (self.world.all(self.place).await, members);
        if states.len() < 12 {
            states.insert(revision, present.clone());
        }
        for (since, (messages, members)) in &*states {
            let changed = store
                .messages_changed_since(self.place, *since, 10_000)
                .await
                .unwrap();
            let mut rows: BTreeMap<_, _> = messages.iter().map(|m| (m.id, m)).collect();
            rows.extend(changed.iter().map(|m| (m.id, m)));
            assert!(
                rows.into_values().eq(&present.0),
                "messages since {since}, seed {}",
                self.seed
            );
            let changed = store
                .members_changed_since(self.place, *since)
                .await
                .unwrap();
            let mut rows: BTreeMap<_, _> = members.iter().map(|m| (m.party, marks(m))).collect();
            rows.extend(changed.iter().map(|m| (m.party, marks(m))));
            let now: BTreeMap<_, _> = present.1.iter().map(|m| (m.party, marks(m))).collect();
            assert_eq!(rows, now, "members since {since}, seed {}", self.seed);
        }
    }
}

/// What a resume has to bring of a member; the count of what was seen follows from the messages.
fn marks(member: &Member) -> (i64, i64, Option<Timestamp>) {
    (member.read_seq, member.delivered_seq, member.left_at)
}

/// What a change does to the model.
enum Effect {
    None,
    Sent(Party),
    ReadUpTo(Party, i64),
    ReadOne(Party, MessageId),
    Deleted(MessageId),
    Left(Party),
    Joined(Party),
}

impl Effect {
    fn play(self, model: &mut Model, sent: Option<&Message>) {
        match (self, sent) {
            (Self::Sent(by), Some(message)) => model.messages.push(ModelMessage {
                id: message.id,
                seq: message.seq,
                by,
                deleted: false,
                read_by: BTreeSet::new(),
            }),
            (Self::ReadUpTo(party, seq), _) => model.read(party, |m| m.seq <= seq),
            (Self::ReadOne(party, id), _) => model.read(party, |m| m.id == id),
            (Self::Deleted(id), _) => {
                for message in model.messages.iter_mut().filter(|m| m.id == id) {
                    message.deleted = true;
                }
            }
            (Self::Left(party), _) => {
                model.present.remove(&party);
                for message in &mut model.messages {
                    message.read_by.remove(&party);
                }
            }
            (Self::Joined(party), _) => {
                let last = model.messages.len() as i64;
                model.present.entry(party).or_insert(last);
            }
            (Self::Sent(_) | Self::None, _) => {}
        }
    }
}
