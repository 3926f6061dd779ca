//! Every error of the core and its neighbours, as this dialect's clients see it.

use http::StatusCode;
use parlance_core::account::TakenField;
use parlance_core::error::{ChatError, Fault, Subject};
use parlance_identity::{AccountError, AuthError};
use parlance_media::UploadError;
use serde_json::json;

use crate::drf::refused::{
    BLANK, FORBIDDEN, INACTIVE, INVALID_TOKEN, NOT_AUTHENTICATED, NOT_FOUND, REQUIRED, Refused,
};

/// A job has one conversation at most.
pub(super) const JOB_TAKEN: &str = "conversation with this job already exists.";

/// An error of the core in a REST answer.
pub(super) fn chat_refused(error: ChatError) -> Refused {
    match error {
        ChatError::NotFound(subject) => Refused::detail(StatusCode::NOT_FOUND, missing(subject)),
        ChatError::Forbidden(_) => Refused::detail(StatusCode::FORBIDDEN, FORBIDDEN),
        ChatError::Invalid { field, fault } => Refused::field(field_name(field), wrong(&fault)),
        ChatError::Exists(_) => Refused::field("job", JOB_TAKEN),
        ChatError::Closed => {
            Refused::detail(StatusCode::BAD_REQUEST, "This conversation is closed.")
        }
        ChatError::TooMany { retry_after } => Refused::throttled(retry_after),
        ChatError::Unavailable { .. } => Refused::unavailable(),
    }
}

/// An error of the core as the text of an error frame.
pub(super) fn chat_text(error: ChatError) -> String {
    match error {
        // Fields have other names in frames, and a frame has but one text.
        ChatError::Invalid {
            field: "attachments",
            ..
        } => BAD_FILE.to_owned(),
        other => chat_refused(other).text(),
    }
}

/// An address that no upload of the sender returned.
pub(super) const BAD_FILE: &str = "This is not the address of a file that you uploaded.";

const fn missing(subject: Subject) -> &'static str {
    match subject {
        Subject::Conversation => "No Conversation matches the given query.",
        Subject::Message => "No Message matches the given query.",
        Subject::User | Subject::App | Subject::Member | Subject::Attachment => NOT_FOUND,
    }
}

/// The core's fields under the names that clients know.
fn field_name(field: &str) -> &str {
    match field {
        "body" => "content",
        "attachments" => "image_url",
        "members" | "member" => "non_field_errors",
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

/// A token that opens nothing: 403, never 401.
pub(super) fn token_refused(error: AuthError) -> Refused {
    let text = match error {
        AuthError::Missing => NOT_AUTHENTICATED,
        AuthError::InactiveUser | AuthError::UnknownUser => INACTIVE,
        AuthError::Malformed
        | AuthError::BadSignature
        | AuthError::Expired
        | AuthError::WrongType
        | AuthError::Revoked
        | AuthError::WrongAlgorithm => INVALID_TOKEN,
        AuthError::Unavailable => return Refused::unavailable(),
    };
    Refused::detail(StatusCode::FORBIDDEN, text)
}

/// A refused registration or login.
pub(super) fn account_refused(error: &AccountError) -> Refused {
    match *error {
        AccountError::Taken(TakenField::Username | TakenField::ExternalId) => {
            Refused::field("username", "A user with that username already exists.")
        }
        AccountError::PasswordTooShort { min_chars } => {
            let text = format!("Ensure this field has at least {min_chars} characters.");
            Refused::field("password", text)
        }
        AccountError::PasswordTooLong { max_bytes } => {
            let text = format!("Ensure this field has no more than {max_bytes} bytes.");
            Refused::field("password", text)
        }
        AccountError::InvalidCredentials => Refused::non_field("Invalid credentials"),
        AccountError::Inactive => Refused::non_field("User account is disabled."),
        AccountError::TooManyAttempts { retry_after } => Refused::throttled(retry_after),
        AccountError::Unavailable => Refused::unavailable(),
    }
}

/// A refused upload, under the key that the client shows.
pub(super) fn upload_refused(error: &UploadError) -> Refused {
    match error {
        UploadError::Empty => bad_upload("The submitted file is empty."),
        UploadError::TooLarge { max_bytes } => {
            let megabytes = max_bytes / (1024 * 1024);
            bad_upload(&format!("The file is larger than {megabytes} MB."))
        }
        UploadError::NotAllowed | UploadError::BrokenImage => {
            bad_upload("Upload a valid image: PNG, JPEG, GIF or WebP.")
        }
        UploadError::TooManyPixels { .. } => bad_upload("The picture has too many pixels."),
        UploadError::Interrupted => bad_upload("The upload broke off."),
        UploadError::Unavailable => with_error_key(Refused::unavailable()),
    }
}

/// 400 of an upload.
pub(super) fn bad_upload(text: &str) -> Refused {
    error_key(StatusCode::BAD_REQUEST, text)
}

/// `{"error": text}`, on the routes marked E.
pub(super) fn error_key(status: StatusCode, text: &str) -> Refused {
    Refused::new(status, json!({ "error": text }))
}

/// A refusal on a route marked E: its text under `error` as well, which is what the client shows.
pub(super) fn with_error_key(mut refused: Refused) -> Refused {
    let text = refused.text();
    refused.body = json!({ "error": text, "detail": text });
    refused
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_error_of_the_core_has_its_status() {
        let rows = [
            (ChatError::NotFound(Subject::Message), 404),
            (ChatError::Forbidden("x"), 403),
            (ChatError::invalid("body", Fault::Blank), 400),
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
            assert!(!refused.text().is_empty(), "{error:?}");
            assert!(!chat_text(error.clone()).is_empty(), "{error:?}");
        }
    }

    #[test]
    fn a_refusal_of_the_core_names_the_clients_field() {
        let refused = chat_refused(ChatError::invalid("body", Fault::Blank));
        assert_eq!(refused.body, json!({ "content": [BLANK] }));
    }

    #[test]
    fn no_refused_token_is_401() {
        assert_eq!(token_refused(AuthError::Revoked).text(), INVALID_TOKEN);
        assert_eq!(token_refused(AuthError::InactiveUser).text(), INACTIVE);
        assert_eq!(
            token_refused(AuthError::Expired).status,
            StatusCode::FORBIDDEN
        );
    }
}
