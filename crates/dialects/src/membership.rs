//! The Membership Auto dialect: a member and a support desk, one socket a user for all threads.
//!
//! UUIDs everywhere, routes that end in a slash, access and refresh tokens for members, one opaque
//! key for whoever works at the desk. A thread is a desk conversation: its owner is a member by
//! name, support is the staff side. Numbers such as MA-3 are those of the contract's feature list.

mod accounts;
mod addresses;
mod auth;
mod conversations;
mod desk;
mod encode;
mod errors;
mod export;
mod frames;
mod handshake;
mod messages;
mod outgoing;
mod search;
mod session;
mod staff;
mod status;
mod tokens;
mod uploads;
mod views;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use http::StatusCode;
use parlance_core::error::StoreError;
use parlance_core::event::Event;
use parlance_core::user::User;
use serde_json::json;

use crate::contract::{
    Dialect, Handshake, IssuedCredential, Opened, Refusal, Relation, View, WireIds,
};
use crate::drf::refused::json_response;
use crate::drf::routing::Routes;
use crate::services::Services;

/// Where the pages and the phone app look for the routes of accounts.
const ACCOUNT_ROUTES: [&str; 3] = ["/api/auth", "/api/users", "/users"];
/// Where the pages look for threads.
const CHAT_ROUTES: &str = "/api/chat";
/// Where the phone app does; one of its notes leaves `/api` out.
const PHONE_ROUTES: [&str; 2] = ["/api/chats", "/chats"];

/// What is read of one upload's request: a refused file is read to its end, so that the client is
/// done sending and reads the answer, but not without end.
const UPLOAD_REQUEST_BYTES: usize = 64 * 1024 * 1024;

/// The dialect for one app.
pub(crate) fn build(services: Services) -> Arc<dyn Dialect> {
    Arc::new(Membership { services })
}

struct Membership {
    services: Services,
}

#[async_trait]
impl Dialect for Membership {
    fn name(&self) -> &'static str {
        "membership"
    }

    fn routes(&self) -> Router {
        let services = self.services.clone();
        let logged_in = from_fn_with_state(services.clone(), auth::require);
        let staff_only = from_fn_with_state(services.clone(), auth::require_staff);
        let request_bytes = services.chat.limits().request_bytes;
        let open = open_routes().into_router(|router| router);
        let protected = protected_routes().into_router(|router| router.route_layer(logged_in));
        let staff = staff_routes().into_router(|router| router.route_layer(staff_only));
        let uploads = from_fn_with_state(services.clone(), auth::require);
        let uploads = upload_routes().into_router(|router| router.route_layer(uploads));
        let usual = open.merge(protected).merge(staff);
        usual
            .layer(DefaultBodyLimit::max(request_bytes))
            .merge(uploads.layer(DefaultBodyLimit::max(UPLOAD_REQUEST_BYTES)))
            .merge(file_routes())
            .with_state(services)
    }

    async fn open(&self, handshake: &Handshake<'_>) -> Option<Result<Opened, Refusal>> {
        handshake::open(&self.services, handshake).await
    }

    fn encode(&self, event: &Event, view: View, relation: Relation) -> Option<String> {
        encode::encode(&self.services.app, event, view, relation)
    }

    fn wire_ids(&self) -> WireIds {
        WireIds::Uuid
    }

    async fn issue_credential(&self, user: &User) -> Result<IssuedCredential, StoreError> {
        Ok(tokens::issue(&self.services, user))
    }
}

/// Routes that anybody may ask.
fn open_routes() -> Routes<Services> {
    let mut routes = Routes::new().at_either("/api/admin/auth/login/", post(staff::log_in));
    for base in ACCOUNT_ROUTES {
        routes = routes
            .at_either(&format!("{base}/register/"), post(accounts::register))
            .at_either(&format!("{base}/login/"), post(accounts::log_in))
            .at_either(&format!("{base}/refresh/"), post(accounts::refresh));
    }
    routes
}

/// Routes for whoever is logged in.
fn protected_routes() -> Routes<Services> {
    let mut routes = Routes::new()
        .at_either("/api/users/profile/", get(accounts::profile))
        .at_either("/users/profile/", get(accounts::profile))
        .at_either("/api/files/presign/", post(uploads::presign))
        .at_either(
            &format!("{CHAT_ROUTES}/threads/"),
            get(conversations::list).post(conversations::create),
        );
    for base in PHONE_ROUTES {
        routes = routes.at_either(
            &format!("{base}/threads/"),
            get(conversations::list).post(conversations::create_on_phone),
        );
    }
    for base in [CHAT_ROUTES].into_iter().chain(PHONE_ROUTES) {
        routes = thread_routes(routes, base);
    }
    routes
}

/// Routes below one thread, and search over all.
fn thread_routes(routes: Routes<Services>, base: &str) -> Routes<Services> {
    let thread = format!("{base}/threads/{{id}}");
    routes
        .at_either(
            &format!("{thread}/"),
            get(conversations::detail).patch(conversations::update),
        )
        .at_either(
            &format!("{thread}/messages/"),
            get(messages::history).post(messages::send),
        )
        .at_either(
            &format!("{thread}/messages/{{message}}/reactions/"),
            post(messages::add_reaction).delete(messages::remove_reaction),
        )
        .at_either(&format!("{thread}/mark-read/"), post(messages::mark_read))
        .at_either(&format!("{thread}/export/"), get(export::export))
        .at_either(&format!("{base}/messages/search/"), get(search::own))
}

/// Routes whose bodies are larger than others.
fn upload_routes() -> Routes<Services> {
    Routes::new().at_either("/api/files/upload/", post(uploads::upload))
}

/// Routes for whoever works at the desk.
fn staff_routes() -> Routes<Services> {
    let threads = "/api/admin/chat/threads";
    Routes::new()
        .at_either("/api/admin/auth/verify/", get(staff::verify))
        .at_either("/api/admin/settings/", get(staff::settings))
        .at_either("/api/admin/chat/messages/search/", get(search::all))
        .at_either(&format!("{threads}/"), get(desk::inbox))
        .at_either(&format!("{threads}/{{id}}/"), get(desk::detail))
        .at_either(
            &format!("{threads}/{{id}}/assign/"),
            put(desk::assign).post(desk::assign),
        )
}

/// Addresses that carry their own permission, and the sign of life: none ends in a slash.
fn file_routes() -> Router<Services> {
    let healthy = || async { json_response(StatusCode::OK, &json!({ "status": "healthy" })) };
    Router::new()
        .route("/health", get(healthy))
        .route(
            &format!("{}{{id}}", addresses::UPLOADS),
            put(uploads::take_in).layer(DefaultBodyLimit::max(UPLOAD_REQUEST_BYTES)),
        )
        .route(
            &format!("{}{{id}}/{{key}}/{{name}}", addresses::FILES),
            get(uploads::announced_file),
        )
        .route(
            &format!("{}{{name}}/{{key}}", addresses::STORED),
            get(uploads::stored_file),
        )
}
