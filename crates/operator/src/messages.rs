//! Messages: reading, and posting as a user or as the system.

use axum::Json;
use http::StatusCode;
use parlance_core::clock::Timestamp;
use parlance_core::command::{Anchor, PostAs, SendMessage};
use parlance_dialects::native::objects::MessageKind;
use parlance_dialects::native::problem::Problem;
use parlance_dialects::native::request::{Ids, Json as JsonBody, Query};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::auth::Host;
use crate::conversations::{default_kind, post_as};
use crate::named::{self, UserName};
use crate::objects::{Message, MessageHistory};
use crate::users::page_size;

/// Which messages; at most one of `before` and `after`, none for the newest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// Those right before this `seq`.
    #[param(required = false, nullable = false)]
    before: Option<i64>,
    /// Those right after this `seq`.
    #[param(required = false, nullable = false)]
    after: Option<i64>,
    /// How many at most: 1 to 200, 50 unless said.
    #[param(required = false, nullable = false)]
    limit: Option<usize>,
}

/// A stretch of a conversation's messages, oldest first.
#[utoipa::path(
    get, path = "/parlance/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = String, Path, description = "Id or uuid"), HistoryQuery),
    responses((status = 200, body = MessageHistory)),
)]
pub(crate) async fn list_messages(
    host: Host,
    Ids(id): Ids<String>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<MessageHistory>, Problem> {
    let anchor = match (query.before, query.after) {
        (None, None) => Anchor::Newest,
        (Some(seq), None) => Anchor::Before(seq),
        (None, Some(seq)) => Anchor::After(seq),
        (Some(_), Some(_)) => {
            return Err(Problem::invalid("before", "only one of before and after"));
        }
    };
    let (named, limit) = (named::conversation(&id)?, page_size(query.limit)?);
    let chat = &host.services.chat;
    let page = chat
        .list_messages(&host.principal(), named, anchor, limit, true)
        .await?;
    let (uuid, ids, links) = (page.conversation.head.uuid, host.wire_ids(), host.links());
    let messages = page.messages.iter();
    Ok(Json(MessageHistory {
        items: messages
            .map(|m| Message::new(m, uuid, &page.people, ids, &links))
            .collect(),
        has_before: page.has_before,
        has_after: page.has_after,
    }))
}

/// On whose behalf to post.
#[derive(Debug)]
enum Author {
    System,
    User(UserName),
}

impl<'de> Deserialize<'de> for Author {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value == "system" {
            return Ok(Self::System);
        }
        let user = UserName::deserialize(value).map_err(serde::de::Error::custom)?;
        Ok(Self::User(user))
    }
}

impl PartialSchema for Author {
    fn schema() -> RefOr<Schema> {
        let either = SchemaType::Array(vec![Type::Integer, Type::String]);
        ObjectBuilder::new()
            .schema_type(either)
            .description(Some("A user's id, uuid or external:…, or the word system"))
            .into()
    }
}

impl ToSchema for Author {}

/// A message to be posted.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MessageWish {
    #[serde(rename = "as")]
    author: Author,
    body: String,
    kind: Option<MessageKind>,
    #[serde(default)]
    #[schema(required = false)]
    metadata: Option<Value>,
    /// Posted again with the same one, the first message is answered.
    client_id: Option<String>,
    /// For history; now unless said.
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
}

/// Posts a message as a user or as the system.
#[utoipa::path(
    post, path = "/parlance/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = String, Path, description = "Id or uuid")),
    request_body = MessageWish,
    responses(
        (status = 201, body = Message),
        (status = 200, body = Message, description = "It was stored before, under the same client_id"),
    ),
)]
pub(crate) async fn post_message(
    host: Host,
    Ids(id): Ids<String>,
    JsonBody(wish): JsonBody<MessageWish>,
) -> Result<(StatusCode, Json<Message>), Problem> {
    let named = named::conversation(&id)?;
    let post_as = match &wish.author {
        Author::System => PostAs::System,
        Author::User(user) => post_as(&host, Some(user), "as").await?,
    };
    let command = SendMessage {
        kind: wish.kind.unwrap_or(default_kind(post_as)).into(),
        metadata: wish.metadata,
        client_id: wish.client_id,
        post_as,
        created_at: wish.created_at,
        ..SendMessage::text(named, wish.body)
    };
    let chat = &host.services.chat;
    let sent = chat.send_message(&host.principal(), command).await?;
    let status = if sent.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let uuid = sent.conversation.head.uuid;
    let (ids, links) = (host.wire_ids(), host.links());
    let message = Message::new(&sent.message, uuid, &sent.people, ids, &links);
    Ok((status, Json(message)))
}
