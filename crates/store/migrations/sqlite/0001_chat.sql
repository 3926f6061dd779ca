-- The first schema: apps, users, conversations, messages and what hangs on them.
-- Times are microseconds since 1970 in UTC. There are no foreign keys: rows are written by one
-- writer under the core's rules, and a check on every insert would cost the hot path.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE apps (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid       BLOB NOT NULL UNIQUE,
    name       TEXT NOT NULL UNIQUE,
    host       TEXT UNIQUE,                     -- lower-cased copy from the profile
    profile    TEXT NOT NULL,                   -- JSON
    key_hash   BLOB NOT NULL,
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid              BLOB NOT NULL UNIQUE,
    app_id            INTEGER NOT NULL,
    external_id       TEXT NOT NULL,
    username          TEXT NOT NULL,
    username_folded   TEXT,                     -- lower-cased by Unicode's rules; NULL when empty
    email             TEXT NOT NULL,
    email_folded      TEXT,                     -- the same; not unique
    first_name        TEXT NOT NULL,
    last_name         TEXT NOT NULL,
    role              TEXT NOT NULL,
    is_staff          INTEGER NOT NULL,
    is_active         INTEGER NOT NULL,
    avatar_url        TEXT,
    metadata          TEXT,                     -- JSON; NULL when empty
    created_at        INTEGER NOT NULL,
    last_seen_at      INTEGER,
    password_hash     TEXT,
    tokens_valid_from INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX users_external ON users (app_id, external_id);
CREATE UNIQUE INDEX users_username ON users (app_id, username_folded) WHERE username_folded IS NOT NULL;
CREATE INDEX users_email ON users (app_id, email_folded) WHERE email_folded IS NOT NULL;
CREATE INDEX users_of_app ON users (app_id, id);

CREATE TABLE credentials (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id     INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    purpose    TEXT NOT NULL,
    hash       BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX credentials_hash ON credentials (app_id, hash);
CREATE INDEX credentials_of_user ON credentials (user_id) WHERE revoked_at IS NULL;

-- Self-contained tokens that are void before their end.
CREATE TABLE revoked_tokens (
    app_id INTEGER NOT NULL,
    token  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (app_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_until ON revoked_tokens (until);

CREATE TABLE media (
    id           BLOB NOT NULL PRIMARY KEY,
    app_id       INTEGER NOT NULL,
    storage_name TEXT NOT NULL,
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes   INTEGER NOT NULL,
    width        INTEGER,
    height       INTEGER,
    duration_ms  INTEGER,
    uploader_id  INTEGER,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX media_name ON media (app_id, storage_name);

-- What every message moves: narrow rows, so that a group of messages dirties few pages.
CREATE TABLE conversations (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id           INTEGER NOT NULL,
    is_desk          INTEGER NOT NULL,          -- 1: desk, 0: direct
    deleted_at       INTEGER,
    last_seq         INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    message_count    INTEGER NOT NULL,
    last_message     INTEGER,
    last_activity_at INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_activity ON conversations (app_id, is_desk, last_activity_at)
    WHERE deleted_at IS NULL;

-- What seldom changes.
CREATE TABLE conversation_heads (
    conversation_id INTEGER PRIMARY KEY,
    uuid            BLOB NOT NULL UNIQUE,
    app_id          INTEGER NOT NULL,
    status          TEXT NOT NULL,              -- open, closed, archived
    title           TEXT,
    context_kind    TEXT,
    context_id      TEXT,
    context         TEXT,                       -- JSON; NULL when there is none
    metadata        TEXT,                       -- JSON; NULL when empty
    unique_key      TEXT,
    created_by      INTEGER,
    created_at      INTEGER NOT NULL,
    deleted_at      INTEGER                     -- as in conversations, for the key's index
) STRICT;
CREATE UNIQUE INDEX conversation_heads_key ON conversation_heads (app_id, unique_key)
    WHERE unique_key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX conversation_heads_context ON conversation_heads (app_id, context_id)
    WHERE context_id IS NOT NULL;

CREATE TABLE members (
    conversation_id INTEGER NOT NULL,
    party           INTEGER NOT NULL,           -- the user's id; 0 = the staff side
    part            TEXT NOT NULL,
    read_seq        INTEGER NOT NULL,
    delivered_seq   INTEGER NOT NULL,
    seen_count      INTEGER NOT NULL,
    muted           INTEGER NOT NULL,
    archived        INTEGER NOT NULL,
    joined_at       INTEGER NOT NULL,
    left_at         INTEGER,
    read_at         INTEGER,
    revision        INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, party)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_present ON members (party, conversation_id, archived) WHERE left_at IS NULL;
CREATE INDEX members_former ON members (party, left_at) WHERE left_at IS NOT NULL;

CREATE TABLE messages (
    id               INTEGER PRIMARY KEY,       -- given out by the writer, never twice
    uuid             BLOB NOT NULL,
    conversation_id  INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    created_revision INTEGER NOT NULL,
    sender_id        INTEGER,
    sender_party     INTEGER,                   -- as members.party
    kind             TEXT NOT NULL,
    body             TEXT NOT NULL,
    attachments      TEXT,                      -- JSON; NULL when empty
    metadata         TEXT,                      -- JSON
    reply_to         INTEGER,
    client_id        TEXT,
    client_key       INTEGER,                   -- see client_key.rs; NULL without a client id
    created_at       INTEGER NOT NULL,
    edited_at        INTEGER,
    deleted_at       INTEGER,
    reaction_count   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX messages_uuid ON messages (uuid);
CREATE UNIQUE INDEX messages_seq ON messages (conversation_id, seq);
CREATE INDEX messages_client ON messages (client_key) WHERE client_key IS NOT NULL;
CREATE INDEX messages_edited ON messages (conversation_id, revision)
    WHERE revision <> created_revision;

CREATE TABLE reactions (
    message_id INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    emoji      TEXT NOT NULL,
    place      INTEGER NOT NULL,                -- rises in the order of adding
    PRIMARY KEY (message_id, user_id, emoji)
) STRICT, WITHOUT ROWID;

-- Messages read out of turn, beyond the member's mark.
CREATE TABLE single_reads (
    conversation_id INTEGER NOT NULL,
    party           INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, party, seq)
) STRICT, WITHOUT ROWID;

-- Which messages carry a file.
CREATE TABLE message_media (
    media_id   BLOB NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (media_id, message_id)
) STRICT, WITHOUT ROWID;
