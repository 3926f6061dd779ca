//! Reads how many tests passed and failed from the summaries that the test tools print.
//!
//! Understood: cargo's `Running` and `test result:` lines (libtest and libtest-mimic), vitest's
//! `Tests` line and the totals of Node's own runner.

use std::ops::AddAssign;

/// How many tests of a part ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Ignored, skipped or left for later.
    pub(crate) skipped: u64,
}

impl Counts {
    /// Whether no test ran at all.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Counts of `cargo test`, one entry a kind of test in the order of their appearance.
///
/// A test binary under `tests/` whose name says something (`conformance`, `kill`) is a kind of its
/// own; `tests/it` of every crate are together the integration tests.
pub(crate) fn of_cargo(lines: &[String]) -> Vec<(String, Counts)> {
    let mut parts: Vec<(String, Counts)> = Vec::new();
    let mut kind = "rust".to_owned();
    for line in lines.iter().map(|line| without_colours(line)) {
        if let Some(next) = kind_of(&line) {
            kind = next;
        }
        let Some(counts) = libtest_line(&line) else {
            continue;
        };
        match parts.iter_mut().find(|part| part.0 == kind) {
            Some(part) => part.1 += counts,
            None => parts.push((kind.clone(), counts)),
        }
    }
    parts
}

/// The sum of every summary of vitest or Node's runner among the lines (npm runs one a package).
pub(crate) fn of_npm(lines: &[String]) -> Counts {
    let mut sum = Counts::default();
    for line in lines.iter().map(|line| without_colours(line)) {
        sum += vitest_line(&line)
            .or_else(|| node_line(&line))
            .unwrap_or_default();
    }
    sum
}

/// `     Running tests/it/main.rs (target/debug/deps/it-0123)` → `integration`.
fn kind_of(line: &str) -> Option<String> {
    let line = line.trim();
    if line.starts_with("Doc-tests ") {
        return Some("rust doc".to_owned());
    }
    let source = line
        .strip_prefix("Running ")?
        .strip_suffix(')')?
        .split_once(" (")?
        .0;
    let Some(test) = source.strip_prefix("tests/") else {
        return Some("rust unit".to_owned());
    };
    let name = test.split(['/', '.']).next().unwrap_or(test);
    Some(if name == "it" {
        "rust integration".to_owned()
    } else {
        name.to_owned()
    })
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; …`
fn libtest_line(line: &str) -> Option<Counts> {
    let (_, numbers) = line
        .trim()
        .strip_prefix("test result: ")?
        .split_once(". ")?;
    let mut counts = Counts::default();
    for part in numbers.split("; ") {
        add(&mut counts, part);
    }
    Some(counts)
}

/// `      Tests  1 failed | 12 passed | 2 skipped (15)`
fn vitest_line(line: &str) -> Option<Counts> {
    let numbers = line.trim().strip_prefix("Tests ")?.trim();
    let numbers = numbers
        .rsplit_once(" (")
        .map_or(numbers, |(before, _)| before);
    let mut counts = Counts::default();
    let understood = numbers.split(" | ").all(|part| add(&mut counts, part));
    understood.then_some(counts)
}

/// `# pass 12` or `ℹ pass 12`
fn node_line(line: &str) -> Option<Counts> {
    let (mark, rest) = line.trim().split_once(' ')?;
    if !["#", "ℹ"].contains(&mark) {
        return None;
    }
    let (word, number) = rest.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    match word {
        "pass" => Some(Counts {
            passed: number,
            ..Counts::default()
        }),
        "fail" | "cancelled" => Some(Counts {
            failed: number,
            ..Counts::default()
        }),
        "skipped" | "todo" => Some(Counts {
            skipped: number,
            ..Counts::default()
        }),
        _ => None,
    }
}

/// Adds `12 passed` to the right count; answers whether it was a number and a word.
fn add(counts: &mut Counts, part: &str) -> bool {
    let Some((number, word)) = part.trim().split_once(' ') else {
        return false;
    };
    let Ok(number) = number.parse::<u64>() else {
        return false;
    };
    match word {
        "passed" => counts.passed += number,
        "failed" => counts.failed += number,
        "ignored" | "skipped" | "todo" => counts.skipped += number,
        _ => {}
    }
    true
}

/// Takes out the terminal's colour sequences (`ESC [ … m`), which some tools write even to a pipe.
fn without_colours(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        text.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        Counts {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn cargo_results_are_summed_by_kind_of_test() {
        let output = lines(
            "     Running unittests src/lib.rs (target/debug/deps/parlance_core-1f)
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running tests/it/main.rs (target/debug/deps/it-2f)
test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.2s
     Running unittests src/main.rs (target/debug/deps/parlance-3f)
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running tests/conformance.rs (target/debug/deps/conformance-4f)
test result: ok. 152 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.1s
   Doc-tests parlance_core
test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
        );
        let expected = [
            ("rust unit", counts(4, 0, 1)),
            ("rust integration", counts(4, 2, 0)),
            ("conformance", counts(152, 0, 0)),
            ("rust doc", counts(5, 0, 0)),
        ];
        assert_eq!(
            of_cargo(&output),
            expected.map(|(kind, counts)| (kind.to_owned(), counts))
        );
    }

    #[test]
    fn a_compiler_line_is_no_result() {
        assert!(of_cargo(&lines("error: could not compile `parlance-core`")).is_empty());
    }

    #[test]
    fn vitest_summaries_of_several_packages_are_summed_colours_or_not() {
        let output = lines(
            " Test Files  2 passed (2)
      Tests  12 passed (12)
\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m\u{1b}[22m | 3 passed | 2 skipped\u{1b}[90m (6)\u{1b}[39m
   Duration  1.2s",
        );
        assert_eq!(of_npm(&output), counts(15, 1, 2));
    }

    #[test]
    fn node_totals_are_read_in_both_of_its_forms() {
        assert_eq!(
            of_npm(&lines("# tests 3\n# pass 2\n# fail 1\n# skipped 0")),
            counts(2, 1, 0)
        );
        assert_eq!(
            of_npm(&lines("ℹ pass 2\nℹ duration_ms 31.5")),
            counts(2, 0, 0)
        );
    }

    #[test]
    fn text_of_a_test_is_not_taken_for_a_summary() {
        assert!(of_npm(&lines("Tests whether 3 passed\n# heading 3")).is_empty());
    }
}
