//! The steps of a chore, their results, and the table at its end.

use std::time::{Duration, Instant};

use anyhow::Result;

/// How one step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// It could not be asked (no network); neither passed nor failed, and said so.
    Unreachable,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Unreachable => "NOT REACHABLE",
        }
    }
}

impl From<bool> for Outcome {
    fn from(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }
}

/// Runs named steps one after the other, all of them whatever their result.
#[derive(Default)]
pub(crate) struct Steps {
    rows: Vec<(String, Outcome, Duration)>,
}

impl Steps {
    /// Runs one step. An error is a failed step, printed where it happened.
    pub(crate) fn step<O: Into<Outcome>>(&mut self, name: &str, work: impl FnOnce() -> Result<O>) {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = match work() {
            Ok(outcome) => outcome.into(),
            Err(error) => {
                println!("{name}: {error:#}");
                Outcome::Failed
            }
        };
        self.rows
            .push((name.to_owned(), outcome, started.elapsed()));
    }

    /// Prints the table and the closing line; answers whether no step failed.
    pub(crate) fn finish(self, chore: &str) -> bool {
        let rows = self.rows.iter().map(|(name, outcome, took)| {
            [
                name.clone(),
                outcome.word().to_owned(),
                format!("{:.1} s", took.as_secs_f64()),
            ]
        });
        println!("\n{}", table(["step", "result", "took"], rows));
        println!("{chore}: {}", self.closing_line());
        self.count(Outcome::Failed) == 0
    }

    fn closing_line(&self) -> String {
        let [passed, failed, unreachable] =
            [Outcome::Passed, Outcome::Failed, Outcome::Unreachable].map(|o| self.count(o));
        let line = format!("{passed} passed, {failed} failed");
        match unreachable {
            0 => line,
            n => format!("{line}, {n} not reachable (see above)"),
        }
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.1 == outcome).count()
    }
}

/// Lines up columns under `head`: the first to the left, all others to the right.
pub(crate) fn table<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows);
    let widths: [usize; N] = std::array::from_fn(|column| {
        lines
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    });
    let mut text = String::new();
    for row in &lines {
        let cells = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                if column == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("  {cell:>width$}")
                }
            });
        text.push_str(cells.collect::<String>().trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_does_not_stop_the_next_and_fails_the_whole() {
        let mut steps = Steps::default();
        steps.step("first", || anyhow::bail!("broken") as Result<bool>);
        steps.step("second", || Ok(Outcome::Unreachable));
        steps.step("third", || Ok(true));
        assert_eq!(
            steps.closing_line(),
            "1 passed, 1 failed, 1 not reachable (see above)"
        );
        assert!(!steps.finish("check"));
    }

    #[test]
    fn columns_line_up() {
        let rows = [["web", "7"], ["browser", "12"]].map(|row| row.map(str::to_owned));
        assert_eq!(
            table(["part", "n"], rows),
            "part      n\nweb       7\nbrowser  12\n"
        );
    }
}
