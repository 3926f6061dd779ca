//! Opening sockets: one a user, for all threads. Whatever is wrong is refused before the upgrade.

use http::StatusCode;
use parlance_core::presence::Attendance;
use parlance_core::principal::{Principal, UserPrincipal};
use parlance_core::topic::Topic;
use parlance_identity::AuthError;

use super::encode::{MEMBER, STAFF};
use super::session::DeskSession;
use super::tokens;
use crate::contract::{Admission, Handshake, Listen, Opened, Refusal};
use crate::drf::query::Query;
use crate::services::Services;

pub(super) async fn open(
    services: &Services,
    handshake: &Handshake<'_>,
) -> Option<Result<Opened, Refusal>> {
    if !matches!(handshake.path, "/chat/ws/" | "/chat/ws") {
        return None;
    }
    let principal = who(services, handshake.query).await;
    Some(principal.map(welcome).map_err(Refusal::status))
}

/// The token of the address alone counts; whatever is wrong with it is 403.
async fn who(services: &Services, query: &str) -> Result<UserPrincipal, StatusCode> {
    let query = Query::parse(query);
    let token = query.get("token").unwrap_or_default();
    match tokens::authenticate(services, token).await {
        Ok(Principal::User(user)) => Ok(user),
        Err(AuthError::Unavailable) => Err(StatusCode::SERVICE_UNAVAILABLE),
        Ok(Principal::App(_)) | Err(_) => Err(StatusCode::FORBIDDEN),
    }
}

/// Everybody hears of threads of their own; whoever is of the staff, of all.
fn welcome(principal: UserPrincipal) -> Opened {
    let user = &principal.user;
    let mut listen = vec![Listen {
        topic: Topic::User(user.id),
        view: MEMBER,
        attendance: Some(Attendance::Everything(user.id)),
    }];
    if user.is_staff {
        listen.push(Listen {
            topic: Topic::Staff(user.app),
            view: STAFF,
            attendance: Some(Attendance::Staff(user.app)),
        });
    }
    Opened {
        session: Box::new(DeskSession),
        admission: Some(Admission { principal, listen }),
        subprotocol: None,
    }
}
