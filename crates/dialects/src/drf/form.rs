//! Fields of a body, checked as the framework's serializers check them: everything that is wrong is
//! told together, by field.

use serde_json::Value;

use super::data::Data;
use super::refused::{BLANK, FieldErrors, NOT_INTEGER, NOT_TEXT, NULL, REQUIRED, Refused};

/// Reads fields and collects what is wrong with them.
pub(crate) struct Form<'a> {
    data: &'a Data,
    errors: FieldErrors,
}

impl<'a> Form<'a> {
    /// Over a body.
    pub(crate) fn new(data: &'a Data) -> Self {
        Self {
            data,
            errors: FieldErrors::default(),
        }
    }

    /// A text that has to be there and is not blank, exactly as it came. `None` once refused.
    pub(crate) fn required(&mut self, name: &'static str) -> Option<String> {
        let refusal = match self.data.get(name) {
            None => REQUIRED,
            Some(Value::Null) => NULL,
            Some(value) => match as_text(value) {
                None => NOT_TEXT,
                Some(text) if text.trim().is_empty() => BLANK,
                Some(text) => return Some(text),
            },
        };
        self.refuse(name, refusal);
        None
    }

    /// A text without outer blanks; `None` where it is missing, null or blank.
    pub(crate) fn optional(&mut self, name: &'static str) -> Option<String> {
        let value = self.data.get(name).filter(|value| !value.is_null())?;
        let Some(text) = as_text(value) else {
            self.refuse(name, NOT_TEXT);
            return None;
        };
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A text exactly as it came; empty where it is missing or null.
    pub(crate) fn optional_exact(&mut self, name: &'static str) -> String {
        match self.data.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(value) => as_text(value).unwrap_or_else(|| {
                self.refuse(name, NOT_TEXT);
                String::new()
            }),
        }
    }

    /// An integer that has to be there, as a number or as digits. `None` once refused.
    pub(crate) fn integer(&mut self, name: &'static str) -> Option<i64> {
        let refusal = match self.data.get(name) {
            None => REQUIRED,
            Some(Value::Null) => NULL,
            Some(value) => match as_integer(value) {
                Some(number) => return Some(number),
                None => NOT_INTEGER,
            },
        };
        self.refuse(name, refusal);
        None
    }

    /// Notes something wrong with a field.
    pub(crate) fn refuse(&mut self, name: &'static str, text: impl Into<String>) {
        self.errors.add(name, text);
    }

    /// Goes on if nothing is wrong.
    pub(crate) fn check(self) -> Result<(), Refused> {
        self.errors.check()
    }
}

/// A text, or a number as text; nothing else is one.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An integer, as a number or as digits.
pub(crate) fn as_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn data(fields: Value) -> Data {
        match fields {
            Value::Object(fields) => fields.into(),
            _ => Data::default(),
        }
    }

    #[test]
    fn everything_wrong_is_told_together() {
        let data = data(json!({ "null": null, "blank": " \n", "list": [], "job": "x" }));
        let mut form = Form::new(&data);
        assert_eq!(form.required("missing"), None);
        assert_eq!(form.required("null"), None);
        assert_eq!(form.required("blank"), None);
        assert_eq!(form.required("list"), None);
        assert_eq!(form.integer("job"), None);
        let refused = form.check().expect_err("all are wrong");
        let expected = json!({
            "missing": [REQUIRED], "null": [NULL], "blank": [BLANK], "list": [NOT_TEXT],
            "job": [NOT_INTEGER],
        });
        assert_eq!(refused.body, expected);
    }

    #[test]
    fn texts_stay_as_they_came_and_numbers_pass_for_texts_and_back() {
        let data = data(json!({ "a": " x ", "n": 12, "d": "12", "f": 1.5, "e": "" }));
        let mut form = Form::new(&data);
        assert_eq!(form.required("a").as_deref(), Some(" x "));
        assert_eq!(form.optional("a").as_deref(), Some("x"));
        assert_eq!(form.required("n").as_deref(), Some("12"));
        assert_eq!(form.optional("e"), None);
        assert_eq!((form.integer("n"), form.integer("d")), (Some(12), Some(12)));
        assert_eq!(form.check(), Ok(()));
        assert_eq!(as_integer(&json!(1.5)), None);
    }
}
