//! Secrets: named by a variable or a file, or written out.

use std::collections::BTreeMap;
use std::path::Path;

use super::reader::{Problems, full_name};
use super::value::{Secret, Value as _};

/// The three places for one secret.
#[derive(Clone, Copy)]
pub(super) struct SecretSources<'a> {
    /// The name of a variable.
    pub(super) variable: Option<&'a str>,
    /// A file.
    pub(super) file: Option<&'a Path>,
    /// The secret itself.
    pub(super) text: Option<&'a Secret>,
}

/// Finds secrets and notes those that cannot be found.
pub(super) struct Secrets<'a> {
    /// The process's variables.
    pub(super) environment: &'a BTreeMap<String, String>,
    /// Where problems go.
    pub(super) problems: &'a mut Problems,
}

impl Secrets<'_> {
    /// The secret of that name, if one of its three settings is there.
    pub(super) fn find(
        &mut self,
        path: &str,
        name: &str,
        sources: SecretSources<'_>,
        min_chars: usize,
    ) -> Option<Secret> {
        let setting = full_name(path, name);
        let several = [
            sources.variable.is_some(),
            sources.file.is_some(),
            sources.text.is_some(),
        ];
        if several.iter().filter(|there| **there).count() > 1 {
            self.problems.note(
                &setting,
                format_args!("set twice; keep one of {name}, {name}_env and {name}_file"),
            );
            return None;
        }
        let secret = match (sources.variable, sources.file) {
            (Some(variable), _) => self.in_variable(&format!("{setting}_env"), variable)?,
            (None, Some(file)) => self.in_file(&format!("{setting}_file"), file)?,
            (None, None) => sources.text?.clone(),
        };
        if secret.expose().chars().count() < min_chars {
            self.problems.note(
                &setting,
                format_args!(
                    "shorter than {min_chars} characters; make one with: openssl rand -hex 32"
                ),
            );
            return None;
        }
        Some(secret)
    }

    fn in_variable(&mut self, setting: &str, variable: &str) -> Option<Secret> {
        let found = self.environment.get(variable);
        let secret = found.and_then(|text| Secret::from_text(text).ok());
        if secret.is_none() {
            let state = found.map_or("not set", |_| "empty");
            self.problems.note(
                setting,
                format_args!("the variable {variable} is {state}; put the secret into it"),
            );
        }
        secret
    }

    fn in_file(&mut self, setting: &str, file: &Path) -> Option<Secret> {
        let text = self.read(setting, file)?;
        let secret = Secret::from_text(text.trim_end_matches(['\n', '\r'])).ok();
        if secret.is_none() {
            self.problems.note(
                setting,
                format_args!(
                    "the file {} is empty; put the secret into it",
                    file.display()
                ),
            );
        }
        secret
    }

    /// The text of a file that a setting names.
    pub(super) fn read(&mut self, setting: &str, file: &Path) -> Option<String> {
        let read = std::fs::read_to_string(file);
        if let Err(error) = &read {
            self.problems.note(
                setting,
                format_args!(
                    "cannot read {}: {error}; name a file that this user may read",
                    file.display()
                ),
            );
        }
        read.ok()
    }
}
