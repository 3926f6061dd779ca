//! Documents of dialects.

use async_trait::async_trait;
use parlance_core::clock::Timestamp;
use parlance_core::document::{Document, DocumentOrder, ListDocuments, NewDocument, PutDocument};
use parlance_core::ids::{AppId, UserId};
use parlance_core::store::{Documents, Stored};
use rusqlite::{Connection, OptionalExtension, Params, Result, params};

use super::{SqliteStore, rows, sql};

fn one(conn: &Connection, statement: &str, params: impl Params) -> Result<Option<Document>> {
    conn.prepare_cached(statement)?
        .query_row(params, rows::document)
        .optional()
}

fn put(conn: &Connection, app: AppId, new: &NewDocument, now: Timestamp) -> Result<PutDocument> {
    let by_subject = params![app.0, new.kind, new.subject];
    // Without a subject nothing is found: NULL equals nothing.
    if let Some(document) = one(conn, sql::DOCUMENT_BY_SUBJECT, by_subject)? {
        return Ok(PutDocument {
            document,
            is_new: false,
        });
    }
    conn.prepare_cached(sql::INSERT_DOCUMENT)?.execute(params![
        app.0,
        new.kind,
        new.owner.map(|user| user.0),
        new.subject,
        rows::metadata_json(&new.data)?,
        now.as_micros()
    ])?;
    let document = Document {
        id: conn.last_insert_rowid(),
        app,
        kind: new.kind.clone(),
        owner: new.owner,
        subject: new.subject.clone(),
        data: new.data.clone(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    Ok(PutDocument {
        document,
        is_new: true,
    })
}

fn replace(conn: &Connection, wished: &Document) -> Result<Option<Document>> {
    let changed = conn
        .prepare_cached(sql::REPLACE_DOCUMENT)?
        .execute(params![
            wished.id,
            wished.app.0,
            wished.kind,
            wished.version,
            wished.owner.map(|user| user.0),
            rows::metadata_json(&wished.data)?,
            wished.updated_at.as_micros()
        ])?;
    Ok((changed > 0).then(|| Document {
        version: wished.version + 1,
        ..wished.clone()
    }))
}

fn list(conn: &Connection, app: AppId, query: &ListDocuments) -> Result<Vec<Document>> {
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let (statement, after) = match (query.owner, query.order) {
        (None, DocumentOrder::NewestFirst) => (sql::DOCUMENTS_NEWEST_FIRST, i64::MAX),
        (None, DocumentOrder::OldestFirst) => (sql::DOCUMENTS_OLDEST_FIRST, 0),
        (Some(_), DocumentOrder::NewestFirst) => (sql::DOCUMENTS_OF_OWNER_NEWEST_FIRST, i64::MAX),
        (Some(_), DocumentOrder::OldestFirst) => (sql::DOCUMENTS_OF_OWNER_OLDEST_FIRST, 0),
    };
    let after = query.after.unwrap_or(after);
    let mut statement = conn.prepare_cached(statement)?;
    let found = match query.owner {
        None => statement.query_map(params![app.0, query.kind, after, limit], rows::document)?,
        Some(UserId(owner)) => statement.query_map(
            params![app.0, query.kind, after, limit, owner],
            rows::document,
        )?,
    };
    found.collect()
}

#[async_trait]
impl Documents for SqliteStore {
    async fn put_document(
        &self,
        app: AppId,
        new: NewDocument,
        now: Timestamp,
    ) -> Stored<PutDocument> {
        self.write(move |conn| put(conn, app, &new, now)).await
    }

    async fn replace_document(&self, wished: Document) -> Stored<Option<Document>> {
        self.write(move |conn| replace(conn, &wished)).await
    }

    async fn document(&self, app: AppId, kind: &str, id: i64) -> Stored<Option<Document>> {
        let kind = kind.to_owned();
        self.read(move |conn| one(conn, sql::DOCUMENT, params![id, app.0, kind]))
            .await
    }

    async fn document_by_subject(
        &self,
        app: AppId,
        kind: &str,
        subject: &str,
    ) -> Stored<Option<Document>> {
        let (kind, subject) = (kind.to_owned(), subject.to_owned());
        self.read(move |conn| {
            one(
                conn,
                sql::DOCUMENT_BY_SUBJECT,
                params![app.0, kind, subject],
            )
        })
        .await
    }

    async fn list_documents(&self, app: AppId, query: &ListDocuments) -> Stored<Vec<Document>> {
        let query = query.clone();
        self.read(move |conn| list(conn, app, &query)).await
    }

    async fn delete_document(&self, app: AppId, kind: &str, id: i64) -> Stored<bool> {
        let kind = kind.to_owned();
        let deleted = self.write(move |conn| {
            conn.prepare_cached(sql::DELETE_DOCUMENT)?
                .execute(params![id, app.0, kind])
        });
        Ok(deleted.await? > 0)
    }
}
