//! Rows to the core's types and back. Column orders are those of the macros in [`super::sql`].

use parlance_core::account::{Account, Credential};
use parlance_core::app::App;
use parlance_core::clock::Timestamp;
use parlance_core::conversation::{
    Conversation, ConversationHead, ConversationKind, ConversationStatus,
};
use parlance_core::document::Document;
use parlance_core::ids::{AppId, ConversationId, CredentialId, MessageId, UserId};
use parlance_core::media::MediaRecord;
use parlance_core::member::{Member, Party};
use parlance_core::message::{Attachment, Message, MessageKind};
use parlance_core::user::User;
use rusqlite::types::Type;
use rusqlite::{Error, Result, Row};
use serde_json::{Map, Value};

pub(super) fn message(row: &Row<'_>) -> Result<(Message, i64)> {
    let kind: String = row.get(8)?;
    let message = Message {
        id: MessageId(row.get(0)?),
        uuid: row.get(1)?,
        conversation: ConversationId(row.get(2)?),
        seq: row.get(3)?,
        revision: row.get(4)?,
        created_revision: row.get(5)?,
        sender: row.get::<_, Option<i64>>(6)?.map(UserId),
        sender_party: row.get::<_, Option<i64>>(7)?.map(Party::from_key),
        kind: MessageKind::from_name(&kind)
            .ok_or_else(|| broken(8, format!("unknown kind of message {kind:?}")))?,
        body: row.get(9)?,
        attachments: json_column::<Vec<Attachment>>(row, 10)?.unwrap_or_default(),
        metadata: json_column(row, 11)?,
        reply_to: row.get::<_, Option<i64>>(12)?.map(MessageId),
        reply_to_uuid: row.get(18)?,
        client_id: row.get(13)?,
        created_at: time(row, 14)?,
        edited_at: time_or_null(row, 15)?,
        deleted_at: time_or_null(row, 16)?,
        reactions: Vec::new(),
    };
    Ok((message, row.get(17)?))
}

pub(super) fn head(row: &Row<'_>) -> Result<ConversationHead> {
    let status: String = row.get(4)?;
    Ok(ConversationHead {
        id: ConversationId(row.get(0)?),
        uuid: row.get(1)?,
        app: AppId(row.get(2)?),
        kind: if row.get(3)? {
            ConversationKind::Desk
        } else {
            ConversationKind::Direct
        },
        status: status_from_name(&status)
            .ok_or_else(|| broken(4, format!("unknown status of conversation {status:?}")))?,
        title: row.get(5)?,
        context: json_column(row, 6)?,
        metadata: metadata_column(row, 7)?,
        unique_key: row.get(8)?,
        created_by: row.get::<_, Option<i64>>(9)?.map(UserId),
        created_at: time(row, 10)?,
        deleted_at: time_or_null(row, 11)?,
    })
}

pub(super) fn conversation(row: &Row<'_>) -> Result<Conversation> {
    Ok(Conversation {
        head: head(row)?.into(),
        last_seq: row.get(12)?,
        revision: row.get(13)?,
        message_count: row.get(14)?,
        last_message: row.get::<_, Option<i64>>(15)?.map(MessageId),
        last_activity_at: time(row, 16)?,
        updated_at: time(row, 17)?,
    })
}

pub(super) fn member(row: &Row<'_>) -> Result<Member> {
    Ok(Member {
        conversation: ConversationId(row.get(0)?),
        party: Party::from_key(row.get(1)?),
        part: row.get(2)?,
        read_seq: row.get(3)?,
        delivered_seq: row.get(4)?,
        seen_count: row.get(5)?,
        muted: row.get(6)?,
        archived: row.get(7)?,
        joined_at: time(row, 8)?,
        left_at: time_or_null(row, 9)?,
        read_at: time_or_null(row, 10)?,
        revision: row.get(11)?,
    })
}

pub(super) fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        id: UserId(row.get(0)?),
        uuid: row.get(1)?,
        app: AppId(row.get(2)?),
        external_id: row.get(3)?,
        username: row.get(4)?,
        email: row.get(5)?,
        first_name: row.get(6)?,
        last_name: row.get(7)?,
        role: row.get(8)?,
        is_staff: row.get(9)?,
        is_active: row.get(10)?,
        avatar_url: row.get(11)?,
        metadata: metadata_column(row, 12)?,
        created_at: time(row, 13)?,
        last_seen_at: time_or_null(row, 14)?,
    })
}

pub(super) fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        user: user(row)?,
        password_hash: row.get(15)?,
        tokens_valid_from: time(row, 16)?,
    })
}

pub(super) fn credential(row: &Row<'_>) -> Result<Credential> {
    Ok(Credential {
        id: CredentialId(row.get(0)?),
        app: AppId(row.get(1)?),
        user: UserId(row.get(2)?),
        purpose: row.get(3)?,
        hash: row.get(4)?,
        created_at: time(row, 5)?,
        expires_at: time_or_null(row, 6)?,
        revoked_at: time_or_null(row, 7)?,
    })
}

pub(super) fn document(row: &Row<'_>) -> Result<Document> {
    Ok(Document {
        id: row.get(0)?,
        app: AppId(row.get(1)?),
        kind: row.get(2)?,
        owner: row.get::<_, Option<i64>>(3)?.map(UserId),
        subject: row.get(4)?,
        data: metadata_column(row, 5)?,
        version: row.get(6)?,
        created_at: time(row, 7)?,
        updated_at: time(row, 8)?,
    })
}

/// Columns: id, uuid, name, profile, key_hash, secret, created_at.
pub(super) fn app(row: &Row<'_>) -> Result<App> {
    Ok(App {
        id: AppId(row.get(0)?),
        uuid: row.get(1)?,
        name: row.get(2)?,
        profile: json_column(row, 3)?.unwrap_or_default(),
        key_hash: row.get(4)?,
        secret: row.get(5)?,
        created_at: time(row, 6)?,
    })
}

pub(super) fn media(row: &Row<'_>) -> Result<MediaRecord> {
    Ok(MediaRecord {
        attachment: Attachment {
            id: row.get(0)?,
            storage_name: row.get(1)?,
            name: row.get(2)?,
            content_type: row.get(3)?,
            size_bytes: row.get::<_, i64>(4)?.unsigned_abs(),
            width: row.get(5)?,
            height: row.get(6)?,
            duration_ms: row.get(7)?,
        },
        app: AppId(row.get(8)?),
        uploader: row.get::<_, Option<i64>>(9)?.map(UserId),
        created_at: time(row, 10)?,
    })
}

/// The name as stored.
pub(super) const fn status_name(status: ConversationStatus) -> &'static str {
    match status {
        ConversationStatus::Open => "open",
        ConversationStatus::Closed => "closed",
        ConversationStatus::Archived => "archived",
    }
}

fn status_from_name(name: &str) -> Option<ConversationStatus> {
    [
        ConversationStatus::Open,
        ConversationStatus::Closed,
        ConversationStatus::Archived,
    ]
    .into_iter()
    .find(|status| status_name(*status) == name)
}

/// JSON to be stored; `None` for an empty map, which is stored as NULL.
pub(super) fn metadata_json(metadata: &Map<String, Value>) -> Result<Option<String>> {
    (!metadata.is_empty()).then(|| json(metadata)).transpose()
}

/// JSON to be stored.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

/// Ids as the JSON array that the statements with `json_each` take.
pub(super) fn id_list(ids: impl Iterator<Item = i64>) -> String {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    format!("[{}]", ids.join(","))
}

fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    row.get(column).map(Timestamp::from_micros)
}

fn time_or_null(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    Ok(row
        .get::<_, Option<i64>>(column)?
        .map(Timestamp::from_micros))
}

fn metadata_column(row: &Row<'_>, column: usize) -> Result<Map<String, Value>> {
    Ok(json_column::<Map<String, Value>>(row, column)?.unwrap_or_default())
}

/// A column that holds JSON or NULL.
fn json_column<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    let text = row.get_ref(column)?.as_str_or_null()?;
    text.map(|text| {
        serde_json::from_str(text)
            .map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
    })
    .transpose()
}

fn broken(column: usize, what: String) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, what.into())
}
