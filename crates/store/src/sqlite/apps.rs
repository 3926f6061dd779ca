//! Apps.

use async_trait::async_trait;
use parlance_core::app::{App, AppProfile, NewApp};
use parlance_core::ids::AppId;
use parlance_core::store::{AppUsage, Apps, Stored};
use rusqlite::{Connection, Result, params};

use super::{SqliteStore, rows};

/// Everything of an app, children before what they are found by. `?1` is the app.
const DELETE_APP: &[&str] = &[
    // The ids of these messages are not given out again.
    "INSERT INTO meta (key, value) SELECT 'newest_message', COALESCE(MAX(id), 0) FROM messages \
     WHERE ?1 = ?1 \
     ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
    "DELETE FROM search_index WHERE rowid IN (SELECT m.id FROM conversations c \
     JOIN messages m ON m.conversation_id = c.id WHERE c.app_id = ?1)",
    "DELETE FROM reactions WHERE message_id IN (SELECT m.id FROM conversations c \
     JOIN messages m ON m.conversation_id = c.id WHERE c.app_id = ?1)",
    "DELETE FROM message_media WHERE media_id IN (SELECT id FROM media WHERE app_id = ?1)",
    "DELETE FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE app_id = ?1)",
    "DELETE FROM single_reads WHERE conversation_id IN \
     (SELECT id FROM conversations WHERE app_id = ?1)",
    "DELETE FROM members WHERE conversation_id IN (SELECT id FROM conversations WHERE app_id = ?1)",
    "DELETE FROM conversation_heads WHERE app_id = ?1",
    "DELETE FROM conversations WHERE app_id = ?1",
    "DELETE FROM media WHERE app_id = ?1",
    "DELETE FROM documents WHERE app_id = ?1",
    "DELETE FROM revoked_tokens WHERE app_id = ?1",
    "DELETE FROM credentials WHERE app_id = ?1",
    "DELETE FROM users WHERE app_id = ?1",
    "DELETE FROM apps WHERE id = ?1",
];

/// Host names know no case.
fn folded_host(profile: &AppProfile) -> Option<String> {
    profile.host.as_ref().map(|host| host.to_lowercase())
}

fn create(conn: &Connection, new: &NewApp) -> Result<Option<App>> {
    // The only constraints that can be hit are the unique ones on name and host.
    let inserted = conn.execute(
        "INSERT INTO apps (uuid, name, host, profile, key_hash, secret, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        params![
            new.uuid,
            new.name,
            folded_host(&new.profile),
            rows::json(&new.profile)?,
            new.key_hash,
            new.secret,
            new.created_at.as_micros()
        ],
    )?;
    Ok((inserted > 0).then(|| App {
        id: AppId(conn.last_insert_rowid()),
        uuid: new.uuid,
        name: new.name.clone(),
        profile: new.profile.clone(),
        key_hash: new.key_hash,
        secret: new.secret.clone(),
        created_at: new.created_at,
    }))
}

#[async_trait]
impl Apps for SqliteStore {
    async fn apps(&self) -> Stored<Vec<App>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT id, uuid, name, profile, key_hash, secret, created_at FROM apps ORDER BY id",
            )?;
            statement.query_map([], rows::app)?.collect()
        })
        .await
    }

    async fn create_app(&self, app: NewApp) -> Stored<Option<App>> {
        self.write(move |conn| create(conn, &app)).await
    }

    async fn update_app(&self, id: AppId, profile: &AppProfile, key_hash: [u8; 32]) -> Stored<()> {
        let profile = profile.clone();
        self.write(move |conn| {
            conn.execute(
                "UPDATE apps SET host = ?2, profile = ?3, key_hash = ?4 WHERE id = ?1",
                params![id.0, folded_host(&profile), rows::json(&profile)?, key_hash],
            )
        })
        .await?;
        Ok(())
    }

    async fn delete_app(&self, id: AppId) -> Stored<()> {
        self.writer
            .write_rows(move |conn| {
                DELETE_APP
                    .iter()
                    .try_for_each(|statement| conn.execute(statement, [id.0]).map(|_| ()))
            })
            .await
    }

    async fn app_usage(&self, id: AppId) -> Stored<AppUsage> {
        self.read(move |conn| {
            conn.query_row(
                "SELECT (SELECT COUNT(*) FROM users WHERE app_id = ?1), \
                 (SELECT COUNT(*) FROM conversations WHERE app_id = ?1 AND deleted_at IS NULL), \
                 (SELECT COALESCE(SUM(last_seq), 0) FROM conversations WHERE app_id = ?1)",
                [id.0],
                |row| {
                    Ok(AppUsage {
                        users: row.get(0)?,
                        conversations: row.get(1)?,
                        // Messages are numbered without holes and never leave their place.
                        messages: row.get(2)?,
                    })
                },
            )
        })
        .await
    }
}
