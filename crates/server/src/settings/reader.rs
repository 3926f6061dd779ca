//! Reads a section from all sources, the later overruling the earlier, and notes what is wrong.

use std::collections::BTreeMap;

use super::section::Section;
use super::value::{Value, kind_of};

/// What is wrong with the settings: `section.key: what is wrong; what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem(String);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// All problems found so far, in the order of finding.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes one; `what` says what is wrong and what to do.
    pub(crate) fn note(&mut self, setting: &str, what: impl std::fmt::Display) {
        self.0.push(Problem(format!("{setting}: {what}")));
    }

    /// All of them.
    pub(crate) fn into_all(self) -> Vec<Problem> {
        self.0
    }
}

/// The variables and flags that overrule the file.
#[derive(Debug, Default, Clone)]
pub(crate) struct Overrides {
    /// All of the process's variables.
    pub(crate) environment: BTreeMap<String, String>,
    /// `section.key` and its value.
    pub(crate) flags: Vec<(String, String)>,
}

impl Overrides {
    /// The variables of this process. `PARLANCE_LOG` is short for `PARLANCE_LOG__LEVEL`.
    pub(crate) fn of_process() -> Self {
        let text = |value: std::ffi::OsString| value.into_string().ok();
        let mut environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
            .collect();
        if let Some(level) = environment.remove("PARLANCE_LOG") {
            environment.entry(variable_of("log.level")).or_insert(level);
        }
        Self {
            environment,
            flags: Vec::new(),
        }
    }

    /// Adds a flag; it overrules earlier ones.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.flags.push((name.to_owned(), value.to_owned()));
    }
}

/// Reads one section.
pub(crate) struct Reader<'a> {
    path: String,
    file: Option<&'a toml::Table>,
    overrides: Option<&'a Overrides>,
    problems: &'a mut Problems,
}

impl<'a> Reader<'a> {
    /// A section that file, variables and flags can set. `file`: the whole file for the top level,
    /// else the section's table.
    pub(crate) fn of_section(
        path: &str,
        file: Option<&'a toml::Table>,
        overrides: &'a Overrides,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            path: path.to_owned(),
            file,
            overrides: Some(overrides),
            problems,
        }
    }

    /// A table that only the file has: an entry of a list.
    pub(crate) fn of_entry(
        path: String,
        file: &'a toml::Table,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            path,
            file: Some(file),
            overrides: None,
            problems,
        }
    }

    /// The full name of a key.
    pub(crate) fn name_of(&self, key: &str) -> String {
        full_name(&self.path, key)
    }

    /// Notes a problem with a key of this section.
    pub(crate) fn note(&mut self, key: &str, what: impl std::fmt::Display) {
        let name = self.name_of(key);
        self.problems.note(&name, what);
    }

    /// The value of a key, or its default.
    pub(crate) fn read<T: Value>(&mut self, key: &str, default: Option<&str>) -> T {
        self.find(key).unwrap_or_else(|| preset(default))
    }

    /// The value of a key if it lies between the two bounds, both included, or its default.
    pub(crate) fn read_within<T: Value + PartialOrd>(
        &mut self,
        key: &str,
        default: &str,
        low: &str,
        high: &str,
    ) -> T {
        let Some(value) = self.find::<T>(key) else {
            return preset(Some(default));
        };
        if value < preset(Some(low)) || value > preset(Some(high)) {
            self.note(key, format_args!("out of range; use {low} to {high}"));
            return preset(Some(default));
        }
        value
    }

    fn find<T: Value>(&mut self, key: &str) -> Option<T> {
        let name = self.name_of(key);
        let overrides = self.overrides;
        let flag = overrides.and_then(|all| all.flags.iter().rev().find(|(flag, _)| *flag == name));
        if let Some((_, text)) = flag {
            return self.check(key, T::from_text(text), "from a flag");
        }
        let variable = variable_of(&name);
        if let Some(text) = overrides.and_then(|all| all.environment.get(&variable)) {
            return self.check(key, T::from_text(text), &format!("from {variable}"));
        }
        let value = self.file?.get(key)?;
        self.check(key, T::from_toml(value), "")
    }

    fn check<T>(&mut self, key: &str, read: Result<T, String>, source: &str) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(what) if source.is_empty() => {
                self.note(key, what);
                None
            }
            Err(what) => {
                self.note(key, format_args!("{what} ({source})"));
                None
            }
        }
    }

    /// Notes keys of the file that the section has not. `besides`: what else may stand there.
    pub(crate) fn refuse_unknown_keys(&mut self, section: &Section, besides: &[&str]) {
        let keys = section.settings.iter().map(|setting| setting.key);
        let known: Vec<&str> = keys.chain(besides.iter().copied()).collect();
        for key in self.file.into_iter().flat_map(toml::Table::keys) {
            if !known.contains(&key.as_str()) {
                self.note(key, unknown(key, &known));
            }
        }
    }
}

/// A value of our own writing.
fn preset<T: Value>(text: Option<&str>) -> T {
    match text {
        Some(text) => T::from_text(text).expect("the tests read all defaults and bounds"),
        None => T::absent().expect("settings without a default are optional"),
    }
}

/// `section.key`, or only the key at the top level.
pub(crate) fn full_name(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// `PARLANCE_SECTION__KEY`.
pub(crate) fn variable_of(name: &str) -> String {
    format!("PARLANCE_{}", name.replace('.', "__").to_uppercase())
}

/// What to say of a key that nobody knows.
pub(crate) fn unknown(key: &str, known: &[&str]) -> String {
    match nearest(key, known) {
        Some(nearest) => format!("no such setting; did you mean {nearest}?"),
        None => format!("no such setting; there are {}", known.join(", ")),
    }
}

/// The known word that a mistyped one is probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|known| {
        let likeness = strsim::normalized_damerau_levenshtein(word, known);
        (likeness, *known)
    });
    let (likeness, best) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (likeness > 0.6).then_some(best)
}

/// A section's table in the file; notes when it is something else.
pub(crate) fn table_of<'a>(
    file: Option<&'a toml::Table>,
    path: &str,
    problems: &mut Problems,
) -> Option<&'a toml::Table> {
    match file?.get(path)? {
        toml::Value::Table(table) => Some(table),
        other => {
            let kind = kind_of(other);
            problems.note(
                path,
                format_args!("{kind} instead of a section; write [{path}]"),
            );
            None
        }
    }
}
