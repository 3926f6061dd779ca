//! Every error of the core and its neighbours, as this dialect's clients see it.

use http::StatusCode;
use parlance_core::error::{ChatError, Fault, Subject};
use parlance_identity::AccountError;
use parlance_media::UploadError;
use serde_json::json;

use crate::drf::refused::{FORBIDDEN, NOT_FOUND, Refused};

/// No such thread, or not for this user: nobody learns which.
pub(super) const NO_THREAD: &str = "Thread not found";
/// A message without words.
pub(super) const NO_BODY: &str = "body is required";
/// A thread without a subject.
pub(super) const NO_SUBJECT: &str = "Subject is required";
/// A registration or login without one of them.
pub(super) const NO_LOGIN: &str = "Email and password are required";
/// A login that is none.
pub(super) const BAD_LOGIN: &str = "Invalid credentials";
/// An address of a file that its app does not know.
pub(super) const NO_FILE: &str = "File not found";

/// `{"error": text, "message": text}`: the web page shows the one, the phone app the other.
pub(super) fn app(status: StatusCode, text: impl Into<String>) -> Refused {
    let text = text.into();
    Refused::new(status, json!({ "error": text, "message": text }))
}

/// 400 in that form.
pub(super) fn bad(text: impl Into<String>) -> Refused {
    app(StatusCode::BAD_REQUEST, text)
}

/// 404 for a thread.
pub(super) fn no_thread() -> Refused {
    app(StatusCode::NOT_FOUND, NO_THREAD)
}

/// 404 for a file.
pub(super) fn no_file() -> Refused {
    app(StatusCode::NOT_FOUND, NO_FILE)
}

/// An error of the core in a REST answer.
pub(super) fn chat_refused(error: ChatError) -> Refused {
    match error {
        ChatError::NotFound(subject) => app(StatusCode::NOT_FOUND, missing(subject)),
        ChatError::Forbidden(_) => Refused::detail(StatusCode::FORBIDDEN, FORBIDDEN),
        ChatError::TooMany { retry_after } => Refused::throttled(retry_after),
        ChatError::Unavailable { .. } => Refused::unavailable(),
        ChatError::Exists(_) => app(StatusCode::CONFLICT, "This exists already"),
        ChatError::Closed => bad("Thread is closed"),
        ChatError::Invalid { field, fault } => bad(wrong(field, &fault)),
    }
}

/// An error of the core as the text of an error frame.
pub(super) fn chat_text(error: ChatError) -> String {
    let refused = chat_refused(error);
    let text = refused.body["error"].as_str().map(str::to_owned);
    text.unwrap_or_else(|| refused.text())
}

const fn missing(subject: Subject) -> &'static str {
    match subject {
        Subject::Conversation => NO_THREAD,
        Subject::Message => "Message not found",
        Subject::Attachment => NO_FILE,
        Subject::User | Subject::App | Subject::Member => NOT_FOUND,
    }
}

/// The core's fields under the names that clients know.
fn wrong(field: &str, fault: &Fault) -> String {
    let name = match field {
        "title" => "Subject",
        // The addresses that travel with a message are kept there.
        "metadata" => "attachments",
        other => other,
    };
    match fault {
        Fault::Required | Fault::Blank => format!("{name} is required"),
        Fault::TooLong { max, .. } => format!("{name} is longer than {max}"),
        Fault::Unknown => format!("{name} does not exist"),
        Fault::Taken => format!("{name} is taken"),
        Fault::Malformed(expected) => format!("{name}: expected {expected}"),
    }
}

/// A refused registration.
pub(super) fn registration_refused(error: &AccountError) -> Refused {
    match *error {
        AccountError::Taken(_) => bad("User with this email already exists"),
        AccountError::PasswordTooShort { min_chars } => bad(format!(
            "Password must have at least {min_chars} characters"
        )),
        AccountError::PasswordTooLong { max_bytes } => {
            bad(format!("Password must have at most {max_bytes} bytes"))
        }
        AccountError::InvalidCredentials | AccountError::Inactive => login_refused(error),
        AccountError::TooManyAttempts { retry_after } => Refused::throttled(retry_after),
        AccountError::Unavailable => Refused::unavailable(),
    }
}

/// A refused login. Whoever is switched off is not told apart.
pub(super) fn login_refused(error: &AccountError) -> Refused {
    match *error {
        AccountError::TooManyAttempts { retry_after } => Refused::throttled(retry_after),
        AccountError::Unavailable => Refused::unavailable(),
        AccountError::Taken(_)
        | AccountError::PasswordTooShort { .. }
        | AccountError::PasswordTooLong { .. }
        | AccountError::InvalidCredentials
        | AccountError::Inactive => app(StatusCode::UNAUTHORIZED, BAD_LOGIN),
    }
}

/// A refused upload.
pub(super) fn upload_refused(error: &UploadError) -> Refused {
    match error {
        UploadError::Empty => bad("The file is empty"),
        UploadError::TooLarge { max_bytes } => {
            let megabytes = max_bytes / (1024 * 1024);
            let text = format!("The file is larger than {megabytes} MB");
            app(StatusCode::PAYLOAD_TOO_LARGE, text)
        }
        UploadError::NotAllowed => bad("This kind of file is not allowed"),
        UploadError::BrokenImage => bad("The picture is broken"),
        UploadError::TooManyPixels { .. } => bad("The picture has too many pixels"),
        UploadError::Interrupted => bad("The upload broke off"),
        UploadError::Unavailable => Refused::unavailable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_error_of_the_core_has_its_status_and_a_text() {
        let later = Duration::from_secs(1);
        let rows = [
            (ChatError::NotFound(Subject::Conversation), 404),
            (ChatError::Forbidden("x"), 403),
            (ChatError::invalid("body", Fault::Blank), 400),
            (
                ChatError::Exists(parlance_core::ids::ConversationId(1)),
                409,
            ),
            (ChatError::Closed, 400),
            (ChatError::TooMany { retry_after: later }, 429),
            (ChatError::Unavailable { perhaps_done: true }, 503),
        ];
        for (error, status) in rows {
            let refused = chat_refused(error.clone());
            assert_eq!(refused.status.as_u16(), status, "{error:?}");
            assert!(!chat_text(error.clone()).is_empty(), "{error:?}");
        }
        let blank = ChatError::invalid("body", Fault::Blank);
        assert_eq!(chat_refused(blank).body["error"], NO_BODY);
    }

    #[test]
    fn whoever_is_switched_off_is_told_what_a_wrong_password_is_told() {
        let (wrong, inactive) = (AccountError::InvalidCredentials, AccountError::Inactive);
        assert_eq!(login_refused(&wrong), login_refused(&inactive));
    }
}
