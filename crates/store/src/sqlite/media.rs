//! The index of uploaded files.

use async_trait::async_trait;
use parlance_core::ids::{AppId, ConversationId};
use parlance_core::media::MediaRecord;
use parlance_core::store::{MediaIndex, Stored};
use rusqlite::{Connection, OptionalExtension, Result, params};
use uuid::Uuid;

use super::{SqliteStore, rows, sql};

fn put(conn: &Connection, record: &MediaRecord) -> Result<()> {
    let file = &record.attachment;
    conn.prepare_cached(
        "INSERT INTO media (id, app_id, storage_name, name, content_type, size_bytes, width, \
         height, duration_ms, uploader_id, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        file.id,
        record.app.0,
        file.storage_name,
        file.name,
        file.content_type,
        i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
        file.width,
        file.height,
        file.duration_ms,
        record.uploader.map(|user| user.0),
        record.created_at.as_micros()
    ])?;
    Ok(())
}

#[async_trait]
impl MediaIndex for SqliteStore {
    async fn put_media(&self, record: MediaRecord) -> Stored<()> {
        self.write(move |conn| put(conn, &record)).await
    }

    async fn media(&self, app: AppId, ids: &[Uuid]) -> Stored<Vec<MediaRecord>> {
        let ids = ids.to_vec();
        self.read(move |conn| {
            // As many lookups as a message has files.
            let mut statement = conn.prepare_cached(sql::MEDIA)?;
            let found = ids.iter().map(|id| {
                statement
                    .query_row(params![id, app.0], rows::media)
                    .optional()
            });
            found.filter_map(Result::transpose).collect()
        })
        .await
    }

    async fn media_by_name(&self, app: AppId, storage_name: &str) -> Stored<Option<MediaRecord>> {
        let name = storage_name.to_owned();
        self.read(move |conn| {
            conn.prepare_cached(sql::MEDIA_BY_NAME)?
                .query_row(params![app.0, name], rows::media)
                .optional()
        })
        .await
    }

    async fn media_conversations(&self, id: Uuid) -> Stored<Vec<ConversationId>> {
        self.read(move |conn| {
            let mut statement = conn.prepare_cached(sql::MEDIA_CONVERSATIONS)?;
            statement
                .query_map([id], |row| row.get(0).map(ConversationId))?
                .collect()
        })
        .await
    }
}
