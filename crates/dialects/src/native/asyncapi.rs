//! The AsyncAPI document of the socket: made from the tables of requests and events, never by hand.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::SOCKET_PATH;
use super::events::{EVENTS, SESSION_STARTED, SessionStarted};
use super::frames::{REQUESTS, RequestId, RequestType};
use super::problem::ProblemBody;
use super::schema::{NamedSchemas, schema_of};

/// Schemas by name, as the document holds them.
#[derive(Default)]
struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// Takes a type's schemas in and answers with a reference to it.
    fn add(&mut self, schemas: NamedSchemas) -> Value {
        for (name, schema) in schemas.all {
            let schema = serde_json::to_value(schema).expect("schemas are plain data");
            self.0.insert(name, schema);
        }
        reference("schemas", &schemas.name)
    }

    fn put(&mut self, name: String, schema: Value) -> Value {
        let named = reference("schemas", &name);
        self.0.insert(name, schema);
        named
    }
}

fn reference(of: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{of}/{name}")})
}

/// `message.mark_read` as the name of a type.
fn pascal(name: &str) -> String {
    let words = name.split(['.', '_']);
    words
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

fn nullable(schema: &str) -> Value {
    json!({"type": [schema, "null"]})
}

/// What the document consists of, as it grows.
#[derive(Default)]
struct Parts {
    schemas: Schemas,
    messages: Map<String, Value>,
    operations: Map<String, Value>,
}

impl Parts {
    fn message(&mut self, name: &str, about: &str, payload: &Value) {
        let message = json!({"name": name, "summary": about.trim(), "payload": payload});
        self.messages.insert(name.to_owned(), message);
    }

    /// An operation of the server: what it receives or sends on its one channel.
    fn operation(&mut self, action: &str, name: &str, about: &str, reply: Option<&str>) {
        let channel = json!({"$ref": "#/channels/socket"});
        let message = |name: &str| json!({"$ref": format!("#/channels/socket/messages/{name}")});
        let mut operation = json!({
            "action": action, "channel": channel, "summary": about.trim(),
            "messages": [message(name)],
        });
        if let Some(reply) = reply {
            let messages = [message(reply), message(REFUSAL)];
            operation["reply"] = json!({"channel": channel, "messages": messages});
        }
        self.operations.insert(name.to_owned(), operation);
    }

    fn request(&mut self, request: &RequestType) {
        let id = self.schemas.add(schema_of::<RequestId>());
        let data = self.schemas.add((request.data)());
        let answer = self.schemas.add((request.answer)());
        let frame = object(
            &json!({"id": id, "type": {"const": request.name}, "data": data}),
            // A request without data may leave it out.
            if takes_nothing(&data) {
                &["id", "type"]
            } else {
                &["id", "type", "data"]
            },
        );
        let reply = object(
            &json!({"id": id, "ok": {"const": true}, "data": answer}),
            &["id", "ok", "data"],
        );
        let type_name = pascal(request.name);
        let frame = self.schemas.put(format!("{type_name}Request"), frame);
        let reply = self.schemas.put(format!("{type_name}Reply"), reply);
        let reply_name = format!("{}.reply", request.name);
        self.message(request.name, request.about, &frame);
        self.message(&reply_name, "It was granted.", &reply);
        self.operation("receive", request.name, request.about, Some(&reply_name));
    }

    fn refusal(&mut self) {
        let id = self.schemas.add(schema_of::<RequestId>());
        let problem = self.schemas.add(schema_of::<ProblemBody<'_>>());
        let id = json!({"oneOf": [id, {"type": "null"}]});
        let properties = json!({"id": id, "ok": {"const": false}, "error": problem});
        let frame = object(&properties, &["id", "ok", "error"]);
        let frame = self.schemas.put("RefusalReply".to_owned(), frame);
        let about = "A request was refused, or (with the id null) a frame could not be read.";
        self.message(REFUSAL, about, &frame);
    }

    fn session_started(&mut self) {
        let data = self.schemas.add(schema_of::<SessionStarted>());
        let properties = json!({"type": {"const": SESSION_STARTED}, "data": data});
        let frame = object(&properties, &["type", "data"]);
        let frame = self.schemas.put("SessionStartedFrame".to_owned(), frame);
        let about = "The socket is authenticated; events follow.";
        self.message(SESSION_STARTED, about, &frame);
        self.operation("send", SESSION_STARTED, about, None);
    }

    fn event(&mut self, name: &str, about: &str, data: NamedSchemas) {
        let data = self.schemas.add(data);
        let uuid = json!({"type": ["string", "null"], "format": "uuid"});
        let properties = json!({
            "type": {"const": name}, "conversation": uuid, "revision": nullable("integer"),
            "at": {"type": "string", "format": "date-time"}, "data": data,
        });
        let required = ["type", "conversation", "revision", "at", "data"];
        let frame = object(&properties, &required);
        let frame = self.schemas.put(format!("{}Event", pascal(name)), frame);
        self.message(name, about, &frame);
        self.operation("send", name, about, None);
    }
}

/// The message that refuses.
const REFUSAL: &str = "refusal";

fn takes_nothing(data: &Value) -> bool {
    data["$ref"] == "#/components/schemas/Empty"
}

fn write() -> Value {
    let mut parts = Parts::default();
    parts.refusal();
    parts.session_started();
    for request in REQUESTS {
        parts.request(request);
    }
    for event in EVENTS {
        parts.event(event.name, event.about, (event.data)());
    }
    let names = parts.messages.keys();
    let on_channel: Map<_, _> = names
        .map(|name| (name.clone(), reference("messages", name)))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Parlance, native socket",
            "version": "1",
            "description": "Text frames, one JSON object each. REST is described by /v1/openapi.json.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": SOCKET_PATH,
                "messages": on_channel,
                "bindings": {"ws": {"method": "GET"}},
            },
        },
        "operations": parts.operations,
        "components": {"messages": parts.messages, "schemas": parts.schemas.0},
    })
}

/// The AsyncAPI 3 document as JSON.
pub fn document() -> String {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let written = DOCUMENT.get_or_init(|| {
        serde_json::to_string_pretty(&write()).expect("the document is plain data")
    });
    written.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_are_made_of_names_of_frames() {
        assert_eq!(pascal("receipt.mark_read"), "ReceiptMarkRead");
        assert_eq!(pascal("ping"), "Ping");
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        fn walk(at: &Value, document: &Value) {
            match at {
                Value::Object(map) => {
                    if let Some(Value::String(to)) = map.get("$ref") {
                        let pointer = to.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{to}");
                    }
                    map.values().for_each(|value| walk(value, document));
                }
                Value::Array(items) => items.iter().for_each(|item| walk(item, document)),
                _ => {}
            }
        }
        let document = write();
        walk(&document, &document);
    }
}
