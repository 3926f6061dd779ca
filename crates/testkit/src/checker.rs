//! Judges a run by what its clients saw: nothing lost, nothing doubled, no hole, one order.
//!
//! It knows nothing of the server. Its evidence is what clients wrote down while they ran, and the
//! history that the server tells at the end; whatever of the promises these two contradict is a
//! [`Violation`].

mod evidence;
mod violation;

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

pub use self::evidence::{Acknowledged, Attempt, Evidence, Heard, ReaderLog, Stored};
pub use self::violation::{Report, Violation};

/// Everything in which the evidence contradicts the promises.
pub fn check(evidence: &Evidence) -> Report {
    let mut violations = Vec::new();
    check_history(evidence, &mut violations);
    check_acknowledged(evidence, &mut violations);
    for reader in &evidence.readers {
        check_lists(evidence, reader, &mut violations);
        check_heard(reader, &mut violations);
    }
    Report::new(violations)
}

/// `seq` 1..n, each `client_id` once, nothing that nobody sent or that says something else.
fn check_history(evidence: &Evidence, violations: &mut Vec<Violation>) {
    let attempts: HashMap<&str, &Attempt> = evidence
        .attempts
        .iter()
        .map(|attempt| (attempt.client_id.as_str(), attempt))
        .collect();
    let mut seen: HashSet<&str> = HashSet::new();
    for (&conversation, history) in &evidence.history {
        for (expected, message) in (1..).zip(history) {
            if message.seq != expected {
                violations.push(Violation::Hole {
                    conversation,
                    expected,
                    found: message.seq,
                });
                break;
            }
        }
        for message in history {
            let client_id = message.client_id.as_deref().unwrap_or_default();
            if !client_id.is_empty() && !seen.insert(client_id) {
                violations.push(Violation::Twice {
                    client_id: client_id.to_owned(),
                });
            }
            let attempt = attempts.get(client_id);
            let as_sent = attempt.is_some_and(|attempt| {
                attempt.conversation == conversation && attempt.body == message.body
            });
            if !as_sent {
                violations.push(Violation::Invented {
                    conversation,
                    message: message.clone(),
                });
            }
        }
    }
}

/// Every acknowledged message stands where its acknowledgement said.
fn check_acknowledged(evidence: &Evidence, violations: &mut Vec<Violation>) {
    let mut places: HashMap<&str, (Uuid, &Stored)> = HashMap::new();
    for (conversation, history) in &evidence.history {
        for message in history {
            if let Some(client_id) = &message.client_id {
                places.insert(client_id, (*conversation, message));
            }
        }
    }
    for acknowledged in &evidence.acknowledged {
        let place = places.get(acknowledged.client_id.as_str());
        let Some((conversation, stored)) = place else {
            violations.push(Violation::Missing(acknowledged.clone()));
            continue;
        };
        let as_told = *conversation == acknowledged.conversation
            && stored.seq == acknowledged.seq
            && stored.id == acknowledged.id;
        if !as_told {
            violations.push(Violation::Moved {
                acknowledged: acknowledged.clone(),
                seq: stored.seq,
            });
        }
    }
}

/// What a reader has at the end is the history.
fn check_lists(evidence: &Evidence, reader: &ReaderLog, violations: &mut Vec<Violation>) {
    for (&conversation, history) in &evidence.history {
        let Some(list) = reader.lists.get(&conversation) else {
            continue;
        };
        let differs =
            (0..history.len().max(list.len())).find(|&index| history.get(index) != list.get(index));
        if let Some(index) = differs {
            violations.push(Violation::Differs {
                reader: reader.name.clone(),
                conversation,
                stored: history.get(index).cloned(),
                read: list.get(index).cloned(),
            });
        }
    }
}

/// On one socket a conversation's events come without a gap, and its messages in their order.
fn check_heard(reader: &ReaderLog, violations: &mut Vec<Violation>) {
    for socket in &reader.sockets {
        let mut last: BTreeMap<Uuid, (i64, Option<i64>)> = BTreeMap::new();
        for heard in socket {
            let (revision, seq) = last
                .get(&heard.conversation)
                .copied()
                .unwrap_or((heard.revision - 1, None));
            if heard.revision != revision + 1 {
                violations.push(Violation::Gap {
                    reader: reader.name.clone(),
                    conversation: heard.conversation,
                    after: revision,
                    heard: heard.revision,
                });
                break;
            }
            if let (Some(before), Some(now)) = (seq, heard.seq)
                && now != before + 1
            {
                violations.push(Violation::Reordered {
                    reader: reader.name.clone(),
                    conversation: heard.conversation,
                    before,
                    now,
                });
                break;
            }
            last.insert(heard.conversation, (heard.revision, heard.seq.or(seq)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Uuid {
        Uuid::from_u128(1)
    }

    fn stored(seq: i64) -> Stored {
        Stored {
            id: Uuid::from_u128(u128::from(seq.unsigned_abs()) + 100),
            seq,
            client_id: Some(format!("c{seq}")),
            body: format!("text {seq}"),
        }
    }

    fn heard(revision: i64, seq: Option<i64>) -> Heard {
        Heard {
            conversation: place(),
            revision,
            seq,
        }
    }

    /// Three messages, sent, acknowledged, stored and heard as promised.
    fn flawless() -> Evidence {
        let history: Vec<Stored> = (1..=3).map(stored).collect();
        let attempt = |message: &Stored| Attempt {
            conversation: place(),
            client_id: message.client_id.clone().unwrap_or_default(),
            body: message.body.clone(),
        };
        let acknowledged = |message: &Stored| Acknowledged {
            conversation: place(),
            client_id: message.client_id.clone().unwrap_or_default(),
            id: message.id,
            seq: message.seq,
        };
        Evidence {
            attempts: history.iter().map(attempt).collect(),
            acknowledged: history.iter().map(acknowledged).collect(),
            readers: vec![ReaderLog {
                name: "reader".to_owned(),
                lists: BTreeMap::from([(place(), history.clone())]),
                // A read mark takes revision 3; the second socket starts where it starts.
                sockets: vec![
                    vec![
                        heard(1, Some(1)),
                        heard(2, Some(2)),
                        heard(3, None),
                        heard(4, Some(3)),
                    ],
                    vec![heard(4, Some(3))],
                ],
            }],
            history: BTreeMap::from([(place(), history)]),
        }
    }

    /// What the checker finds after something was broken.
    fn found(break_it: impl FnOnce(&mut Evidence)) -> Vec<Violation> {
        let mut evidence = flawless();
        break_it(&mut evidence);
        check(&evidence).violations().to_vec()
    }

    fn history(evidence: &mut Evidence) -> &mut Vec<Stored> {
        evidence.history.entry(place()).or_default()
    }

    #[test]
    fn a_run_as_promised_passes() {
        assert_eq!(found(|_| {}), []);
    }

    #[test]
    fn an_attempt_without_acknowledgement_may_be_stored_or_not() {
        assert_eq!(
            found(|evidence| {
                evidence.acknowledged.pop();
                evidence.attempts.push(Attempt {
                    conversation: place(),
                    client_id: "c4".to_owned(),
                    body: "text 4".to_owned(),
                });
            }),
            []
        );
    }

    #[test]
    fn an_acknowledged_message_that_is_gone_is_found() {
        let violations = found(|evidence| {
            history(evidence).pop();
        });
        assert!(matches!(&violations[0], Violation::Missing(lost) if lost.client_id == "c3"));
        assert!(matches!(violations[1], Violation::Differs { .. }));
        assert_eq!(violations.len(), 2);
    }

    #[test]
    fn a_message_that_is_there_twice_is_found() {
        let violations = found(|evidence| {
            let again = Stored {
                client_id: Some("c3".to_owned()),
                body: "text 3".to_owned(),
                ..stored(4)
            };
            history(evidence).push(again.clone());
            evidence.readers[0]
                .lists
                .entry(place())
                .or_default()
                .push(again);
        });
        assert!(violations.contains(&Violation::Twice {
            client_id: "c3".to_owned()
        }));
    }

    #[test]
    fn a_hole_in_seq_is_found() {
        let violations = found(|evidence| {
            history(evidence).remove(1);
            evidence.acknowledged.remove(1);
            evidence.readers.clear();
        });
        assert_eq!(
            violations,
            [Violation::Hole {
                conversation: place(),
                expected: 2,
                found: 3
            }]
        );
    }

    #[test]
    fn a_message_at_another_place_than_acknowledged_is_found() {
        let violations = found(|evidence| evidence.acknowledged[0].seq = 2);
        assert!(matches!(violations[..], [Violation::Moved { seq: 1, .. }]));
    }

    #[test]
    fn a_message_that_nobody_sent_or_with_other_words_is_found() {
        let violations = found(|evidence| evidence.attempts[0].body = "other".to_owned());
        assert!(matches!(violations[..], [Violation::Invented { .. }]));
        let violations = found(|evidence| drop(evidence.attempts.remove(0)));
        assert!(matches!(violations[..], [Violation::Invented { .. }]));
    }

    #[test]
    fn a_reader_who_lacks_something_or_has_more_is_found() {
        let shorter = found(|evidence| {
            evidence.readers[0]
                .lists
                .entry(place())
                .or_default()
                .remove(1);
        });
        assert!(matches!(shorter[..], [Violation::Differs { .. }]));
        let longer = found(|evidence| {
            evidence.readers[0]
                .lists
                .entry(place())
                .or_default()
                .push(stored(4));
        });
        assert!(matches!(
            &longer[..],
            [Violation::Differs { stored: None, .. }]
        ));
    }

    #[test]
    fn a_silent_gap_on_a_socket_is_found() {
        let violations = found(|evidence| {
            evidence.readers[0].sockets[0].remove(1);
        });
        assert!(matches!(
            violations[..],
            [Violation::Gap {
                after: 1,
                heard: 3,
                ..
            }]
        ));
    }

    #[test]
    fn another_order_on_a_socket_is_found() {
        let violations = found(|evidence| {
            evidence.readers[0].sockets[0][1].seq = Some(3);
        });
        assert!(matches!(
            violations[..],
            [Violation::Reordered {
                before: 1,
                now: 3,
                ..
            }]
        ));
    }
}
