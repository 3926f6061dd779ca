//! Users.

use async_trait::async_trait;
use parlance_core::account::TakenField;
use parlance_core::clock::Timestamp;
use parlance_core::ids::{AppId, UserId};
use parlance_core::store::{Stored, Users};
use parlance_core::user::{User, UserUpsert};
use rusqlite::{Connection, OptionalExtension, Params, Result, params};
use uuid::Uuid;

use super::{SqliteStore, rows, search, sql};

fn users(conn: &Connection, statement: &str, params: impl Params) -> Result<Vec<User>> {
    let mut statement = conn.prepare_cached(statement)?;
    statement.query_map(params, rows::user)?.collect()
}

fn by_external_id(conn: &Connection, app: AppId, external_id: &str) -> Result<Option<User>> {
    let found = users(conn, sql::USER_BY_EXTERNAL_ID, params![app.0, external_id])?;
    Ok(found.into_iter().next())
}

/// Case ignored by Unicode's rules; `None` for an empty name, which everybody may have.
pub(super) fn folded_name(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| search::fold(name))
}

/// All or none: what was written before somebody could not be is taken back.
fn upsert_all(
    conn: &Connection,
    app: AppId,
    wished: &[(Uuid, UserUpsert)],
    now: Timestamp,
) -> Result<Result<Vec<User>, (usize, TakenField)>> {
    conn.execute_batch("SAVEPOINT upsert_users")?;
    let mut done = Vec::with_capacity(wished.len());
    for (at, (uuid, upsert)) in wished.iter().enumerate() {
        match upsert_one(conn, app, *uuid, upsert, now)? {
            Ok(user) => done.push(user),
            Err(taken) => {
                conn.execute_batch("ROLLBACK TO upsert_users; RELEASE upsert_users")?;
                return Ok(Err((at, taken)));
            }
        }
    }
    conn.execute_batch("RELEASE upsert_users")?;
    Ok(Ok(done))
}

fn upsert_one(
    conn: &Connection,
    app: AppId,
    uuid: Uuid,
    upsert: &UserUpsert,
    now: Timestamp,
) -> Result<Result<User, TakenField>> {
    let known = by_external_id(conn, app, &upsert.external_id)?;
    let mut user = known
        .clone()
        .unwrap_or_else(|| new_user(app, uuid, upsert, now));
    merge(&mut user, upsert);
    if known.as_ref() == Some(&user) {
        return Ok(Ok(user));
    }
    if username_is_taken(conn, &user)? {
        return Ok(Err(TakenField::Username));
    }
    if known.is_some() {
        update(conn, &user)?;
    } else {
        user.id = insert(conn, &user)?;
    }
    Ok(Ok(user))
}

fn username_is_taken(conn: &Connection, user: &User) -> Result<bool> {
    let Some(folded) = folded_name(&user.username) else {
        return Ok(false);
    };
    let owner: Option<i64> = conn
        .prepare_cached(sql::USERNAME_OWNER)?
        .query_row(params![user.app.0, folded], |row| row.get(0))
        .optional()?;
    Ok(owner.is_some_and(|owner| owner != user.id.0))
}

fn new_user(app: AppId, uuid: Uuid, upsert: &UserUpsert, now: Timestamp) -> User {
    User {
        id: UserId(0),
        uuid,
        app,
        external_id: upsert.external_id.clone(),
        username: String::new(),
        email: String::new(),
        first_name: String::new(),
        last_name: String::new(),
        role: String::new(),
        is_staff: false,
        is_active: true,
        avatar_url: None,
        metadata: serde_json::Map::new(),
        created_at: now,
        last_seen_at: None,
    }
}

/// What is said replaces what is there.
fn merge(user: &mut User, upsert: &UserUpsert) {
    let texts = [
        (&mut user.username, &upsert.username),
        (&mut user.email, &upsert.email),
        (&mut user.first_name, &upsert.first_name),
        (&mut user.last_name, &upsert.last_name),
        (&mut user.role, &upsert.role),
    ];
    for (field, said) in texts {
        if let Some(said) = said {
            field.clone_from(said);
        }
    }
    user.is_staff = upsert.is_staff.unwrap_or(user.is_staff);
    user.is_active = upsert.is_active.unwrap_or(user.is_active);
    if let Some(avatar_url) = &upsert.avatar_url {
        user.avatar_url.clone_from(avatar_url);
    }
    for (key, value) in upsert.metadata.iter().flatten() {
        if value.is_null() {
            user.metadata.remove(key);
        } else {
            user.metadata.insert(key.clone(), value.clone());
        }
    }
}

fn insert(conn: &Connection, user: &User) -> Result<UserId> {
    conn.prepare_cached(
        "INSERT INTO users (uuid, app_id, external_id, username, username_folded, email, \
         email_folded, first_name, last_name, role, is_staff, is_active, avatar_url, metadata, \
         created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        user.uuid,
        user.app.0,
        user.external_id,
        user.username,
        folded_name(&user.username),
        user.email,
        folded_name(&user.email),
        user.first_name,
        user.last_name,
        user.role,
        user.is_staff,
        user.is_active,
        user.avatar_url,
        rows::metadata_json(&user.metadata)?,
        user.created_at.as_micros()
    ])?;
    Ok(UserId(conn.last_insert_rowid()))
}

fn update(conn: &Connection, user: &User) -> Result<()> {
    conn.prepare_cached(
        "UPDATE users SET username = ?2, username_folded = ?3, email = ?4, email_folded = ?5, \
         first_name = ?6, last_name = ?7, role = ?8, is_staff = ?9, is_active = ?10, \
         avatar_url = ?11, metadata = ?12 WHERE id = ?1",
    )?
    .execute(params![
        user.id.0,
        user.username,
        folded_name(&user.username),
        user.email,
        folded_name(&user.email),
        user.first_name,
        user.last_name,
        user.role,
        user.is_staff,
        user.is_active,
        user.avatar_url,
        rows::metadata_json(&user.metadata)?
    ])?;
    Ok(())
}

#[async_trait]
impl Users for SqliteStore {
    async fn upsert_users(
        &self,
        app: AppId,
        users: Vec<(Uuid, UserUpsert)>,
        now: Timestamp,
    ) -> Stored<Result<Vec<User>, (usize, TakenField)>> {
        self.write(move |conn| upsert_all(conn, app, &users, now))
            .await
    }

    async fn register_user(
        &self,
        app: AppId,
        uuid: Uuid,
        user: UserUpsert,
        password_hash: String,
        now: Timestamp,
    ) -> Stored<Result<User, TakenField>> {
        self.write(move |conn| {
            if by_external_id(conn, app, &user.external_id)?.is_some() {
                return Ok(Err(TakenField::ExternalId));
            }
            let registered = upsert_one(conn, app, uuid, &user, now)?;
            if let Ok(user) = &registered {
                conn.execute(
                    "UPDATE users SET password_hash = ?2 WHERE id = ?1",
                    params![user.id.0, password_hash],
                )?;
            }
            Ok(registered)
        })
        .await
    }

    async fn users(&self, ids: &[UserId]) -> Stored<Vec<User>> {
        let list = rows::id_list(ids.iter().map(|id| id.0));
        self.read(move |conn| users(conn, sql::USERS, [list])).await
    }

    async fn user_by_external_id(&self, app: AppId, external_id: &str) -> Stored<Option<User>> {
        let external_id = external_id.to_owned();
        self.read(move |conn| by_external_id(conn, app, &external_id))
            .await
    }

    async fn user_by_uuid(&self, app: AppId, uuid: Uuid) -> Stored<Option<User>> {
        let found = self.read(move |conn| users(conn, sql::USER_BY_UUID, params![uuid, app.0]));
        Ok(found.await?.pop())
    }

    async fn list_users(&self, app: AppId, after: UserId, limit: usize) -> Stored<Vec<User>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |conn| users(conn, sql::LIST_USERS, params![app.0, after.0, limit]))
            .await
    }

    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Stored<()> {
        self.write(move |conn| {
            conn.prepare_cached(sql::SET_LAST_SEEN)?
                .execute(params![user.0, at.as_micros()])
        })
        .await?;
        Ok(())
    }
}
