//! Opening sockets: who, and onto which room. Whatever is wrong is refused before the upgrade: a
//! client whose socket opens forgets how often it has tried.

use http::StatusCode;
use parlance_core::error::{ChatError, ErrorKind};
use parlance_core::ids::ConversationId;
use parlance_core::presence::Attendance;
use parlance_core::principal::{Principal, UserPrincipal};
use parlance_core::topic::Topic;
use parlance_identity::AuthError;

use super::addresses::Links;
use super::session::RoomSession;
use super::{Desk, auth, conversations};
use crate::contract::{Admission, Handshake, Listen, Opened, Refusal};
use crate::drf::origin;
use crate::drf::query::Query;

/// What a socket's path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Room(ConversationId),
    Unknown,
}

/// `None`: no path of ours.
fn target(path: &str) -> Option<Target> {
    let rest = path.strip_prefix("/ws/chat/")?;
    let id = rest.strip_suffix('/').filter(|id| !id.is_empty());
    let id = id.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(id) = id else {
        return Some(Target::Unknown);
    };
    // A number that is too large is a room that does not exist.
    let id = id.parse().unwrap_or(i64::MAX);
    Some(Target::Room(ConversationId(id)))
}

pub(super) async fn open(
    desk: &Desk,
    handshake: &Handshake<'_>,
) -> Option<Result<Opened, Refusal>> {
    let opened = match target(handshake.path)? {
        Target::Unknown => Err(StatusCode::NOT_FOUND),
        Target::Room(room) => {
            let opened = admit(desk, handshake, room).await;
            // Nobody but the log is told why.
            opened.map_err(|refused| {
                let Refused { status, why } = refused;
                tracing::info!(
                    room.id = room.0,
                    status = status.as_u16(),
                    why,
                    "refused a socket"
                );
                status
            })
        }
    };
    Some(opened.map_err(Refusal::status))
}

/// Why a socket is not opened.
struct Refused {
    status: StatusCode,
    why: String,
}

impl From<AuthError> for Refused {
    fn from(error: AuthError) -> Self {
        let status = match error {
            AuthError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        };
        let why = error.to_string();
        Self { status, why }
    }
}

impl From<ChatError> for Refused {
    /// What may not be known is refused like what may not be done.
    fn from(error: ChatError) -> Self {
        let status = match error.kind() {
            ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::NotFound
            | ErrorKind::Forbidden
            | ErrorKind::Invalid
            | ErrorKind::Conflict => StatusCode::FORBIDDEN,
        };
        let why = error.to_string();
        Self { status, why }
    }
}

async fn admit(
    desk: &Desk,
    handshake: &Handshake<'_>,
    room: ConversationId,
) -> Result<Opened, Refused> {
    let principal = who(desk, handshake).await?;
    let by = Principal::User(principal.clone());
    conversations::may_read(&desk.services, &by, room).await?;
    let (app, chat) = (&desk.services.app, &desk.services.chat);
    let base = origin::base_address(handshake.headers, &app.profile).unwrap_or_default();
    let view = desk.bases.view(&base);
    let user = principal.user.clone();
    let attendance = Attendance::Conversation(user.id, room);
    let links = Links::new(app.clone(), base.into(), chat.now());
    let listen = Listen {
        topic: Topic::Conversation(room),
        view,
        attendance: Some(attendance),
    };
    Ok(Opened {
        session: Box::new(RoomSession::new(room, user, links)),
        admission: Some(Admission {
            principal,
            listen: vec![listen],
        }),
        subprotocol: None,
    })
}

/// The token in the address; where there is none, the one in the header.
async fn who(desk: &Desk, handshake: &Handshake<'_>) -> Result<UserPrincipal, AuthError> {
    let query = Query::parse(handshake.query);
    let token = match query.get("token") {
        Some(token) => Some(token.to_owned()),
        None => auth::header_token(handshake.headers).map_err(|_| AuthError::Malformed)?,
    };
    let token = token.ok_or(AuthError::Missing)?;
    match auth::verify(&desk.services, &token).await? {
        Principal::User(user) => Ok(user),
        Principal::App(_) => Err(AuthError::WrongType),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_a_room_or_none() {
        let room = |id| Some(Target::Room(ConversationId(id)));
        let rows = [
            ("/ws/chat/12/", room(12)),
            ("/ws/chat/99999999999999999999/", room(i64::MAX)),
            ("/ws/chat/undefined/", Some(Target::Unknown)),
            ("/ws/chat/-1/", Some(Target::Unknown)),
            ("/ws/chat/12", Some(Target::Unknown)),
            ("/ws/chat//", Some(Target::Unknown)),
            ("/ws/chat/1/2/", Some(Target::Unknown)),
            ("/ws/notifications/", None),
            ("/v1/ws", None),
        ];
        for (path, expected) in rows {
            assert_eq!(target(path), expected, "{path}");
        }
    }
}
