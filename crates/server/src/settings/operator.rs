//! The operator key.

use std::path::PathBuf;

use super::secrets::{SecretSources, Secrets};
use super::section::section;
use super::value::Secret;

/// Shorter ones can be guessed.
const MIN_KEY_CHARS: usize = 16;

section! {
    /// The key that may make and remove apps by the operator API. At most one of the three; without
    /// any, apps come from these settings only. Make one with: openssl rand -hex 32
    struct OperatorSection in "" {
        /// The variable that holds it.
        operator_key_env: Option<String> = none, "CHAT_OPERATOR_KEY";
        /// A file that holds it.
        operator_key_file: Option<PathBuf> = none, "/run/secrets/parlance-operator";
        /// The key itself; for tests, a file of settings is no place for secrets.
        operator_key: Option<Secret> = none, "at least 16 random characters";
    }
}

impl OperatorSection {
    /// The key, wherever it is.
    pub(super) fn key(&self, secrets: &mut Secrets<'_>) -> Option<Secret> {
        let sources = SecretSources {
            variable: self.operator_key_env.as_deref(),
            file: self.operator_key_file.as_deref(),
            text: self.operator_key.as_ref(),
        };
        secrets.find("", "operator_key", sources, MIN_KEY_CHARS)
    }
}
