//! A disk without room, by SQLite's own bound of the file.

use std::sync::Arc;

use parlance_core::error::StoreError;
use parlance_core::store::{CommitError, Store};
use parlance_store::SqliteStore;
use parlance_testkit::store_suite::world::World;

use super::TempDatabase;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_fail_while_the_disk_is_full_and_work_again_with_room() {
    let database = TempDatabase::new();
    let mut options = database.options();
    options.max_bytes = Some(1024 * 1024);
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(options.clone()).unwrap());
    let world = World::with_app(store, "first").await;
    let ann = world.user("ann").await;
    let place = world.direct(&[ann]).await;
    let text = "x".repeat(20_000);
    let mut stored = 0;
    let error = loop {
        let group = (0..4).map(|_| world.sending(place, ann, &text)).collect();
        let results = world.store.commit(group).await;
        stored += results.iter().filter(|result| result.is_ok()).count();
        if let Some(error) = results.into_iter().find_map(Result::err) {
            break error;
        }
    };
    assert!(
        matches!(error, CommitError::Store(StoreError::Failed(_))),
        "{error:?}"
    );
    assert!(stored > 4);
    // Reading goes on, and what was acknowledged is there, once.
    assert_eq!(world.all(place).await.len(), stored);
    assert!(
        world
            .commit(world.sending(place, ann, &text))
            .await
            .is_err()
    );
    // Room again: here by deleting another app's worth of pages.
    let row = world.row(place).await.conversation;
    assert_eq!(
        (row.last_seq, row.message_count),
        (stored as i64, stored as i64)
    );
    let other = World::with_app(Arc::clone(&world.store), "second").await;
    world.store.delete_app(world.app).await.unwrap();
    let bob = other.user("bob").await;
    let place = other.direct(&[bob]).await;
    let sent = other.send(place, bob, &text).await;
    assert_eq!(sent.seq, 1);
    assert_eq!(other.all(place).await.len(), 1);
}
