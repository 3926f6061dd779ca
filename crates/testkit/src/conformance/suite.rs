//! All cases that a run plays, the known gaps among them, and the tally at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::case::Case;
use super::failure::Failure;

/// The cases of a run.
#[derive(Debug, Default)]
pub struct Suite {
    /// In the order of their files.
    pub cases: Vec<Case>,
    /// What is wrong with the files themselves; one line each. Any fails the run.
    pub faults: Vec<String>,
    /// Case → why it may fail for now.
    pub known_gaps: BTreeMap<String, String>,
}

impl Suite {
    /// Every `*.cases.jsonl` of a folder, and its `known-gaps.txt`.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Self, String> {
        let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
        let mut files: Vec<PathBuf> = entries
            .map(|entry| {
                entry
                    .map(|entry| entry.path())
                    .map_err(|error| unreadable(folder, &error))
            })
            .collect::<Result<_, _>>()?;
        files.retain(|path| path.to_string_lossy().ends_with(".cases.jsonl"));
        files.sort();
        let mut suite = Self::default();
        for file in &files {
            suite.add(&file_name(file), &read(file)?);
        }
        if files.is_empty() {
            suite
                .faults
                .push(format!("{}: no *.cases.jsonl in it", folder.display()));
        }
        let gaps = folder.join("known-gaps.txt");
        suite.add_known_gaps(&file_name(&gaps), &read(&gaps)?);
        suite.find_doubles();
        Ok(suite)
    }

    /// The cases of one file, none of which may fail.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn from_file(file: &Path) -> Result<Self, String> {
        let mut suite = Self::default();
        suite.add(&file_name(file), &read(file)?);
        if suite.cases.is_empty() {
            suite
                .faults
                .push(format!("{}: no cases in it", file.display()));
        }
        suite.find_doubles();
        Ok(suite)
    }

    /// The dialects that the cases speak.
    pub fn dialects(&self) -> BTreeSet<&str> {
        self.cases.iter().map(Case::dialect).collect()
    }

    fn add(&mut self, file: &str, text: &str) {
        for (index, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            match Case::parse(line) {
                Ok(case) => self.cases.push(case),
                Err(error) => self.faults.push(format!("{file}:{}: {error}", index + 1)),
            }
        }
    }

    fn add_known_gaps(&mut self, file: &str, text: &str) {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = format!("{file}:{}", index + 1);
            match line.split_once(": ") {
                Some((name, reason)) if !reason.trim().is_empty() => {
                    if !self.cases.iter().any(|case| case.name == name) {
                        self.faults
                            .push(format!("{place}: there is no case {name:?}"));
                    }
                    self.known_gaps
                        .insert(name.to_owned(), reason.trim().to_owned());
                }
                _ => self
                    .faults
                    .push(format!("{place}: not \"case/name: reason\"")),
            }
        }
    }

    fn find_doubles(&mut self) {
        let mut seen = BTreeSet::new();
        for case in &self.cases {
            if !seen.insert(&case.name) {
                self.faults
                    .push(format!("{}: two cases have this name", case.name));
            }
        }
    }
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| unreadable(file, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("{}: cannot be read: {error}", path.display())
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// What a played case counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It passed, as it must.
    Passed,
    /// It failed, or it passed although it is listed as a gap; with what to tell.
    Failed(String),
    /// It failed and is listed, with the listed reason.
    KnownGap(String),
}

/// Weighs a case's result against the list of known gaps.
pub fn judge(result: Result<(), Failure>, listed: Option<&str>) -> Verdict {
    match (result, listed) {
        (Ok(()), None) => Verdict::Passed,
        (Err(failure), None) => Verdict::Failed(failure.to_string()),
        (Err(_), Some(reason)) => Verdict::KnownGap(reason.to_owned()),
        (Ok(()), Some(reason)) => Verdict::Failed(format!(
            "passes, but known-gaps.txt lists it ({reason}): take the line out"
        )),
    }
}

/// Counts by dialect.
#[derive(Debug, Default)]
pub struct Tally {
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, Default)]
struct Row {
    cases: usize,
    passed: usize,
    failed: usize,
    known_gaps: usize,
    not_built: bool,
}

impl Tally {
    /// Counts a case that belongs to the run, played or not.
    pub fn expect(&mut self, dialect: &str) {
        self.row(dialect).cases += 1;
    }

    /// Marks a dialect that the server does not have.
    pub fn not_built(&mut self, dialect: &str) {
        self.row(dialect).not_built = true;
    }

    /// Counts a played case.
    pub fn count(&mut self, dialect: &str, verdict: &Verdict) {
        let row = self.row(dialect);
        match verdict {
            Verdict::Passed => row.passed += 1,
            Verdict::Failed(_) => row.failed += 1,
            Verdict::KnownGap(_) => row.known_gaps += 1,
        }
    }

    fn row(&mut self, dialect: &str) -> &mut Row {
        self.rows.entry(dialect.to_owned()).or_default()
    }
}

impl Row {
    fn state(&self) -> &'static str {
        if self.not_built {
            "not built yet"
        } else if self.failed > 0 {
            "failing"
        } else if self.passed + self.known_gaps < self.cases {
            "not all played"
        } else if self.known_gaps > 0 {
            "passing, with known gaps"
        } else {
            "passing"
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |cells: [&str; 6]| {
            let [dialect, cases, passed, failed, gaps, state] = cells;
            let line =
                format!("{dialect:<14} {cases:>6} {passed:>7} {failed:>7} {gaps:>11}  {state}");
            writeln!(f, "{}", line.trim_end())
        };
        line([
            "dialect",
            "cases",
            "passed",
            "failed",
            "known gaps",
            "state",
        ])?;
        let mut sum = [0; 4];
        for (dialect, row) in &self.rows {
            let counts = [row.cases, row.passed, row.failed, row.known_gaps];
            for (total, count) in sum.iter_mut().zip(counts) {
                *total += count;
            }
            let [cases, passed, failed, gaps] = counts.map(|count| count.to_string());
            line([dialect, &cases, &passed, &failed, &gaps, row.state()])?;
        }
        let [cases, passed, failed, gaps] = sum.map(|count| count.to_string());
        line(["all", &cases, &passed, &failed, &gaps, ""])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str =
        r#"{"case": "d/a", "about": "", "source": "client", "features": [], "steps": []}"#;

    fn faults(cases: &str, gaps: &str) -> Vec<String> {
        let mut suite = Suite::default();
        suite.add("d.cases.jsonl", cases);
        suite.add_known_gaps("known-gaps.txt", gaps);
        suite.find_doubles();
        suite.faults
    }

    #[test]
    fn faults_of_the_files_are_named_by_line() {
        assert_eq!(
            faults(CASE, "# none\n\nd/a: not yet\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            faults(CASE, "d/b: why"),
            ["known-gaps.txt:1: there is no case \"d/b\""]
        );
        assert_eq!(
            faults(CASE, "\nd/a"),
            ["known-gaps.txt:2: not \"case/name: reason\""]
        );
        assert_eq!(
            faults(&format!("{CASE}\n{CASE}"), ""),
            ["d/a: two cases have this name"]
        );
        let misspelt = CASE.replace("\"steps\": []", "\"steps\": [], \"expct\": 1");
        assert!(faults(&misspelt, "")[0].starts_with("d.cases.jsonl:1: unknown field `expct`"));
        let step = r#"{"do": "recv", "socket": "a", "jsn": {}}"#;
        let misspelt = CASE.replace("\"steps\": []", &format!("\"steps\": [{step}]"));
        assert!(faults(&misspelt, "")[0].contains("unknown field `jsn`"));
    }

    #[test]
    fn a_known_gap_may_fail_and_may_not_pass() {
        let failure = || Err(Failure::new("why"));
        assert_eq!(judge(Ok(()), None), Verdict::Passed);
        assert_eq!(judge(failure(), None), Verdict::Failed("why".to_owned()));
        assert_eq!(
            judge(failure(), Some("later")),
            Verdict::KnownGap("later".to_owned())
        );
        assert!(
            matches!(judge(Ok(()), Some("later")), Verdict::Failed(text) if text.contains("take the line out"))
        );
    }

    #[test]
    fn the_table_says_what_each_dialect_came_to() {
        let mut tally = Tally::default();
        for dialect in ["a", "a", "b", "c", "d"] {
            tally.expect(dialect);
        }
        tally.count("a", &Verdict::Passed);
        tally.count("a", &Verdict::KnownGap(String::new()));
        tally.count("b", &Verdict::Failed(String::new()));
        tally.not_built("c");
        let table = tally.to_string();
        assert_eq!(table.lines().count(), 6, "a head, four dialects, the sum");
        let line = |dialect: &str| {
            table
                .lines()
                .find(|line| line.starts_with(dialect))
                .unwrap()
        };
        assert!(line("a ").ends_with("2       1       0           1  passing, with known gaps"));
        assert!(line("b ").ends_with("1       0       1           0  failing"));
        assert!(line("c ").ends_with("1       0       0           0  not built yet"));
        assert!(line("d ").ends_with("1       0       0           0  not all played"));
    }
}
