//! Every statement on a hot path, in one place, so that a test can ask SQLite for the plan of each.
//!
//! Statements of start-up and of the operator's rare requests stand where they are used.

/// Columns of [`super::rows::message`], of a table called `m`.
macro_rules! message_columns {
    () => {
        "m.id, m.uuid, m.conversation_id, m.seq, m.revision, m.created_revision, m.sender_id, \
         m.sender_party, m.kind, m.body, m.attachments, m.metadata, m.reply_to, m.client_id, \
         m.created_at, m.edited_at, m.deleted_at, m.reaction_count, \
         (SELECT q.uuid FROM messages q WHERE q.id = m.reply_to)"
    };
}

/// The same for statements that are put together at run time.
pub(super) const MESSAGE_COLUMNS: &str = message_columns!();

/// Columns of [`super::rows::head`], of tables called `c` and `h`.
macro_rules! head_columns {
    () => {
        "c.id, h.uuid, c.app_id, c.is_desk, h.status, h.title, h.context, h.metadata, \
         h.unique_key, h.created_by, h.created_at, c.deleted_at"
    };
}

/// Columns of [`super::rows::conversation`]: those of a head, then the counters.
macro_rules! conversation_columns {
    () => {
        concat!(
            head_columns!(),
            ", c.last_seq, c.revision, c.message_count, c.last_message, c.last_activity_at, \
             c.updated_at"
        )
    };
}

/// Columns of [`super::rows::member`], of a table called `v`.
macro_rules! member_columns {
    () => {
        "v.conversation_id, v.party, v.part, v.read_seq, v.delivered_seq, v.seen_count, v.muted, \
         v.archived, v.joined_at, v.left_at, v.read_at, v.revision"
    };
}

/// Columns of [`super::rows::user`], of a table called `u`.
macro_rules! user_columns {
    () => {
        "u.id, u.uuid, u.app_id, u.external_id, u.username, u.email, u.first_name, u.last_name, \
         u.role, u.is_staff, u.is_active, u.avatar_url, u.metadata, u.created_at, u.last_seen_at"
    };
}

/// Columns of [`super::rows::credential`].
macro_rules! credential_columns {
    () => {
        "id, app_id, user_id, purpose, hash, created_at, expires_at, revoked_at"
    };
}

/// Columns of [`super::rows::document`].
macro_rules! document_columns {
    () => {
        "id, app_id, kind, owner_id, subject, data, version, created_at, updated_at"
    };
}

/// Columns of [`super::rows::media`].
macro_rules! media_columns {
    () => {
        "id, storage_name, name, content_type, size_bytes, width, height, duration_ms, app_id, \
         uploader_id, created_at"
    };
}

/// What [`parlance_core::apply::Tx::unread_between`] means by unread; `m` is the message, `?2` the
/// party, `?3` the seq after which to look.
macro_rules! unread_condition {
    () => {
        "m.conversation_id = ?1 AND m.seq > ?3 AND m.deleted_at IS NULL \
         AND m.sender_party IS NOT ?2 AND NOT EXISTS (SELECT 1 FROM single_reads r \
           WHERE r.conversation_id = ?1 AND r.party = ?2 AND r.seq = m.seq)"
    };
}

macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(pub(super) const $name: &str = $sql;)*

        /// All of them by name, for the test of their plans.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

statements! {
    // The writer's own: conversations.
    CONVERSATION = concat!(
        "SELECT ", conversation_columns!(), " FROM conversations c \
         JOIN conversation_heads h ON h.conversation_id = c.id WHERE c.id = ?1"
    );
    CONVERSATION_BY_KEY =
        "SELECT conversation_id FROM conversation_heads \
         WHERE app_id = ?1 AND unique_key = ?2 AND deleted_at IS NULL";
    INSERT_CONVERSATION =
        "INSERT INTO conversations (app_id, is_desk, deleted_at, last_seq, revision, \
         message_count, last_message, last_activity_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    INSERT_HEAD =
        "INSERT INTO conversation_heads (conversation_id, uuid, app_id, status, title, \
         context_kind, context_id, context, metadata, unique_key, created_by, created_at, \
         deleted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    UPDATE_HEAD =
        "UPDATE conversation_heads SET status = ?2, title = ?3, context_kind = ?4, \
         context_id = ?5, context = ?6, metadata = ?7, unique_key = ?8, deleted_at = ?9 \
         WHERE conversation_id = ?1";
    UPDATE_DELETED = "UPDATE conversations SET deleted_at = ?2 WHERE id = ?1";
    UPDATE_COUNTERS =
        "UPDATE conversations SET last_seq = ?2, revision = ?3, message_count = ?4, \
         last_message = ?5, updated_at = ?6 WHERE id = ?1";
    // Apart, because only this one moves an entry of an index.
    UPDATE_COUNTERS_AND_ACTIVITY =
        "UPDATE conversations SET last_seq = ?2, revision = ?3, message_count = ?4, \
         last_message = ?5, updated_at = ?6, last_activity_at = ?7 WHERE id = ?1";

    // The writer's own: members.
    MEMBER = concat!(
        "SELECT ", member_columns!(), " FROM members v WHERE v.conversation_id = ?1 AND v.party = ?2"
    );
    MEMBERS = concat!(
        "SELECT ", member_columns!(), " FROM members v WHERE v.conversation_id = ?1"
    );
    // Two statements, because the first moves no entry of an index.
    UPDATE_MARKS =
        "UPDATE members SET read_seq = ?3, delivered_seq = ?4, seen_count = ?5, read_at = ?6, \
         revision = ?7 WHERE conversation_id = ?1 AND party = ?2";
    PUT_MEMBER =
        "INSERT INTO members (conversation_id, party, read_seq, delivered_seq, seen_count, \
         read_at, revision, part, muted, archived, joined_at, left_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (conversation_id, party) DO UPDATE SET read_seq = ?3, delivered_seq = ?4, \
         seen_count = ?5, read_at = ?6, revision = ?7, part = ?8, muted = ?9, archived = ?10, \
         joined_at = ?11, left_at = ?12";

    // The writer's own: messages.
    INSERT_MESSAGE =
        "INSERT INTO messages (id, uuid, conversation_id, seq, revision, created_revision, \
         sender_id, sender_party, kind, body, attachments, metadata, reply_to, client_id, \
         client_key, created_at, edited_at, deleted_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    UPDATE_MESSAGE =
        "UPDATE messages SET body = ?2, attachments = ?3, metadata = ?4, revision = ?5, \
         edited_at = ?6, deleted_at = ?7 WHERE id = ?1";
    NOTE_MEDIA = "INSERT OR IGNORE INTO message_media (media_id, message_id) VALUES (?1, ?2)";
    MESSAGES_BY_CLIENT_KEY = concat!(
        "SELECT ", message_columns!(), " FROM messages m WHERE m.client_key = ?1"
    );
    NEWEST_MESSAGE =
        "SELECT id FROM messages WHERE conversation_id = ?1 AND deleted_at IS NULL \
         ORDER BY seq DESC LIMIT 1";
    ADD_REACTION =
        "INSERT OR IGNORE INTO reactions (message_id, user_id, emoji, place) \
         SELECT ?1, ?2, ?3, COALESCE(MAX(place), 0) + 1 FROM reactions WHERE message_id = ?1";
    REMOVE_REACTION =
        "DELETE FROM reactions WHERE message_id = ?1 AND user_id = ?2 AND emoji = ?3";
    COUNT_REACTION =
        "UPDATE messages SET reaction_count = reaction_count + ?2 WHERE id = ?1";

    // The writer's own: reads.
    UNREAD_BETWEEN = concat!(
        "SELECT m.id, m.uuid, m.seq FROM messages m WHERE ", unread_condition!(),
        " AND m.seq <= ?4 ORDER BY m.seq"
    );
    FIRST_UNREAD = concat!(
        "SELECT m.seq FROM messages m WHERE ", unread_condition!(), " ORDER BY m.seq LIMIT 1"
    );
    HAS_SINGLE_READ =
        "SELECT 1 FROM single_reads WHERE conversation_id = ?1 AND party = ?2 AND seq = ?3";
    ADD_SINGLE_READ =
        "INSERT OR IGNORE INTO single_reads (conversation_id, party, seq) VALUES (?1, ?2, ?3)";
    DROP_SINGLE_READS =
        "DELETE FROM single_reads WHERE conversation_id = ?1 AND party = ?2 AND seq <= ?3";

    // Reading conversations and members.
    PRESENT_MEMBERS = concat!(
        "SELECT ", member_columns!(), " FROM members v \
         WHERE v.conversation_id = ?1 AND v.left_at IS NULL"
    );
    CONVERSATION_ID = "SELECT conversation_id FROM conversation_heads WHERE uuid = ?1 AND app_id = ?2";
    CONVERSATION_ROWS = concat!(
        "SELECT ", conversation_columns!(), " FROM json_each(?1) wanted \
         CROSS JOIN conversations c ON c.id = wanted.value \
         JOIN conversation_heads h ON h.conversation_id = c.id WHERE c.deleted_at IS NULL"
    );
    MEMBERS_OF_ROWS = concat!(
        "SELECT ", member_columns!(), " FROM json_each(?1) wanted \
         CROSS JOIN members v ON v.conversation_id = wanted.value WHERE v.left_at IS NULL"
    );
    MEMBERS_CHANGED_SINCE = concat!(
        "SELECT ", member_columns!(), " FROM members v \
         WHERE v.conversation_id = ?1 AND v.revision > ?2 ORDER BY v.revision, v.party"
    );
    UNDELIVERED =
        "SELECT c.id FROM members v CROSS JOIN conversations c ON c.id = v.conversation_id \
         WHERE v.party = ?1 AND v.left_at IS NULL AND c.deleted_at IS NULL \
         AND c.message_count > v.seen_count \
         AND c.last_seq > max(v.read_seq, v.delivered_seq) \
         AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id \
           AND m.seq > max(v.read_seq, v.delivered_seq) AND m.deleted_at IS NULL \
           AND m.sender_party IS NOT ?1 AND NOT EXISTS (SELECT 1 FROM single_reads r \
             WHERE r.conversation_id = c.id AND r.party = ?1 AND r.seq = m.seq)) \
         ORDER BY c.id";
    PARTNERS =
        "SELECT DISTINCT o.party FROM members v \
         CROSS JOIN conversations c ON c.id = v.conversation_id \
         CROSS JOIN members o ON o.conversation_id = v.conversation_id \
         WHERE v.party = ?1 AND v.left_at IS NULL AND c.deleted_at IS NULL \
         AND o.left_at IS NULL AND o.party <> ?1 AND o.party <> 0 LIMIT ?2";
    FORMER_CONVERSATIONS =
        "SELECT conversation_id, at FROM (SELECT v.conversation_id, v.left_at AS at \
           FROM members v WHERE v.party = ?1 AND v.left_at IS NOT NULL \
           ORDER BY v.left_at DESC LIMIT ?2) \
         UNION ALL SELECT * FROM (SELECT v.conversation_id, c.deleted_at AS at FROM members v \
           CROSS JOIN conversations c ON c.id = v.conversation_id \
           WHERE v.party = ?1 AND v.left_at IS NULL AND c.deleted_at IS NOT NULL \
           ORDER BY c.deleted_at DESC LIMIT ?2) \
         ORDER BY 2 DESC, 1 DESC LIMIT ?2";

    // Reading messages.
    MESSAGE = concat!("SELECT ", message_columns!(), " FROM messages m WHERE m.id = ?1");
    MESSAGES = concat!(
        "SELECT ", message_columns!(), " FROM json_each(?1) wanted \
         CROSS JOIN messages m ON m.id = wanted.value"
    );
    MESSAGE_ID = "SELECT id FROM messages WHERE uuid = ?1";
    REACTIONS =
        "SELECT r.message_id, r.user_id, r.emoji FROM json_each(?1) wanted \
         CROSS JOIN reactions r ON r.message_id = wanted.value ORDER BY r.message_id, r.place";
    PAGE_BEFORE = concat!(
        "SELECT ", message_columns!(), " FROM messages m WHERE m.conversation_id = ?1 \
         AND m.seq < ?2 AND (?3 OR m.deleted_at IS NULL) ORDER BY m.seq DESC LIMIT ?4"
    );
    PAGE_FROM = concat!(
        "SELECT ", message_columns!(), " FROM messages m WHERE m.conversation_id = ?1 \
         AND m.seq >= ?2 AND (?3 OR m.deleted_at IS NULL) ORDER BY m.seq LIMIT ?4"
    );
    ANY_BEFORE =
        "SELECT EXISTS (SELECT 1 FROM messages WHERE conversation_id = ?1 AND seq < ?2 \
         AND (?3 OR deleted_at IS NULL))";
    ANY_FROM =
        "SELECT EXISTS (SELECT 1 FROM messages WHERE conversation_id = ?1 AND seq >= ?2 \
         AND (?3 OR deleted_at IS NULL))";
    LAST_SEQ = "SELECT last_seq FROM conversations WHERE id = ?1";
    CREATED_REVISION =
        "SELECT created_revision FROM messages WHERE conversation_id = ?1 AND seq = ?2";
    NEW_FROM = concat!(
        "SELECT ", message_columns!(), " FROM messages m WHERE m.conversation_id = ?1 \
         AND m.seq >= ?2 AND m.revision = m.created_revision ORDER BY m.seq LIMIT ?3"
    );
    EDITED_SINCE = concat!(
        "SELECT ", message_columns!(), " FROM messages m WHERE m.conversation_id = ?1 \
         AND m.revision > ?2 AND m.revision <> m.created_revision ORDER BY m.revision LIMIT ?3"
    );
    MARKS =
        "SELECT party, read_seq, delivered_seq, read_at FROM members \
         WHERE conversation_id = ?1 AND left_at IS NULL ORDER BY party";
    SINGLE_READS =
        "SELECT r.party, r.seq FROM members v CROSS JOIN single_reads r \
         ON r.conversation_id = v.conversation_id AND r.party = v.party \
         WHERE v.conversation_id = ?1 AND v.left_at IS NULL AND r.seq BETWEEN ?2 AND ?3";

    // Messages over several conversations.
    NEWEST_ID = "SELECT COALESCE(MAX(id), 0) FROM messages";
    MESSAGES_OF_USER_RECENT = concat!(
        "SELECT ", message_columns!(), " FROM messages m \
         CROSS JOIN conversations c ON c.id = m.conversation_id \
         WHERE m.id > ?3 AND m.deleted_at IS NULL AND c.app_id = ?1 AND c.deleted_at IS NULL \
         AND ((?4 AND c.is_desk) OR EXISTS (SELECT 1 FROM members v \
           WHERE v.conversation_id = c.id AND v.party = ?2 AND v.left_at IS NULL)) \
         ORDER BY m.id LIMIT ?5"
    );
    PLACES_OF_USER =
        "SELECT c.id, c.last_seq FROM members v \
         CROSS JOIN conversations c ON c.id = v.conversation_id \
         WHERE v.party = ?2 AND v.left_at IS NULL AND c.app_id = ?1 AND c.deleted_at IS NULL \
         AND c.last_message > ?3";
    PLACES_OF_DESK =
        "SELECT c.id, c.last_seq FROM conversations c \
         WHERE c.app_id = ?1 AND c.is_desk = 1 AND c.deleted_at IS NULL AND c.last_message > ?2";
    ID_AT_SEQ = "SELECT id FROM messages WHERE conversation_id = ?1 AND seq = ?2";
    IDS_FROM =
        "SELECT id, seq FROM messages WHERE conversation_id = ?1 AND seq >= ?2 \
         AND deleted_at IS NULL ORDER BY seq LIMIT ?3";

    // Search index.
    BACKLOG =
        "SELECT id, body, deleted_at IS NOT NULL FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2";
    INDEX_MESSAGE = "INSERT INTO search_index (rowid, body) VALUES (?1, ?2)";
    UNINDEX_MESSAGE = "DELETE FROM search_index WHERE rowid = ?1";
    MESSAGES_OF_MEMBER =
        "SELECT COALESCE(SUM(c.last_seq), 0) FROM members v \
         CROSS JOIN conversations c ON c.id = v.conversation_id \
         WHERE v.party = ?1 AND v.left_at IS NULL AND c.deleted_at IS NULL";
    SEARCH_UPTO = "SELECT value FROM meta WHERE key = 'search_upto'";
    SET_SEARCH_UPTO = "UPDATE meta SET value = ?1 WHERE key = 'search_upto'";

    // Users.
    USERS = concat!(
        "SELECT ", user_columns!(), " FROM json_each(?1) wanted CROSS JOIN users u ON u.id = wanted.value"
    );
    USER_BY_EXTERNAL_ID = concat!(
        "SELECT ", user_columns!(), " FROM users u WHERE u.app_id = ?1 AND u.external_id = ?2"
    );
    USER_BY_UUID = concat!(
        "SELECT ", user_columns!(), " FROM users u WHERE u.uuid = ?1 AND u.app_id = ?2"
    );
    LIST_USERS = concat!(
        "SELECT ", user_columns!(), " FROM users u INDEXED BY users_of_app \
         WHERE u.app_id = ?1 AND u.id > ?2 ORDER BY u.id LIMIT ?3"
    );
    USERNAME_OWNER = "SELECT id FROM users WHERE app_id = ?1 AND username_folded = ?2";
    SET_LAST_SEEN = "UPDATE users SET last_seen_at = ?2 WHERE id = ?1";

    // Accounts and credentials.
    ACCOUNT_BY_USERNAME = concat!(
        "SELECT ", user_columns!(), ", u.password_hash, u.tokens_valid_from FROM users u \
         WHERE u.app_id = ?1 AND u.username_folded = ?2"
    );
    ACCOUNT_BY_EMAIL = concat!(
        "SELECT ", user_columns!(), ", u.password_hash, u.tokens_valid_from FROM users u \
         WHERE u.app_id = ?1 AND u.email_folded = ?2 ORDER BY u.password_hash IS NULL, u.id LIMIT 1"
    );
    ACCOUNT = concat!(
        "SELECT ", user_columns!(), ", u.password_hash, u.tokens_valid_from FROM users u \
         WHERE u.id = ?1"
    );
    CREDENTIAL_BY_HASH = concat!(
        "SELECT ", credential_columns!(), " FROM credentials WHERE app_id = ?1 AND hash = ?2"
    );
    CREDENTIALS_OF = concat!(
        "SELECT ", credential_columns!(), " FROM credentials \
         WHERE user_id = ?1 AND revoked_at IS NULL ORDER BY id"
    );
    IS_TOKEN_REVOKED = "SELECT 1 FROM revoked_tokens WHERE app_id = ?1 AND token = ?2";

    // Media.
    MEDIA = concat!(
        "SELECT ", media_columns!(), " FROM media WHERE id = ?1 AND app_id = ?2"
    );
    MEDIA_BY_NAME = concat!(
        "SELECT ", media_columns!(), " FROM media WHERE app_id = ?1 AND storage_name = ?2"
    );
    MEDIA_CONVERSATIONS =
        "SELECT DISTINCT c.id FROM message_media k CROSS JOIN messages m ON m.id = k.message_id \
         CROSS JOIN conversations c ON c.id = m.conversation_id \
         WHERE k.media_id = ?1 AND m.deleted_at IS NULL AND c.deleted_at IS NULL";

    // Documents of dialects.
    INSERT_DOCUMENT =
        "INSERT INTO documents (app_id, kind, owner_id, subject, data, version, created_at, \
         updated_at) VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?6)";
    REPLACE_DOCUMENT =
        "UPDATE documents SET owner_id = ?5, data = ?6, updated_at = ?7, version = version + 1 \
         WHERE id = ?1 AND app_id = ?2 AND kind = ?3 AND version = ?4";
    DELETE_DOCUMENT = "DELETE FROM documents WHERE id = ?1 AND app_id = ?2 AND kind = ?3";
    DOCUMENT = concat!(
        "SELECT ", document_columns!(), " FROM documents \
         WHERE id = ?1 AND app_id = ?2 AND kind = ?3"
    );
    DOCUMENT_BY_SUBJECT = concat!(
        "SELECT ", document_columns!(), " FROM documents \
         WHERE app_id = ?1 AND kind = ?2 AND subject = ?3"
    );
    DOCUMENTS_NEWEST_FIRST = concat!(
        "SELECT ", document_columns!(), " FROM documents INDEXED BY documents_of_kind \
         WHERE app_id = ?1 AND kind = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4"
    );
    DOCUMENTS_OLDEST_FIRST = concat!(
        "SELECT ", document_columns!(), " FROM documents INDEXED BY documents_of_kind \
         WHERE app_id = ?1 AND kind = ?2 AND id > ?3 ORDER BY id LIMIT ?4"
    );
    DOCUMENTS_OF_OWNER_NEWEST_FIRST = concat!(
        "SELECT ", document_columns!(), " FROM documents INDEXED BY documents_of_owner \
         WHERE app_id = ?1 AND kind = ?2 AND owner_id = ?5 AND id < ?3 ORDER BY id DESC LIMIT ?4"
    );
    DOCUMENTS_OF_OWNER_OLDEST_FIRST = concat!(
        "SELECT ", document_columns!(), " FROM documents INDEXED BY documents_of_owner \
         WHERE app_id = ?1 AND kind = ?2 AND owner_id = ?5 AND id > ?3 ORDER BY id LIMIT ?4"
    );
}
