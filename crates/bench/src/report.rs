//! The table and the file of results.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

/// One figure. What it has no baseline or aim for is null.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) value: f64,
    /// In what.
    pub(crate) unit: &'static str,
    /// The same done by the machine alone, in the same run.
    pub(crate) baseline: Option<f64>,
    /// Median of the pairs' `value / baseline`.
    pub(crate) ratio: Option<f64>,
    /// What is aimed at, in words.
    pub(crate) aim: Option<String>,
    /// Whether the aim holds.
    pub(crate) holds: Option<bool>,
    /// What stands behind it.
    pub(crate) detail: Value,
}

/// All figures of one run.
#[derive(Debug, Default)]
pub(crate) struct Report(BTreeMap<String, Figure>);

impl Report {
    /// Adds a figure and says it at once.
    pub(crate) fn add(&mut self, key: &str, figure: Figure) {
        println!("bench: {key} = {:.2} {}", figure.value, figure.unit);
        self.0.insert(key.to_owned(), figure);
    }

    /// The table.
    pub(crate) fn print(&self) {
        println!();
        println!(
            "{:<22} {:>12} {:<18} {:>12} {:>7}  aim",
            "figure", "value", "unit", "baseline", "ratio"
        );
        for (key, figure) in &self.0 {
            let number = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.2}"));
            let holds = match figure.holds {
                Some(true) => "holds",
                Some(false) => "DOES NOT HOLD",
                None => "",
            };
            println!(
                "{key:<22} {:>12.2} {:<18} {:>12} {:>7}  {} {holds}",
                figure.value,
                figure.unit,
                number(figure.baseline),
                number(figure.ratio),
                figure.aim.as_deref().unwrap_or("-"),
            );
        }
    }

    /// Writes the figures into a file, keeping those of other keys that are in it.
    pub(crate) fn write(&self, path: &str) -> Result<()> {
        let old = fs::read_to_string(path)
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok());
        let mut all: BTreeMap<String, Value> = old.unwrap_or_default();
        for (key, figure) in &self.0 {
            all.insert(key.clone(), serde_json::to_value(figure)?);
        }
        if let Some(folder) = std::path::Path::new(path).parent() {
            fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
        }
        fs::write(path, serde_json::to_string_pretty(&all)? + "\n").context(path.to_owned())?;
        println!("\nbench: written to {path}");
        Ok(())
    }
}

/// The middle value.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
    }
}
