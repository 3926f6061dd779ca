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
use crate::drf::routing::Routes;
use crate::services::Services;

/// What is read of one upload's request: a refused file is read to its end, so that the client is
/// done sending and reads the answer, but not without end.
const UPLOAD_REQUEST_BYTES: usize = 64 * 1024 * 1024;

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
        let logged_in = from_fn_with_state(services.clone(), auth::require);
        let request_bytes = services.chat.limits().request_bytes;
        let usual = open_routes().into_router(|router| router);
        let usual = usual
            .merge(protected_routes().into_router(|router| router.route_layer(logged_in.clone())));
        let media = media_routes().route_layer(logged_in.clone());
        let uploads = upload_routes().into_router(|router| router.route_layer(logged_in));
        usual
            .merge(media)
            .layer(DefaultBodyLimit::max(request_bytes))
            .merge(uploads.layer(DefaultBodyLimit::max(UPLOAD_REQUEST_BYTES)))
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
fn open_routes() -> Routes<Services> {
    Routes::new()
        .at("/api/auth/users/register/", post(accounts::register))
        .at("/api/auth/users/login/", post(accounts::log_in))
}

/// Routes for whoever is logged in.
fn protected_routes() -> Routes<Services> {
    use conversations::{create, delete, detail, list, start};
    Routes::new()
        .at("/api/auth/users/profile/", get(accounts::profile))
        .at("/api/chat/conversations/", get(list).post(create))
        .at("/api/chat/conversations/start_conversation/", post(start))
        .at("/api/chat/conversations/{id}/", get(detail).delete(delete))
        .at(
            "/api/chat/conversations/{id}/messages/",
            get(messages::history),
        )
        .at(
            "/api/chat/conversations/{id}/send_message/",
            post(messages::send),
        )
        .at("/api/chat/messages/", get(messages::all))
        .at("/api/chat/messages/{id}/", get(messages::detail))
        .at("/api/chat/search/", get(messages::search))
}

/// Stored files, which have no slash at the end.
fn media_routes() -> Router<Services> {
    Router::new()
        .route("/media/chat_images/{name}", get(uploads::picture))
        .route("/media/chat_files/{name}", get(uploads::file))
}

/// Routes whose bodies are larger than others.
fn upload_routes() -> Routes<Services> {
    Routes::new()
        .at("/api/chat/upload-image/", post(uploads::upload_image))
        .at("/api/chat/upload-file/", post(uploads::upload_file))
}
