//! An app with users and conversations, for the cases of the suite.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parlance_core::app::{AppProfile, NewApp};
use parlance_core::change::{Change, ChangeBody, Committed, NewMessage, Outcome};
use parlance_core::clock::Timestamp;
use parlance_core::command::ReadTarget;
use parlance_core::conversation::{ConversationHead, ConversationKind, ConversationStatus};
use parlance_core::ids::{AppId, ConversationId, MessageId, UserId, new_uuid};
use parlance_core::member::{NewMember, Party};
use parlance_core::message::{Message, MessageKind};
use parlance_core::store::{CommitError, ConversationRow, Store};
use parlance_core::user::UserUpsert;
use serde_json::Map;

use super::Database;

/// See the module.
pub struct World {
    /// What is tested.
    pub store: Arc<dyn Store>,
    /// The app.
    pub app: AppId,
    /// Rises by a second with every reading, so that every order by time is a fixed one.
    clock: AtomicI64,
}

impl World {
    /// An empty app in a fresh database.
    pub async fn new(database: &impl Database) -> Self {
        Self::with_app(database.open().await, "first").await
    }

    /// A further app of an open store.
    pub async fn with_app(store: Arc<dyn Store>, name: &str) -> Self {
        let clock = AtomicI64::new(1_767_225_600);
        let app = store.create_app(new_app(name)).await.unwrap().unwrap().id;
        Self { store, app, clock }
    }

    /// The same app in the store opened anew.
    #[must_use]
    pub fn reopened(self, store: Arc<dyn Store>) -> Self {
        Self { store, ..self }
    }

    /// A moment, later than all before.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.fetch_add(1, Ordering::Relaxed) * 1_000_000)
    }

    /// A user whose external id is `name`.
    pub async fn user(&self, name: &str) -> UserId {
        let upsert = UserUpsert {
            external_id: name.to_owned(),
            ..UserUpsert::default()
        };
        let now = self.now();
        let made = self
            .store
            .upsert_users(self.app, vec![(new_uuid(now), upsert)], now);
        made.await.unwrap().unwrap()[0].id
    }

    /// A conversation between users by name.
    pub async fn direct(&self, members: &[UserId]) -> ConversationId {
        let members: Vec<_> = members.iter().map(|user| Party::User(*user)).collect();
        self.conversation(ConversationKind::Direct, &members, |_| ())
            .await
    }

    /// A conversation between a user and the staff.
    pub async fn desk(&self, user: UserId) -> ConversationId {
        let members = [Party::User(user), Party::Staff];
        self.conversation(ConversationKind::Desk, &members, |_| ())
            .await
    }

    /// A conversation whose head is changed before it is made.
    pub async fn conversation(
        &self,
        kind: ConversationKind,
        members: &[Party],
        adapt: impl FnOnce(&mut ConversationHead),
    ) -> ConversationId {
        let change = self.creation(kind, members, adapt);
        self.commit(change).await.unwrap().conversation.head.id
    }

    /// The change that makes a conversation.
    pub fn creation(
        &self,
        kind: ConversationKind,
        members: &[Party],
        adapt: impl FnOnce(&mut ConversationHead),
    ) -> Change {
        let at = self.now();
        let mut head = ConversationHead {
            id: ConversationId(0),
            uuid: new_uuid(at),
            app: self.app,
            kind,
            status: ConversationStatus::Open,
            title: None,
            context: None,
            metadata: Map::new(),
            unique_key: None,
            created_by: None,
            created_at: at,
            deleted_at: None,
        };
        adapt(&mut head);
        let members = members
            .iter()
            .map(|party| NewMember {
                party: *party,
                part: "member".into(),
            })
            .collect();
        Change {
            conversation: None,
            at,
            body: ChangeBody::CreateConversation {
                head: head.into(),
                members,
            },
        }
    }

    /// A change of a conversation.
    pub fn change(&self, conversation: ConversationId, body: ChangeBody) -> Change {
        Change {
            conversation: Some(conversation),
            at: self.now(),
            body,
        }
    }

    /// A message to be sent.
    pub fn message(&self, by: UserId, body: &str) -> NewMessage {
        let at = self.now();
        NewMessage {
            uuid: new_uuid(at),
            sender: Some(by),
            sender_party: Some(Party::User(by)),
            kind: MessageKind::Text,
            body: body.to_owned(),
            attachments: Vec::new(),
            metadata: None,
            reply_to: None,
            client_id: None,
            reached: Vec::new(),
            even_if_closed: false,
            created_at: at,
        }
    }

    /// The change that sends a text.
    pub fn sending(&self, conversation: ConversationId, by: UserId, body: &str) -> Change {
        self.sending_as(conversation, self.message(by, body))
    }

    /// The change that sends a message.
    pub fn sending_as(&self, conversation: ConversationId, message: NewMessage) -> Change {
        self.change(conversation, ChangeBody::SendMessage(Box::new(message)))
    }

    /// Commits one change.
    pub async fn commit(&self, change: Change) -> Result<Committed, CommitError> {
        self.store
            .commit(vec![change])
            .await
            .pop()
            .expect("one result a change")
    }

    /// Commits one change of a conversation that has to pass.
    pub async fn must(&self, conversation: ConversationId, body: ChangeBody) -> Committed {
        self.commit(self.change(conversation, body)).await.unwrap()
    }

    /// Sends a text.
    pub async fn send(&self, conversation: ConversationId, by: UserId, body: &str) -> Arc<Message> {
        stored(
            &self
                .commit(self.sending(conversation, by, body))
                .await
                .unwrap(),
        )
    }

    /// Sends so many messages without a word of interest that a store with a search index uses it.
    pub async fn fill(&self, conversation: ConversationId, by: UserId) {
        for _ in 0..8 {
            let group = (0..300).map(|_| self.sending(conversation, by, "hay"));
            for result in self.store.commit(group.collect()).await {
                result.unwrap();
            }
        }
    }

    /// Deletes a message.
    pub async fn delete(&self, message: &Message) {
        let body = ChangeBody::DeleteMessage {
            message: message.id,
        };
        self.must(message.conversation, body).await;
    }

    /// Changes a message's words.
    pub async fn edit(&self, message: &Message, body: &str) {
        let body = ChangeBody::EditMessage {
            message: message.id,
            body: body.to_owned(),
        };
        self.must(message.conversation, body).await;
    }

    /// Marks as read.
    pub async fn read(
        &self,
        conversation: ConversationId,
        by: UserId,
        target: ReadTarget<MessageId>,
    ) {
        let party = Party::User(by);
        self.must(conversation, ChangeBody::MarkRead { party, target })
            .await;
    }

    /// The conversation's row.
    pub async fn row(&self, conversation: ConversationId) -> ConversationRow {
        let rows = self.store.conversation_rows(&[conversation]).await.unwrap();
        rows.into_iter().next().expect("a living conversation")
    }

    /// All messages, tombstones included.
    pub async fn all(&self, conversation: ConversationId) -> Vec<Message> {
        let anchor = parlance_core::command::Anchor::Newest;
        let page = self.store.message_page(conversation, anchor, 100_000, true);
        page.await.unwrap().messages
    }
}

/// An app to be made.
pub fn new_app(name: &str) -> NewApp {
    let at = Timestamp::from_micros(1_767_225_600_000_000);
    NewApp {
        name: name.to_owned(),
        profile: AppProfile::default(),
        key_hash: [7; 32],
        secret: vec![9; 32],
        uuid: new_uuid(at),
        created_at: at,
    }
}

/// The message that a committed send stored.
pub fn stored(committed: &Committed) -> Arc<Message> {
    match &committed.outcome {
        Outcome::Message { message, .. } => Arc::clone(message),
        other => panic!("not a send: {other:?}"),
    }
}

/// Ids of messages, for comparisons.
pub fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}

/// Bodies of messages, for comparisons.
pub fn bodies(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.body.as_str())
        .collect()
}
