//! Committing changes: order, once, all or nothing.

use std::sync::Arc;

use futures_util::FutureExt;
use parlance_core::ChatError;
use parlance_core::change::{ChangeBody, Outcome};
use parlance_core::command::UpdateConversation;
use parlance_core::conversation::{ConversationKind, ConversationStatus};
use parlance_core::ids::{ConversationId, MessageId};
use parlance_core::member::Party;
use parlance_core::message::{Attachment, Reaction};
use parlance_core::store::CommitError;
use uuid::Uuid;

use super::Database;
use super::world::{World, bodies, stored};

/// Results stand in the order of the changes, and so do seqs and revisions.
pub async fn a_group_keeps_its_order(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let texts: Vec<String> = (0..100).map(|at| format!("text {at}")).collect();
    let group = texts
        .iter()
        .map(|text| world.sending(place, ann, text))
        .collect();
    let results = world.store.commit(group).await;
    for (at, result) in results.into_iter().enumerate() {
        let committed = result.unwrap();
        let message = stored(&committed);
        assert_eq!(message.body, texts[at]);
        assert_eq!(message.seq, at as i64 + 1);
        assert_eq!(committed.revision, Some(at as i64 + 2));
    }
    assert_eq!(bodies(&world.all(place).await), texts);
    let row = world.row(place).await;
    assert_eq!(
        (row.conversation.last_seq, row.conversation.revision),
        (100, 101)
    );
    assert_eq!(
        (row.conversation.message_count, row.members[0].seen_count),
        (100, 100)
    );
    assert_eq!(row.last_message.unwrap().body, "text 99");
}

/// Many committers at once: every message once, seqs and revisions without holes.
pub async fn concurrent_groups_leave_no_hole(database: &impl Database) {
    let world = Arc::new(World::new(database).await);
    let ann = world.user("ann").await;
    let places = [world.direct(&[ann]).await, world.direct(&[ann]).await];
    let committers: Vec<_> = (0..8)
        .map(|committer| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                for round in 0..20 {
                    let send = |at: usize| {
                        let text = format!("{committer} {round} {at}");
                        world.sending(places[at % 2], ann, &text)
                    };
                    let group = (0..5).map(send).collect();
                    for result in world.store.commit(group).await {
                        result.unwrap();
                    }
                }
            })
        })
        .collect();
    for committer in committers {
        committer.await.unwrap();
    }
    let mut all = Vec::new();
    for place in places {
        let messages = world.all(place).await;
        let row = world.row(place).await;
        let seqs: Vec<_> = messages.iter().map(|m| m.seq).collect();
        assert_eq!(seqs, (1..=row.conversation.last_seq).collect::<Vec<_>>());
        assert!(messages.is_sorted_by(|a, b| a.id < b.id && a.revision < b.revision));
        assert_eq!(row.conversation.revision, messages.len() as i64 + 1);
        all.extend(messages.into_iter().map(|m| m.body));
    }
    assert_eq!(all.len(), 8 * 20 * 5);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 8 * 20 * 5);
}

/// In the same group, in a later one, with a random text or a UUID of version 7 as client id.
pub async fn a_repeated_client_id_answers_with_the_first_message(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    for client_id in ["c-1", "0190163d-8694-739b-aea5-966c26f8ad91", "", "ü"] {
        let send = |text: &str| {
            let mut message = world.message(ann, text);
            message.client_id = Some(client_id.to_owned());
            world.sending_as(place, message)
        };
        let before = world.row(place).await.conversation;
        let results = world
            .store
            .commit(vec![send("first"), send("second")])
            .await;
        let [first, second] = results.try_into().unwrap();
        let (first, second) = (first.unwrap(), second.unwrap());
        let third = world.commit(send("third")).await.unwrap();
        for (repeat, revision) in [(&second, None), (&third, None)] {
            assert_eq!(stored(repeat), stored(&first));
            assert_eq!(repeat.revision, revision);
            assert!(matches!(
                repeat.outcome,
                Outcome::Message { repeated: true, .. }
            ));
        }
        let row = world.row(place).await.conversation;
        assert_eq!(row.last_seq, before.last_seq + 1);
        assert_eq!(row.revision, before.revision + 1);
        // A tombstone still answers.
        world.delete(&stored(&first)).await;
        let fourth = stored(&world.commit(send("fourth")).await.unwrap());
        assert_eq!((fourth.id, fourth.body.as_str()), (stored(&first).id, ""));
    }
}

/// The same client id of somebody else, or elsewhere, is another message.
pub async fn a_client_id_belongs_to_sender_and_conversation(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let here = world.direct(&[ann, bob]).await;
    let there = world.direct(&[ann, bob]).await;
    let send = |place: ConversationId, by, client_id: &str| {
        let mut message = world.message(by, "text");
        message.client_id = Some(client_id.to_owned());
        world.sending_as(place, message)
    };
    for client_id in ["c-1", "0190163d-8694-739b-aea5-966c26f8ad91"] {
        let group = vec![
            send(here, ann, client_id),
            send(here, bob, client_id),
            send(there, ann, client_id),
        ];
        let found: Vec<_> = world.store.commit(group).await;
        for result in found {
            let Outcome::Message { repeated, .. } = result.unwrap().outcome else {
                panic!("not a send");
            };
            assert!(!repeated);
        }
    }
    assert_eq!(world.all(here).await.len(), 4);
    assert_eq!(world.all(there).await.len(), 2);
}

/// A key answers with the conversation that has it, until that one is deleted.
pub async fn a_unique_key_makes_one_living_conversation(database: &impl Database) {
    let world = World::new(database).await;
    let ann = Party::User(world.user("ann").await);
    let make = || {
        world.creation(ConversationKind::Direct, &[ann], |head| {
            head.unique_key = Some("job:1".into());
        })
    };
    let results = world.store.commit(vec![make(), make()]).await;
    let made: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    let first = made[0].conversation.head.id;
    assert_eq!(made[1].conversation.head.id, first);
    assert!(matches!(
        made[1].outcome,
        Outcome::Conversation { created: false }
    ));
    let by_key = || world.store.conversation_by_key(world.app, "job:1");
    assert_eq!(by_key().await.unwrap(), Some(first));
    // Deleted and made again in one group.
    let delete = world.change(first, ChangeBody::DeleteConversation);
    let again = world
        .store
        .commit(vec![delete, make()])
        .await
        .pop()
        .unwrap()
        .unwrap();
    assert_ne!(again.conversation.head.id, first);
    assert_eq!(by_key().await.unwrap(), Some(again.conversation.head.id));
    let other = World::with_app(Arc::clone(&world.store), "second").await;
    let elsewhere = other.store.conversation_by_key(other.app, "job:1");
    assert_eq!(elsewhere.await.unwrap(), None);
}

/// Whatever a rule refuses changes no row, and the changes around it pass.
pub async fn a_refused_change_leaves_nothing(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob, eve) = (
        world.user("ann").await,
        world.user("bob").await,
        world.user("eve").await,
    );
    let place = world.direct(&[ann, bob]).await;
    let elsewhere = world.direct(&[eve]).await;
    let message = world.send(place, ann, "kept").await;
    let foreign = world.send(elsewhere, eve, "not here").await;
    let close = UpdateConversation {
        status: Some(ConversationStatus::Closed),
        ..UpdateConversation::default()
    };
    world
        .must(place, ChangeBody::UpdateConversation(Box::new(close)))
        .await;
    let party = Party::User(eve);
    let mut answer = world.message(ann, "to nothing");
    answer.reply_to = Some(foreign.id);
    answer.even_if_closed = true;
    answer.attachments = vec![attachment()];
    let stranger = world.sending(place, eve, "stranger");
    let closed = world.sending(place, ann, "closed");
    let refused = vec![
        stranger,
        closed,
        world.sending_as(place, answer),
        world.sending(ConversationId(i64::MAX), ann, "nowhere"),
        world.change(
            place,
            ChangeBody::DeleteMessage {
                message: foreign.id,
            },
        ),
        world.change(
            place,
            ChangeBody::DeleteMessage {
                message: MessageId(i64::MAX),
            },
        ),
        world.change(
            place,
            ChangeBody::EditMessage {
                message: foreign.id,
                body: "mine".into(),
            },
        ),
        world.change(place, ChangeBody::RemoveMember(party)),
        world.change(
            place,
            ChangeBody::MarkDelivered {
                party,
                up_to: i64::MAX,
            },
        ),
        world.change(
            place,
            ChangeBody::UpdateMember {
                party,
                muted: Some(true),
                archived: Some(true),
            },
        ),
        world.change(
            place,
            ChangeBody::React {
                message: foreign.id,
                user: ann,
                emoji: "+".into(),
                add: true,
            },
        ),
    ];
    let before = snapshot(&world, &[place, elsewhere]).await;
    for change in refused.clone() {
        let result = world.commit(change).await;
        assert!(matches!(result, Err(CommitError::Refused(_))), "{result:?}");
    }
    assert_eq!(snapshot(&world, &[place, elsewhere]).await, before);
    // The same among changes that pass: only those are seen afterwards.
    let mut group = refused;
    group.push(world.sending(elsewhere, eve, "passes"));
    let results = world.store.commit(group).await;
    assert!(results.iter().rev().skip(1).all(Result::is_err));
    assert!(matches!(
        results[1],
        Err(CommitError::Refused(ChatError::Closed))
    ));
    assert!(results.last().unwrap().is_ok());
    let after = snapshot(&world, &[place]).await;
    assert_eq!(after[0], before[0]);
    assert_eq!(world.all(place).await, [(*message).clone()]);
    assert_eq!(bodies(&world.all(elsewhere).await), ["not here", "passes"]);
}

async fn snapshot(world: &World, places: &[ConversationId]) -> Vec<String> {
    let mut all = Vec::new();
    for place in places {
        let row = world.row(*place).await;
        all.push(format!("{row:?} {:?}", world.all(*place).await));
    }
    all
}

/// A file that a message carries.
pub fn attachment() -> Attachment {
    Attachment {
        id: Uuid::from_u128(1),
        storage_name: "0123456789abcdef0123456789abcdef.png".into(),
        name: "a.png".into(),
        content_type: "image/png".into(),
        size_bytes: 3,
        width: Some(1),
        height: Some(2),
        duration_ms: None,
    }
}

/// Each once a person and emoji, oldest first, gone with the message.
pub async fn reactions_are_kept_in_order(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let place = world.direct(&[ann, bob]).await;
    let message = world.send(place, ann, "text").await;
    let react = |user, emoji: &str, add| {
        let emoji = emoji.to_owned();
        let message = message.id;
        world.must(
            place,
            ChangeBody::React {
                message,
                user,
                emoji,
                add,
            },
        )
    };
    assert!(react(bob, "z", true).await.revision.is_some());
    assert!(react(bob, "z", true).await.revision.is_none());
    react(ann, "a", true).await;
    react(bob, "m", true).await;
    react(ann, "m", false).await;
    let found = world.store.message(message.id).await.unwrap().unwrap();
    let said = |user, emoji: &str| Reaction {
        user,
        emoji: emoji.into(),
    };
    assert_eq!(
        found.reactions,
        [said(bob, "z"), said(ann, "a"), said(bob, "m")]
    );
    react(bob, "z", false).await;
    react(bob, "z", true).await;
    let page = world.all(place).await;
    assert_eq!(
        page[0].reactions,
        [said(ann, "a"), said(bob, "m"), said(bob, "z")]
    );
    assert_eq!(
        page[0].revision,
        world.row(place).await.conversation.revision
    );
    world.delete(&message).await;
    assert!(world.all(place).await[0].reactions.is_empty());
}

/// A dropped caller: what it asked for happens whole, and the next ones are served.
pub async fn a_caller_who_goes_away_loses_nothing(database: &impl Database) {
    let world = Arc::new(World::new(database).await);
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    for at in 0..50 {
        let group = (0..3)
            .map(|_| world.sending(place, ann, &at.to_string()))
            .collect();
        // Polled once, so that it may have been handed over, and dropped.
        let _ = world.store.commit(group).now_or_never();
    }
    world.send(place, ann, "last").await;
    let all = world.all(place).await;
    for group in all[..all.len() - 1].chunks(3) {
        assert_eq!(
            bodies(group),
            [group[0].body.as_str(); 3],
            "a group is stored whole"
        );
    }
    assert_eq!(all.last().unwrap().body, "last");
    assert_eq!(
        world.row(place).await.conversation.last_seq,
        all.len() as i64
    );
}
