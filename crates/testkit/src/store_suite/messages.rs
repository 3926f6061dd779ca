//! Pages, changes and receipts of messages.

use std::collections::BTreeMap;

use parlance_core::change::ChangeBody;
use parlance_core::command::{Anchor, ReadTarget};
use parlance_core::ids::{ConversationId, MessageId};
use parlance_core::media::MediaRecord;
use parlance_core::member::Party;
use serde_json::json;
use uuid::Uuid;

use super::Database;
use super::changes::attachment;
use super::world::{World, bodies, ids, stored};

/// Oldest first, with what lies beyond.
pub async fn pages_before_after_around(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let other = world.direct(&[ann]).await;
    for at in 1..=10 {
        world.send(place, ann, &at.to_string()).await;
        world.send(other, ann, "elsewhere").await;
    }
    let cases = [
        (Anchor::Newest, 3, 8..=10, true, false),
        (Anchor::Newest, 10, 1..=10, false, false),
        (Anchor::Before(4), 2, 2..=3, true, true),
        (Anchor::Before(4), 3, 1..=3, false, true),
        (Anchor::Before(100), 2, 9..=10, true, false),
        (Anchor::After(4), 2, 5..=6, true, true),
        (Anchor::After(0), 10, 1..=10, false, false),
        (Anchor::After(8), 2, 9..=10, true, false),
        (Anchor::Around(5), 4, 3..=6, true, true),
        (Anchor::Around(1), 4, 1..=2, false, true),
        (Anchor::Around(10), 4, 8..=10, true, false),
    ];
    for (anchor, limit, seqs, before, after) in cases {
        let page = world
            .store
            .message_page(place, anchor, limit, false)
            .await
            .unwrap();
        let found: Vec<_> = page.messages.iter().map(|m| m.seq).collect();
        assert_eq!(found, seqs.collect::<Vec<_>>(), "{anchor:?} {limit}");
        assert_eq!(
            (page.has_before, page.has_after),
            (before, after),
            "{anchor:?} {limit}"
        );
    }
    let empty = world
        .store
        .message_page(ConversationId(i64::MAX), Anchor::Newest, 5, true);
    assert!(empty.await.unwrap().messages.is_empty());
}

/// Deleted messages keep their place, without words; pages pass over them unless asked.
pub async fn tombstones_only_when_asked_for(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let mut sent = Vec::new();
    for at in 1..=4 {
        let mut message = world.message(ann, &at.to_string());
        message.metadata = Some(json!({"at": at}));
        message.attachments = vec![attachment()];
        sent.push(stored(
            &world
                .commit(world.sending_as(place, message))
                .await
                .unwrap(),
        ));
    }
    world.delete(&sent[3]).await;
    world.delete(&sent[1]).await;
    let page = |deleted| world.store.message_page(place, Anchor::Newest, 2, deleted);
    let visible = page(false).await.unwrap();
    assert_eq!(bodies(&visible.messages), ["1", "3"]);
    assert!(!visible.has_before);
    assert_eq!(visible.messages[0], *sent[0]);
    let with_tombstones = page(true).await.unwrap();
    assert_eq!(bodies(&with_tombstones.messages), ["3", ""]);
    assert!(with_tombstones.has_before);
    let tombstone = &with_tombstones.messages[1];
    assert!(tombstone.deleted_at.is_some() && tombstone.attachments.is_empty());
    assert_eq!(tombstone.metadata, None);
    let none = world
        .store
        .message_page(place, Anchor::After(3), 2, false)
        .await
        .unwrap();
    assert!(none.messages.is_empty() && none.has_before && !none.has_after);
    assert_eq!(world.row(place).await.last_message.unwrap().id, sent[2].id);
    let by_uuid = world.store.message_id(sent[1].uuid).await.unwrap();
    assert_eq!(by_uuid, Some(sent[1].id));
    let wanted = [sent[0].id, MessageId(i64::MAX), sent[3].id];
    let both = world.store.messages(&wanted);
    assert_eq!(both.await.unwrap().len(), 2);
}

/// Any earlier state plus the changes since gives the present one, in limited steps as well.
pub async fn changes_since_any_revision(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let place = world.direct(&[ann, bob]).await;
    let mut states = vec![(1, Vec::new())];
    for at in 0..40_usize {
        let message = world.send(place, ann, &at.to_string()).await;
        let all = world.all(place).await;
        let earlier = &all[at / 2];
        match at % 5 {
            0 => world.edit(&message, "edited").await,
            1 if earlier.deleted_at.is_none() => world.delete(earlier).await,
            2 if earlier.deleted_at.is_none() => {
                let reaction = ChangeBody::React {
                    message: earlier.id,
                    user: bob,
                    emoji: "+".into(),
                    add: true,
                };
                world.must(place, reaction).await;
            }
            3 => {
                world
                    .read(place, bob, ReadTarget::UpTo(message.seq - 1))
                    .await;
            }
            _ => {}
        }
        let revision = world.row(place).await.conversation.revision;
        states.push((revision, world.all(place).await));
    }
    let (newest, present) = states.last().unwrap().clone();
    for (since, state) in states {
        for limit in [1, 7, 1_000] {
            let mut rows: BTreeMap<_, _> = state.iter().map(|m| (m.id, m.clone())).collect();
            let mut reached = since;
            loop {
                let step = world.store.messages_changed_since(place, reached, limit);
                let step = step.await.unwrap();
                assert!(step.is_sorted_by(|a, b| a.revision < b.revision));
                assert!(step.iter().all(|m| m.revision > reached));
                let full = step.len() == limit;
                for message in step {
                    reached = message.revision;
                    rows.insert(message.id, message);
                }
                if !full {
                    break;
                }
            }
            assert_eq!(
                rows.into_values().collect::<Vec<_>>(),
                present,
                "{since} {limit}"
            );
        }
    }
    let none = world
        .store
        .messages_changed_since(place, newest, 10)
        .await
        .unwrap();
    assert_eq!(none, []);
}

/// Of all conversations of a user, or of staff, whether few or many are newer.
pub async fn messages_of_a_user_come_by_rising_id(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob, agent) = (
        world.user("ann").await,
        world.user("bob").await,
        world.user("agent").await,
    );
    let places = [world.direct(&[ann, bob]).await, world.desk(ann).await];
    let foreign = world.direct(&[bob]).await;
    let deleted = world.direct(&[ann]).await;
    // More than a store would look through one by one.
    for round in 0..12 {
        let group = (0..250).map(|at| match at % 5 {
            0 => world.sending(foreign, bob, "foreign"),
            1 => world.sending(deleted, ann, "deleted"),
            at => world.sending(places[at % 2], ann, &format!("{round} {at}")),
        });
        for result in world.store.commit(group.collect()).await {
            result.unwrap();
        }
    }
    world.must(deleted, ChangeBody::DeleteConversation).await;
    let gone = world.all(places[0]).await.swap_remove(100);
    world.delete(&gone).await;
    let mut expected = world.all(places[0]).await;
    expected.extend(world.all(places[1]).await);
    expected.retain(|m| m.deleted_at.is_none());
    expected.sort_by_key(|m| m.id);
    let desk: Vec<_> = expected
        .iter()
        .filter(|m| m.conversation == places[1])
        .cloned()
        .collect();
    for (user, staff, expected) in [(ann, false, &expected), (agent, true, &desk)] {
        let mut found = Vec::new();
        let mut after = MessageId(0);
        loop {
            let page = world
                .store
                .messages_of_user(world.app, user, staff, after, 700);
            let page = page.await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.id;
            found.extend(page);
        }
        assert_eq!(ids(&found), ids(expected), "staff: {staff}");
    }
    let none = world
        .store
        .messages_of_user(world.app, agent, false, MessageId(0), 10);
    assert_eq!(none.await.unwrap(), []);
}

/// All marks, and single reads of the page alone.
pub async fn receipts_of_a_page(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let place = world.direct(&[ann, bob]).await;
    let mut sent = Vec::new();
    for at in 0..6 {
        sent.push(world.send(place, ann, &at.to_string()).await);
    }
    world.read(place, bob, ReadTarget::UpTo(1)).await;
    let singly = vec![sent[2].id, sent[5].id];
    world.read(place, bob, ReadTarget::Messages(singly)).await;
    let receipts = world.store.receipts(place, 1, 4).await.unwrap();
    let bobs = receipts
        .marks
        .iter()
        .find(|m| m.party == Party::User(bob))
        .unwrap();
    assert_eq!((bobs.read_seq, bobs.delivered_seq), (1, 6));
    assert_eq!(receipts.single_reads, [(Party::User(bob), 3)]);
    let read: Vec<_> = sent.iter().map(|m| receipts.read_by_user(bob, m)).collect();
    assert_eq!(read, [true, false, true, false, false, false]);
    // The mark moves over what was read singly.
    world
        .read(place, bob, ReadTarget::Messages(vec![sent[1].id]))
        .await;
    let receipts = world.store.receipts(place, 1, 6).await.unwrap();
    let bobs = receipts
        .marks
        .iter()
        .find(|m| m.party == Party::User(bob))
        .unwrap();
    assert_eq!(bobs.read_seq, 3);
    assert_eq!(receipts.single_reads, [(Party::User(bob), 6)]);
}

/// By id and name, within their app; conversations while a living message carries them.
pub async fn files_are_found_by_their_messages(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let places = [world.direct(&[ann]).await, world.direct(&[ann]).await];
    let record = MediaRecord {
        attachment: attachment(),
        app: world.app,
        uploader: Some(ann),
        created_at: world.now(),
    };
    world.store.put_media(record.clone()).await.unwrap();
    let id = record.id();
    let wanted = [id, Uuid::from_u128(9)];
    let found = world.store.media(world.app, &wanted).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&record));
    let name = &record.attachment.storage_name;
    let by_name = world.store.media_by_name(world.app, name).await.unwrap();
    assert_eq!(by_name, Some(record.clone()));
    let other = parlance_core::ids::AppId(i64::MAX);
    assert_eq!(world.store.media(other, &wanted).await.unwrap(), []);
    assert_eq!(world.store.media_by_name(other, name).await.unwrap(), None);
    let mut carrying = Vec::new();
    for place in [places[0], places[0], places[1]] {
        let mut message = world.message(ann, "");
        message.attachments = vec![record.attachment.clone()];
        carrying.push(stored(
            &world
                .commit(world.sending_as(place, message))
                .await
                .unwrap(),
        ));
    }
    assert_eq!(world.store.media_conversations(id).await.unwrap(), places);
    world.delete(&carrying[0]).await;
    assert_eq!(world.store.media_conversations(id).await.unwrap(), places);
    world.delete(&carrying[1]).await;
    assert_eq!(
        world.store.media_conversations(id).await.unwrap(),
        [places[1]]
    );
    world.must(places[1], ChangeBody::DeleteConversation).await;
    assert_eq!(world.store.media_conversations(id).await.unwrap(), []);
}
