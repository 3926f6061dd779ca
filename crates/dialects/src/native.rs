//! The native protocol: REST under `/v1/`, one socket at `/v1/ws` (`docs/native.md`).
//!
//! Shapes and translation only; every rule is the core's.

mod asyncapi;
mod auth;
pub mod cursor;
mod events;
mod frames;
mod links;
pub mod objects;
mod openapi;
pub mod problem;
pub mod request;
mod rest;
mod schema;
mod session;
mod translate;
mod wishes;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parlance_core::ChatError;
use parlance_core::error::StoreError;
use parlance_core::event::{Event, EventBody};
use parlance_core::user::User;
use parlance_identity::AuthError;

use crate::contract::{
    Admission, Dialect, Handshake, IssuedCredential, Opened, Refusal, Relation, View, WireIds,
};
use crate::services::Services;

pub use asyncapi::document as asyncapi_document;
pub use links::Links;
pub use openapi::{add_problem, add_problem_answers, document as openapi_document};

/// The dialect's name in settings.
pub const NAME: &str = "native";

/// Where the socket is.
const SOCKET_PATH: &str = "/v1/ws";

/// How long tokens are good that are minted here: an hour.
const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// What handlers and sessions work with.
struct Api {
    services: Services,
    links: Links,
}

/// The native protocol for one app.
struct Native {
    api: Arc<Api>,
}

/// Makes the dialect for an app.
pub(crate) fn build(services: Services) -> Arc<dyn Dialect> {
    let links = Links::new(Arc::clone(&services.app), services.chat.clone());
    let api = Arc::new(Api { services, links });
    Arc::new(Native { api })
}

#[async_trait]
impl Dialect for Native {
    fn name(&self) -> &'static str {
        NAME
    }

    fn routes(&self) -> axum::Router {
        rest::router(Arc::clone(&self.api))
    }

    async fn open(&self, handshake: &Handshake<'_>) -> Option<Result<Opened, Refusal>> {
        if handshake.path != SOCKET_PATH {
            return None;
        }
        Some(self.api.open(handshake).await)
    }

    async fn authenticate(&self, token: &str) -> Result<Admission, ChatError> {
        self.api.admit(token).await.map_err(|error| match error {
            AuthError::Unavailable => ChatError::Unavailable {
                perhaps_done: false,
            },
            _ => ChatError::Forbidden("the token does not count"),
        })
    }

    fn encode(&self, event: &Event, _: View, relation: Relation) -> Option<String> {
        let is_typing = matches!(
            event.body,
            EventBody::TypingStarted | EventBody::TypingStopped
        );
        if is_typing && relation != Relation::Other {
            return None;
        }
        events::write_event(event, &self.api.links)
    }

    fn wire_ids(&self) -> WireIds {
        WireIds::Uuid
    }

    async fn issue_credential(&self, user: &User) -> Result<IssuedCredential, StoreError> {
        let services = &self.api.services;
        let token = services
            .identity
            .mint_native_token(&services.app, user, TOKEN_LIFETIME);
        Ok(IssuedCredential {
            token: token.into_exposed(),
            refresh: None,
            expires_at: Some(services.chat.now().plus(TOKEN_LIFETIME)),
        })
    }
}
