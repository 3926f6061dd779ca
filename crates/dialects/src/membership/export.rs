//! A thread as a file (MA-27).

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::auth::Caller;
use super::conversations::find;
use super::errors::bad;
use super::messages;
use super::views::{self, SUPPORT};
use crate::drf::query::Query;
use crate::drf::refused::Refused;
use crate::services::Services;

/// `GET /api/chat/threads/{id}/export/?format=json` or `txt`
pub(super) async fn export(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Refused> {
    let (view, people) = find(&services, &caller, &id).await?;
    let format = query.get("format").unwrap_or("json");
    if !["json", "txt"].contains(&format) {
        return Err(bad("format has to be json or txt"));
    }
    let messages = messages::all(&services, &caller, &id, None).await?;
    let mut thread = views::thread(&services.app, &view, &people, &[]);
    // They stand beside it.
    if let Some(thread) = thread.as_object_mut() {
        thread.remove("messages");
    }
    let member = views::owner(&view.members, &people);
    let member = member.map_or_else(String::new, |user| user.display_name());
    let (content_type, body) = if format == "txt" {
        let text = as_text(&thread, &member, &messages);
        ("text/plain; charset=utf-8", text)
    } else {
        let body = json!({ "thread": thread, "messages": messages });
        ("application/json", body.to_string())
    };
    let name = format!(
        "attachment; filename=\"thread-{}.{format}\"",
        view.conversation.head.uuid
    );
    let name = HeaderValue::try_from(name).map_err(|_| Refused::not_found())?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((StatusCode::OK, headers, body).into_response())
}

/// A heading, then a paragraph a message.
fn as_text(thread: &Value, member: &str, messages: &[Value]) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![
        format!("Subject: {}", text(&thread["subject"])),
        format!("Member: {member}"),
        format!("Status: {}", text(&thread["status"])),
        format!("Opened: {}", text(&thread["created_at"])),
    ];
    for message in messages {
        let who = if message["sender"] == SUPPORT {
            "Support"
        } else {
            member
        };
        let at = text(&message["created_at"]);
        lines.push(String::new());
        lines.push(format!("[{at}] {who}:"));
        lines.push(text(&message["body"]));
        let files = message["attachments"].as_array().into_iter().flatten();
        lines.extend(files.map(|file| format!("Attachment: {}", text(file))));
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_who_said_what_and_when() {
        let thread = json!({ "subject": "Noise", "status": "open", "created_at": "2026-01-02" });
        let messages = [
            json!({ "sender": "user", "body": "It\nrattles", "created_at": "1", "attachments": ["u"] }),
            json!({ "sender": "support", "body": "Come in", "created_at": "2", "attachments": [] }),
        ];
        let expected = "Subject: Noise\nMember: Alice\nStatus: open\nOpened: 2026-01-02\n\n\
                        [1] Alice:\nIt\nrattles\nAttachment: u\n\n[2] Support:\nCome in\n";
        assert_eq!(as_text(&thread, "Alice", &messages), expected);
    }
}
