//! Calls every operation of an OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::Method;
use parlance_testkit::client::rest::{Answer, Rest};
use serde_json::{Value, json};

use crate::description::Description;

const PROBLEM: &str = "application/problem+json";

/// One call of an operation; `{name}` in path and body stand for what earlier answers said.
pub(crate) struct Call {
    operation: &'static str,
    /// Values of the path's parameters and the query.
    path: &'static str,
    body: Payload,
    status: u16,
    /// What of the answer to keep, under which name.
    keep: Option<(&'static str, &'static str)>,
}

enum Payload {
    Nothing,
    Json(Value),
    Form(&'static str),
}

impl Call {
    /// A call that has to be answered with this status.
    pub(crate) const fn new(operation: &'static str, path: &'static str, status: u16) -> Self {
        Self {
            operation,
            path,
            body: Payload::Nothing,
            status,
            keep: None,
        }
    }

    pub(crate) fn json(mut self, body: Value) -> Self {
        self.body = Payload::Json(body);
        self
    }

    pub(crate) fn form(mut self, body: &'static str) -> Self {
        self.body = Payload::Form(body);
        self
    }

    /// Keeps what stands at a JSON pointer of the answer.
    pub(crate) const fn keep(mut self, pointer: &'static str, name: &'static str) -> Self {
        self.keep = Some((pointer, name));
        self
    }
}

/// An operation as the document has it.
struct Operation {
    method: Method,
    path: String,
    described: Value,
}

/// Makes all calls in order and holds each answer against the document.
pub(crate) struct Walk {
    description: Description,
    operations: BTreeMap<String, Operation>,
    called: BTreeSet<String>,
    pub(crate) known: BTreeMap<String, String>,
}

impl Walk {
    pub(crate) fn new(description: Description) -> Result<Self, String> {
        let mut operations = BTreeMap::new();
        let paths = description.document["paths"].as_object();
        for (path, methods) in paths.ok_or("the document has no paths")? {
            for (method, described) in methods.as_object().into_iter().flatten() {
                let id = described["operationId"].as_str();
                let id = id.ok_or_else(|| format!("{method} {path} has no operationId"))?;
                let method = method.to_ascii_uppercase().parse();
                let operation = Operation {
                    method: method.map_err(|_| format!("{path}: no method"))?,
                    path: path.clone(),
                    described: described.clone(),
                };
                if operations.insert(id.to_owned(), operation).is_some() {
                    return Err(format!("two operations are called {id}"));
                }
            }
        }
        Ok(Self {
            description,
            operations,
            called: BTreeSet::new(),
            known: BTreeMap::new(),
        })
    }

    /// What earlier answers said, in place of its names.
    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.known {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    pub(crate) async fn call(
        &mut self,
        rest: &Rest,
        call: Call,
    ) -> Result<Value, Box<dyn std::error::Error>> {
        let id = call.operation;
        let operation = self.operations.get(id);
        let operation = operation.ok_or_else(|| format!("the document has no operation {id}"))?;
        check_path(&operation.path, call.path)?;
        let path = self.filled(call.path);
        let (kind, body) = match &call.body {
            Payload::Nothing => ("", Bytes::new()),
            Payload::Json(body) => ("application/json", self.filled(&body.to_string()).into()),
            Payload::Form(body) => ("multipart/form-data; boundary=b", (*body).into()),
        };
        if let Payload::Json(_) = call.body {
            let schema =
                &operation.described["requestBody"]["content"]["application/json"]["schema"];
            let sent = serde_json::from_slice(&body)?;
            self.description
                .check(&format!("the request of {id}"), schema, &sent)?;
        }
        let method = operation.method.clone();
        let answer = rest.send(method, &path, kind, body).await?;
        if answer.status.as_u16() != call.status {
            return Err(format!("{id}: {} {}", answer.status, answer.text()).into());
        }
        self.check_answer(id, &operation.described, &answer)?;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if let Some((pointer, name)) = call.keep {
            let kept = json
                .pointer(pointer)
                .ok_or_else(|| format!("{id}: no {pointer}"))?;
            let kept = kept
                .as_str()
                .map_or_else(|| kept.to_string(), str::to_owned);
            self.known.insert(name.to_owned(), kept);
        }
        self.called.insert(id.to_owned());
        Ok(json)
    }

    fn check_answer(&self, id: &str, described: &Value, answer: &Answer) -> Result<(), String> {
        let status = answer.status.as_str();
        let response = &described["responses"][status];
        if response.is_null() {
            return Err(format!("{id}: the status {status} is not described"));
        }
        let Some((kind, content)) = response["content"]
            .as_object()
            .and_then(|c| c.iter().next())
        else {
            return if answer.body.is_empty() {
                Ok(())
            } else {
                Err(format!("{id}: a body, and none is described"))
            };
        };
        if content["schema"].is_null() {
            return Ok(());
        }
        let came = answer.header(&http::header::CONTENT_TYPE);
        if came != kind {
            return Err(format!("{id}: {came:?} instead of {kind:?}"));
        }
        self.description.check(
            &format!("the answer of {id}"),
            &content["schema"],
            &answer.json(),
        )
    }

    /// Holds a refusal against the document's problem.
    pub(crate) fn check_problem(&self, answer: &Answer, status: u16) -> Result<(), String> {
        let kind = answer.header(&http::header::CONTENT_TYPE);
        if answer.status.as_u16() != status || kind != PROBLEM {
            return Err(format!(
                "{status} was awaited: {} {kind} {}",
                answer.status,
                answer.text()
            ));
        }
        let schema = json!({"$ref": "#/components/schemas/Problem"});
        self.description.check("a problem", &schema, &answer.json())
    }

    /// Every operation without a credential, and every path with a method that it has not.
    pub(crate) async fn refusals(&self, nobody: &Rest) -> Result<(), Box<dyn std::error::Error>> {
        let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
        for (id, operation) in &self.operations {
            let mut path = String::new();
            for part in operation.path.split('/').skip(1) {
                path += "/";
                path += if part.starts_with('{') { uuid } else { part };
            }
            let answer = nobody.send(Method::TRACE, &path, "", Bytes::new()).await?;
            self.check_problem(&answer, 405)
                .map_err(|fault| format!("{id}: {fault}"))?;
            if operation.described["security"] == json!([{}]) {
                continue;
            }
            let answer = nobody
                .send(operation.method.clone(), &path, "", Bytes::new())
                .await?;
            self.check_problem(&answer, 401)
                .map_err(|fault| format!("{id}: {fault}"))?;
        }
        Ok(())
    }

    /// Nothing that is described was left out.
    pub(crate) fn finish(&self) -> Result<(), String> {
        let left: Vec<_> = self
            .operations
            .keys()
            .filter(|id| !self.called.contains(*id))
            .collect();
        if left.is_empty() {
            return Ok(());
        }
        Err(format!("described, and never called here: {left:?}"))
    }
}

/// The call's path is one of the operation's: a renamed route must not be called by its old name.
fn check_path(described: &str, called: &str) -> Result<(), String> {
    let called = called.split('?').next().unwrap_or_default();
    let (described_parts, parts) = (described.split('/'), called.split('/'));
    let fits = |(described, part): (&str, &str)| described.starts_with('{') || described == part;
    let same_length = described_parts.clone().count() == parts.clone().count();
    if same_length && described_parts.zip(parts).all(fits) {
        return Ok(());
    }
    Err(format!("{called} is none of {described}"))
}
