//! The boundary to lasting state. One trait, a sum of small ones by subject; SQLite and PostgreSQL
//! implement it and pass one contract suite.
//!
//! Queries here do not check access: only [`crate::access`] and [`crate::chat`] call them, after
//! they have. Every query costs a constant number of statements and uses an index.

use async_trait::async_trait;
use uuid::Uuid;

use crate::account::{Account, Credential, NewCredential, TakenField};
use crate::app::{App, AppProfile, NewApp};
use crate::change::{Change, Committed};
use crate::clock::Timestamp;
use crate::command::{Anchor, ListConversations};
use crate::conversation::{Conversation, ConversationState};
use crate::document::{Document, ListDocuments, NewDocument, PutDocument};
use crate::error::{ChatError, StoreError};
use crate::ids::{AppId, ConversationId, CredentialId, MessageId, UserId};
use crate::media::MediaRecord;
use crate::member::Member;
use crate::message::Message;
use crate::receipt::Receipts;
use crate::user::{User, UserUpsert};

/// Everything that lasts.
pub trait Store:
    Writes + Conversations + Messages + Users + Accounts + Apps + MediaIndex + Documents + Upkeep
{
}

impl<T> Store for T where
    T: Writes
        + Conversations
        + Messages
        + Users
        + Accounts
        + Apps
        + MediaIndex
        + Documents
        + Upkeep
{
}

/// The answer of a query or of a write outside the writer.
pub type Stored<T> = Result<T, StoreError>;

/// The one write path of chat.
#[async_trait]
pub trait Writes: Send + Sync {
    /// Commits a group of changes as one transaction, in the order given, each by
    /// [`crate::apply::apply`] against a [`crate::apply::Tx`]. Answers after the commit is durable, one result a
    /// change. A change refused by a rule does not touch the others. When the transaction itself
    /// fails, nothing of the group is stored, unless the error says that the outcome is unknown.
    async fn commit(&self, group: Vec<Change>) -> Vec<Result<Committed, CommitError>>;

    /// How many groups may be in flight at once; changes of one conversation always take the same
    /// lane. 1 where there is a single writer.
    fn lanes(&self) -> usize {
        1
    }
}

/// Why a change of a group was not stored.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A rule refused it.
    #[error(transparent)]
    Refused(#[from] ChatError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A party's view of a conversation as the store answers it.
#[derive(Debug, Clone)]
pub struct ConversationRow {
    /// With counters.
    pub conversation: Conversation,
    /// Present members with their marks.
    pub members: Vec<Member>,
    /// The newest message that is not deleted.
    pub last_message: Option<Message>,
}

/// A page of messages as the store answers it.
#[derive(Debug, Clone, Default)]
pub struct MessageRows {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// There are older ones.
    pub has_before: bool,
    /// There are newer ones.
    pub has_after: bool,
}

/// Reading conversations and members.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// Head and present members; `None` when unknown. Deleted conversations are found, with
    /// `deleted_at`.
    async fn conversation_state(&self, id: ConversationId) -> Stored<Option<ConversationState>>;

    /// The integer key of a public id, within an app.
    async fn conversation_id(&self, app: AppId, uuid: Uuid) -> Stored<Option<ConversationId>>;

    /// The living conversation of an app with that unique key.
    async fn conversation_by_key(&self, app: AppId, key: &str) -> Stored<Option<ConversationId>>;

    /// Rows of these conversations with present members and last messages, in the order asked for;
    /// unknown and deleted ones are left out.
    async fn conversation_rows(&self, ids: &[ConversationId]) -> Stored<Vec<ConversationRow>>;

    /// Ids of living conversations in the list of `party` (`None`: all of the app), filtered by
    /// `query`, newest activity first (ties: higher id first), at most `limit`. With
    /// `Some((user, true))` desk conversations of the staff side are in the list as well.
    async fn list_conversations(
        &self,
        app: AppId,
        viewer: Option<(UserId, bool)>,
        query: &ListConversations,
        limit: usize,
    ) -> Stored<Vec<ConversationId>>;

    /// Present and former members by the revision that last changed them, later than `since`.
    async fn members_changed_since(
        &self,
        conversation: ConversationId,
        since: i64,
    ) -> Stored<Vec<Member>>;

    /// Living conversations in which messages of others have not been delivered to this user, who is
    /// a member by name.
    async fn undelivered(&self, user: UserId) -> Stored<Vec<ConversationId>>;

    /// Users who share a living conversation with this one as members by name, at most `limit`.
    async fn partners(&self, user: UserId, limit: usize) -> Stored<Vec<UserId>>;

    /// Conversations that this user left (or that were deleted) after being a member by name,
    /// at most `limit`, latest first.
    async fn former_conversations(&self, user: UserId, limit: usize)
    -> Stored<Vec<ConversationId>>;
}

/// Reading messages.
#[async_trait]
pub trait Messages: Send + Sync {
    /// A page of one conversation, oldest first, reactions included. `deleted`: with tombstones.
    async fn message_page(
        &self,
        conversation: ConversationId,
        anchor: Anchor,
        limit: usize,
        deleted: bool,
    ) -> Stored<MessageRows>;

    /// One message, also when deleted.
    async fn message(&self, id: MessageId) -> Stored<Option<Message>>;

    /// These messages, also deleted ones, in any order.
    async fn messages(&self, ids: &[MessageId]) -> Stored<Vec<Message>>;

    /// The integer key of a public id.
    async fn message_id(&self, uuid: Uuid) -> Stored<Option<MessageId>>;

    /// Messages, not deleted, of all living conversations of which this user is a member by name
    /// (and, with `staff`, of the app's desk conversations); ascending by id, later than `after`.
    async fn messages_of_user(
        &self,
        app: AppId,
        user: UserId,
        staff: bool,
        after: MessageId,
        limit: usize,
    ) -> Stored<Vec<Message>>;

    /// Rows with a later revision, by rising revision, tombstones included, at most `limit`. Costs
    /// what was missed, not what is there.
    async fn messages_changed_since(
        &self,
        conversation: ConversationId,
        since: i64,
        limit: usize,
    ) -> Stored<Vec<Message>>;

    /// All marks of present members, and the single reads within the range of seqs.
    async fn receipts(
        &self,
        conversation: ConversationId,
        from_seq: i64,
        to_seq: i64,
    ) -> Stored<Receipts>;

    /// Messages, not deleted, whose text holds `text` (case ignored, all characters literal), newest
    /// first. `conversation`: only there; else in all living conversations of `viewer` (user, and
    /// whether of the staff), or of the app.
    async fn search_messages(
        &self,
        app: AppId,
        viewer: Option<(UserId, bool)>,
        conversation: Option<ConversationId>,
        text: &str,
        before: Option<MessageId>,
        limit: usize,
    ) -> Stored<Vec<Message>>;
}

/// Users.
#[async_trait]
pub trait Users: Send + Sync {
    /// Makes or changes users by (app, external id), all or none. Each comes with the uuid it gets
    /// when new. The error names the one that could not be.
    async fn upsert_users(
        &self,
        app: AppId,
        users: Vec<(Uuid, UserUpsert)>,
        now: Timestamp,
    ) -> Stored<Result<Vec<User>, (usize, TakenField)>>;

    /// Makes a user who must be new, with a password: a registration.
    async fn register_user(
        &self,
        app: AppId,
        uuid: Uuid,
        user: UserUpsert,
        password_hash: String,
        now: Timestamp,
    ) -> Stored<Result<User, TakenField>>;

    /// These users, in any order; unknown ids are left out.
    async fn users(&self, ids: &[UserId]) -> Stored<Vec<User>>;

    /// One by the host's id.
    async fn user_by_external_id(&self, app: AppId, external_id: &str) -> Stored<Option<User>>;

    /// One by public id.
    async fn user_by_uuid(&self, app: AppId, uuid: Uuid) -> Stored<Option<User>>;

    /// A page of an app's users by rising id, later than `after`.
    async fn list_users(&self, app: AppId, after: UserId, limit: usize) -> Stored<Vec<User>>;

    /// Notes when somebody's last socket was closed.
    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Stored<()>;
}

/// Accounts and credentials, for the crate `identity`.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The account with this username or e-mail address, case ignored.
    async fn account_by_login(&self, app: AppId, login: &str) -> Stored<Option<Account>>;

    /// The account of a user.
    async fn account(&self, user: UserId) -> Stored<Option<Account>>;

    /// Sets or replaces the password hash.
    async fn set_password_hash(&self, user: UserId, hash: String) -> Stored<()>;

    /// Voids all tokens of a user that were issued before `from`.
    async fn set_tokens_valid_from(&self, user: UserId, from: Timestamp) -> Stored<()>;

    /// Stores a credential; the same (app, hash) again answers with the one that is there.
    async fn put_credential(&self, credential: NewCredential) -> Stored<Credential>;

    /// The credential of that hash, also when revoked or expired.
    async fn credential_by_hash(&self, app: AppId, hash: [u8; 32]) -> Stored<Option<Credential>>;

    /// Credentials of a user that are not revoked.
    async fn credentials_of(&self, user: UserId) -> Stored<Vec<Credential>>;

    /// Revokes one; `false` when it was unknown or revoked before.
    async fn revoke_credential(&self, id: CredentialId, at: Timestamp) -> Stored<bool>;

    /// Notes that a self-contained token (by its [`CredentialId`]) is void until it would end anyway.
    async fn revoke_token(&self, app: AppId, token: CredentialId, until: Timestamp) -> Stored<()>;

    /// Whether [`Accounts::revoke_token`] named it.
    async fn is_token_revoked(&self, app: AppId, token: CredentialId) -> Stored<bool>;
}

/// Numbers of an app, for the operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AppUsage {
    /// Users known.
    pub users: i64,
    /// Living conversations.
    pub conversations: i64,
    /// Messages stored.
    pub messages: i64,
}

/// Apps.
#[async_trait]
pub trait Apps: Send + Sync {
    /// All apps.
    async fn apps(&self) -> Stored<Vec<App>>;

    /// Makes an app, or `None` when the name (or its host) is taken.
    async fn create_app(&self, app: NewApp) -> Stored<Option<App>>;

    /// Replaces how an app is set up, and its key's hash.
    async fn update_app(&self, id: AppId, profile: &AppProfile, key_hash: [u8; 32]) -> Stored<()>;

    /// Removes an app with everything in it.
    async fn delete_app(&self, id: AppId) -> Stored<()>;

    /// Counts what an app has.
    async fn app_usage(&self, id: AppId) -> Stored<AppUsage>;
}

/// The index of uploaded files.
#[async_trait]
pub trait MediaIndex: Send + Sync {
    /// Notes an uploaded file.
    async fn put_media(&self, record: MediaRecord) -> Stored<()>;

    /// These files of an app, in any order.
    async fn media(&self, app: AppId, ids: &[Uuid]) -> Stored<Vec<MediaRecord>>;

    /// One by its storage name.
    async fn media_by_name(&self, app: AppId, storage_name: &str) -> Stored<Option<MediaRecord>>;

    /// Living conversations with a message, not deleted, that carries the file.
    async fn media_conversations(&self, id: Uuid) -> Stored<Vec<ConversationId>>;
}

/// What dialects keep beside chat. Nothing here crosses apps or kinds.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Stores a document under a fresh id, or answers with the one of its kind that has its subject.
    async fn put_document(
        &self,
        app: AppId,
        new: NewDocument,
        now: Timestamp,
    ) -> Stored<PutDocument>;

    /// Replaces owner, data and time of change of the document with that app, kind, id **and
    /// version**; it gets the next version. `None`: it does not exist, or was changed meanwhile, and
    /// nothing was done.
    async fn replace_document(&self, wished: Document) -> Stored<Option<Document>>;

    /// One by id.
    async fn document(&self, app: AppId, kind: &str, id: i64) -> Stored<Option<Document>>;

    /// One by subject.
    async fn document_by_subject(
        &self,
        app: AppId,
        kind: &str,
        subject: &str,
    ) -> Stored<Option<Document>>;

    /// A page of one kind.
    async fn list_documents(&self, app: AppId, query: &ListDocuments) -> Stored<Vec<Document>>;

    /// Deletes one; `false` when there was none.
    async fn delete_document(&self, app: AppId, kind: &str, id: i64) -> Stored<bool>;
}

/// The store itself.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Tells clients that the store is not an earlier state of the one they knew.
    fn epoch(&self) -> Uuid;

    /// Answers when the store can read and write.
    async fn check(&self) -> Stored<()>;

    /// Looks whether what is stored is whole, and lists what is not. Reads everything: for the
    /// operator, not for a server at work.
    async fn verify(&self) -> Stored<Vec<String>>;

    /// Finishes what is under way and closes; later calls fail.
    async fn close(&self) -> Stored<()>;
}
