//! Conversations: listing, making, changing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use parlance_core::clock::Timestamp;
use parlance_core::command::{CreateConversation, ListConversations, UpdateConversation};
use parlance_core::conversation::{Context as CoreContext, ConversationKind as CoreKind};
use parlance_core::error::ChatError;
use parlance_core::ids::{ConversationId, UserId};
use parlance_core::member::{NewMember, Party};
use parlance_core::principal::Principal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{idempotency_key, page_size};
use crate::native::Api;
use crate::native::auth::Caller;
use crate::native::cursor;
use crate::native::objects::{
    Conversation, ConversationKind, ConversationPage, ConversationStatus,
};
use crate::native::problem::Problem;
use crate::native::request::{Ids, Json as JsonBody, Query};
use crate::native::wishes::null_or_value;

/// The part that the staff side of a desk conversation plays.
const STAFF_PART: &str = "support";
/// The part of somebody of whom nothing is said.
const DEFAULT_PART: &str = "member";

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// How many at most: 1 to 200, 50 unless said.
    #[param(required = false, nullable = false)]
    limit: Option<usize>,
    /// From the page before.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
    /// Only with this status.
    #[param(required = false, nullable = false)]
    status: Option<ConversationStatus>,
    /// Only those that the caller put away, or only the others.
    #[param(required = false, nullable = false)]
    archived: Option<bool>,
}

/// Where a page ended.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    active_at: i64,
    conversation: i64,
}

/// The caller's conversations, newest activity first.
#[utoipa::path(
    get, path = "/v1/conversations", tag = "conversations", params(ListQuery),
    responses((status = 200, body = ConversationPage)),
)]
pub(super) async fn list_conversations(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<ConversationPage>, Problem> {
    let chat = &api.services.chat;
    let after = query.cursor.as_deref().map(cursor::read::<Position>);
    let after = after.transpose()?.map(|position| {
        let active_at = Timestamp::from_micros(position.active_at);
        (active_at, ConversationId(position.conversation))
    });
    let wish = ListConversations {
        status: query.status.map(Into::into),
        archived: query.archived,
        after,
        limit: page_size(query.limit, chat.limits())?,
        ..ListConversations::default()
    };
    let list = chat.list_conversations(&by, &wish).await?;
    let last = list.items.last().filter(|_| list.has_more);
    let next_cursor = last.map(|view| {
        cursor::write(&Position {
            active_at: view.conversation.last_activity_at.as_micros(),
            conversation: view.conversation.head.id.0,
        })
    });
    let items = list.items.iter();
    let items = items.map(|view| Conversation::new(view, &list.people, &api.links));
    Ok(Json(ConversationPage {
        items: items.collect(),
        next_cursor,
    }))
}

/// A user in a conversation-to-be.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MemberWish {
    /// Who.
    user: Uuid,
    /// The part to be played.
    part: String,
}

/// What a conversation is to be about.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ContextWish {
    /// job, appointment, loan …
    kind: String,
    /// The host's id of it.
    id: Option<String>,
    /// Its title.
    title: Option<String>,
    /// Where the host shows it.
    url: Option<String>,
    /// Whatever else the host wants back.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    metadata: Map<String, Value>,
}

/// A conversation to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewConversation {
    /// Who is in it; the caller is added.
    #[serde(default)]
    members: Vec<MemberWish>,
    /// `desk` adds the app's staff as the other side.
    kind: Option<ConversationKind>,
    /// Title or subject.
    title: Option<String>,
    /// What it is about.
    context: Option<ContextWish>,
    /// Kept beside the conversation.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    metadata: Map<String, Value>,
}

/// Makes a conversation. With a header `Idempotency-Key`, the second time answers with the first.
#[utoipa::path(
    post, path = "/v1/conversations", tag = "conversations", request_body = NewConversation,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    responses((status = 201, body = Conversation), (status = 200, body = Conversation)),
)]
pub(super) async fn create_conversation(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    headers: HeaderMap,
    JsonBody(wish): JsonBody<NewConversation>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let kind = wish.kind.map_or(CoreKind::Direct, Into::into);
    let caller = by.user_id().unwrap_or(UserId(0));
    let unique_key = idempotency_key(&headers)?.map(|key| format!("once:{caller}:{key}"));
    let command = CreateConversation {
        kind,
        members: members(&api, &by, kind, wish.members).await?,
        title: wish.title,
        context: wish.context.map(ContextWish::into_core),
        metadata: wish.metadata,
        unique_key,
        created_at: None,
    };
    let opened = api.services.chat.create_conversation(&by, command).await?;
    let status = if opened.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let conversation = Conversation::new(&opened.view, &opened.people, &api.links);
    Ok((status, Json(conversation)))
}

/// Those wished for, the caller, and the staff side where it belongs.
async fn members(
    api: &Api,
    by: &Principal,
    kind: CoreKind,
    wished: Vec<MemberWish>,
) -> Result<Vec<NewMember>, Problem> {
    let mut members = Vec::with_capacity(wished.len() + 2);
    for (at, wish) in wished.into_iter().enumerate() {
        let user = match api.services.chat.user(by, wish.user).await {
            Ok(user) => user.id,
            Err(ChatError::NotFound(_)) => {
                let field = format!("members[{at}].user");
                return Err(Problem::invalid(field, "names nobody of this app"));
            }
            Err(other) => return Err(other.into()),
        };
        members.push(NewMember {
            party: Party::User(user),
            part: wish.part,
        });
    }
    if kind == CoreKind::Desk {
        members.push(NewMember {
            party: Party::Staff,
            part: STAFF_PART.to_owned(),
        });
    }
    if let Some(user) = by.user() {
        let own = Party::User(user.id);
        let stands_for_staff = kind == CoreKind::Desk && user.is_staff;
        if !stands_for_staff && members.iter().all(|member| member.party != own) {
            let part = if user.role.is_empty() {
                DEFAULT_PART
            } else {
                &user.role
            };
            members.push(NewMember {
                party: own,
                part: part.to_owned(),
            });
        }
    }
    Ok(members)
}

impl ContextWish {
    fn into_core(self) -> CoreContext {
        CoreContext {
            kind: self.kind,
            id: self.id,
            title: self.title,
            url: self.url,
            metadata: self.metadata,
        }
    }
}

/// One conversation.
#[utoipa::path(
    get, path = "/v1/conversations/{id}", tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 200, body = Conversation)),
)]
pub(super) async fn get_conversation(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
) -> Result<Json<Conversation>, Problem> {
    let (view, people) = api.services.chat.conversation(&by, id).await?;
    Ok(Json(Conversation::new(&view, &people, &api.links)))
}

/// What is to be changed; what is not there stays.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(
    clippy::option_option,
    reason = "the two levels are the point: absent, null, value"
)]
pub(super) struct ConversationPatch {
    /// New title; null takes it away.
    #[serde(default, deserialize_with = "null_or_value")]
    #[schema(value_type = Option<String>, required = false)]
    title: Option<Option<String>>,
    /// New status.
    #[schema(nullable = false)]
    status: Option<ConversationStatus>,
}

/// Changes title or status.
#[utoipa::path(
    patch, path = "/v1/conversations/{id}", tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    request_body = ConversationPatch, responses((status = 200, body = Conversation)),
)]
pub(super) async fn update_conversation(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    JsonBody(patch): JsonBody<ConversationPatch>,
) -> Result<Json<Conversation>, Problem> {
    let update = UpdateConversation {
        title: patch.title,
        status: patch.status.map(Into::into),
        ..UpdateConversation::default()
    };
    let chat = &api.services.chat;
    let (view, people) = chat.update_conversation(&by, id, update).await?;
    Ok(Json(Conversation::new(&view, &people, &api.links)))
}

/// What the caller's party wants.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MembershipPatch {
    /// Notifications off or on.
    #[schema(nullable = false)]
    muted: Option<bool>,
    /// Put away or back.
    #[schema(nullable = false)]
    archived: Option<bool>,
}

/// Mutes or archives the conversation for the caller's party alone.
#[utoipa::path(
    patch, path = "/v1/conversations/{id}/membership", tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    request_body = MembershipPatch, responses((status = 200, body = Conversation)),
)]
pub(super) async fn update_membership(
    State(api): State<Arc<Api>>,
    Caller(by): Caller,
    Ids(id): Ids<Uuid>,
    JsonBody(patch): JsonBody<MembershipPatch>,
) -> Result<Json<Conversation>, Problem> {
    let chat = &api.services.chat;
    let (view, people) = chat
        .update_membership(&by, id, patch.muted, patch.archived)
        .await?;
    Ok(Json(Conversation::new(&view, &people, &api.links)))
}
