//! Values with their units, as they stand in the file, in a variable or behind a flag.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use parlance_core::limits::Rate;

/// A kind of value. An error says what is wrong and what to write instead, in one line.
pub(crate) trait Value: Sized {
    /// From a text: a variable, a flag, or the text in the file.
    fn from_text(text: &str) -> Result<Self, String>;

    /// From the file.
    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(text) => Self::from_text(text),
            other => Err(format!(
                "{} instead of a text; write it in quotes",
                kind_of(other)
            )),
        }
    }

    /// What stands for a setting that nobody set and that has no default.
    fn absent() -> Option<Self> {
        None
    }

    /// The text as TOML, for the example file.
    fn to_toml(text: &str) -> String {
        quoted(text)
    }
}

/// What a TOML value is, for a message; never the value itself, which may be a secret.
pub(crate) fn kind_of(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::String(_) => "a text",
        toml::Value::Integer(_) | toml::Value::Float(_) => "a number",
        toml::Value::Boolean(_) => "true or false",
        toml::Value::Datetime(_) => "a date",
        toml::Value::Array(_) => "a list",
        toml::Value::Table(_) => "a table",
    }
}

/// A text as TOML writes it.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl<T: Value> Value for Option<T> {
    fn from_text(text: &str) -> Result<Self, String> {
        T::from_text(text).map(Some)
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        T::from_toml(value).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn to_toml(text: &str) -> String {
        T::to_toml(text)
    }
}

impl<T: Value> Value for Vec<T> {
    /// Separated by commas.
    fn from_text(text: &str) -> Result<Self, String> {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        parts.map(T::from_text).collect()
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Array(values) => values.iter().map(T::from_toml).collect(),
            other => Err(format!(
                "{} instead of a list; write it in brackets",
                kind_of(other)
            )),
        }
    }

    fn to_toml(text: &str) -> String {
        let parts: Vec<String> = text
            .split(',')
            .map(|part| T::to_toml(part.trim()))
            .collect();
        format!("[{}]", parts.join(", "))
    }
}

impl Value for String {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("empty; write something or leave the setting out".to_owned());
        }
        Ok(text.to_owned())
    }
}

impl Value for PathBuf {
    fn from_text(text: &str) -> Result<Self, String> {
        String::from_text(text).map(Self::from)
    }
}

impl Value for SocketAddr {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            format!(
                "{} is no address with a port; write one such as 127.0.0.1:8000 or [::]:8000",
                quoted(text)
            )
        })
    }
}

macro_rules! whole_numbers {
    ($($kind:ty),*) => {$(
        impl Value for $kind {
            fn from_text(text: &str) -> Result<Self, String> {
                text.replace('_', "").parse().map_err(|_| {
                    format!("{} is no whole number; write one such as 100", quoted(text))
                })
            }

            fn from_toml(value: &toml::Value) -> Result<Self, String> {
                match value {
                    toml::Value::Integer(number) => Self::try_from(*number)
                        .map_err(|_| format!("{number} is out of range; write a positive number")),
                    other => Err(format!("{} instead of a whole number", kind_of(other))),
                }
            }

            fn to_toml(text: &str) -> String {
                text.to_owned()
            }
        }
    )*};
}

whole_numbers!(usize, u64);

/// A number and the unit behind it, `"1.5MiB"` or `"30 s"`.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
        .unwrap_or(text.len());
    let number: f64 = text[..end].replace('_', "").parse().ok()?;
    Some((number, text[end..].trim()))
}

/// A size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ByteSize(pub(crate) u64);

impl ByteSize {
    /// As the core counts what fits into memory.
    pub(crate) fn in_memory(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Value for ByteSize {
    fn from_text(text: &str) -> Result<Self, String> {
        let bytes = split_unit(text).and_then(|(number, unit)| {
            let factor: u64 = match unit {
                "B" => 1,
                "KiB" => 1 << 10,
                "MiB" => 1 << 20,
                "GiB" => 1 << 30,
                "TiB" => 1 << 40,
                "kB" => 1_000,
                "MB" => 1_000_000,
                "GB" => 1_000_000_000,
                _ => return None,
            };
            Some((number * factor as f64).round() as u64)
        });
        bytes.map(Self).ok_or_else(|| {
            format!(
                "{} is no size with its unit; write one such as \"8MiB\"",
                quoted(text)
            )
        })
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(text) => Self::from_text(text),
            _ => Err("a size needs its unit; write one such as \"8MiB\"".to_owned()),
        }
    }
}

impl Value for Duration {
    fn from_text(text: &str) -> Result<Self, String> {
        let seconds = split_unit(text).and_then(|(number, unit)| {
            let factor = match unit {
                "ms" => 0.001,
                "s" => 1.0,
                "min" => 60.0,
                "h" => 3_600.0,
                "d" => 86_400.0,
                _ => return None,
            };
            Self::try_from_secs_f64(number * factor).ok()
        });
        seconds.ok_or_else(|| {
            format!(
                "{} is no time with its unit; write one such as \"30s\"",
                quoted(text)
            )
        })
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(text) => Self::from_text(text),
            _ => Err("a time needs its unit; write one such as \"30s\"".to_owned()),
        }
    }
}

/// `"50/s burst 200"`.
impl Value for Rate {
    fn from_text(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (long_run, burst) = text.split_once("burst")?;
            let (number, unit) = long_run.trim().split_once('/')?;
            let number: f64 = number.trim().parse().ok()?;
            let seconds = match unit.trim() {
                "s" => 1.0,
                "min" => 60.0,
                "h" => 3_600.0,
                _ => return None,
            };
            let rate = Self {
                per_second: number / seconds,
                burst: burst.trim().parse().ok()?,
            };
            (rate.per_second > 0.0 && rate.burst >= 1.0 && rate.burst.is_finite()).then_some(rate)
        };
        parsed().ok_or_else(|| {
            format!(
                "{} is no rate; write one such as \"50/s burst 200\"",
                quoted(text)
            )
        })
    }
}

/// A secret; shows itself to nobody by accident.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// The secret itself, for what has to know it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Value for Secret {
    fn from_text(text: &str) -> Result<Self, String> {
        String::from_text(text).map(Self)
    }
}

/// A value that is one of a few words.
macro_rules! choice {
    ($kind:ty { $($word:literal => $value:expr),+ $(,)? }) => {
        impl $crate::settings::value::Value for $kind {
            fn from_text(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($value),)+
                    _ => Err($crate::settings::value::not_one_of(text, &[$($word),+])),
                }
            }
        }
    };
}
pub(crate) use choice;

/// What to say of a word that is none of these.
pub(crate) fn not_one_of(text: &str, words: &[&str]) -> String {
    let words: BTreeSet<String> = words.iter().map(|word| quoted(word)).collect();
    let words: Vec<String> = words.into_iter().collect();
    format!("{} is unknown; use {}", quoted(text), words.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_need_a_unit() {
        assert_eq!(ByteSize::from_text("8MiB"), Ok(ByteSize(8 << 20)));
        assert_eq!(ByteSize::from_text("1.5 kB"), Ok(ByteSize(1_500)));
        assert_eq!(Duration::from_text("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(Duration::from_text("2min"), Ok(Duration::from_mins(2)));
        for wrong in ["8", "", "MiB", "8 mib", "-1s", "1e3s"] {
            assert!(ByteSize::from_text(wrong).is_err(), "{wrong}");
            assert!(Duration::from_text(wrong).is_err(), "{wrong}");
        }
        let error = Duration::from_toml(&toml::Value::Integer(30)).unwrap_err();
        assert_eq!(error, "a time needs its unit; write one such as \"30s\"");
    }

    #[test]
    fn rates_say_the_long_run_and_the_burst() {
        let rate = Rate {
            per_second: 0.5,
            burst: 10.0,
        };
        assert_eq!(Rate::from_text("30/min burst 10"), Ok(rate));
        for wrong in [
            "30/min",
            "30 burst 10",
            "0/s burst 10",
            "1/s burst 0",
            "1/s burst inf",
        ] {
            assert!(Rate::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let secret = Secret::from_text("hush").unwrap();
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert!(
            !Secret::from_toml(&toml::Value::Integer(4711))
                .unwrap_err()
                .contains("4711")
        );
    }

    #[test]
    fn lists_are_written_with_commas_or_in_brackets() {
        assert_eq!(Vec::<u64>::from_text("1, 2,"), Ok(vec![1, 2]));
        assert_eq!(Vec::<String>::to_toml("a,b"), r#"["a", "b"]"#);
    }
}
