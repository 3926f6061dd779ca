//! Every error of the core and its neighbours, as this dialect's clients see it.

use http::StatusCode;
use parlance_core::error::{ChatError, Fault, Subject};
use parlance_identity::{AccountError, AuthError};
use parlance_media::UploadError;
use serde_json::json;

use crate::drf::refused::{BLANK, FORBIDDEN, NOT_AUTHENTICATED, NOT_FOUND, REQUIRED, Refused};

/// A user has one room.
pub(super) const ROOM_TAKEN: &str = "chat room with this user already exists.";
/// Whoever belongs to the desk has none.
pub(super) const NO_ROOM_FOR_ADMINS: &str = "Admin users cannot have personal chat rooms";
/// No such room, on routes that name it in a field.
pub(super) const ROOM_NOT_FOUND: &str = "Chat room not found";
/// No such message in the room.
pub(super) const REPLY_NOT_FOUND: &str = "Reply target message not found";
const UNAVAILABLE: &str = "Service temporarily unavailable, try again later.";

/// `{"error": text}`
pub(super) fn error_key(status: StatusCode, text: &str) -> Refused {
    Refused::new(status, json!({ "error": text }))
}

/// 400 with `{"error": text}`.
pub(super) fn bad(text: &str) -> Refused {
    error_key(StatusCode::BAD_REQUEST, text)
}

/// 404 with `{"error": text}`.
pub(super) fn unknown(text: &str) -> Refused {
    error_key(StatusCode::NOT_FOUND, text)
}

/// 403 with `{"detail": text}`.
pub(super) fn forbidden() -> Refused {
    Refused::detail(StatusCode::FORBIDDEN, FORBIDDEN)
}

/// An error of the core in a REST answer.
pub(super) fn chat_refused(error: ChatError) -> Refused {
    match error {
        ChatError::NotFound(subject) => Refused::detail(StatusCode::NOT_FOUND, missing(subject)),
        ChatError::Forbidden(_) => forbidden(),
        ChatError::Invalid {
            field: "reply_to", ..
        } => unknown(REPLY_NOT_FOUND),
        ChatError::Invalid {
            field: "body",
            fault: Fault::TooLong { max, .. },
        } => too_large(&format!("The message is longer than {max} characters.")),
        ChatError::Invalid { field, fault } => Refused::field(field_name(field), wrong(&fault)),
        ChatError::Exists(_) => Refused::field(super::views::USER, ROOM_TAKEN),
        ChatError::Closed => bad("This chat room is closed."),
        ChatError::TooMany { retry_after } => Refused::throttled(retry_after),
        ChatError::Unavailable { .. } => unavailable(),
    }
}

/// An error of the core as the text of an error frame.
pub(super) fn chat_text(error: ChatError) -> String {
    let refused = chat_refused(error);
    let error = refused
        .body
        .get("error")
        .and_then(serde_json::Value::as_str);
    error.map_or_else(|| refused.text(), str::to_owned)
}

const fn missing(subject: Subject) -> &'static str {
    match subject {
        Subject::Conversation => "No ChatRoom matches the given query.",
        Subject::Message => "No ChatMessage matches the given query.",
        _ => NOT_FOUND,
    }
}

/// The core's fields under the names that clients know.
fn field_name(field: &str) -> &str {
    match field {
        "body" => "message",
        "attachments" => "attachment",
        "members" | "member" => "user",
        other => other,
    }
}

fn wrong(fault: &Fault) -> String {
    match fault {
        Fault::Required => REQUIRED.to_owned(),
        Fault::Blank => BLANK.to_owned(),
        Fault::TooLong { max, .. } => {
            format!("Ensure this field has no more than {max} characters.")
        }
        Fault::Unknown => "Object does not exist.".to_owned(),
        Fault::Taken => "This is taken.".to_owned(),
        Fault::Malformed(expected) => format!("Expected: {expected}."),
    }
}

fn too_large(text: &str) -> Refused {
    error_key(StatusCode::PAYLOAD_TOO_LARGE, text)
}

fn unavailable() -> Refused {
    Refused::detail(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE)
}

/// A token that opens nothing, at a route that it should open.
pub(super) fn token_refused(error: AuthError) -> Refused {
    let coded = |text: &str, code: &str| {
        let body = json!({ "detail": text, "code": code });
        Refused::new(StatusCode::UNAUTHORIZED, body)
    };
    let why = match error {
        AuthError::Missing => {
            return Refused::detail(StatusCode::UNAUTHORIZED, NOT_AUTHENTICATED);
        }
        AuthError::InactiveUser => return coded("User is inactive", "user_inactive"),
        AuthError::UnknownUser => return coded("User not found", "user_not_found"),
        AuthError::Unavailable => return unavailable(),
        AuthError::Expired => "Token is expired",
        AuthError::WrongType => "Token has wrong type",
        AuthError::Malformed
        | AuthError::BadSignature
        | AuthError::Revoked
        | AuthError::WrongAlgorithm => "Token is invalid",
    };
    let body = json!({
        "detail": "Given token not valid for any token type",
        "code": "token_not_valid",
        "messages": [
            { "token_class": "AccessToken", "token_type": "access", "message": why },
        ],
    });
    Refused::new(StatusCode::UNAUTHORIZED, body)
}

/// A token that was handed in to be looked at or replaced, and is not good.
pub(super) fn handed_in_refused(error: AuthError) -> Refused {
    if error == AuthError::Unavailable {
        return unavailable();
    }
    let body = json!({ "detail": "Token is invalid", "code": "token_not_valid" });
    Refused::new(StatusCode::UNAUTHORIZED, body)
}

/// A refused login; `wrong` is what it says of a wrong password.
pub(super) fn login_refused(error: &AccountError, wrong: Refused, inactive: Refused) -> Refused {
    match *error {
        AccountError::Inactive => inactive,
        AccountError::TooManyAttempts { retry_after } => Refused::throttled(retry_after),
        AccountError::Unavailable => unavailable(),
        AccountError::InvalidCredentials
        | AccountError::Taken(_)
        | AccountError::PasswordTooShort { .. }
        | AccountError::PasswordTooLong { .. } => wrong,
    }
}

/// A refused file.
pub(super) fn upload_refused(error: &UploadError) -> Refused {
    match error {
        UploadError::Empty => bad("The submitted file is empty."),
        UploadError::TooLarge { max_bytes } => {
            let megabytes = max_bytes / (1024 * 1024);
            too_large(&format!("The file is larger than {megabytes} MB."))
        }
        UploadError::NotAllowed | UploadError::BrokenImage => bad("The picture is broken."),
        UploadError::TooManyPixels { .. } => bad("The picture has too many pixels."),
        UploadError::Interrupted => bad("The upload broke off."),
        UploadError::Unavailable => error_key(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_error_of_the_core_has_its_status() {
        let long = Fault::TooLong { len: 3, max: 2 };
        let rows = [
            (ChatError::NotFound(Subject::Message), 404),
            (ChatError::Forbidden("x"), 403),
            (ChatError::invalid("body", Fault::Blank), 400),
            (ChatError::invalid("body", long), 413),
            (ChatError::invalid("reply_to", Fault::Unknown), 404),
            (
                ChatError::Exists(parlance_core::ids::ConversationId(1)),
                400,
            ),
            (ChatError::Closed, 400),
            (
                ChatError::TooMany {
                    retry_after: Duration::from_secs(1),
                },
                429,
            ),
            (
                ChatError::Unavailable {
                    perhaps_done: false,
                },
                503,
            ),
        ];
        for (error, status) in rows {
            let refused = chat_refused(error.clone());
            assert_eq!(refused.status.as_u16(), status, "{error:?}");
            assert!(!chat_text(error.clone()).is_empty(), "{error:?}");
        }
    }

    #[test]
    fn a_refused_token_says_why() {
        let inner = |error| token_refused(error).body["messages"][0]["message"].clone();
        assert_eq!(inner(AuthError::Expired), "Token is expired");
        assert_eq!(inner(AuthError::WrongType), "Token has wrong type");
        assert_eq!(inner(AuthError::BadSignature), "Token is invalid");
        let inactive = token_refused(AuthError::InactiveUser);
        assert_eq!(inactive.body["code"], "user_inactive");
        let unknown = token_refused(AuthError::UnknownUser);
        assert_eq!(unknown.body["code"], "user_not_found");
        assert_eq!(token_refused(AuthError::Missing).status.as_u16(), 401);
    }
}
