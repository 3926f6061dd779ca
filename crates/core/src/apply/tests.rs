//! The rules against a model that knows nothing of cursors and counters.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Map;
use uuid::Uuid;

use super::memory::MemoryTx;
use super::{Tx as _, apply};
use crate::change::{Change, ChangeBody, Committed, NewMessage, Outcome};
use crate::clock::Timestamp;
use crate::command::ReadTarget;
use crate::conversation::{ConversationHead, ConversationKind, ConversationStatus};
use crate::error::ChatError;
use crate::ids::{AppId, ConversationId, MessageId, UserId};
use crate::member::{NewMember, Party};
use crate::message::MessageKind;
use crate::store::CommitError;

const AT: Timestamp = Timestamp::from_micros(1_000_000);
const HERE: ConversationId = ConversationId(1);
/// Two users and the staff side: whatever is counted per party is counted for both sorts.
const PARTIES: [Party; 3] = [Party::User(UserId(1)), Party::User(UserId(2)), Party::Staff];

/// What may happen, small numbers standing for parties and messages.
#[derive(Debug, Clone)]
enum Act {
    Send { by: usize, client: Option<u8> },
    Delete { seq: i64 },
    Edit { seq: i64 },
    ReadUpTo { by: usize, seq: i64 },
    ReadSingly { by: usize, seqs: Vec<i64> },
    Deliver { by: usize, seq: i64 },
    React { by: usize, seq: i64, add: bool },
    Leave { by: usize },
    Join { by: usize },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let by = 0..PARTIES.len();
    let seq = 0..20_i64;
    let act = prop_oneof![
        4 => (by.clone(), prop::option::of(0..4_u8)).prop_map(|(by, client)| Act::Send { by, client }),
        1 => seq.clone().prop_map(|seq| Act::Delete { seq }),
        1 => seq.clone().prop_map(|seq| Act::Edit { seq }),
        2 => (by.clone(), seq.clone()).prop_map(|(by, seq)| Act::ReadUpTo { by, seq }),
        2 => (by.clone(), prop::collection::vec(seq.clone(), 0..4))
            .prop_map(|(by, seqs)| Act::ReadSingly { by, seqs }),
        1 => (by.clone(), seq.clone()).prop_map(|(by, seq)| Act::Deliver { by, seq }),
        1 => (0..2_usize, seq, any::<bool>()).prop_map(|(by, seq, add)| Act::React { by, seq, add }),
        1 => (0..2_usize).prop_map(|by| Act::Leave { by }),
        1 => (0..2_usize).prop_map(|by| Act::Join { by }),
    ];
    prop::collection::vec(act, 0..60)
}

/// One message as the model has it.
#[derive(Debug)]
struct Said {
    by: usize,
    deleted: bool,
    client: Option<u8>,
}

/// Everything by plain sets.
#[derive(Debug, Default)]
struct Model {
    said: Vec<Said>,
    /// What each party has read, wrote, or found there when it joined, by seq.
    seen: [BTreeSet<i64>; 3],
    present: [bool; 3],
}

impl Model {
    fn living(&self) -> impl Iterator<Item = (i64, &Said)> {
        (1..).zip(&self.said).filter(|(_, said)| !said.deleted)
    }

    fn unread(&self, party: usize) -> i64 {
        let unread = self
            .living()
            .filter(|(seq, said)| said.by != party && !self.seen[party].contains(seq));
        unread.count() as i64
    }

    fn see_all(&mut self, party: usize) {
        self.seen[party] = (1..=self.said.len() as i64).collect();
    }
}

fn created() -> MemoryTx {
    let mut tx = MemoryTx::default();
    let head = ConversationHead {
        id: ConversationId(0),
        uuid: Uuid::nil(),
        app: AppId(1),
        kind: ConversationKind::Desk,
        status: ConversationStatus::Open,
        title: None,
        context: None,
        metadata: Map::new(),
        unique_key: Some("desk:1".to_owned()),
        created_by: None,
        created_at: AT,
        deleted_at: None,
    };
    let members = PARTIES
        .map(|party| NewMember {
            party,
            part: String::new(),
        })
        .to_vec();
    let body = ChangeBody::CreateConversation {
        head: Arc::new(head),
        members,
    };
    let change = Change {
        conversation: None,
        at: AT,
        body,
    };
    let made = apply(&mut tx, &change).expect("a new conversation");
    assert!(matches!(
        made.outcome,
        Outcome::Conversation { created: true }
    ));
    let again = apply(&mut tx, &change).expect("the same conversation");
    assert!(matches!(
        again.outcome,
        Outcome::Conversation { created: false }
    ));
    assert_eq!(again.conversation.head.id, made.conversation.head.id);
    tx
}

fn message(by: usize, client: Option<u8>) -> ChangeBody {
    ChangeBody::SendMessage(Box::new(NewMessage {
        uuid: Uuid::nil(),
        sender: Some(PARTIES[by].user().unwrap_or(UserId(9))),
        sender_party: Some(PARTIES[by]),
        kind: MessageKind::Text,
        body: "words".to_owned(),
        attachments: Vec::new(),
        metadata: None,
        reply_to: None,
        client_id: client.map(|client| client.to_string()),
        reached: Vec::new(),
        even_if_closed: false,
        created_at: AT,
    }))
}

/// The change of an act; message ids are seqs here, because there is one conversation.
fn change(act: &Act) -> ChangeBody {
    match act {
        Act::Send { by, client } => message(*by, *client),
        Act::Delete { seq } => ChangeBody::DeleteMessage {
            message: MessageId(*seq),
        },
        Act::Edit { seq } => ChangeBody::EditMessage {
            message: MessageId(*seq),
            body: "other words".to_owned(),
        },
        Act::ReadUpTo { by, seq } => ChangeBody::MarkRead {
            party: PARTIES[*by],
            target: ReadTarget::UpTo(*seq),
        },
        Act::ReadSingly { by, seqs } => {
            let ids = seqs.iter().map(|seq| MessageId(*seq)).collect();
            ChangeBody::MarkRead {
                party: PARTIES[*by],
                target: ReadTarget::Messages(ids),
            }
        }
        Act::Deliver { by, seq } => ChangeBody::MarkDelivered {
            party: PARTIES[*by],
            up_to: *seq,
        },
        Act::React { by, seq, add } => ChangeBody::React {
            message: MessageId(*seq),
            user: UserId(*by as i64 + 1),
            emoji: "👍".to_owned(),
            add: *add,
        },
        Act::Leave { by } => ChangeBody::RemoveMember(PARTIES[*by]),
        Act::Join { by } => ChangeBody::AddMember(NewMember {
            party: PARTIES[*by],
            part: String::new(),
        }),
    }
}

/// Does to the model what the act means, when it is allowed.
fn follow(model: &mut Model, act: &Act) {
    let end = model.said.len() as i64;
    match act {
        Act::Send { by, client } => {
            let same =
                |said: &Said| said.by == *by && said.client.is_some() && said.client == *client;
            if model.present[*by] && !model.said.iter().any(same) {
                model.said.push(Said {
                    by: *by,
                    deleted: false,
                    client: *client,
                });
            }
        }
        Act::Delete { seq } if (1..=end).contains(seq) => {
            model.said[*seq as usize - 1].deleted = true;
        }
        Act::ReadUpTo { by, seq } if model.present[*by] => {
            model.seen[*by].extend(1..=(*seq).min(end));
        }
        Act::ReadSingly { by, seqs } if model.present[*by] => {
            model.seen[*by].extend(seqs.iter().filter(|seq| (1..=end).contains(*seq)));
        }
        Act::Leave { by } => model.present[*by] = false,
        Act::Join { by } if !model.present[*by] => {
            model.present[*by] = true;
            model.see_all(*by);
        }
        _ => {}
    }
}

/// A refusal leaves every row as it was; a change without a revision as well.
fn check_step(before: &MemoryTx, after: &MemoryTx, result: &Result<Committed, CommitError>) {
    let old = &before.conversations[&HERE];
    match result {
        Err(CommitError::Refused(refusal)) => {
            assert_eq!(
                before, after,
                "refused with {refusal:?}, and yet something changed"
            );
        }
        Err(CommitError::Store(error)) => panic!("memory does not fail: {error}"),
        Ok(done) => match done.revision {
            None => assert_eq!(before, after, "no revision, and yet something changed"),
            Some(revision) => assert_eq!(revision, old.revision + 1),
        },
    }
}

fn check_all(tx: &MemoryTx, model: &Model) {
    let row = &tx.conversations[&HERE];
    assert_eq!(row.last_seq, model.said.len() as i64);
    assert_eq!(row.message_count, model.living().count() as i64);
    assert_eq!(
        row.last_message,
        model.living().last().map(|(seq, _)| MessageId(seq))
    );
    let seqs: Vec<i64> = tx.messages.values().map(|m| m.seq).collect();
    assert_eq!(
        seqs,
        (1..=row.last_seq).collect::<Vec<_>>(),
        "seq without holes, in order"
    );
    for (party, _) in model
        .present
        .iter()
        .enumerate()
        .filter(|(_, present)| **present)
    {
        let member = &tx.members[&(HERE, PARTIES[party])];
        let unread = row.message_count - member.seen_count;
        assert_eq!(
            unread,
            model.unread(party),
            "unread of {:?}: {model:?}",
            PARTIES[party]
        );
        for (seq, said) in model.living().filter(|(_, said)| said.by != party) {
            let marked =
                member.read_seq >= seq || tx.single_reads.contains(&(HERE, PARTIES[party], seq));
            assert_eq!(
                marked,
                model.seen[party].contains(&seq),
                "mark at {seq} of {said:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn unread_seq_and_revision_agree_with_a_model_of_plain_sets(acts in acts()) {
        let mut tx = created();
        let mut model = Model { present: [true; 3], ..Model::default() };
        for act in acts {
            let before = tx.clone();
            let change = Change { conversation: Some(HERE), at: AT, body: change(&act) };
            let result = apply(&mut tx, &change);
            check_step(&before, &tx, &result);
            follow(&mut model, &act);
            check_all(&tx, &model);
        }
    }
}

#[test]
fn a_closed_conversation_refuses_messages_unless_told_otherwise() {
    let mut tx = created();
    let mut row = tx.conversations[&HERE].clone();
    Arc::make_mut(&mut row.head).status = ConversationStatus::Closed;
    tx.update_conversation(&row).expect("memory");
    let send = |even_if_closed| {
        let ChangeBody::SendMessage(mut new) = message(0, None) else {
            unreachable!()
        };
        new.even_if_closed = even_if_closed;
        Change {
            conversation: Some(HERE),
            at: AT,
            body: ChangeBody::SendMessage(new),
        }
    };
    let refused = apply(&mut tx, &send(false));
    assert!(matches!(
        refused,
        Err(CommitError::Refused(ChatError::Closed))
    ));
    assert!(apply(&mut tx, &send(true)).is_ok());
}

#[test]
fn a_repeated_client_id_answers_with_the_first_message_of_the_same_sender() {
    let mut tx = created();
    let send = Change {
        conversation: Some(HERE),
        at: AT,
        body: message(0, Some(1)),
    };
    let first = apply(&mut tx, &send).expect("stored");
    let Outcome::Message {
        message: first,
        repeated: false,
        ..
    } = first.outcome
    else {
        panic!("not stored: {:?}", first.outcome);
    };
    let again = apply(&mut tx, &send).expect("answered");
    assert_eq!(again.revision, None);
    let Outcome::Message {
        message: again,
        repeated: true,
        ..
    } = again.outcome
    else {
        panic!("stored again: {:?}", again.outcome);
    };
    assert_eq!(first, again);
    let other = Change {
        conversation: Some(HERE),
        at: AT,
        body: message(1, Some(1)),
    };
    let other = apply(&mut tx, &other).expect("another sender's own id");
    assert!(matches!(
        other.outcome,
        Outcome::Message {
            repeated: false,
            ..
        }
    ));
}
