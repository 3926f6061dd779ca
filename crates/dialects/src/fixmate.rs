//! The FixMate dialect: customers and providers, two to a conversation, normally about one job.
//!
//! Integer ids, routes that end in a slash, one opaque token a user, and a session cookie that goes
//! along with it, because the shipped web client opens its sockets with nothing else. Numbers such
//! as FX-3 are those of the contract's feature list.

mod accounts;
mod addresses;
mod auth;
mod conversations;
mod cookies;
mod encode;
mod errors;
mod frames;
mod handshake;
mod messages;
mod outgoing;
mod session;
mod uploads;
mod views;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use parlance_core::error::StoreError;
use parlance_core::event::Event;
use parlance_core::user::User;

use crate::contract::{
    Dialect, Handshake, IssuedCredential, Opened, Refusal, Relation, View, WireIds,
};
use crate::drf::routing::route;
use crate::services::Services;

/// The dialect for one app.
pub(crate) fn build(services: Services) -> Arc<dyn Dialect> {
    Arc::new(FixMate { services })
}

struct FixMate {
    services: Services,
}

#[async_trait]
impl Dialect for FixMate {
    fn name(&self) -> &'static str {
        "fixmate"
    }

    fn routes(&self) -> Router {
        let services = self.services.clone();
        let request_bytes = services.chat.limits().request_bytes;
        protected_routes()
            .route_layer(from_fn_with_state(services.clone(), auth::require))
            .merge(open_routes())
            .layer(DefaultBodyLimit::max(request_bytes))
            .merge(upload_routes().route_layer(from_fn_with_state(services.clone(), auth::require)))
            .with_state(services)
    }

    async fn open(&self, handshake: &Handshake<'_>) -> Option<Result<Opened, Refusal>> {
        handshake::open(&self.services, handshake).await
    }

    fn encode(&self, event: &Event, view: View, relation: Relation) -> Option<String> {
        encode::encode(event, view, relation)
    }

    fn wire_ids(&self) -> WireIds {
        WireIds::Integer
    }

    async fn issue_credential(&self, user: &User) -> Result<IssuedCredential, StoreError> {
        let token = self
            .services
            .identity
            .opaque_token(&self.services.app, user);
        let token = token
            .await
            .map_err(|error| StoreError::Failed(format!("a token was not made: {error}")))?;
        Ok(IssuedCredential {
            token: token.into_exposed(),
            refresh: None,
            expires_at: None,
        })
    }
}

/// Routes that anybody may ask.
fn open_routes() -> Router<Services> {
    let router = Router::new();
    let router = route(
        router,
        "/api/auth/users/register/",
        post(accounts::register),
    );
    route(router, "/api/auth/users/login/", post(accounts::log_in))
}

/// Routes for whoever is logged in.
fn protected_routes() -> Router<Services> {
    let router = Router::new();
    let router = route(router, "/api/auth/users/profile/", get(accounts::profile));
    let router = route(
        router,
        "/api/chat/conversations/",
        get(conversations::list).post(conversations::create),
    );
    let router = route(
        router,
        "/api/chat/conversations/start_conversation/",
        post(conversations::start),
    );
    let router = route(
        router,
        "/api/chat/conversations/{id}/",
        get(conversations::detail).delete(conversations::delete),
    );
    let router = route(
        router,
        "/api/chat/conversations/{id}/messages/",
        get(messages::history),
    );
    let router = route(
        router,
        "/api/chat/conversations/{id}/send_message/",
        post(messages::send),
    );
    let router = route(router, "/api/chat/messages/", get(messages::all));
    let router = route(router, "/api/chat/messages/{id}/", get(messages::detail));
    let router = route(router, "/api/chat/search/", get(messages::search));
    router
        .route("/media/chat_images/{name}", get(uploads::picture))
        .route("/media/chat_files/{name}", get(uploads::file))
}

/// Routes whose bodies are larger than others, with a limit of their own.
fn upload_routes() -> Router<Services> {
    let router = Router::new();
    let router = route(
        router,
        "/api/chat/upload-image/",
        post(uploads::upload_image),
    );
    let router = route(router, "/api/chat/upload-file/", post(uploads::upload_file));
    router.layer(DefaultBodyLimit::disable())
}
