//! Rules on the text of files: no file too long to have one subject, nothing left unfinished, and
//! the two clippy.toml in step.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::files;
use crate::workspace::Workspace;

/// Past this many lines a source file has a second subject.
const MAX_LINES: usize = 700;

const SOURCES: [&str; 6] = ["rs", "ts", "tsx", "js", "mjs", "css"];
const TEXTS: [&str; 4] = ["md", "toml", "html", "yml"];

/// What stands for work left undone. In two halves, so that this file does not name itself.
const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

/// Prints every offence; answers whether there was none.
pub(crate) fn check(workspace: &Workspace) -> Result<bool> {
    let mut offences = Vec::new();
    for file in files::by_hand(workspace)? {
        let extension = file
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        let source = SOURCES.contains(&extension);
        // The contracts and their cases are given; they quote what clients send.
        if !(source || TEXTS.contains(&extension)) || file.starts_with("conformance") {
            continue;
        }
        let text = fs::read_to_string(workspace.root.join(&file))
            .with_context(|| format!("could not read {} as UTF-8", file.display()))?;
        offences.extend(source.then(|| too_long(&file, &text)).flatten());
        offences.extend(unfinished(&file, &text));
    }
    let common = fs::read_to_string(workspace.root.join("clippy.toml"))?;
    let core = fs::read_to_string(workspace.root.join("crates/core/clippy.toml"))?;
    offences.extend(missing_lines(&common, &core));
    for offence in &offences {
        println!("{offence}");
    }
    Ok(offences.is_empty())
}

fn too_long(file: &Path, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MAX_LINES).then(|| {
        let file = file.display();
        format!("{file}: {lines} lines, {MAX_LINES} at most; move its second subject to a file")
    })
}

fn unfinished(file: &Path, text: &str) -> Vec<String> {
    let mut offences = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for word in UNFINISHED.into_iter().filter(|word| has_word(line, word)) {
            let file = file.display();
            offences.push(format!("{file}:{number}: {word}; finish it or take it out"));
        }
    }
    offences
}

/// Whether `word` stands in `line` by itself, not inside a longer word (`\uXXXX`).
fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        !line[..at].ends_with(part_of_word)
            && (word.ends_with('(') || !after.starts_with(part_of_word))
    })
}

/// Lines of the common clippy.toml that the core's lacks: clippy reads only the nearest file.
fn missing_lines(common: &str, core: &str) -> Vec<String> {
    let rules = common
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    rules
        .filter(|&rule| core.lines().all(|line| line != rule))
        .map(|rule| {
            format!(
                "crates/core/clippy.toml: lacks the root file's line `{}`",
                rule.trim()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_left_undone_is_found_with_its_line() {
        let text = format!("fn a() {{}}\n// {} later\n", UNFINISHED[0]);
        let found = unfinished(Path::new("a.rs"), &text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a.rs:2: "), "{found:?}");
    }

    #[test]
    fn part_of_a_longer_word_is_not_found() {
        let x = UNFINISHED[2];
        assert!(unfinished(Path::new("a.rs"), &format!("\\u{x}X and {x}L")).is_empty());
        assert_eq!(
            unfinished(Path::new("a.rs"), &format!("// {x}: here")).len(),
            1
        );
    }

    #[test]
    fn only_a_file_past_the_limit_is_too_long() {
        assert_eq!(too_long(Path::new("a.rs"), &"x\n".repeat(MAX_LINES)), None);
        assert!(too_long(Path::new("a.rs"), &"x\n".repeat(MAX_LINES + 1)).is_some());
    }

    #[test]
    fn a_rule_of_the_root_that_the_core_lacks_is_named() {
        assert!(missing_lines("# note\na = 1\n", "a = 1\nb = 2\n").is_empty());
        assert_eq!(missing_lines("a = 1\nc = 3\n", "a = 1\n").len(), 1);
    }
}
