//! The values that a case knows by name, and their places in its texts.
//!
//! `"{m1}"` alone in a string stands for the value with its own type; inside a longer string it is
//! spliced in as text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Named values: what the world made (`alice.id`, `c1.job_id`) and what steps saved (`m1`).
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    values: BTreeMap<String, Value>,
}

impl Scope {
    /// Remembers a value; a later one of the same name takes its place.
    pub(super) fn set(&mut self, name: impl Into<String>, value: Value) {
        self.values.insert(name.into(), value);
    }

    /// A value by name.
    ///
    /// # Errors
    /// An unknown name, with those that are known.
    pub(super) fn get(&self, name: &str) -> Result<&Value, String> {
        self.values.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.values.keys().map(String::as_str).collect();
            format!(
                "the case knows no {{{name}}}; it knows {}",
                known.join(", ")
            )
        })
    }

    /// Puts values into a document, at any depth.
    ///
    /// # Errors
    /// An unknown name.
    pub(super) fn fill(&self, document: &Value) -> Result<Value, String> {
        Ok(match document {
            Value::String(text) => self.fill_string(text)?,
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.fill(item))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), self.fill(value)?)))
                    .collect::<Result<Map<_, _>, String>>()?,
            ),
            other => other.clone(),
        })
    }

    /// One string of a document: a placeholder alone keeps the value's own type.
    ///
    /// # Errors
    /// An unknown name.
    pub(super) fn fill_string(&self, text: &str) -> Result<Value, String> {
        match alone(text) {
            Some(name) => self.get(name).cloned(),
            None => self.fill_text(text).map(Value::String),
        }
    }

    /// A text with the values spliced in as they are.
    ///
    /// # Errors
    /// An unknown name.
    pub(super) fn fill_text(&self, text: &str) -> Result<String, String> {
        self.splice(text, Cow::Owned)
    }

    /// A path with the values percent-encoded; one that is a placeholder alone is an address from an
    /// earlier answer and stays as it is.
    ///
    /// # Errors
    /// An unknown name.
    pub(super) fn fill_path(&self, path: &str) -> Result<String, String> {
        match alone(path) {
            Some(name) => self.get(name).map(plain),
            None => self.splice(path, |value| Cow::Owned(percent_encode(&value))),
        }
    }

    fn splice(
        &self,
        text: &str,
        encode: impl Fn(String) -> Cow<'static, str>,
    ) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            if let Some(name) = leading(rest) {
                filled.push_str(&encode(plain(self.get(name)?)));
                rest = &rest[name.len() + 2..];
            } else {
                filled.push('{');
                rest = &rest[1..];
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// The name, if the text is one placeholder and nothing else.
pub(super) fn alone(text: &str) -> Option<&str> {
    leading(text).filter(|name| name.len() + 2 == text.len())
}

/// The name of the placeholder that the text begins with. Braces round anything else (JSON, markup)
/// are text.
fn leading(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?;
    let name = &name[..name.find('}')?];
    is_name(name).then_some(name)
}

/// Whether a value may be called so: a lower-case letter, then letters, digits, `_` and `.`.
pub(super) fn is_name(text: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(word)
}

/// A value as it stands inside a longer text.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Everything but unreserved characters, RFC 3986 section 2.3.
pub(super) fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(HEX[usize::from(nibble)]);
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        let mut scope = Scope::default();
        scope.set("m1", json!(7));
        scope.set("c1.id", json!("a:b"));
        scope.set("img", json!("/media/x y.png"));
        scope
    }

    #[test]
    fn a_placeholder_alone_keeps_its_type_and_is_text_inside_text() {
        let filled = scope().fill(&json!({"ids": ["{m1}"], "text": "no {m1}, {c1.id}"}));
        assert_eq!(filled, Ok(json!({"ids": [7], "text": "no 7, a:b"})));
    }

    #[test]
    fn paths_encode_what_is_spliced_in_and_leave_whole_addresses_alone() {
        assert_eq!(
            scope().fill_path("/x/{c1.id}/?m={m1}"),
            Ok("/x/a%3Ab/?m=7".to_owned())
        );
        assert_eq!(scope().fill_path("{img}"), Ok("/media/x y.png".to_owned()));
    }

    #[test]
    fn other_braces_are_text() {
        for text in [
            "{not json",
            "{\"a\":1}",
            "{}",
            "a {b c} d",
            "{{{",
            "{conversationId}",
        ] {
            assert_eq!(scope().fill_text(text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn an_unknown_name_is_an_error_that_lists_the_known() {
        let error = scope().fill_text("{m2}").unwrap_err();
        assert_eq!(error, "the case knows no {m2}; it knows c1.id, img, m1");
    }
}
