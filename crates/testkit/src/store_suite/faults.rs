//! What must not be lost, and what must not spread.

use parlance_core::change::ChangeBody;
use parlance_core::command::{ListConversations, ReadTarget};
use parlance_core::ids::MessageId;
use parlance_core::store::{AppUsage, CommitError};

use super::Database;
use super::changes::attachment;
use super::world::{World, bodies, stored};

/// A change that the database itself refuses (here: a message's public id a second time) takes none
/// of its group along.
pub async fn a_poison_change_fails_alone(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let first = world.send(place, ann, "first").await;
    let mut poison = world.message(ann, "poison");
    poison.uuid = first.uuid;
    poison.attachments = vec![attachment()];
    let group = vec![
        world.sending(place, ann, "before"),
        world.sending_as(place, poison.clone()),
        world.sending(place, ann, "after"),
    ];
    let results = world.store.commit(group).await;
    assert!(results[0].is_ok() && results[2].is_ok());
    assert!(
        matches!(results[1], Err(CommitError::Store(_))),
        "{:?}",
        results[1]
    );
    let alone = world.commit(world.sending_as(place, poison)).await;
    assert!(matches!(alone, Err(CommitError::Store(_))));
    let last = world.send(place, ann, "last").await;
    let all = world.all(place).await;
    assert_eq!(bodies(&all), ["first", "before", "after", "last"]);
    assert_eq!(last.seq, 4);
    let row = world.row(place).await;
    assert_eq!(
        (row.conversation.message_count, row.members[0].seen_count),
        (4, 4)
    );
}

/// The same rows, ids that go on, the same epoch.
pub async fn a_restart_keeps_everything(database: &impl Database) {
    let world = World::new(database).await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let place = world.direct(&[ann, bob]).await;
    let mut repeated = world.message(ann, "kept needle");
    repeated.client_id = Some("c-1".into());
    let first = stored(
        &world
            .commit(world.sending_as(place, repeated.clone()))
            .await
            .unwrap(),
    );
    let last = world.send(place, ann, "last").await;
    world
        .read(place, bob, ReadTarget::Messages(vec![last.id]))
        .await;
    let react = ChangeBody::React {
        message: first.id,
        user: bob,
        emoji: "+".into(),
        add: true,
    };
    world.must(place, react).await;
    let before = (
        format!("{:?}", world.row(place).await),
        world.all(place).await,
    );
    let (epoch, app) = (world.store.epoch(), world.app);
    world.store.check().await.unwrap();
    world.store.close().await.unwrap();

    let world = world.reopened(database.open().await);
    assert_eq!(world.store.epoch(), epoch);
    let after = (
        format!("{:?}", world.row(place).await),
        world.all(place).await,
    );
    assert_eq!(after, before);
    let again = world
        .commit(world.sending_as(place, repeated))
        .await
        .unwrap();
    assert_eq!(stored(&again).id, first.id);
    let next = world.send(place, bob, "next").await;
    assert!(next.id > last.id && next.seq == 3);
    let hits = world
        .store
        .search_messages(app, Some((ann, false)), None, "NEEDLE", None, 9);
    assert_eq!(bodies(&hits.await.unwrap()), ["kept needle"]);
}

/// Every later call fails; none hangs.
pub async fn a_closed_store_refuses(database: &impl Database) {
    let world = World::new(database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    world.store.close().await.unwrap();
    let refused = world.commit(world.sending(place, ann, "late")).await;
    assert!(matches!(refused, Err(CommitError::Store(_))));
    assert!(world.store.users(&[ann]).await.is_err());
    assert!(world.store.check().await.is_err());
    world.store.close().await.unwrap();
}

/// Nothing of it is found, its names are free, its message ids are not used again.
pub async fn deleting_an_app_leaves_the_others(database: &impl Database) {
    let world = World::new(database).await;
    let kept = World::with_app(std::sync::Arc::clone(&world.store), "kept").await;
    let eve = kept.user("eve").await;
    let kept_place = kept.direct(&[eve]).await;
    kept.send(kept_place, eve, "kept needle").await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let mut with_file = world.message(ann, "gone needle");
    with_file.attachments = vec![attachment()];
    let gone = stored(
        &world
            .commit(world.sending_as(place, with_file))
            .await
            .unwrap(),
    );
    let react = ChangeBody::React {
        message: gone.id,
        user: ann,
        emoji: "+".into(),
        add: true,
    };
    world.must(place, react).await;
    let store = &world.store;
    store.delete_app(world.app).await.unwrap();
    assert_eq!(store.apps().await.unwrap().len(), 1);
    assert_eq!(store.message(gone.id).await.unwrap(), None);
    assert!(store.conversation_state(place).await.unwrap().is_none());
    assert_eq!(store.users(&[ann]).await.unwrap(), []);
    assert_eq!(
        store.media_conversations(attachment().id).await.unwrap(),
        []
    );
    assert_eq!(
        store.app_usage(world.app).await.unwrap(),
        AppUsage::default()
    );
    let late = world.commit(world.sending(place, ann, "late")).await;
    assert!(matches!(late, Err(CommitError::Refused(_))), "{late:?}");
    let hits = store.search_messages(kept.app, None, None, "needle", None, 9);
    assert_eq!(bodies(&hits.await.unwrap()), ["kept needle"]);
    let next = kept.send(kept_place, eve, "next").await;
    assert!(next.id > gone.id && next.seq == 2);
    let everything = ListConversations::default();
    let list = store.list_conversations(kept.app, None, &everything, 9);
    assert_eq!(list.await.unwrap(), [kept_place]);
    let again = World::with_app(std::sync::Arc::clone(store), "first").await;
    assert_ne!(again.app, world.app);
    assert_eq!(store.message(MessageId(next.id.0 + 1)).await.unwrap(), None);
}
