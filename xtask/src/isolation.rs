//! A dialect sees the core, identity, its contract and the shared `drf` module: never the store,
//! the hub or another dialect.
//!
//! A dialect is a folder of `crates/dialects/src`, except `drf`. The compiler keeps private what a
//! sibling does not publish; this check also finds a path to what it does publish.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

const DIALECTS: &str = "crates/dialects/src";

/// Folders there that are shared by dialects, and so are none.
const SHARED: [&str; 2] = ["drf", "contract"];

/// Crates of ours that no dialect may name.
const OUT_OF_SIGHT: [&str; 7] = [
    "parlance_store",
    "parlance_gateway",
    "parlance_bus",
    "parlance_outbox",
    "parlance_operator",
    "parlance_server",
    "rusqlite",
];

/// Prints every forbidden path; answers whether there was none.
pub(crate) fn check(workspace: &Workspace) -> Result<bool> {
    let source = workspace.root.join(DIALECTS);
    let folders = folders(&source)?;
    let dialects: Vec<&str> = folders
        .iter()
        .map(String::as_str)
        .filter(|name| !SHARED.contains(name))
        .collect();
    println!(
        "dialects: {}",
        if dialects.is_empty() {
            "none yet".into()
        } else {
            dialects.join(", ")
        }
    );
    let mut offences = Vec::new();
    for folder in &folders {
        let mut files = vec![source.join(format!("{folder}.rs"))];
        files.retain(|file| file.is_file());
        collect_sources(&source.join(folder), &mut files)?;
        for file in files {
            let text = fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            let place = workspace.short(&file).display().to_string();
            offences.extend(of_text(&place, folder, &dialects, &text));
        }
    }
    for offence in &offences {
        println!("{offence}");
    }
    Ok(offences.is_empty())
}

fn folders(source: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(source).with_context(|| format!("no {DIALECTS}"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn collect_sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The forbidden paths in one file of the folder `own`.
fn of_text(place: &str, own: &str, dialects: &[&str], text: &str) -> Vec<String> {
    let code = without_comments(text);
    let mut offences = Vec::new();
    for name in words(&code).filter(|word| OUT_OF_SIGHT.contains(word)) {
        offences.push(format!(
            "{place}: names {name}; a dialect returns commands and steps, others carry them out"
        ));
    }
    for other in first_segments(&code) {
        if other != own && dialects.contains(&other.as_str()) {
            offences.push(format!(
                "{place}: names the dialect {other}; what two dialects need belongs to the core \
                 or to drf"
            ));
        }
    }
    offences
}

fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n")
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

/// The module named right after each `crate::`, `parlance_dialects::` or `super::`, also in groups
/// (`crate::{drf, native::x}` → `drf`, `native`).
fn first_segments(code: &str) -> Vec<String> {
    let compact: String = code.split_whitespace().collect();
    let mut names = Vec::new();
    for root in ["crate::", "parlance_dialects::", "super::"] {
        for (at, _) in compact.match_indices(root) {
            let rest = &compact[at + root.len()..];
            match rest.strip_prefix('{') {
                Some(group) => names.extend(group_heads(group)),
                None => names.extend(head(rest)),
            }
        }
    }
    names
}

/// The first segment of each path of a group, whose opening brace was already taken.
fn group_heads(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut item_starts) = (0_usize, true);
    for (at, c) in group.char_indices() {
        if item_starts && depth == 0 {
            names.extend(head(&group[at..]));
        }
        item_starts = c == ',';
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

fn head(path: &str) -> Option<String> {
    let name = path
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 2] = ["fixmate", "native"];

    fn offences(text: &str) -> usize {
        of_text("fixmate/a.rs", "fixmate", &ALL, text).len()
    }

    #[test]
    fn what_a_dialect_may_see_passes() {
        let text = "use parlance_core::{Command, native_id};
            use crate::{contract::Step, drf::{errors, native}};
            use super::super::frames;
            use crate::fixmate::rest;
            // like crate::native, but older; see parlance_store
            fn native() {}";
        assert_eq!(offences(text), 0);
    }

    #[test]
    fn another_dialect_is_found_in_every_way_of_naming_it() {
        for text in [
            "use crate::native::frames;",
            "use crate::{contract::{Step, Session}, native};",
            "use crate::{\n    native::frames,\n    drf,\n};",
            "use super::super::native;",
            "fn f() { super::native::encode() }",
            "use parlance_dialects::native;",
        ] {
            assert_eq!(offences(text), 1, "{text}");
        }
    }

    #[test]
    fn store_and_hub_are_out_of_sight() {
        assert_eq!(offences("use parlance_store::Sqlite;"), 1);
        assert_eq!(offences("fn f(hub: &parlance_gateway::Hub) {}"), 1);
    }

    #[test]
    fn the_shared_module_may_name_no_dialect_either() {
        assert_eq!(
            of_text("drf/a.rs", "drf", &ALL, "use crate::fixmate::x;").len(),
            1
        );
    }
}
