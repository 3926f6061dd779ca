//! An app of its own on a database of its own, and ways to ask its dialect.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use parking_lot::Mutex;
use parlance_core::Chat;
use parlance_core::app::AppProfile;
use parlance_core::clock::{Clock, SystemClock};
use parlance_core::event::Event;
use parlance_core::limits::Limits;
use parlance_core::principal::Principal;
use parlance_core::publish::{Disconnect, Publisher};
use parlance_core::store::Store;
use parlance_core::user::{User, UserUpsert};
use parlance_dialects::contract::Dialect;
use parlance_dialects::services::Services;
use parlance_identity::{Identity, IdentitySettings};
use parlance_media::{FolderMedia, Uploads};
use parlance_store::{SqliteOptions, SqliteStore};
use serde_json::Value;
use tower::ServiceExt as _;

/// Keeps what was published.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) events: Mutex<Vec<Arc<Event>>>,
    pub(crate) ended: Mutex<Vec<Disconnect>>,
}

impl Publisher for Recorder {
    fn publish(&self, event: Arc<Event>) {
        self.events.lock().push(event);
    }

    fn disconnect(&self, whom: Disconnect) {
        self.ended.lock().push(whom);
    }
}

/// One app that speaks one dialect.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) dialect: Arc<dyn Dialect>,
    pub(crate) published: Arc<Recorder>,
    routes: Router,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new(dialect: &str) -> Self {
        Self::with(dialect, AppProfile::default(), Limits::default()).await
    }

    pub(crate) async fn with(dialect: &str, profile: AppProfile, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let options = SqliteOptions::new(folder.path().join("test.db"));
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(options).expect("a fresh store"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let published = Arc::new(Recorder::default());
        let publisher: Arc<dyn Publisher> = Arc::clone(&published) as Arc<dyn Publisher>;
        let identity = Identity::load(
            Arc::clone(&store).into(),
            Arc::clone(&clock),
            Arc::clone(&publisher),
            IdentitySettings::default(),
        );
        let identity = identity.await.expect("a fresh store has no apps");
        let (app, _) = identity
            .create_app("test", profile, None)
            .await
            .expect("an app");
        let media = FolderMedia::open(folder.path().join("media"))
            .await
            .expect("a folder");
        let uploads = Uploads::new(Arc::new(media), Arc::clone(&store) as _, Arc::clone(&clock));
        let services = Services {
            app,
            chat: Chat::start(store, publisher, clock, limits),
            identity: Arc::new(identity),
            uploads: Arc::new(uploads),
        };
        let dialect = parlance_dialects::build(dialect, services.clone()).expect("is registered");
        Self {
            routes: dialect.routes(),
            services,
            dialect,
            published,
            _folder: folder,
        }
    }

    /// A user as the host would provide one.
    pub(crate) async fn user(&self, name: &str, role: &str) -> Arc<User> {
        let wish = UserUpsert {
            external_id: name.to_owned(),
            username: Some(format!("{name}@x.test")),
            email: Some(format!("{name}@x.test")),
            first_name: Some(name.to_owned()),
            role: Some(role.to_owned()),
            ..UserUpsert::default()
        };
        let app = Principal::App(self.services.app.id);
        let made = self.services.chat.upsert_users(&app, vec![wish]).await;
        Arc::clone(&made.expect("a user")[0])
    }

    /// The user's token.
    pub(crate) async fn token(&self, user: &User) -> String {
        let issued = self.dialect.issue_credential(user).await;
        issued.expect("a token").token
    }

    /// Sends a request.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.routes.clone().oneshot(request).await;
        Answer::read(response.expect("routes do not fail")).await
    }

    /// As `ask`, with a token in the header.
    pub(crate) async fn as_user(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let request = request(method, path).header(AUTHORIZATION, format!("Token {token}"));
        let request = match body {
            Some(json) => request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(json.to_string())),
            None => request.body(Body::empty()),
        };
        self.ask(request.expect("a request")).await
    }
}

/// A request to the test's host.
pub(crate) fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test.local")
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: axum::body::Bytes,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("a body");
        Self {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&self.bytes));
        })
    }
}
