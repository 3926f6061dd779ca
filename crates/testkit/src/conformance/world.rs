//! Worlds: an app for each case, with its people, conversations and credentials, built through the
//! operator API (`docs/operator.md`).

use http::Method;
use serde_json::{Map, Value, json};

use super::case::{Case, Named, World, WorldConversation, WorldUser};
use super::credentials::Habits;
use super::failure::Failure;
use super::http::{Outgoing, send};
use super::scope::Scope;
use super::target::Target;

const APPS: &str = "/parlance/v1/apps";

/// An app of the server that only one case uses.
#[derive(Debug)]
pub(super) struct App {
    pub(super) name: String,
    /// Requests and sockets with this `Host` are for this app.
    pub(super) host: String,
    key: String,
}

/// What asking for an app came to.
#[derive(Debug)]
pub(super) enum Created {
    App(App),
    /// The server has no such dialect.
    UnknownDialect,
}

impl App {
    /// Asks the server for an app with a name and a host that nobody else uses.
    pub(super) async fn create(target: &Target, dialect: &str) -> Result<Created, Failure> {
        let name = format!("case-{}", uuid::Uuid::now_v7().simple());
        let host = format!("{name}.parlance.test");
        let wanted = json!({"name": name, "dialects": [dialect], "host": host});
        let ask = Outgoing::new(Method::POST, &target.authority, APPS)
            .authorization("Bearer", &target.operator_key)?
            .json(&wanted)?;
        let answer = send(target, ask).await?;
        let status = answer.status.as_u16();
        let body = answer.json().unwrap_or_default();
        if matches!(status, 400 | 422) && body["errors"].get("dialects").is_some() {
            return Ok(Created::UnknownDialect);
        }
        match (status, body["key"].as_str()) {
            (201, Some(key)) => Ok(Created::App(Self {
                name,
                host,
                key: key.to_owned(),
            })),
            _ => Err(Failure::new(format!(
                "POST {APPS}: {status} {}",
                answer.excerpt()
            ))),
        }
    }

    /// Takes the app away with everything in it.
    pub(super) async fn delete(&self, target: &Target) -> Result<(), Failure> {
        let path = format!("{APPS}/{}", self.name);
        let ask = Outgoing::new(Method::DELETE, &target.authority, path)
            .authorization("Bearer", &target.operator_key)?;
        send(target, ask).await.map(drop)
    }

    async fn ask(
        &self,
        target: &Target,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        let what = format!("{method} {path}");
        let ask = Outgoing::new(method, &self.host, path)
            .authorization("Bearer", &self.key)?
            .json(body)?;
        let answer = send(target, ask).await?;
        if !answer.status.is_success() {
            let got = answer.excerpt();
            return Err(Failure::new(format!(
                "{what}: {} {got}",
                answer.status.as_u16()
            )));
        }
        answer.json().map_err(|failure| failure.at(what))
    }

    /// Builds a case's world and names all that is in it.
    pub(super) async fn build(&self, target: &Target, case: &Case) -> Result<Scope, Failure> {
        let habits = Habits::of(case.dialect());
        let mut scope = Scope::default();
        if !case.world.users.0.is_empty() {
            self.put_users(target, habits, &case.world, &mut scope)
                .await?;
        }
        for (name, conversation) in &case.world.conversations.0 {
            let wanted = conversation_body(habits, conversation, &scope)
                .map_err(|failure| failure.at(format!("conversations.{name}")))?;
            let made = self
                .ask(target, Method::POST, "/parlance/v1/conversations", &wanted)
                .await
                .map_err(|failure| failure.at(format!("conversations.{name}")))?;
            name_conversation(&mut scope, name, &made)?;
        }
        Ok(scope)
    }

    async fn put_users(
        &self,
        target: &Target,
        habits: &Habits,
        world: &World,
        scope: &mut Scope,
    ) -> Result<(), Failure> {
        let wanted: Vec<Value> = world
            .users
            .0
            .iter()
            .map(|(name, user)| self.user_body(habits, name, user))
            .collect();
        let body = json!({"users": wanted});
        let path = "/parlance/v1/users";
        let answer = self.ask(target, Method::PUT, path, &body).await?;
        let made = answer["users"]
            .as_array()
            .filter(|made| made.len() == wanted.len());
        let made = made.ok_or_else(|| {
            Failure::new(format!(
                "PUT {path}: not {} users in the answer",
                wanted.len()
            ))
        })?;
        for (((name, _), wanted), made) in world.users.0.iter().zip(&wanted).zip(made) {
            name_user(scope, name, wanted, made)?;
            let path = "/parlance/v1/tokens";
            let ask = json!({"user": made["id"]});
            let tokens = self.ask(target, Method::POST, path, &ask).await?;
            for field in ["token", "refresh", "native"] {
                scope.set(format!("{name}.{field}"), tokens[field].clone());
            }
        }
        Ok(())
    }

    fn user_body(&self, habits: &Habits, name: &str, user: &WorldUser) -> Value {
        let email = user
            .email
            .clone()
            .unwrap_or_else(|| format!("{name}@{}", self.host));
        let role = user.role.as_deref();
        let mut body = json!({
            "external_id": name,
            "username": user.username.as_ref().unwrap_or(&email),
            "email": email,
            "password": format!("Quiet-{name}-{}", self.name),
            "is_staff": user.is_staff || (role.is_some() && role == habits.staff_role),
        });
        let optional = [
            ("role", user.role.clone().map(Value::String)),
            ("first_name", user.first_name.clone().map(Value::String)),
            ("last_name", user.last_name.clone().map(Value::String)),
            ("metadata", role.and_then(habits.profile)),
        ];
        for (field, value) in optional {
            if let Some(value) = value {
                body[field] = value;
            }
        }
        body
    }
}

/// Names what steps may ask of a user. The password is known only here.
fn name_user(scope: &mut Scope, name: &str, wanted: &Value, made: &Value) -> Result<(), Failure> {
    let id = made
        .get("wire_id")
        .ok_or_else(|| Failure::new(format!("users.{name}: the answer has no wire_id: {made}")))?;
    scope.set(format!("{name}.id"), id.clone());
    for field in [
        "username",
        "email",
        "first_name",
        "last_name",
        "uuid",
        "profile_id",
    ] {
        if let Some(value) = made.get(field) {
            scope.set(format!("{name}.{field}"), value.clone());
        }
    }
    for field in ["password", "is_staff"] {
        scope.set(format!("{name}.{field}"), wanted[field].clone());
    }
    // How the operator API itself calls the user, whatever the dialect shows.
    scope.set(format!("{name}.key"), made["id"].clone());
    Ok(())
}

fn name_conversation(scope: &mut Scope, name: &str, made: &Value) -> Result<(), Failure> {
    let id = made.get("wire_id").ok_or_else(|| {
        Failure::new(format!(
            "conversations.{name}: the answer has no wire_id: {made}"
        ))
    })?;
    scope.set(format!("{name}.id"), id.clone());
    for field in ["uuid", "job_id"] {
        if let Some(value) = made.get(field) {
            scope.set(format!("{name}.{field}"), value.clone());
        }
    }
    Ok(())
}

fn conversation_body(
    habits: &Habits,
    conversation: &WorldConversation,
    scope: &Scope,
) -> Result<Value, Failure> {
    let key = |user: &str| scope.get(&format!("{user}.key")).cloned();
    let mut body = Map::new();
    body.insert("kind".to_owned(), json!(habits.conversation_kind));
    body.insert(
        "members".to_owned(),
        members_body(&conversation.members, key)?,
    );
    if let Some(context) = &conversation.context {
        if let Some(title) = &context.title {
            body.insert("title".to_owned(), json!(title));
        }
        let mut about = json!({"kind": context.kind, "title": context.title});
        let fresh = || {
            habits
                .uuid_contexts
                .then(|| json!(uuid::Uuid::now_v7().to_string()))
        };
        if let Some(id) = context.id.clone().or_else(fresh) {
            about["id"] = id;
        }
        body.insert("context".to_owned(), about);
    }
    let messages = conversation
        .messages
        .iter()
        .map(|message| Ok(json!({"from": key(&message.from)?, "text": message.text})))
        .collect::<Result<Vec<_>, Failure>>()?;
    body.insert("messages".to_owned(), Value::Array(messages));
    Ok(Value::Object(body))
}

fn members_body(
    members: &Named<String>,
    key: impl Fn(&str) -> Result<Value, String>,
) -> Result<Value, Failure> {
    let members = members
        .0
        .iter()
        .map(|(part, user)| Ok(json!({"user": key(user)?, "part": part})))
        .collect::<Result<Vec<_>, Failure>>()?;
    Ok(Value::Array(members))
}
