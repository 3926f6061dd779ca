//! Accounts and credentials.

use std::sync::Arc;

use async_trait::async_trait;
use parlance_core::account::{Account, Credential, NewCredential};
use parlance_core::clock::Timestamp;
use parlance_core::ids::{AppId, CredentialId, UserId};
use parlance_core::store::{Accounts, Stored};
use rusqlite::{Connection, OptionalExtension, Params, Result, params};

use super::rows;
use super::{SqliteStore, search, sql};

fn account(conn: &Connection, statement: &str, params: impl Params) -> Result<Option<Account>> {
    conn.prepare_cached(statement)?
        .query_row(params, rows::account)
        .optional()
}

fn credential(conn: &Connection, app: AppId, hash: &[u8; 32]) -> Result<Option<Credential>> {
    conn.prepare_cached(sql::CREDENTIAL_BY_HASH)?
        .query_row(params![app.0, hash], rows::credential)
        .optional()
}

fn put(conn: &Connection, new: &NewCredential) -> Result<Credential> {
    if let Some(known) = credential(conn, new.app, &new.hash)? {
        return Ok(known);
    }
    conn.execute(
        "INSERT INTO credentials (app_id, user_id, purpose, hash, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            new.app.0,
            new.user.0,
            new.purpose,
            new.hash,
            new.created_at.as_micros(),
            new.expires_at.map(Timestamp::as_micros)
        ],
    )?;
    Ok(Credential {
        id: CredentialId(conn.last_insert_rowid()),
        app: new.app,
        user: new.user,
        purpose: new.purpose.clone(),
        hash: new.hash,
        created_at: new.created_at,
        expires_at: new.expires_at,
        revoked_at: None,
    })
}

#[async_trait]
impl Accounts for SqliteStore {
    async fn account_by_login(&self, app: AppId, login: &str) -> Stored<Option<Account>> {
        let login = search::fold(login);
        self.read(move |conn| {
            let params = params![app.0, login];
            match account(conn, sql::ACCOUNT_BY_USERNAME, params)? {
                Some(found) => Ok(Some(found)),
                None => account(conn, sql::ACCOUNT_BY_EMAIL, params),
            }
        })
        .await
    }

    async fn account(&self, user: UserId) -> Stored<Option<Account>> {
        self.read(move |conn| account(conn, sql::ACCOUNT, [user.0]))
            .await
    }

    async fn set_password_hash(&self, user: UserId, hash: String) -> Stored<()> {
        self.write(move |conn| {
            conn.execute(
                "UPDATE users SET password_hash = ?2 WHERE id = ?1",
                params![user.0, hash],
            )
        })
        .await?;
        Ok(())
    }

    async fn set_tokens_valid_from(&self, user: UserId, from: Timestamp) -> Stored<()> {
        self.write(move |conn| {
            conn.execute(
                "UPDATE users SET tokens_valid_from = ?2 WHERE id = ?1",
                params![user.0, from.as_micros()],
            )
        })
        .await?;
        Ok(())
    }

    async fn put_credential(&self, new: NewCredential) -> Stored<Credential> {
        self.write(move |conn| put(conn, &new)).await
    }

    async fn credential_by_hash(&self, app: AppId, hash: [u8; 32]) -> Stored<Option<Credential>> {
        self.read(move |conn| credential(conn, app, &hash)).await
    }

    async fn credentials_of(&self, user: UserId) -> Stored<Vec<Credential>> {
        self.read(move |conn| {
            let mut statement = conn.prepare_cached(sql::CREDENTIALS_OF)?;
            statement.query_map([user.0], rows::credential)?.collect()
        })
        .await
    }

    async fn revoke_credential(&self, id: CredentialId, at: Timestamp) -> Stored<bool> {
        let changed = self.write(move |conn| {
            conn.execute(
                "UPDATE credentials SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
                params![id.0, at.as_micros()],
            )
        });
        Ok(changed.await? > 0)
    }

    async fn revoke_token(&self, app: AppId, token: CredentialId, until: Timestamp) -> Stored<()> {
        let clock = Arc::clone(&self.clock);
        self.write(move |conn| {
            // Tokens that ended by themselves need no mention any more.
            conn.execute(
                "DELETE FROM revoked_tokens WHERE until < ?1",
                [clock.now().as_micros()],
            )?;
            conn.execute(
                "INSERT INTO revoked_tokens (app_id, token, until) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (app_id, token) DO UPDATE SET until = max(until, ?3)",
                params![app.0, token.0, until.as_micros()],
            )
        })
        .await?;
        Ok(())
    }

    async fn is_token_revoked(&self, app: AppId, token: CredentialId) -> Stored<bool> {
        self.read(move |conn| {
            conn.prepare_cached(sql::IS_TOKEN_REVOKED)?
                .exists(params![app.0, token.0])
        })
        .await
    }
}
