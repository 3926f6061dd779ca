//! A gateway of its own on a port of its own, with two people in a conversation and a third outside.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parlance_core::Chat;
use parlance_core::app::{App, AppProfile};
use parlance_core::clock::{Clock, SystemClock};
use parlance_core::command::CreateConversation;
use parlance_core::conversation::ConversationKind;
use parlance_core::ids::ConversationId;
use parlance_core::limits::{Limits, Rate};
use parlance_core::member::{NewMember, Party};
use parlance_core::principal::Principal;
use parlance_core::publish::Publisher;
use parlance_core::store::Store;
use parlance_core::user::{User, UserUpsert};
use parlance_dialects::contract::Dialect;
use parlance_gateway::directory::{Directory, DirectoryParts};
use parlance_gateway::health::Health;
use parlance_gateway::hub::Hub;
use parlance_gateway::{Gateway, GatewayParts};
use parlance_identity::{Identity, IdentitySettings};
use parlance_media::{FolderMedia, Uploads};
use parlance_store::{SqliteOptions, SqliteStore};
use tokio::net::TcpListener;

use crate::dialect::Rooms;

/// A deadline that only ends a run that hangs.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

struct Always;

#[async_trait]
impl Health for Always {
    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Ann and Bo share `conversation`; Cy is in none.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) hub: Arc<Hub>,
    pub(crate) chat: Chat,
    pub(crate) conversation: ConversationId,
    pub(crate) users: Vec<Arc<User>>,
    pub(crate) app: Arc<App>,
    pub(crate) gateway: Gateway,
    directory: Arc<Directory>,
    limits: Limits,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(mut limits: Limits) -> Self {
        let plenty = Rate {
            per_second: 1e6,
            burst: 1e6,
        };
        (limits.send_rate, limits.connect_rate) = (plenty, plenty);
        let folder = tempfile::tempdir().expect("a folder for the test");
        let options = SqliteOptions::new(folder.path().join("test.db"));
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(options).expect("a fresh store"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let hub = Hub::new(Arc::clone(&clock));
        let publisher = || Arc::clone(&hub) as Arc<dyn Publisher>;
        let identity = Identity::load(
            Arc::clone(&store).into(),
            Arc::clone(&clock),
            publisher(),
            IdentitySettings::default(),
        );
        let identity = identity.await.expect("a fresh store has no apps");
        let made = identity.create_app("test", AppProfile::default(), None);
        let (app, _) = made.await.expect("an app");
        let media = FolderMedia::open(folder.path().join("media")).await;
        let media = Arc::new(media.expect("a folder"));
        let uploads = Uploads::new(media, Arc::clone(&store) as _, Arc::clone(&clock));
        let chat = Chat::start(store, publisher(), clock, limits.clone());
        let users = people(&chat, &app).await;
        let conversation = shared(&chat, &app, &users[..2]).await;
        let directory = Directory::new(DirectoryParts {
            chat: chat.clone(),
            identity: Arc::new(identity),
            uploads: Arc::new(uploads),
        });
        let dialect: Arc<dyn Dialect> = Arc::new(Rooms {
            users: users
                .iter()
                .map(|user| (user.external_id.clone(), Arc::clone(user)))
                .collect(),
        });
        directory
            .add_speaking(&app, vec![dialect])
            .expect("nothing collides");
        let gateway = gateway(&hub, &directory, &chat, &limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        gateway.listen(listener, Some(app.id));
        Self {
            address,
            hub,
            chat,
            conversation,
            users,
            app,
            gateway,
            directory,
            limits,
            _folder: folder,
        }
    }

    /// Stops the gateway, and starts another one on the same port.
    pub(crate) async fn restart(&mut self) {
        self.gateway.shutdown(PATIENCE).await;
        self.gateway = gateway(&self.hub, &self.directory, &self.chat, &self.limits);
        // The port is let go when the task that accepted is gone.
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_taken) => tokio::task::yield_now().await,
            }
        };
        self.gateway.listen(listener, Some(self.app.id));
    }
}

fn gateway(hub: &Arc<Hub>, directory: &Arc<Directory>, chat: &Chat, limits: &Limits) -> Gateway {
    Gateway::new(GatewayParts {
        hub: Arc::clone(hub),
        directory: Arc::clone(directory),
        chat: chat.clone(),
        limits: limits.clone(),
        operator: axum::Router::new(),
        health: Arc::new(Always),
    })
}

async fn people(chat: &Chat, app: &App) -> Vec<Arc<User>> {
    let wishes = ["ann", "bo", "cy"].map(|name| UserUpsert {
        external_id: name.to_owned(),
        first_name: Some(name.to_owned()),
        ..UserUpsert::default()
    });
    let host = Principal::App(app.id);
    let made = chat.upsert_users(&host, wishes.into()).await;
    made.expect("three users")
}

async fn shared(chat: &Chat, app: &App, members: &[Arc<User>]) -> ConversationId {
    let member = |user: &Arc<User>| NewMember {
        party: Party::User(user.id),
        part: "guest".to_owned(),
    };
    let wish = CreateConversation {
        kind: ConversationKind::Direct,
        members: members.iter().map(member).collect(),
        title: None,
        context: None,
        metadata: serde_json::Map::new(),
        unique_key: None,
        created_at: None,
    };
    let opened = chat
        .create_conversation(&Principal::App(app.id), wish)
        .await;
    opened.expect("a conversation").view.conversation.head.id
}
