//! Conversations, with their history where the host has one.

use axum::Json;
use http::StatusCode;
use parlance_core::clock::Timestamp;
use parlance_core::command::{
    CreateConversation, ListConversations, PostAs, SendMessage, UpdateConversation,
};
use parlance_core::conversation::{Context, ConversationKind as CoreKind};
use parlance_core::ids::{ConversationId, UserId};
use parlance_core::member::{NewMember, Party};
use parlance_dialects::native::cursor;
use parlance_dialects::native::objects::{ConversationKind, ConversationStatus, MessageKind};
use parlance_dialects::native::problem::Problem;
use parlance_dialects::native::request::{Ids, Json as JsonBody, Query};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::Host;
use crate::named::{self, HostId, UserName};
use crate::objects::{Conversation, ConversationPage};
use crate::users::PageQuery;

/// The part of the staff side when nobody of it is named.
const STAFF_PART: &str = "support";

/// A user in a conversation.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MemberWish {
    pub(crate) user: UserName,
    /// The part to be played.
    pub(crate) part: String,
}

/// What a conversation is about.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ContextWish {
    /// job, appointment, loan …
    kind: String,
    /// The host's id of it; without one it gets a fresh integer.
    id: Option<HostId>,
    title: Option<String>,
    url: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    metadata: Map<String, Value>,
}

impl ContextWish {
    fn into_core(self) -> Context {
        let id = self.id.map_or_else(fresh_integer, |id| id.0);
        Context {
            kind: self.kind,
            id: Some(id),
            title: self.title,
            url: self.url,
            metadata: self.metadata,
        }
    }
}

/// Random enough within an app, and small enough for any client's integers.
fn fresh_integer() -> String {
    let random = Uuid::now_v7().as_u128() as u32;
    (random >> 1).max(1).to_string()
}

/// A message of the history that comes along.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PastMessage {
    /// Who wrote it; null for the system.
    from: Option<UserName>,
    text: String,
    kind: Option<MessageKind>,
    #[serde(default)]
    #[schema(required = false)]
    metadata: Option<Value>,
    /// When; now unless said.
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
}

/// A conversation to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConversationWish {
    /// `desk`: staff who are named among the members stand for the staff side, which is added anyway.
    kind: Option<ConversationKind>,
    members: Vec<MemberWish>,
    title: Option<String>,
    context: Option<ContextWish>,
    /// With a key that a living conversation has already, that one is answered and nothing is made.
    unique_key: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    metadata: Map<String, Value>,
    /// In order; unread for everybody but their authors.
    #[serde(default)]
    messages: Vec<PastMessage>,
}

/// Makes a conversation, with members, context and history.
#[utoipa::path(
    post, path = "/parlance/v1/conversations", tag = "conversations",
    request_body = ConversationWish,
    responses(
        (status = 201, body = Conversation),
        (status = 200, body = Conversation, description = "There is one with this unique_key"),
    ),
)]
pub(crate) async fn create_conversation(
    host: Host,
    JsonBody(wish): JsonBody<ConversationWish>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let kind = wish.kind.map_or(CoreKind::Direct, Into::into);
    let members = members(&host, kind, &wish.members).await?;
    let history = history(&host, wish.messages).await?;
    let began = history
        .iter()
        .filter_map(|message| message.created_at)
        .min();
    let command = CreateConversation {
        kind,
        members,
        title: wish.title,
        context: wish.context.map(ContextWish::into_core),
        metadata: wish.metadata,
        unique_key: wish.unique_key,
        created_at: began.map(|began| began.min(host.services.chat.now())),
    };
    let (chat, by) = (&host.services.chat, host.principal());
    let opened = chat.create_conversation(&by, command).await?;
    if !opened.created {
        let found = Conversation::new(&opened.view, &opened.people, host.wire_ids());
        return Ok((StatusCode::OK, Json(found)));
    }
    let id = opened.view.conversation.head.id;
    for message in history {
        let sent = chat.send_message(&by, message.in_conversation(id)).await;
        if let Err(error) = sent {
            // All or nothing: half a history must not be taken for the whole.
            if let Err(error) = chat.delete_conversation(&by, id).await {
                tracing::error!(conversation.id = id.0, error = %error, "half a history stays");
            }
            return Err(error.into());
        }
    }
    let (view, people) = chat.conversation(&by, id).await?;
    let made = Conversation::new(&view, &people, host.wire_ids());
    Ok((StatusCode::CREATED, Json(made)))
}

/// Members by name, and the staff side where it belongs.
async fn members(
    host: &Host,
    kind: CoreKind,
    wished: &[MemberWish],
) -> Result<Vec<NewMember>, Problem> {
    let mut members: Vec<NewMember> = Vec::with_capacity(wished.len() + 1);
    for (at, wish) in wished.iter().enumerate() {
        let field = format!("members[{at}].user");
        let user = wish.user.find_in(host, &field).await?;
        let for_staff = kind == CoreKind::Desk && user.is_staff;
        let party = if for_staff {
            Party::Staff
        } else {
            Party::User(user.id)
        };
        // Several agents are one side.
        if for_staff && members.iter().any(|member| member.party == party) {
            continue;
        }
        members.push(NewMember {
            party,
            part: wish.part.clone(),
        });
    }
    let has_staff = members.iter().any(|member| member.party == Party::Staff);
    if kind == CoreKind::Desk && !has_staff {
        members.push(NewMember {
            party: Party::Staff,
            part: STAFF_PART.to_owned(),
        });
    }
    Ok(members)
}

/// A message whose author is known to exist.
struct Ready {
    post_as: PostAs,
    message: PastMessage,
    created_at: Option<Timestamp>,
}

impl Ready {
    fn in_conversation(self, id: ConversationId) -> SendMessage {
        SendMessage {
            kind: self
                .message
                .kind
                .unwrap_or(default_kind(self.post_as))
                .into(),
            metadata: self.message.metadata,
            post_as: self.post_as,
            created_at: self.created_at,
            ..SendMessage::text(id, self.message.text)
        }
    }
}

async fn history(host: &Host, wished: Vec<PastMessage>) -> Result<Vec<Ready>, Problem> {
    let mut ready = Vec::with_capacity(wished.len());
    for (at, message) in wished.into_iter().enumerate() {
        let field = format!("messages[{at}].from");
        let post_as = post_as(host, message.from.as_ref(), &field).await?;
        ready.push(Ready {
            post_as,
            created_at: message.created_at,
            message,
        });
    }
    Ok(ready)
}

/// As whom to post.
pub(crate) async fn post_as(
    host: &Host,
    user: Option<&UserName>,
    field: &str,
) -> Result<PostAs, Problem> {
    match user {
        None => Ok(PostAs::System),
        Some(user) => user
            .find_in(host, field)
            .await
            .map(|user| PostAs::User(user.id)),
    }
}

/// What the system says is of the kind `system`.
pub(crate) const fn default_kind(post_as: PostAs) -> MessageKind {
    match post_as {
        PostAs::System | PostAs::Myself => MessageKind::System,
        PostAs::User(UserId(_)) => MessageKind::Text,
    }
}

/// Where a page ended.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    active_at: i64,
    conversation: i64,
}

/// The app's conversations, newest activity first.
#[utoipa::path(
    get, path = "/parlance/v1/conversations", tag = "conversations", params(PageQuery),
    responses((status = 200, body = ConversationPage)),
)]
pub(crate) async fn list_conversations(
    host: Host,
    Query(query): Query<PageQuery>,
) -> Result<Json<ConversationPage>, Problem> {
    let after = query.cursor.as_deref().map(cursor::read::<Position>);
    let after = after.transpose()?.map(|position| {
        let active_at = Timestamp::from_micros(position.active_at);
        (active_at, ConversationId(position.conversation))
    });
    let wish = ListConversations {
        after,
        limit: query.limit()?,
        ..ListConversations::default()
    };
    let chat = &host.services.chat;
    let list = chat.list_conversations(&host.principal(), &wish).await?;
    let last = list.items.last().filter(|_| list.has_more);
    let next_cursor = last.map(|view| {
        cursor::write(&Position {
            active_at: view.conversation.last_activity_at.as_micros(),
            conversation: view.conversation.head.id.0,
        })
    });
    let ids = host.wire_ids();
    let items = list.items.iter();
    Ok(Json(ConversationPage {
        items: items
            .map(|view| Conversation::new(view, &list.people, ids))
            .collect(),
        next_cursor,
    }))
}

/// One conversation.
#[utoipa::path(
    get, path = "/parlance/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path, description = "Id or uuid")),
    responses((status = 200, body = Conversation)),
)]
pub(crate) async fn get_conversation(
    host: Host,
    Ids(id): Ids<String>,
) -> Result<Json<Conversation>, Problem> {
    let named = named::conversation(&id)?;
    let chat = &host.services.chat;
    let (view, people) = chat.conversation(&host.principal(), named).await?;
    Ok(Json(Conversation::new(&view, &people, host.wire_ids())))
}

/// Leaves a value, takes it away, or sets it.
#[derive(Debug, Default)]
enum Change<T> {
    #[default]
    Leave,
    Clear,
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<T>::deserialize(deserializer)?;
        Ok(value.map_or(Self::Clear, Self::Set))
    }
}

impl<T> Change<T> {
    #[expect(
        clippy::option_option,
        reason = "the core's form of: leave, take away, set"
    )]
    fn into_core(self) -> Option<Option<T>> {
        match self {
            Self::Leave => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }

    fn map<U>(self, to: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Leave => Change::Leave,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(to(value)),
        }
    }
}

/// What is to be changed; what is not there stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConversationPatch {
    /// Null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false)]
    title: Change<String>,
    #[schema(nullable = false)]
    status: Option<ConversationStatus>,
    /// Null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<ContextWish>, required = false)]
    context: Change<ContextWish>,
    /// Merged key by key; a null takes a key away.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

/// Changes title, status, context or metadata.
#[utoipa::path(
    patch, path = "/parlance/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path, description = "Id or uuid")),
    request_body = ConversationPatch, responses((status = 200, body = Conversation)),
)]
pub(crate) async fn update_conversation(
    host: Host,
    Ids(id): Ids<String>,
    JsonBody(patch): JsonBody<ConversationPatch>,
) -> Result<Json<Conversation>, Problem> {
    let named = named::conversation(&id)?;
    let update = UpdateConversation {
        title: patch.title.into_core(),
        status: patch.status.map(Into::into),
        context: patch.context.map(ContextWish::into_core).into_core(),
        metadata: patch.metadata,
    };
    let chat = &host.services.chat;
    let (view, people) = chat
        .update_conversation(&host.principal(), named, update)
        .await?;
    Ok(Json(Conversation::new(&view, &people, host.wire_ids())))
}

/// Deletes a conversation for everybody.
#[utoipa::path(
    delete, path = "/parlance/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path, description = "Id or uuid")),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete_conversation(
    host: Host,
    Ids(id): Ids<String>,
) -> Result<StatusCode, Problem> {
    let named = named::conversation(&id)?;
    let chat = &host.services.chat;
    chat.delete_conversation(&host.principal(), named).await?;
    Ok(StatusCode::NO_CONTENT)
}
