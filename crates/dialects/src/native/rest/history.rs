//! Reading a conversation: pages of messages, and what changed since a revision.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use parlance_core::command::Anchor;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::page_size;
use crate::native::Api;
use crate::native::auth::Caller;
use crate::native::objects::{Changes, ConversationChanges, Message, MessageHistory};
use crate::native::problem::Problem;
use crate::native::request::{Ids, Query};
use crate::native::translate::members;

/// Which messages; at most one of `before`, `after` and `around`, none for the newest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// How many at most: 1 to 200, 50 unless said.
    #[param(required = false, nullable = false)]
    limit: Option<usize>,
    /// Those right before this `seq`.
    #[param(required = false, nullable = false)]
    before: Option<i64>,
    /// Those right after this `seq`.
    #[param(required = false, nullable = false)]
    after: Option<i64>,
    /// Half before, half from this `seq` on.
    #[param(required = false, nullable = false)]
    around: Option<i64>,
}

impl HistoryQuery {
    fn anchor(&self) -> Result<Anchor, Problem> {
        match (self.before, self.after, self.around) {
            (None, None, None) => Ok(Anchor::Newest),
            (Some(seq), None, None) => Ok(Anchor::Before(seq)),
            (None, Some(seq), None) => Ok(Anchor::After(seq)),
            (None, None, Some(seq)) => Ok(Anchor::Around(seq)),
            (Some(_), ..) => Err(Problem::invalid("before", ONE_ANCHOR)),
            (None, ..) => Err(Problem::invalid("after", ONE_ANCHOR)),
        }
    }
}

const ONE_ANCHOR: &str = "only one of before, after and around";

/// A stretch of a conversation's messages, oldest first.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = Uuid, Path, description = "The conversation"), HistoryQuery),
    responses((status = 200, body = MessageHistory)),
)]
pub(super) async fn list_messages(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<MessageHistory>, Problem> {
    let chat = &api.services.chat;
    let (anchor, limit) = (query.anchor()?, page_size(query.limit, chat.limits())?);
    let page = chat.list_messages(&by, id, anchor, limit, true).await?;
    // The page knows the members only as the cache has them; their marks have to be the present ones.
    let (view, people) = chat.conversation(&by, id).await?;
    let messages = page.messages.iter();
    let items = messages.map(|m| Message::new(m, id, &page.people, &api.links));
    Ok(Json(MessageHistory {
        items: items.collect(),
        has_before: page.has_before,
        has_after: page.has_after,
        members: members(&view, &people),
    }))
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesQuery {
    /// The highest revision that the client has of the conversation.
    since: i64,
    /// The epoch when the client last heard; with another one than the present the answer is a reset.
    #[param(required = false, nullable = false)]
    epoch: Option<Uuid>,
    /// How many messages at most: 1 to 500.
    #[param(required = false, nullable = false)]
    limit: Option<usize>,
}

/// What changed in one conversation since a revision.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/changes", tag = "messages",
    params(("id" = Uuid, Path, description = "The conversation"), ChangesQuery),
    responses((status = 200, body = Changes)),
)]
pub(super) async fn list_changes(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<Changes>, Problem> {
    let chat = &api.services.chat;
    let epoch = chat.epoch();
    let most = chat.limits().changes;
    let limit = query.limit.unwrap_or(most);
    if !(1..=most).contains(&limit) {
        let fault = format!("has to be between 1 and {most}");
        return Err(Problem::invalid("limit", fault));
    }
    let mut changes = chat.changes_since(&by, id, query.since).await?;
    let reset = query.epoch.is_some_and(|known| known != epoch);
    if changes.messages.len() > limit {
        changes.messages.truncate(limit);
        changes.has_more = true;
        changes.revision = changes
            .messages
            .last()
            .map_or(query.since, |last| last.revision);
    }
    let conversation = (!reset).then(|| ConversationChanges::new(&changes, &api.links));
    Ok(Json(Changes {
        epoch,
        reset,
        conversations: conversation.into_iter().collect(),
        removed: Vec::new(),
    }))
}
