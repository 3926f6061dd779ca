//! Listing, making, starting and deleting conversations.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use parlance_core::ChatError;
use parlance_core::command::{ConversationView, CreateConversation, ListConversations};
use parlance_core::conversation::{Context, ConversationKind};
use parlance_core::ids::{ConversationId, UserId};
use parlance_core::member::{NewMember, Party};
use parlance_core::people::People;
use parlance_core::principal::Principal;
use parlance_core::user::User;
use serde_json::{Map, Value};

use super::auth::Caller;
use super::errors::{JOB_TAKEN, chat_refused, error_key, with_error_key};
use super::views::{self, CUSTOMER, JOB, PROVIDER, Sides};
use crate::drf::data::Data;
use crate::drf::form::{Form, as_integer};
use crate::drf::refused::{FORBIDDEN, Refused, json_response};
use crate::services::Services;

/// `GET /api/chat/conversations/`: newest activity first.
pub(super) async fn list(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refused> {
    let all = ListConversations::default();
    let found = services.chat.list_conversations(&caller.principal, &all);
    let found = found.await.map_err(chat_refused)?;
    let items = found.items.iter();
    let items = items.map(|view| views::conversation(view, &found.people));
    Ok(json_response(StatusCode::OK, &items.collect::<Value>()))
}

/// `GET /api/chat/conversations/{id}/`
pub(super) async fn detail(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let found = services.chat.conversation(&caller.principal, named(&id)?);
    let (view, people) = found.await.map_err(chat_refused)?;
    Ok(answer(StatusCode::OK, &view, &people))
}

/// `DELETE /api/chat/conversations/{id}/`: gone for both; the core closes its sockets.
pub(super) async fn delete(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let gone = services
        .chat
        .delete_conversation(&caller.principal, named(&id)?);
    gone.await.map_err(chat_refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The conversation of that id in a path; a malformed one is as unknown as any other.
pub(super) fn named(id: &str) -> Result<ConversationId, Refused> {
    let id = id.parse().map(ConversationId);
    id.map_err(|_| Refused::not_found())
}

fn answer(status: StatusCode, view: &ConversationView, people: &People) -> Response {
    json_response(status, &views::conversation(view, people))
}

/// `POST /api/chat/conversations/`: about a job, by one of the two.
pub(super) async fn create(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    data: Data,
) -> Result<Response, Refused> {
    let mut form = Form::new(&data);
    let (job, customer) = (form.integer("job"), form.integer("customer"));
    let (provider, title) = (form.integer("provider"), form.optional("job_title"));
    form.check()?;
    let (Some(job), Some(customer), Some(provider)) = (job, customer, provider) else {
        return Err(Refused::not_found());
    };
    let (customer, provider) = (UserId(customer), UserId(provider));
    // First of all, so that nobody learns which users and jobs there are.
    if ![customer, provider].contains(&caller.user.id) {
        return Err(Refused::detail(StatusCode::FORBIDDEN, FORBIDDEN));
    }
    if customer == provider {
        return Err(Refused::non_field(
            "Customer and provider have to be two people.",
        ));
    }
    for (name, id) in [(CUSTOMER, customer), (PROVIDER, provider)] {
        check_user(&services, &caller.principal, name, id).await?;
    }
    if job_has_conversation(&services, job).await? {
        return Err(Refused::field(JOB, JOB_TAKEN));
    }
    let context = Context {
        kind: JOB.to_owned(),
        id: Some(job.to_string()),
        title,
        url: None,
        metadata: Map::new(),
    };
    let wish = between(customer, provider, Some(context), format!("job:{job}"));
    let opened = services.chat.create_conversation(&caller.principal, wish);
    let opened = opened.await.map_err(chat_refused)?;
    if !opened.created {
        return Err(Refused::field(JOB, JOB_TAKEN));
    }
    Ok(answer(StatusCode::CREATED, &opened.view, &opened.people))
}

async fn check_user(
    services: &Services,
    by: &Principal,
    name: &str,
    id: UserId,
) -> Result<(), Refused> {
    match services.chat.user(by, id).await {
        Ok(user) if user.is_active => Ok(()),
        Ok(_) | Err(ChatError::NotFound(_)) => {
            let text = format!("Invalid pk \"{}\" - object does not exist.", id.0);
            Err(Refused::field(name, text))
        }
        Err(error) => Err(chat_refused(error)),
    }
}

/// Whether any conversation of the app is about the job, also one that the host made and that the
/// caller may not see: so it is looked for on behalf of the app.
async fn job_has_conversation(services: &Services, job: i64) -> Result<bool, Refused> {
    let query = ListConversations {
        context_kind: Some(JOB.to_owned()),
        context_id: Some(job.to_string()),
        limit: 1,
        ..ListConversations::default()
    };
    let app = Principal::App(services.app.id);
    let found = services.chat.list_conversations(&app, &query).await;
    Ok(!found.map_err(chat_refused)?.items.is_empty())
}

fn between(
    customer: UserId,
    provider: UserId,
    context: Option<Context>,
    unique_key: String,
) -> CreateConversation {
    let member = |user, part: &str| NewMember {
        party: Party::User(user),
        part: part.to_owned(),
    };
    CreateConversation {
        kind: ConversationKind::Direct,
        members: vec![member(customer, CUSTOMER), member(provider, PROVIDER)],
        title: None,
        context,
        metadata: Map::new(),
        unique_key: Some(unique_key),
        created_at: None,
    }
}

/// `POST /api/chat/conversations/start_conversation/` (E): the newest conversation of a customer
/// with a provider, made if there is none. Of calls at the same time one makes it.
pub(super) async fn start(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    data: Result<Data, Refused>,
) -> Result<Response, Refused> {
    let data = data.map_err(with_error_key)?;
    if views::user_type(&caller.user) != CUSTOMER {
        let text = "Only customers can start conversations with providers.";
        return Err(error_key(StatusCode::FORBIDDEN, text));
    }
    let provider = wanted_provider(&services, &caller.principal, &data).await?;
    let existing = newest_between(&services, &caller, &provider).await;
    if let Some((view, people)) = existing.map_err(|e| with_error_key(chat_refused(e)))? {
        return Ok(answer(StatusCode::OK, &view, &people));
    }
    let key = format!("pair:{}:{}", caller.user.id.0, provider.id.0);
    let wish = between(caller.user.id, provider.id, None, key);
    let opened = services.chat.create_conversation(&caller.principal, wish);
    let opened = opened.await.map_err(|e| with_error_key(chat_refused(e)))?;
    let status = if opened.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(answer(status, &opened.view, &opened.people))
}

async fn wanted_provider(
    services: &Services,
    by: &Principal,
    data: &Data,
) -> Result<Arc<User>, Refused> {
    let id = data.get("provider_id").filter(|value| !value.is_null());
    let id = id.ok_or_else(|| error_key(StatusCode::BAD_REQUEST, "provider_id is required."))?;
    let id = as_integer(id).map(UserId);
    let id =
        id.ok_or_else(|| error_key(StatusCode::BAD_REQUEST, "provider_id is not a number."))?;
    let missing = || error_key(StatusCode::NOT_FOUND, "Provider not found.");
    match services.chat.user(by, id).await {
        Ok(user) if user.is_active && views::user_type(&user) == PROVIDER => Ok(user),
        Ok(_) | Err(ChatError::NotFound(_)) => Err(missing()),
        Err(error) => Err(with_error_key(chat_refused(error))),
    }
}

async fn newest_between(
    services: &Services,
    caller: &Caller,
    provider: &User,
) -> Result<Option<(ConversationView, People)>, ChatError> {
    let query = ListConversations {
        with_users: vec![provider.id],
        ..ListConversations::default()
    };
    let found = services
        .chat
        .list_conversations(&caller.principal, &query)
        .await?;
    let (mut items, people) = (found.items.into_iter(), found.people);
    let newest = items.find(|view| {
        let sides = Sides::of(&view.members, &people);
        let is = |side: Option<&Arc<User>>, id| side.is_some_and(|user| user.id == id);
        is(sides.customer, caller.user.id) && is(sides.provider, provider.id)
    });
    Ok(newest.map(|view| (view, people)))
}
