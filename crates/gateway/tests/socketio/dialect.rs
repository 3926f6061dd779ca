//! A dialect for these tests alone. A token is a user's name.
//!
//! Namespaces: `/` hears what is joined there; `/rooms/N/` hears conversation N; `/me/` hears its
//! user. A raw socket at `/raw/N/` is the same as `/rooms/N/`.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use parlance_core::ChatError;
use parlance_core::chat::{Reply, Request};
use parlance_core::command::SendMessage;
use parlance_core::error::StoreError;
use parlance_core::event::{Event, EventBody};
use parlance_core::ids::ConversationId;
use parlance_core::principal::UserPrincipal;
use parlance_core::topic::Topic;
use parlance_core::user::User;
use parlance_dialects::contract::{
    Admission, ConnectRefusal, Dialect, Emission, Frame, Handshake, IssuedCredential, Listen,
    Namespace, Opened, OpenedNamespace, Refusal, Relation, Session, Step, View, WireIds,
};
use serde_json::{Value, json};

/// The dialect.
pub(crate) struct Rooms {
    pub(crate) users: HashMap<String, Arc<User>>,
}

fn listen(topic: Topic) -> Listen {
    Listen {
        topic,
        view: View(0),
        attendance: None,
    }
}

/// The conversation of a path like `/rooms/5/`.
fn conversation(path: &str, prefix: &str) -> Option<ConversationId> {
    let number = path.strip_prefix(prefix)?.trim_end_matches('/');
    number.parse().ok().map(ConversationId)
}

impl Rooms {
    fn admission(&self, token: &str, topics: Vec<Topic>) -> Option<Admission> {
        Some(Admission {
            principal: UserPrincipal {
                user: Arc::clone(self.users.get(token)?),
                credential: None,
                socket: None,
            },
            listen: topics.into_iter().map(listen).collect(),
        })
    }
}

#[async_trait]
impl Dialect for Rooms {
    fn name(&self) -> &'static str {
        "rooms"
    }

    fn routes(&self) -> axum::Router {
        axum::Router::new()
    }

    async fn open(&self, handshake: &Handshake<'_>) -> Option<Result<Opened, Refusal>> {
        let id = conversation(handshake.path, "/raw/")?;
        let token = handshake.query.strip_prefix("token=").unwrap_or_default();
        let admission = self.admission(token, vec![Topic::Conversation(id)]);
        Some(match admission {
            Some(admission) => Ok(Opened {
                session: Box::new(Room { place: Some(id) }),
                admission: Some(admission),
                subprotocol: None,
            }),
            None => Err(Refusal::status(StatusCode::FORBIDDEN)),
        })
    }

    fn speaks_socket_io(&self) -> bool {
        true
    }

    async fn open_namespace(
        &self,
        namespace: &Namespace<'_>,
    ) -> Option<Result<OpenedNamespace, ConnectRefusal>> {
        let token = namespace.auth.and_then(|auth| auth["token"].as_str());
        let token = token.unwrap_or_default();
        let user = self.users.get(token);
        let place = conversation(namespace.name, "/rooms/");
        let topics = match (namespace.name, place) {
            ("/", _) => Vec::new(),
            ("/me/", _) => user.map(|user| Topic::User(user.id)).into_iter().collect(),
            (_, Some(id)) => vec![Topic::Conversation(id)],
            _ => return None,
        };
        let Some(admission) = self.admission(token, topics) else {
            return Some(Err(ConnectRefusal {
                message: "Not authenticated".into(),
                data: Some(json!({ "code": "token" })),
            }));
        };
        Some(Ok(OpenedNamespace {
            session: Box::new(Room { place }),
            admission,
            recoverable: place.is_some(),
        }))
    }

    fn encode(&self, event: &Event, _view: View, relation: Relation) -> Option<String> {
        let EventBody::MessageCreated { message, .. } = &event.body else {
            return None;
        };
        let mine = relation != Relation::Other;
        let frame = json!({ "type": "message_received", "text": message.body, "mine": mine });
        Some(frame.to_string())
    }

    fn wire_ids(&self) -> WireIds {
        WireIds::Integer
    }

    async fn issue_credential(&self, user: &User) -> Result<IssuedCredential, StoreError> {
        Ok(IssuedCredential {
            token: user.external_id.clone(),
            refresh: None,
            expires_at: None,
        })
    }
}

/// One socket's state.
struct Room {
    place: Option<ConversationId>,
}

fn emit(event: &'static str, argument: &Value) -> Step {
    Step::Emit(Box::new(Emission::new(event, argument.to_string())))
}

fn ok() -> Step {
    Step::Acknowledge(r#"{"ok":true}"#.to_owned())
}

fn answered<T>(result: &Result<T, ChatError>) -> Vec<Step> {
    match result {
        Ok(_) => vec![ok()],
        Err(_) => vec![Step::Acknowledge(r#"{"ok":false}"#.to_owned())],
    }
}

impl Session for Room {
    fn on_open(&mut self) -> Vec<Step> {
        vec![Step::Send(json!({ "type": "welcome" }).to_string())]
    }

    fn on_frame(&mut self, frame: Frame<'_>) -> Vec<Step> {
        match frame {
            Frame::Text(text) => self.on_event("say", Some(text)),
            Frame::Binary(_) => vec![emit("refused", &json!("binary"))],
        }
    }

    fn on_event(&mut self, name: &str, argument: Option<&str>) -> Vec<Step> {
        let argument: Value = argument
            .map(|argument| serde_json::from_str(argument).expect("the gateway checks it"))
            .unwrap_or_default();
        let number = argument.as_i64().unwrap_or_default();
        let topic = Topic::Conversation(ConversationId(number));
        match (name, self.place) {
            ("echo", _) => vec![emit("echo", &argument)],
            ("count", _) => (0..number).map(|n| emit("number", &json!(n))).collect(),
            ("say", Some(place)) => {
                let text = argument.as_str().unwrap_or_default();
                let wish = Request::SendMessage(Box::new(SendMessage::text(place, text)));
                vec![Step::run(0, wish)]
            }
            ("join", _) => vec![Step::Listen {
                tag: 0,
                listen: Box::new(listen(topic)),
            }],
            ("leave", _) => vec![Step::Leave(topic), ok()],
            ("go", _) => vec![Step::Close {
                code: 4000,
                reason: "asked to",
            }],
            _ => Vec::new(),
        }
    }

    fn on_reply(&mut self, _tag: u32, reply: Result<Reply, ChatError>) -> Vec<Step> {
        answered(&reply)
    }

    fn on_listening(&mut self, _tag: u32, result: Result<(), ChatError>) -> Vec<Step> {
        answered(&result)
    }
}
