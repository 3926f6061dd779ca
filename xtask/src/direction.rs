//! The direction of dependencies between our crates, compared with what `cargo metadata` says.
//!
//! `server` → `gateway`, `operator` → `dialects` → `identity` → `core` ← `store`, `bus`, `media`,
//! `outbox`. Arrows may skip a layer, never turn round. Dev-dependencies do not ship and are free,
//! except that `xtask` knows nothing of ours at all.

use serde_json::Value;

use crate::workspace::Workspace;

const PREFIX: &str = "parlance-";

/// What each crate may depend on. A crate that is not here fails the check, so that nobody adds
/// one without deciding where it stands.
const MAY_USE: [(&str, &[&str]); 13] = [
    ("core", &[]),
    ("store", &["core"]),
    ("bus", &["core"]),
    ("media", &["core"]),
    ("outbox", &["core"]),
    ("identity", &["core"]),
    // Media stands beside identity as well as below the core: its upload service checks what comes
    // in and says how it may be served, which every dialect needs and none should write again.
    ("dialects", &["identity", "media", "core"]),
    ("operator", &["dialects", "identity", "media", "core"]),
    ("gateway", &["dialects", "identity", "media", "core"]),
    (
        "server",
        &[
            "gateway", "operator", "dialects", "identity", "core", "store", "bus", "media",
            "outbox",
        ],
    ),
    // The tools: they may look at everything, nothing that ships may look at them.
    (
        "testkit",
        &[
            "server", "gateway", "operator", "dialects", "identity", "core", "store", "bus",
            "media", "outbox",
        ],
    ),
    (
        "bench",
        &[
            "testkit", "server", "gateway", "operator", "dialects", "identity", "core", "store",
            "bus", "media", "outbox",
        ],
    ),
    ("xtask", &[]),
];

/// Libraries that give a layer away: only these crates of ours may depend on them.
const KEPT_TO: [(&str, &[&str]); 11] = [
    ("rusqlite", &["store", "testkit", "bench"]),
    ("sqlx", &["store", "testkit", "bench"]),
    ("tokio-postgres", &["store", "testkit", "bench"]),
    ("redis", &["bus", "testkit", "bench"]),
    ("fred", &["bus", "testkit", "bench"]),
    ("async-nats", &["bus", "testkit", "bench"]),
    (
        "axum",
        &[
            "dialects", "operator", "gateway", "server", "testkit", "bench",
        ],
    ),
    ("hyper", &["gateway", "server", "testkit", "bench"]),
    ("tungstenite", &["gateway", "server", "testkit", "bench"]),
    (
        "tokio-tungstenite",
        &["gateway", "server", "testkit", "bench"],
    ),
    ("anyhow", &["server", "xtask", "testkit", "bench"]),
];

/// Prints every arrow that turns round and what to do; answers whether there was none.
pub(crate) fn check(workspace: &Workspace) -> bool {
    let offences: Vec<String> = workspace.packages().iter().flat_map(of_package).collect();
    for offence in &offences {
        println!("{offence}");
    }
    offences.is_empty()
}

fn of_package(package: &Value) -> Vec<String> {
    let name = short(package["name"].as_str().unwrap_or_default());
    let Some((_, may_use)) = MAY_USE.iter().find(|row| row.0 == name) else {
        return vec![format!(
            "{name}: not in the table of layers; decide where it stands, then add it to \
             ARCHITECTURE.md and xtask/src/direction.rs"
        )];
    };
    let dependencies = package["dependencies"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    dependencies
        .iter()
        .filter_map(|dependency| offence(name, may_use, dependency))
        .collect()
}

fn offence(from: &str, may_use: &[&str], dependency: &Value) -> Option<String> {
    let to = dependency["name"].as_str().unwrap_or_default();
    let for_tests = dependency["kind"] == "dev";
    if let Some(ours) = to.strip_prefix(PREFIX) {
        let free = for_tests && from != "xtask";
        return (!free && !may_use.contains(&ours)).then(|| wrong_arrow(from, ours));
    }
    let (_, users) = KEPT_TO.iter().find(|row| row.0 == to)?;
    (!for_tests && !users.contains(&from)).then(|| {
        let users = users.join(", ");
        format!("{from} → {to}: only {users} may use it; ask through the trait or type in core")
    })
}

fn wrong_arrow(from: &str, to: &str) -> String {
    let advice = match (from, to) {
        ("xtask", _) => "xtask builds before everything else; run a binary instead",
        (_, "testkit") => "testkit is for tests; move the line to [dev-dependencies]",
        (_, "bench") => "bench is a tool; nothing depends on it",
        (_, "store" | "bus" | "media" | "outbox") => {
            "go through the trait in core; only server picks the adapter"
        }
        ("core", _) => "the core knows nobody; put the shared type or a trait into core",
        _ => "the arrow turns round; move what both need down, into the lower crate or core",
    };
    format!("{from} → {to}: {advice}")
}

fn short(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, to: &str, kind: Option<&str>) -> Value {
        json!({"name": name, "dependencies": [{"name": to, "kind": kind}]})
    }

    #[test]
    fn arrows_down_pass_and_may_skip_a_layer() {
        for (from, to) in [
            ("server", "core"),
            ("gateway", "identity"),
            ("store", "core"),
        ] {
            let package = package(&format!("parlance-{from}"), &format!("parlance-{to}"), None);
            assert_eq!(of_package(&package), Vec::<String>::new(), "{from} → {to}");
        }
    }

    #[test]
    fn arrows_that_turn_round_are_named() {
        for (from, to) in [
            ("core", "store"),
            ("dialects", "gateway"),
            ("dialects", "store"),
            ("gateway", "operator"),
            ("identity", "store"),
            ("media", "store"),
        ] {
            let package = package(&format!("parlance-{from}"), &format!("parlance-{to}"), None);
            let offences = of_package(&package);
            assert_eq!(offences.len(), 1, "{from} → {to}");
            assert!(
                offences[0].starts_with(&format!("{from} → {to}: ")),
                "{offences:?}"
            );
        }
    }

    #[test]
    fn testkit_is_for_tests_only_and_xtask_knows_nothing_of_ours() {
        let (kit, core) = ("parlance-testkit", "parlance-core");
        assert!(of_package(&package("parlance-store", kit, Some("dev"))).is_empty());
        assert!(!of_package(&package("parlance-store", kit, None)).is_empty());
        assert!(!of_package(&package("parlance-store", kit, Some("build"))).is_empty());
        assert!(!of_package(&package("xtask", core, Some("dev"))).is_empty());
    }

    #[test]
    fn a_library_that_gives_a_layer_away_stays_in_it() {
        assert!(!of_package(&package("parlance-core", "axum", None)).is_empty());
        assert!(!of_package(&package("parlance-dialects", "rusqlite", None)).is_empty());
        assert!(of_package(&package("parlance-store", "rusqlite", None)).is_empty());
        assert!(of_package(&package("parlance-dialects", "axum", None)).is_empty());
    }

    #[test]
    fn a_crate_without_a_place_in_the_table_is_refused() {
        let offences = of_package(&json!({"name": "parlance-extras", "dependencies": []}));
        assert!(offences[0].contains("not in the table"), "{offences:?}");
    }
}
