//! Looking for words.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use parlance_core::command::SearchMessages;
use parlance_core::ids::MessageId;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use super::page_size;
use crate::native::Api;
use crate::native::auth::Caller;
use crate::native::cursor;
use crate::native::objects::{Message, MessagePage};
use crate::native::problem::Problem;
use crate::native::request::Query;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// A part of the text, case ignored, every character literal.
    q: String,
    /// Only in this conversation.
    #[param(required = false, nullable = false)]
    conversation: Option<Uuid>,
    /// How many at most: 1 to 200, 50 unless said.
    #[param(required = false, nullable = false)]
    limit: Option<usize>,
    /// From the page before.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
}

/// Where a page ended.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    found: i64,
}

/// Messages that hold the words, of what the caller may read, newest first.
#[utoipa::path(
    get, path = "/v1/search", tag = "messages", params(SearchQuery),
    responses((status = 200, body = MessagePage)),
)]
pub(super) async fn search_messages(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Query(query): Query<SearchQuery>,
) -> Result<Json<MessagePage>, Problem> {
    let chat = &api.services.chat;
    let before = query.cursor.as_deref().map(cursor::read::<Position>);
    let wish = SearchMessages {
        text: query.q,
        conversation: query.conversation.map(Into::into),
        before: before
            .transpose()?
            .map(|position| MessageId(position.found)),
        limit: page_size(query.limit, chat.limits())?,
    };
    let list = chat.search_messages(&by, wish).await?;
    let last = list.messages.last().filter(|_| list.has_more);
    let next_cursor = last.map(|message| {
        cursor::write(&Position {
            found: message.id.0,
        })
    });
    Ok(Json(MessagePage {
        items: Message::from_list(&list, &api.links),
        next_cursor,
    }))
}
