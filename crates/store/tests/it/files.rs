//! The file itself: making, upgrading, refusing.

use parlance_core::store::{Apps, Upkeep};
use parlance_store::{SqliteOptions, SqliteStore};
use rusqlite::Connection;

use super::TempDatabase;

const FIRST_SCHEMA: &str = include_str!("../../migrations/sqlite/0001_chat.sql");

/// As the first release left it: one migration, one app.
fn make_version_1(options: &SqliteOptions) {
    let conn = Connection::open(&options.path).unwrap();
    conn.execute_batch(FIRST_SCHEMA).unwrap();
    conn.execute_batch(
        "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL,
             applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT;
         INSERT INTO schema_migrations (version, name) VALUES (1, 'chat');
         INSERT INTO apps (uuid, name, profile, key_hash, secret, created_at)
             VALUES (randomblob(16), 'old', '{}', zeroblob(32), x'00', 0);
         INSERT INTO messages (id, uuid, conversation_id, seq, revision, created_revision, kind,
             body, created_at) VALUES (41, randomblob(16), 1, 1, 2, 2, 'text', 'an old word', 0);
         INSERT INTO conversations VALUES (1, 1, 0, NULL, 1, 2, 1, 41, 0, 0);
         INSERT INTO conversation_heads (conversation_id, uuid, app_id, status, created_at)
             VALUES (1, randomblob(16), 1, 'open', 0);",
    )
    .unwrap();
}

fn refusal(options: SqliteOptions) -> String {
    match SqliteStore::open(options) {
        Ok(_) => panic!("it opened"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_new_file_is_made_without_a_copy() {
    let database = TempDatabase::new();
    let mut options = database.options();
    options.path = options.path.with_file_name("deep").join("new.db");
    let store = SqliteStore::open(options.clone()).unwrap();
    assert_eq!(store.apps().await.unwrap(), []);
    store.close().await.unwrap();
    let files = std::fs::read_dir(options.path.parent().unwrap()).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(
        names,
        ["new.db"],
        "no copy, and the log is copied in and gone"
    );
}

#[tokio::test]
async fn an_old_file_is_copied_and_upgraded() {
    let database = TempDatabase::new();
    let options = database.options();
    make_version_1(&options);
    let store = SqliteStore::open(options.clone()).unwrap();
    assert_eq!(store.apps().await.unwrap()[0].name, "old");
    let app = store.apps().await.unwrap()[0].id;
    let hits = parlance_core::store::Messages::search_messages(
        &store, app, None, None, "OLD WORD", None, 9,
    );
    assert_eq!(
        hits.await.unwrap().len(),
        1,
        "what was there before is searched as well"
    );
    store.close().await.unwrap();

    let copy = options.path.with_file_name("parlance.db.before-0002.bak");
    let copied = Connection::open(copy).unwrap();
    let version = |conn: &Connection| -> i64 {
        conn.query_row("SELECT MAX(version) FROM schema_migrations", [], |row| {
            row.get(0)
        })
        .unwrap()
    };
    assert_eq!(version(&copied), 1);
    let name: String = copied
        .query_row("SELECT name FROM apps", [], |row| row.get(0))
        .unwrap();
    assert_eq!(name, "old");
    assert_eq!(version(&Connection::open(&options.path).unwrap()), 3);
}

#[tokio::test]
async fn the_copy_goes_where_it_is_wanted() {
    let database = TempDatabase::new();
    let mut options = database.options();
    make_version_1(&options);
    let folder = options.path.with_file_name("copies");
    options.backup_dir = Some(folder.clone());
    SqliteStore::open(options).unwrap().close().await.unwrap();
    assert!(folder.join("parlance.db.before-0002.bak").exists());
}

#[test]
fn a_file_of_a_newer_release_is_refused_and_left_alone() {
    let database = TempDatabase::new();
    let options = database.options();
    drop(SqliteStore::open(options.clone()).unwrap());
    let conn = Connection::open(&options.path).unwrap();
    conn.execute(
        "INSERT INTO schema_migrations (version, name) VALUES (9000, 'x')",
        [],
    )
    .unwrap();
    let why = refusal(options);
    assert!(
        why.contains("newer release") && why.contains("9000"),
        "{why}"
    );
}

#[test]
fn a_foreign_database_and_a_foreign_file_are_refused() {
    let database = TempDatabase::new();
    let options = database.options();
    let conn = Connection::open(&options.path).unwrap();
    conn.execute_batch("CREATE TABLE somebody_elses (a)")
        .unwrap();
    let why = refusal(options.clone());
    assert!(why.contains("not one of Parlance"), "{why}");
    let mut text = options;
    text.path = text.path.with_file_name("text.db");
    std::fs::write(
        &text.path,
        "not a database, but longer than nothing".repeat(100),
    )
    .unwrap();
    let why = refusal(text);
    assert!(why.contains("text.db"), "{why}");
}
