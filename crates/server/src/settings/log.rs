//! What is logged, and how.

use super::section::section;
use super::value::{Value, choice, quoted};

section! {
    /// The log, on standard error. It never holds tokens or message text.
    struct LogSettings in "log" {
        /// "error", "warn", "info", "debug" or "trace"; also for single parts, as in
        /// "info,parlance_gateway=debug". PARLANCE_LOG says the same.
        level: LogLevel = "info";
        /// "text" for people, "json" (one object a line) for collectors.
        format: LogFormat = "text";
    }
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

choice!(LogFormat { "text" => LogFormat::Text, "json" => LogFormat::Json });

/// What is logged: a filter as tracing-subscriber reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLevel(String);

impl LogLevel {
    /// The filter's text; it has been read once, so it can be read again.
    pub(crate) fn directives(&self) -> &str {
        &self.0
    }
}

impl Value for LogLevel {
    fn from_text(text: &str) -> Result<Self, String> {
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        // A single unknown word would be read as the name of a part, and then log nothing else.
        let is_word = text.chars().all(char::is_alphanumeric);
        let readable = tracing_subscriber::EnvFilter::try_new(text).is_ok();
        if text.is_empty() || !readable || (is_word && !levels.contains(&text)) {
            return Err(format!(
                "{} is no level; use \"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
                quoted(text)
            ));
        }
        Ok(Self(text.to_owned()))
    }
}
