//! Compares what arrived with what a case expects.
//!
//! Objects match as a subset, arrays element by element, `"$word"` by kind, everything else by
//! value. A `"$word:name"` saves what it met; a failed match saves nothing.

use std::fmt;

use serde_json::{Map, Value};

use super::scope::{Scope, alone, is_name};

/// The first place where the two differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// Where, from the root `$`: `$.results[0].id`.
    pub(super) path: String,
    /// What the case wants there.
    pub(super) expected: String,
    /// What is there.
    pub(super) got: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "at {}: expected {}, got {}",
            self.path, self.expected, self.got
        )
    }
}

/// Matches a document and saves the values that it names.
///
/// # Errors
/// The first difference; `scope` is then as before.
pub(super) fn match_json(
    expected: &Value,
    actual: &Value,
    scope: &mut Scope,
) -> Result<(), Mismatch> {
    let mut saved = scope.clone();
    compare(expected, actual, "$", &mut saved)?;
    *scope = saved;
    Ok(())
}

/// Matches each expectation with a document of its own, in whatever order; documents may be left.
///
/// # Errors
/// An expectation that no document satisfies; `scope` is then as before.
pub(super) fn match_unordered(
    expected: &[Value],
    actual: &[Value],
    scope: &mut Scope,
) -> Result<(), Mismatch> {
    let mut saved = scope.clone();
    assign(expected, actual, "$", &mut saved)?;
    *scope = saved;
    Ok(())
}

fn compare(
    expected: &Value,
    actual: &Value,
    path: &str,
    scope: &mut Scope,
) -> Result<(), Mismatch> {
    match expected {
        Value::String(text) => compare_text(text, actual, path, scope),
        Value::Array(items) => compare_array(items, actual, path, scope),
        Value::Object(fields) => compare_object(fields, actual, path, scope),
        Value::Number(_) => require(
            same_number(expected, actual),
            path,
            || expected.to_string(),
            actual,
        ),
        Value::Null | Value::Bool(_) => {
            require(expected == actual, path, || expected.to_string(), actual)
        }
    }
}

fn compare_text(text: &str, actual: &Value, path: &str, scope: &mut Scope) -> Result<(), Mismatch> {
    if let Some((kind, name)) = Kind::parse(text) {
        require(kind.accepts(actual), path, || format!("{text:?}"), actual)?;
        if let Some(name) = name {
            scope.set(name, actual.clone());
        }
        return Ok(());
    }
    let wanted = scope.fill_string(text).map_err(|error| Mismatch {
        path: path.to_owned(),
        expected: format!("{text:?} ({error})"),
        got: shorten(actual),
    })?;
    let equal = wanted == *actual || same_number(&wanted, actual);
    let origin = if alone(text).is_some() {
        format!(" ({text})")
    } else {
        String::new()
    };
    require(equal, path, || format!("{wanted}{origin}"), actual)
}

fn compare_array(
    items: &[Value],
    actual: &Value,
    path: &str,
    scope: &mut Scope,
) -> Result<(), Mismatch> {
    let wanted = || format!("an array of {}", items.len());
    let Value::Array(elements) = actual else {
        return Err(mismatch(path, wanted(), actual));
    };
    for (index, (item, element)) in items.iter().zip(elements).enumerate() {
        compare(item, element, &format!("{path}[{index}]"), scope)?;
    }
    if items.len() != elements.len() {
        let got = format!("{}: {}", elements.len(), shorten(actual));
        return Err(Mismatch {
            path: path.to_owned(),
            expected: wanted(),
            got,
        });
    }
    Ok(())
}

fn compare_object(
    fields: &Map<String, Value>,
    actual: &Value,
    path: &str,
    scope: &mut Scope,
) -> Result<(), Mismatch> {
    if fields.keys().any(|key| key.starts_with('$')) {
        return compare_special(fields, actual, path, scope);
    }
    let Value::Object(got) = actual else {
        return Err(mismatch(path, "an object".to_owned(), actual));
    };
    for (key, wanted) in fields {
        let path = format!("{path}.{key}");
        let value = got.get(key).ok_or_else(|| Mismatch {
            path: path.clone(),
            expected: shorten(wanted),
            got: format!("nothing; the object has {}", keys(got)),
        })?;
        compare(wanted, value, &path, scope)?;
    }
    Ok(())
}

/// `{"$contains": [..]}` and `{"$length": n}`, which may stand together.
fn compare_special(
    fields: &Map<String, Value>,
    actual: &Value,
    path: &str,
    scope: &mut Scope,
) -> Result<(), Mismatch> {
    let Value::Array(elements) = actual else {
        return Err(mismatch(path, "an array".to_owned(), actual));
    };
    for (key, wanted) in fields {
        match (key.as_str(), wanted) {
            ("$contains", Value::Array(items)) => assign(items, elements, path, scope)?,
            ("$length", Value::Number(length)) => {
                let fits = length.as_u64() == u64::try_from(elements.len()).ok();
                if !fits {
                    let got = format!("{}: {}", elements.len(), shorten(actual));
                    let expected = format!("an array of {length}");
                    return Err(Mismatch {
                        path: path.to_owned(),
                        expected,
                        got,
                    });
                }
            }
            _ => {
                let expected = format!("a matcher that the format knows, not {key:?}: {wanted}");
                return Err(Mismatch {
                    path: path.to_owned(),
                    expected,
                    got: shorten(actual),
                });
            }
        }
    }
    Ok(())
}

/// Gives every item an element of its own, trying again where an early choice starves a later item.
fn assign(
    items: &[Value],
    elements: &[Value],
    path: &str,
    scope: &mut Scope,
) -> Result<(), Mismatch> {
    let free: Vec<&Value> = elements.iter().collect();
    match assign_rest(items, &free, scope) {
        Some(saved) => {
            *scope = saved;
            Ok(())
        }
        None => Err(unassigned(items, elements, path, scope)),
    }
}

fn assign_rest(items: &[Value], free: &[&Value], scope: &Scope) -> Option<Scope> {
    let Some((item, rest)) = items.split_first() else {
        return Some(scope.clone());
    };
    free.iter().enumerate().find_map(|(index, element)| {
        let mut saved = scope.clone();
        compare(item, element, "", &mut saved).ok()?;
        let mut left = free.to_vec();
        left.remove(index);
        assign_rest(rest, &left, &saved)
    })
}

/// Says which item found nothing, and how the only candidate differs if there is just one.
fn unassigned(items: &[Value], elements: &[Value], path: &str, scope: &Scope) -> Mismatch {
    let lonely = items.iter().find(|item| {
        elements
            .iter()
            .all(|e| compare(item, e, "", &mut scope.clone()).is_err())
    });
    let (Some(item), [element]) = (lonely.or(items.first()), elements) else {
        let expected = match lonely {
            Some(item) => format!("an element like {}", shorten(item)),
            None => format!("elements of their own for each of {}", shorten_all(items)),
        };
        let got = shorten_all(elements);
        return Mismatch {
            path: path.to_owned(),
            expected,
            got,
        };
    };
    match compare(item, element, &format!("{path}[0]"), &mut scope.clone()) {
        Err(mismatch) => mismatch,
        Ok(()) => Mismatch {
            path: path.to_owned(),
            expected: format!("{} elements", items.len()),
            got: shorten_all(elements),
        },
    }
}

/// The kinds that a `"$word"` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    String,
    Bool,
    Uuid,
    Time,
    Url,
    Any,
    Null,
}

impl Kind {
    /// `$int` or `$int:name`; any other text is meant literally.
    fn parse(text: &str) -> Option<(Self, Option<&str>)> {
        let word = text.strip_prefix('$')?;
        let (word, name) = match word.split_once(':') {
            Some((word, name)) if is_name(name) => (word, Some(name)),
            Some(_) => return None,
            None => (word, None),
        };
        let kind = match word {
            "int" => Self::Int,
            "string" => Self::String,
            "bool" => Self::Bool,
            "uuid" => Self::Uuid,
            "time" => Self::Time,
            "url" => Self::Url,
            "any" => Self::Any,
            "null" => Self::Null,
            _ => return None,
        };
        Some((kind, name))
    }

    fn accepts(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Int => value.is_i64() || value.is_u64(),
            Self::String => value.is_string(),
            Self::Bool => value.is_boolean(),
            Self::Uuid => text.is_some_and(is_uuid),
            Self::Time => text.is_some_and(is_time),
            Self::Url => text.is_some_and(is_url),
            Self::Any => true,
            Self::Null => value.is_null(),
        }
    }
}

/// The hyphenated form only, in lower case, as every dialect writes it.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && !text.contains(char::is_uppercase) && uuid::Uuid::try_parse(text).is_ok()
}

/// ISO 8601 with date, time and zone (`Z` or an offset).
fn is_time(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && text.parse::<jiff::Timestamp>().is_ok()
}

/// An absolute address of the web.
fn is_url(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// `1` and `1.0` are one number in JSON.
fn same_number(a: &Value, b: &Value) -> bool {
    let (Value::Number(a), Value::Number(b)) = (a, b) else {
        return false;
    };
    a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
}

fn require(
    holds: bool,
    path: &str,
    expected: impl FnOnce() -> String,
    actual: &Value,
) -> Result<(), Mismatch> {
    if holds {
        Ok(())
    } else {
        Err(mismatch(path, expected(), actual))
    }
}

fn mismatch(path: &str, expected: String, actual: &Value) -> Mismatch {
    Mismatch {
        path: path.to_owned(),
        expected,
        got: shorten(actual),
    }
}

fn keys(object: &Map<String, Value>) -> String {
    if object.is_empty() {
        return "no fields".to_owned();
    }
    object
        .keys()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A document for a message, cut where it gets long.
pub(super) fn shorten(value: &Value) -> String {
    const MOST: usize = 600;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

fn shorten_all(values: &[Value]) -> String {
    shorten(&Value::Array(values.to_vec()))
}

#[cfg(test)]
#[path = "matcher_tests.rs"]
mod tests;
