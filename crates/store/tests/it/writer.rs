//! What the writer keeps in memory, and what it survives.

use parlance_core::ChatError;
use parlance_core::error::StoreError;
use parlance_core::store::CommitError;
use parlance_testkit::store_suite::world::{World, bodies};
use rusqlite::Connection;

use super::TempDatabase;

#[tokio::test]
async fn what_another_connection_wrote_is_noticed() {
    let database = TempDatabase::new();
    let world = World::new(&database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    world.send(place, ann, "first").await;
    let shell = Connection::open(database.options().path).unwrap();
    let close = "UPDATE conversation_heads SET status = 'closed' WHERE conversation_id = ?1";
    assert_eq!(shell.execute(close, [place.0]).unwrap(), 1);
    let refused = world.commit(world.sending(place, ann, "late")).await;
    assert!(matches!(
        refused,
        Err(CommitError::Refused(ChatError::Closed))
    ));
}

#[cfg(debug_assertions)] // Overflow panics only there.
#[tokio::test]
async fn a_panic_fails_its_own_change_alone() {
    let database = TempDatabase::new();
    let world = World::new(&database).await;
    let ann = world.user("ann").await;
    let (sound, spoilt) = (world.direct(&[ann]).await, world.direct(&[ann]).await);
    let shell = Connection::open(database.options().path).unwrap();
    let spoil = "UPDATE conversations SET revision = ?2 WHERE id = ?1";
    shell.execute(spoil, [spoilt.0, i64::MAX]).unwrap();
    let group = vec![
        world.sending(sound, ann, "before"),
        world.sending(spoilt, ann, "panics"),
        world.sending(sound, ann, "after"),
    ];
    let results = world.store.commit(group).await;
    let failed = &results[1];
    assert!(
        matches!(failed, Err(CommitError::Store(StoreError::Failed(_)))),
        "{failed:?}"
    );
    assert_eq!(bodies(&world.all(sound).await), ["before", "after"]);
    assert!(world.all(spoilt).await.is_empty());
    assert_eq!(world.row(sound).await.conversation.last_seq, 2);
}

#[tokio::test]
async fn a_waiting_writer_holds_no_reader_up() {
    let database = TempDatabase::new();
    let world = World::new(&database).await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    world.send(place, ann, "first").await;
    let shell = Connection::open(database.options().path).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = world.commit(world.sending(place, ann, "second"));
    let reading = async {
        assert_eq!(bodies(&world.all(place).await), ["first"]);
        shell.execute_batch("ROLLBACK").unwrap();
    };
    // Polled in this order: the commit waits for the shell before the page is asked for.
    let (committed, ()) = tokio::join!(waiting, reading);
    committed.unwrap();
    assert_eq!(bodies(&world.all(place).await), ["first", "second"]);
}
