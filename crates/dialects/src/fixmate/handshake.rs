//! Opening sockets: who, and onto what. Whatever is wrong is refused before the upgrade.

use http::StatusCode;
use parlance_core::command::{MarkRead, ReadTarget};
use parlance_core::error::{ChatError, ErrorKind};
use parlance_core::ids::ConversationId;
use parlance_core::presence::Attendance;
use parlance_core::principal::{Principal, UserPrincipal};
use parlance_core::topic::Topic;

use super::auth;
use super::encode::{CHAT, NOTIFICATIONS};
use super::session::{ChatSession, NotificationSession};
use crate::contract::{Admission, Handshake, Listen, Opened, Refusal, Session};
use crate::drf::origin;
use crate::drf::query::Query;
use crate::services::Services;

/// What a socket's path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Chat(ConversationId),
    /// A chat socket, but of no conversation that could be.
    NoChat,
    Notifications,
    Unknown,
}

/// `None`: no path of ours.
fn target(path: &str) -> Option<Target> {
    let path = path.strip_prefix("/ws/")?;
    if path == "notifications/" {
        return Some(Target::Notifications);
    }
    let id = path
        .strip_prefix("chat/")
        .and_then(|id| id.strip_suffix('/'));
    let Some(id) = id.filter(|id| !id.is_empty() && !id.contains('/')) else {
        return Some(Target::Unknown);
    };
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Target::NoChat);
    }
    Some(
        id.parse()
            .map_or(Target::NoChat, |id| Target::Chat(ConversationId(id))),
    )
}

pub(super) async fn open(
    services: &Services,
    handshake: &Handshake<'_>,
) -> Option<Result<Opened, Refusal>> {
    let target = target(handshake.path)?;
    if target == Target::Unknown {
        return Some(Err(Refusal::status(StatusCode::NOT_FOUND)));
    }
    Some(
        admit(services, handshake, target)
            .await
            .map_err(Refusal::status),
    )
}

async fn admit(
    services: &Services,
    handshake: &Handshake<'_>,
    target: Target,
) -> Result<Opened, StatusCode> {
    let principal = who(services, handshake).await?;
    let user = principal.user.id;
    let (session, topic, view, attendance): (Box<dyn Session>, _, _, _) = match target {
        Target::Chat(id) => {
            open_chat(services, &principal, id).await?;
            let attendance = Attendance::Conversation(user, id);
            (
                Box::new(ChatSession::new(id)),
                Topic::Conversation(id),
                CHAT,
                attendance,
            )
        }
        Target::Notifications => {
            let attendance = Attendance::Everything(user);
            (
                Box::new(NotificationSession),
                Topic::User(user),
                NOTIFICATIONS,
                attendance,
            )
        }
        Target::NoChat | Target::Unknown => return Err(StatusCode::FORBIDDEN),
    };
    let listen = Listen {
        topic,
        view,
        attendance: Some(attendance),
    };
    Ok(Opened {
        session,
        admission: Some(Admission {
            principal,
            listen: vec![listen],
        }),
        subprotocol: None,
    })
}

/// Lets members in; everything that the others wrote becomes read, and they are told if anything
/// was unread.
///
/// Here and not when the socket is up: what arrives while it is open must stay unread until
/// `mark_read`, and whoever asks right after the handshake must find the rest read. The new socket
/// does not listen yet and so does not hear of it.
async fn open_chat(
    services: &Services,
    principal: &UserPrincipal,
    id: ConversationId,
) -> Result<(), StatusCode> {
    let wish = MarkRead {
        conversation: id.into(),
        target: ReadTarget::All,
        announce_unchanged: false,
    };
    let by = Principal::User(principal.clone());
    let read = services.chat.mark_read(&by, wish).await;
    read.map(drop).map_err(|error| status_of(&error))
}

/// A token in the address or in the header alone decides (rule 8); else the cookie, which only
/// opens sockets for pages of our own (rule 7).
async fn who(services: &Services, handshake: &Handshake<'_>) -> Result<UserPrincipal, StatusCode> {
    let query = Query::parse(handshake.query);
    let header = auth::header_token(handshake.headers).map_err(|refused| refused.status);
    let token = match query.get("token") {
        Some(token) => Some(token.to_owned()),
        None => header?,
    };
    let principal = match token {
        Some(token) => {
            let found = services.identity.authenticate_opaque(&services.app, &token);
            found
                .await
                .map_err(|error| super::errors::token_refused(error).status)?
        }
        None if !origin::is_own(handshake.headers, &services.app.profile) => {
            return Err(StatusCode::FORBIDDEN);
        }
        None => {
            let found = auth::by_cookie(services, handshake.headers).await;
            found.map_err(|refused| refused.status)?
        }
    };
    match principal {
        Principal::User(user) => Ok(user),
        Principal::App(_) => Err(StatusCode::FORBIDDEN),
    }
}

/// What may not be known is refused like what may not be done: the client cannot tell them apart.
const fn status_of(error: &ChatError) -> StatusCode {
    match error.kind() {
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::Invalid | ErrorKind::Conflict => {
            StatusCode::FORBIDDEN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_a_socket_or_none() {
        let rows = [
            ("/ws/chat/12/", Some(Target::Chat(ConversationId(12)))),
            ("/ws/chat/abc/", Some(Target::NoChat)),
            ("/ws/chat/-1/", Some(Target::NoChat)),
            ("/ws/chat/99999999999999999999/", Some(Target::NoChat)),
            ("/ws/chat/12", Some(Target::Unknown)),
            ("/ws/chat//", Some(Target::Unknown)),
            ("/ws/chat/1/2/", Some(Target::Unknown)),
            ("/ws/notifications/", Some(Target::Notifications)),
            ("/ws/notifications", Some(Target::Unknown)),
            ("/ws/other/", Some(Target::Unknown)),
            ("/v1/ws", None),
        ];
        for (path, expected) in rows {
            assert_eq!(target(path), expected, "{path}");
        }
    }
}
