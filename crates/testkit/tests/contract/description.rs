//! A served document with its schemas, made strict.

use std::collections::BTreeSet;

use jsonschema::Validator;
use parlance_testkit::client::ClientError;
use parlance_testkit::client::rest::Rest;
use serde_json::{Value, json};

/// An OpenAPI or AsyncAPI document.
pub(crate) struct Description {
    pub(crate) document: Value,
    components: Value,
}

impl Description {
    /// As the server serves it, to anybody.
    pub(crate) async fn fetch(rest: &Rest, path: &str) -> Result<Self, ClientError> {
        Ok(Self::new(rest.get(path).await?.success()?))
    }

    fn new(document: Value) -> Self {
        let mut schemas = document["components"]["schemas"].clone();
        let mut parts = BTreeSet::new();
        collect_parts(&schemas, &mut parts);
        if let Some(schemas) = schemas.as_object_mut() {
            for (name, schema) in schemas {
                if !parts.contains(name) {
                    make_strict(schema);
                }
            }
        }
        Self {
            components: json!({"schemas": schemas}),
            document,
        }
    }

    /// Whether a value is exactly what a schema of the document says, and nothing more.
    pub(crate) fn check(&self, what: &str, schema: &Value, value: &Value) -> Result<(), String> {
        let whole = json!({"components": self.components, "allOf": [schema]});
        let validator: Validator = jsonschema::draft202012::new(&whole)
            .map_err(|error| format!("{what}: its schema is none: {error}"))?;
        let faults: Vec<_> = validator
            .iter_errors(value)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        if faults.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{what} is not as described:\n{}\n{value:#}",
            faults.join("\n")
        ))
    }
}

/// Names of schemas that are one part of another: those say nothing of the other parts' fields.
fn collect_parts(schema: &Value, parts: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for part in fields
                .get("allOf")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                if let Some(name) = part["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
                    parts.insert(name.to_owned());
                }
            }
            fields
                .values()
                .for_each(|value| collect_parts(value, parts));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_parts(item, parts)),
        _ => {}
    }
}

/// Lets an object have no other fields than those described.
fn make_strict(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else {
        return;
    };
    let names_fields = fields.contains_key("properties") || fields.contains_key("allOf");
    if names_fields {
        fields.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

#[test]
fn a_value_with_a_field_too_much_or_too_little_is_not_as_described() {
    let part = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": ["integer", "null"]}}});
    let more =
        json!({"type": "object", "required": ["b"], "properties": {"b": {"type": "boolean"}}});
    let whole = json!({"allOf": [{"$ref": "#/components/schemas/Part"}, more]});
    let alone = json!({"type": "object", "required": ["part"], "properties": {"part": {"$ref": "#/components/schemas/Part"}}});
    let schemas = json!({"Part": part, "Whole": whole, "Alone": alone});
    let described = Description::new(json!({"components": {"schemas": schemas}}));
    let check = |name: &str, value: Value| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        described.check(name, &schema, &value).is_ok()
    };
    assert!(check("Whole", json!({"a": null, "b": true})));
    assert!(!check("Whole", json!({"b": true})));
    assert!(!check("Whole", json!({"a": "x", "b": true})));
    assert!(!check("Whole", json!({"a": 1, "b": true, "c": 1})));
    assert!(check("Alone", json!({"part": {"a": 1}})));
    assert!(!check("Alone", json!({"part": {"a": 1}, "c": 1})));
}
