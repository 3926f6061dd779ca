//! The DriveCash dialect: a lending site with a support desk. Every user has one room; the other
//! side of all rooms is the whole team of admins.
//!
//! Integer ids, routes that end in a slash, access and refresh tokens in the form of SimpleJWT.
//! Rooms are desk conversations; admins are the app's staff. Numbers such as DC-3 are those of the
//! contract's feature list.

mod accounts;
mod addresses;
mod auth;
mod conversations;
mod encode;
mod errors;
mod frames;
mod handshake;
mod messages;
mod notifications;
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

use self::addresses::{Bases, Links};
use crate::contract::{
    Dialect, Handshake, IssuedCredential, Opened, Refusal, Relation, View, WireIds,
};
use crate::drf::routing::Routes;
use crate::services::Services;

/// What is read of one message with a file: a refused file is read to its end, so that the client is
/// done sending and reads the answer, but not without end.
const UPLOAD_REQUEST_BYTES: usize = 64 * 1024 * 1024;

/// The dialect for one app.
pub(crate) fn build(services: Services) -> Arc<dyn Dialect> {
    let bases = Arc::new(Bases::default());
    let desk = Desk { services, bases };
    Arc::new(DriveCash { desk })
}

/// What requests and handshakes work with.
#[derive(Clone)]
struct Desk {
    services: Services,
    bases: Arc<Bases>,
}

struct DriveCash {
    desk: Desk,
}

#[async_trait]
impl Dialect for DriveCash {
    fn name(&self) -> &'static str {
        "drivecash"
    }

    fn routes(&self) -> Router {
        let desk = self.desk.clone();
        let logged_in = from_fn_with_state(desk.clone(), auth::require);
        let request_bytes = desk.services.chat.limits().request_bytes;
        let open = open_routes().into_router(|router| router);
        let protected =
            protected_routes().into_router(|router| router.route_layer(logged_in.clone()));
        let media = Router::new().route("/media/chat_attachments/{name}", get(uploads::file));
        let sending = sending_routes().into_router(|router| router.route_layer(logged_in));
        open.merge(protected)
            .merge(media)
            .layer(DefaultBodyLimit::max(request_bytes))
            .merge(sending.layer(DefaultBodyLimit::max(UPLOAD_REQUEST_BYTES)))
            .with_state(desk)
    }

    async fn open(&self, handshake: &Handshake<'_>) -> Option<Result<Opened, Refusal>> {
        handshake::open(&self.desk, handshake).await
    }

    fn encode(&self, event: &Event, view: View, relation: Relation) -> Option<String> {
        self.encode_all(event, view, relation).into_iter().next()
    }

    fn encode_all(&self, event: &Event, view: View, relation: Relation) -> Vec<String> {
        let services = &self.desk.services;
        let base = self.desk.bases.base(view);
        let links = Links::new(Arc::clone(&services.app), base, services.chat.now());
        encode::encode(event, relation, &links)
    }

    fn wire_ids(&self) -> WireIds {
        WireIds::Integer
    }

    async fn issue_credential(&self, user: &User) -> Result<IssuedCredential, StoreError> {
        let services = &self.desk.services;
        let rules = accounts::token_rules();
        let pair = services.identity.issue_pair(&services.app, user, &rules);
        Ok(IssuedCredential {
            token: pair.access.into_exposed(),
            refresh: Some(pair.refresh.into_exposed()),
            expires_at: Some(pair.access_expires_at),
        })
    }
}

/// Routes that anybody may ask.
fn open_routes() -> Routes<Desk> {
    use accounts::{log_in, needs_mail, refresh, token, verify};
    Routes::new()
        .at("/api/token/", post(token))
        .at("/api/token/refresh/", post(refresh))
        .at("/api/accounts/token/refresh/", post(refresh))
        .at("/api/accounts/token/verify/", post(verify))
        .at("/api/accounts/login/", post(log_in))
        .at("/api/accounts/admin/login/step1/", post(needs_mail))
        .at("/api/accounts/admin/login/step2/", post(needs_mail))
        .at("/api/accounts/register/", post(needs_mail))
        .at("/api/accounts/verify-otp/", post(needs_mail))
        .at("/api/accounts/password-reset-request/", post(needs_mail))
        .at("/api/accounts/password-reset/", post(needs_mail))
}

/// Routes for whoever is logged in.
fn protected_routes() -> Routes<Desk> {
    use conversations as rooms;
    let room = get(rooms::detail).patch(rooms::update).put(rooms::update);
    let message = get(messages::detail)
        .patch(messages::update)
        .put(messages::update);
    Routes::new()
        .at("/api/chat/", get(rooms::index))
        .at("/api/chat/rooms/", get(rooms::list).post(rooms::create))
        .at("/api/chat/rooms/my_room/", get(rooms::mine))
        .at("/api/chat/rooms/user/{id}/", get(rooms::by_user))
        .at("/api/chat/rooms/{id}/", room.delete(rooms::delete))
        .at("/api/chat/rooms/{id}/messages/", get(rooms::history))
        .at(
            "/api/chat/rooms/{id}/mark_as_read/",
            post(rooms::mark_as_read),
        )
        .at(
            "/api/chat/messages/room_messages/",
            get(messages::room_messages),
        )
        .at("/api/chat/messages/{id}/", message.delete(messages::delete))
        .at(
            "/api/chat/messages/{id}/mark_read/",
            post(messages::mark_read),
        )
        .at("/api/chat/notifications/", get(notifications::list))
        .at(
            "/api/chat/notifications/mark_all_read/",
            post(notifications::mark_all_read),
        )
        .at("/api/chat/notifications/{id}/", get(notifications::detail))
        .at(
            "/api/chat/notifications/{id}/mark_read/",
            post(notifications::mark_read),
        )
        .at("/api/accounts/profile/", get(accounts::profile))
        .at("/api/notifications/", get(accounts::notices))
}

/// Routes that take messages, whose files make bodies larger than others.
fn sending_routes() -> Routes<Desk> {
    Routes::new()
        .at(
            "/api/chat/messages/",
            get(messages::list).post(messages::send),
        )
        .at("/api/chat/messages/{id}/reply/", post(messages::reply))
}
