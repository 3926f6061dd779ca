//! History, search and sending over REST.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use parlance_core::command::{Anchor, MessageList, SearchMessages};
use parlance_core::ids::{ConversationId, MessageId};
use parlance_core::principal::Principal;
use serde_json::Value;

use super::auth::Caller;
use super::conversations::named;
use super::errors::chat_refused;
use super::outgoing::Outgoing;
use super::views;
use crate::drf::data::Data;
use crate::drf::form::Form;
use crate::drf::query::Query;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// Which part of a history is asked for.
struct Part {
    /// The newest so many; all where there is none.
    limit: Option<usize>,
    /// Older than this message.
    before: Option<MessageId>,
}

impl Part {
    fn read(query: &Query) -> Result<Self, Refused> {
        let limit = query.positive("limit")?;
        Ok(Self {
            limit: limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            before: query.positive("before")?.map(MessageId),
        })
    }
}

/// `GET /api/chat/conversations/{id}/messages/`: oldest first; everything, or the part that
/// `limit`, `before` and `search` ask for.
pub(super) async fn history(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Refused> {
    let conversation = named(&id)?;
    let by = &caller.principal;
    // Before the parameters: a stranger hears of nothing but that it is not there.
    services
        .chat
        .access()
        .may_read(by, conversation)
        .await
        .map_err(chat_refused)?;
    let part = Part::read(&query)?;
    let found = match query.get("search").filter(|text| !text.is_empty()) {
        Some(text) => find(&services, by, text, Some(conversation), &part).await?,
        None => page(&services, by, conversation, &part).await?,
    };
    Ok(json_response(StatusCode::OK, &Value::Array(found)))
}

async fn page(
    services: &Services,
    by: &Principal,
    conversation: ConversationId,
    part: &Part,
) -> Result<Vec<Value>, Refused> {
    let anchor = match part.before {
        Some(before) => Anchor::Before(place(services, by, conversation, before).await?),
        None => Anchor::Newest,
    };
    // A part larger than a page is cut out of everything.
    let limit = part.limit.unwrap_or(0);
    let asked = if limit > services.chat.limits().page {
        0
    } else {
        limit
    };
    let page = services
        .chat
        .list_messages(by, conversation, anchor, asked, false);
    let page = page.await.map_err(chat_refused)?;
    let surplus = match part.limit {
        Some(limit) => page.messages.len().saturating_sub(limit),
        None => 0,
    };
    let messages = page.messages[surplus..].iter();
    let seen = messages.map(|m| views::message(m, page.receipts.status(m), &page.people));
    Ok(seen.collect())
}

/// The place of a message in the order of its conversation.
async fn place(
    services: &Services,
    by: &Principal,
    conversation: ConversationId,
    message: MessageId,
) -> Result<i64, Refused> {
    let found = services
        .chat
        .message(by, message)
        .await
        .map_err(chat_refused)?;
    let mut here = found
        .messages
        .iter()
        .filter(|m| m.conversation == conversation);
    here.next()
        .map(|message| message.seq)
        .ok_or_else(|| Refused::field("before", "This message is not of this conversation."))
}

/// What holds the words, oldest first: the newest so many of them.
async fn find(
    services: &Services,
    by: &Principal,
    text: &str,
    conversation: Option<ConversationId>,
    part: &Part,
) -> Result<Vec<Value>, Refused> {
    let limits = services.chat.limits();
    let wanted = part.limit.unwrap_or(usize::MAX).min(limits.unpaged);
    let mut before = part.before;
    let mut found = Vec::new();
    while found.len() < wanted {
        let query = SearchMessages {
            text: text.to_owned(),
            conversation: conversation.map(Into::into),
            before,
            limit: (wanted - found.len()).min(limits.page),
        };
        let list = services
            .chat
            .search_messages(by, query)
            .await
            .map_err(chat_refused)?;
        before = list.messages.last().map(|message| message.id);
        found.extend(seen(&list));
        if !list.has_more || before.is_none() {
            break;
        }
    }
    found.reverse();
    Ok(found)
}

fn seen(list: &MessageList) -> impl Iterator<Item = Value> + '_ {
    list.messages.iter().filter_map(|message| {
        let (_, receipts) = list.place_of(message)?;
        Some(views::message(
            message,
            receipts.status(message),
            &list.people,
        ))
    })
}

/// `GET /api/chat/search/?q=`: over all conversations of the caller.
pub(super) async fn search(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Refused> {
    let part = Part::read(&query)?;
    let text = query.get("q").unwrap_or_default();
    let found = find(&services, &caller.principal, text, None, &part).await?;
    Ok(json_response(StatusCode::OK, &Value::Array(found)))
}

/// `GET /api/chat/messages/`: of all conversations of the caller, oldest first.
pub(super) async fn all(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refused> {
    let found = services
        .chat
        .all_messages(&caller.principal, MessageId(0), 0);
    let found = found.await.map_err(chat_refused)?;
    Ok(json_response(
        StatusCode::OK,
        &seen(&found).collect::<Value>(),
    ))
}

/// `GET /api/chat/messages/{id}/`
pub(super) async fn detail(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let id = id
        .parse()
        .map(MessageId)
        .map_err(|_| Refused::not_found())?;
    let found = services
        .chat
        .message(&caller.principal, id)
        .await
        .map_err(chat_refused)?;
    let message = seen(&found).next().ok_or_else(Refused::not_found)?;
    Ok(json_response(StatusCode::OK, &message))
}

/// `POST /api/chat/conversations/{id}/send_message/`: like any message, it goes to sockets and
/// notifications as well. With an `Idempotency-Key` it is stored once however often it is sent.
pub(super) async fn send(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    data: Result<Data, Refused>,
) -> Result<Response, Refused> {
    let conversation = named(&id)?;
    let access = services.chat.access();
    access
        .may_write(&caller.principal, conversation)
        .await
        .map_err(chat_refused)?;
    let data = data?;
    let outgoing = read_message(&data)?;
    let mut wish = outgoing.into_command(conversation);
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    wish.client_id = key.map(str::to_owned);
    let sent = services
        .chat
        .send_message(&caller.principal, wish)
        .await
        .map_err(chat_refused)?;
    let seen = views::message(&sent.message, sent.status, &sent.people);
    Ok(json_response(StatusCode::OK, &seen))
}

fn read_message(data: &Data) -> Result<Outgoing, Refused> {
    let mut form = Form::new(data);
    let content = if has_file(data) {
        Some(form.optional_exact("content"))
    } else {
        form.required("content")
    };
    form.check()?;
    let outgoing = Outgoing::read(&content.unwrap_or_default(), |name| data.get(name));
    outgoing.map_err(Refused::non_field)
}

/// Whether a picture or file comes along: then the words may be missing.
fn has_file(data: &Data) -> bool {
    let named = |name| {
        data.get(name)
            .and_then(Value::as_str)
            .is_some_and(|url| !url.is_empty())
    };
    named("image_url") || named("file_url")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drf::refused::{BLANK, NOT_TEXT, NULL, REQUIRED};
    use serde_json::json;

    fn refusal(fields: Value) -> Value {
        let Value::Object(fields) = fields else {
            panic!("an object");
        };
        read_message(&fields.into()).expect_err("no message").body
    }

    #[test]
    fn a_message_without_words_is_refused_by_field() {
        assert_eq!(refusal(json!({})), json!({ "content": [REQUIRED] }));
        assert_eq!(
            refusal(json!({ "content": null })),
            json!({ "content": [NULL] })
        );
        assert_eq!(
            refusal(json!({ "content": " \n" })),
            json!({ "content": [BLANK] })
        );
        assert_eq!(
            refusal(json!({ "content": ["x"] })),
            json!({ "content": [NOT_TEXT] })
        );
    }

    #[test]
    fn the_part_of_a_history_is_asked_for_in_positive_numbers() {
        let part = Part::read(&Query::parse("limit=2&before=31")).expect("numbers");
        assert_eq!((part.limit, part.before), (Some(2), Some(MessageId(31))));
        assert!(Part::read(&Query::parse("limit=x")).is_err());
        assert!(Part::read(&Query::parse("before=0")).is_err());
    }
}
