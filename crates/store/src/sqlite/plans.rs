//! The plan of every hot statement: an index, never a walk through a table.

use rusqlite::Connection;

use super::lists::{self, Shape, Viewer};
use super::search::{self, Scope, Source};
use super::{SqliteOptions, SqliteStore, open, sql};

/// What a plan may walk through: the ids of the request, the rows of its own sub-queries.
const WALKABLE: [&str; 4] = ["wanted", "w", "CONSTANT", "(subquery"];

fn plan(conn: &Connection, statement: &str) -> Vec<String> {
    let mut explained = conn
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap();
    // Not bound: a plan does not depend on the values.
    let mut lines = explained.raw_query();
    let mut plan = Vec::new();
    while let Some(line) = lines.next().unwrap() {
        plan.push(line.get(3).unwrap());
    }
    plan
}

fn walks(line: &str) -> bool {
    let Some(walked) = line.strip_prefix("SCAN ") else {
        return line.contains("AUTOMATIC");
    };
    // In the full-text index a look-up is called a scan: by words (`M`) or by id (`=`).
    let looked_up = walked
        .strip_prefix("search_index VIRTUAL TABLE INDEX ")
        .and_then(|how| how.split_once(':'))
        .is_some_and(|(_, by)| by.contains(['M', '=']));
    !looked_up
        && !WALKABLE
            .iter()
            .any(|name| walked.split(['-', ' ']).next() == Some(name))
}

fn assert_indexed(name: &str, statement: &str, conn: &Connection) {
    let plan = plan(conn, statement);
    let walking: Vec<_> = plan.iter().filter(|line| walks(line)).collect();
    assert!(
        walking.is_empty(),
        "{name} walks: {walking:?}\nof {plan:#?}\n{statement}"
    );
}

fn with_schema(test: impl FnOnce(&Connection)) {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions::new(folder.path().join("plans.db"));
    drop(SqliteStore::open(options.clone()).unwrap());
    test(&open::open(&options).unwrap().conn);
}

#[test]
fn hot_statements_use_an_index() {
    with_schema(|conn| {
        for (name, statement) in sql::ALL {
            assert_indexed(name, statement, conn);
        }
    });
}

#[test]
fn lists_of_conversations_use_an_index() {
    with_schema(|conn| {
        for bits in 0..64_u32 {
            for viewer in [Viewer::Member, Viewer::Staff, Viewer::App] {
                let set = |bit: u32| bits & (1 << bit) != 0;
                let shape = Shape {
                    viewer,
                    status: set(0),
                    archived: set(1) && viewer != Viewer::App,
                    with_users: set(2),
                    context_kind: set(3),
                    context_id: set(4),
                    after: set(5),
                };
                assert_indexed(&format!("{shape:?}"), &lists::statement(shape), conn);
            }
        }
    });
}

#[test]
fn a_desk_list_is_read_in_the_order_of_the_index() {
    with_schema(|conn| {
        let shape = Shape {
            viewer: Viewer::App,
            status: false,
            archived: false,
            with_users: false,
            context_kind: false,
            context_id: false,
            after: true,
        };
        let plan = plan(conn, &lists::statement(shape));
        for lines in plan
            .windows(2)
            .filter(|lines| lines[0].starts_with("SEARCH c"))
        {
            assert!(
                lines[0].contains("conversations_activity (app_id=? AND is_desk=? AND last"),
                "{plan:#?}"
            );
            // Only the two short lists are sorted, to merge them.
            assert!(lines[1].starts_with("SCAN (subquery"), "{plan:#?}");
        }
    });
}

#[test]
fn documents_are_read_in_the_order_of_the_index() {
    with_schema(|conn| {
        let lists = sql::ALL
            .iter()
            .filter(|(name, _)| name.starts_with("DOCUMENTS_"));
        assert_eq!(lists.clone().count(), 4);
        for (name, statement) in lists {
            let plan = plan(conn, statement);
            let sorts = plan.iter().any(|line| line.contains("B-TREE"));
            assert!(plan.len() == 1 && !sorts, "{name}: {plan:#?}");
        }
    });
}

#[test]
fn searches_use_an_index() {
    with_schema(|conn| {
        for source in [
            Source::Index { upto: 0 },
            Source::Newest,
            Source::Conversations,
        ] {
            for scope in [Scope::One, Scope::Member, Scope::Staff, Scope::App] {
                let per_conversation = matches!(scope, Scope::One | Scope::Member);
                if source != Source::Conversations || per_conversation {
                    let statement = search::statement(source, scope);
                    assert_indexed(&format!("{source:?} {scope:?}"), &statement, conn);
                }
            }
        }
    });
}

#[test]
fn the_test_would_notice_a_walk() {
    with_schema(|conn| {
        let plan = plan(conn, "SELECT * FROM messages WHERE body = 'x'");
        assert!(plan.iter().any(|line| walks(line)), "{plan:?}");
    });
}
