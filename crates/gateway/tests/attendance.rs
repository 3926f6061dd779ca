//! Who has a conversation open: told when sockets open and end, in whatever way.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test like the tests themselves"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use parlance_core::Chat;
use parlance_core::app::AppProfile;
use parlance_core::clock::{Clock, SystemClock};
use parlance_core::command::CreateConversation;
use parlance_core::conversation::ConversationKind;
use parlance_core::event::{Event, EventBody};
use parlance_core::ids::{ConversationId, SocketId, UserId};
use parlance_core::limits::Limits;
use parlance_core::member::{NewMember, Party};
use parlance_core::principal::Principal;
use parlance_core::publish::{Disconnect, Publisher};
use parlance_core::store::Store;
use parlance_core::user::{User, UserUpsert};
use parlance_gateway::directory::{Directory, DirectoryParts};
use parlance_gateway::health::Health;
use parlance_gateway::hub::Hub;
use parlance_gateway::{Gateway, GatewayParts};
use parlance_identity::{Identity, IdentitySettings};
use parlance_media::{FolderMedia, Uploads};
use parlance_store::{SqliteOptions, SqliteStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Who, whether present, whether first, on which socket.
type Change = (UserId, bool, bool, Option<SocketId>);

/// The hub, overheard.
struct Overheard {
    hub: Arc<Hub>,
    changes: mpsc::Sender<Change>,
}

impl Publisher for Overheard {
    fn publish(&self, event: Arc<Event>) {
        if let EventBody::AttendanceChanged {
            user,
            present,
            first,
        } = &event.body
        {
            assert!(!event.is_lasting());
            assert_eq!(event.actor_id(), Some(user.id));
            let change = (user.id, *present, *first, event.socket);
            self.changes.try_send(change).unwrap();
        }
        self.hub.publish(event);
    }

    fn disconnect(&self, whom: Disconnect) {
        self.hub.disconnect(whom);
    }
}

struct AlwaysReady;

#[async_trait]
impl Health for AlwaysReady {
    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}

/// A gateway in front of one app whose dialect opens a socket a conversation.
struct World {
    chat: Chat,
    directory: Arc<Directory>,
    host: Principal,
    address: SocketAddr,
    changes: mpsc::Receiver<Change>,
    ann: Arc<User>,
    bo: Arc<User>,
    conversation: ConversationId,
    _gateway: Gateway,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("test.db"));
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(options).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let hub = Hub::new(Arc::clone(&clock));
        let (sender, changes) = mpsc::channel(64);
        let publisher = Arc::new(Overheard {
            hub: Arc::clone(&hub),
            changes: sender,
        });
        let limits = Limits::default();
        let chat = Chat::start(
            Arc::clone(&store),
            publisher.clone(),
            Arc::clone(&clock),
            limits.clone(),
        );
        let identity = Identity::load(
            Arc::clone(&store).into(),
            Arc::clone(&clock),
            publisher,
            IdentitySettings::default(),
        );
        let identity = Arc::new(identity.await.unwrap());
        let profile = AppProfile {
            dialects: vec!["fixmate".to_owned()],
            ..AppProfile::default()
        };
        let (app, _) = identity.create_app("test", profile, None).await.unwrap();
        let media = FolderMedia::open(folder.path().join("media")).await;
        let uploads = Uploads::new(Arc::new(media.unwrap()), Arc::clone(&store) as _, clock);
        let directory = Directory::new(DirectoryParts {
            chat: chat.clone(),
            identity,
            uploads: Arc::new(uploads),
        });
        directory.add(&app, None).unwrap();
        let gateway = Gateway::new(GatewayParts {
            hub,
            directory: Arc::clone(&directory),
            chat: chat.clone(),
            limits,
            operator: axum::Router::new(),
            health: Arc::new(AlwaysReady),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        gateway.listen(listener, None);

        let host = Principal::App(app.id);
        let upserts = ["ann", "bo"].map(|name| UserUpsert {
            external_id: name.to_owned(),
            ..UserUpsert::default()
        });
        let users = chat.upsert_users(&host, upserts.to_vec()).await.unwrap();
        let [ann, bo] = <[Arc<User>; 2]>::try_from(users).unwrap();
        let members = [&ann, &bo].map(|user| NewMember {
            party: Party::User(user.id),
            part: "member".to_owned(),
        });
        let wish = CreateConversation {
            kind: ConversationKind::Direct,
            members: members.to_vec(),
            title: None,
            context: None,
            metadata: serde_json::Map::new(),
            unique_key: None,
            created_at: None,
        };
        let made = chat.create_conversation(&host, wish).await.unwrap();
        Self {
            conversation: made.view.conversation.head.id,
            chat,
            directory,
            host,
            address,
            changes,
            ann,
            bo,
            _gateway: gateway,
            _folder: folder,
        }
    }

    /// Opens a socket on the conversation.
    async fn open(&self, user: &User) -> TcpStream {
        let dialect = self.directory.dialect(user.app).unwrap();
        let token = dialect.issue_credential(user).await.unwrap().token;
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "GET /ws/chat/{}/?token={token} HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.conversation
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{answer:?}");
        stream
    }

    /// The next change told, without its socket.
    async fn told(&mut self) -> (UserId, bool, bool) {
        let (user, present, first, _) = self.changes.recv().await.unwrap();
        (user, present, first)
    }

    fn attending(&self) -> Vec<UserId> {
        self.chat.presence().attending(self.conversation)
    }
}

#[tokio::test]
async fn every_opening_is_told_and_of_closings_the_last() {
    let mut world = World::new().await;
    let (ann, bo) = (Arc::clone(&world.ann), Arc::clone(&world.bo));
    let one = world.open(&ann).await;
    let (user, present, first, on) = world.changes.recv().await.unwrap();
    assert_eq!((user, present, first), (ann.id, true, true));
    let two = world.open(&ann).await;
    let (user, present, first, on_another) = world.changes.recv().await.unwrap();
    assert_eq!((user, present, first), (ann.id, true, false));
    assert!(on.is_some() && on_another.is_some() && on != on_another);
    let of_bo = world.open(&bo).await;
    assert_eq!(world.told().await, (bo.id, true, true));
    assert_eq!(world.attending(), [ann.id, bo.id]);

    // Without a close frame: a connection that is simply gone. The first says nothing, so what is
    // told next is that the second is gone.
    drop(one);
    drop(two);
    assert_eq!(world.told().await, (ann.id, false, false));
    assert_eq!(world.attending(), [bo.id]);
    drop(of_bo);
    assert_eq!(world.told().await, (bo.id, false, false));
    assert_eq!(world.attending(), []);
}

#[tokio::test]
async fn who_is_removed_has_left() {
    let mut world = World::new().await;
    let (ann, bo) = (Arc::clone(&world.ann), Arc::clone(&world.bo));
    let _of_ann = world.open(&ann).await;
    let _of_bo = world.open(&bo).await;
    assert_eq!(world.told().await, (ann.id, true, true));
    assert_eq!(world.told().await, (bo.id, true, true));
    let removed = world
        .chat
        .remove_member(&world.host, world.conversation, bo.id)
        .await;
    removed.unwrap();
    assert_eq!(world.told().await, (bo.id, false, false));
    assert_eq!(world.attending(), [ann.id]);
}
