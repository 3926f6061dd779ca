-- What dialects keep beside chat, found by app, kind and id, by subject, or by owner.

CREATE TABLE documents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id     INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    owner_id   INTEGER,
    subject    TEXT,
    data       TEXT,                            -- JSON; NULL when empty
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX documents_of_kind ON documents (app_id, kind, id);
CREATE INDEX documents_of_owner ON documents (app_id, kind, owner_id, id) WHERE owner_id IS NOT NULL;
CREATE UNIQUE INDEX documents_subject ON documents (app_id, kind, subject) WHERE subject IS NOT NULL;
