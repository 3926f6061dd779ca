//! A server's apps, as the operator and their hosts see them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use parking_lot::Mutex;
use parlance_core::Chat;
use parlance_core::app::App;
use parlance_core::clock::{Clock, SystemClock};
use parlance_core::event::Event;
use parlance_core::ids::AppId;
use parlance_core::limits::Limits;
use parlance_core::publish::{Disconnect, Publisher};
use parlance_core::store::Store;
use parlance_dialects::contract::Dialect;
use parlance_dialects::services::Services;
use parlance_identity::{Identity, IdentitySettings, SecretText};
use parlance_media::{FolderMedia, Uploads};
use parlance_operator::{AppServices, OperatorServices};
use parlance_store::{SqliteOptions, SqliteStore};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) const OPERATOR_KEY: &str = "the operator's key of a test";

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

/// What a served app consists of.
type ServedApp = (Services, Arc<dyn Dialect>);

/// Serves apps as a server would, without listening.
struct Served {
    chat: Chat,
    identity: Arc<Identity>,
    uploads: Arc<Uploads>,
    apps: Mutex<HashMap<AppId, ServedApp>>,
}

impl AppServices for Served {
    fn services(&self, app: AppId) -> Option<Services> {
        self.apps
            .lock()
            .get(&app)
            .map(|(services, _)| services.clone())
    }

    fn dialect(&self, app: AppId) -> Option<Arc<dyn Dialect>> {
        self.apps
            .lock()
            .get(&app)
            .map(|(_, dialect)| Arc::clone(dialect))
    }

    fn added(&self, app: &Arc<App>) -> Result<(), String> {
        let services = Services {
            app: Arc::clone(app),
            chat: self.chat.clone(),
            identity: Arc::clone(&self.identity),
            uploads: Arc::clone(&self.uploads),
        };
        if app.profile.dialects.len() > 1 {
            return Err("these dialects do not go together".to_owned());
        }
        let first = app
            .profile
            .dialects
            .first()
            .map_or("native", String::as_str);
        let dialect = parlance_dialects::build(first, services.clone()).ok_or("no such dialect")?;
        self.apps.lock().insert(app.id, (services, dialect));
        Ok(())
    }

    fn removed(&self, app: AppId) {
        self.apps.lock().remove(&app);
    }

    fn open_sockets(&self, _: AppId) -> usize {
        3
    }
}

pub(crate) struct World {
    pub(crate) published: Arc<Recorder>,
    pub(crate) identity: Arc<Identity>,
    routes: Router,
    _folder: tempfile::TempDir,
}

/// An app with its key.
pub(crate) struct Host<'a> {
    world: &'a World,
    key: String,
}

impl World {
    pub(crate) async fn new() -> Self {
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
        let identity = Arc::new(identity.await.expect("a fresh store has no apps"));
        let media = FolderMedia::open(folder.path().join("media"))
            .await
            .expect("a folder");
        let uploads = Uploads::new(Arc::new(media), Arc::clone(&store) as _, Arc::clone(&clock));
        let served = Served {
            chat: Chat::start(store, publisher, clock, Limits::default()),
            identity: Arc::clone(&identity),
            uploads: Arc::new(uploads),
            apps: Mutex::default(),
        };
        let routes = parlance_operator::router(OperatorServices {
            identity: Arc::clone(&identity),
            apps: Arc::new(served),
            operator_key: Some(SecretText::new(OPERATOR_KEY.to_owned())),
        });
        Self {
            published,
            identity,
            routes,
            _folder: folder,
        }
    }

    /// Makes an app that speaks one dialect.
    pub(crate) async fn host(&self, name: &str, dialect: &str) -> Host<'_> {
        let wish = json!({"name": name, "dialects": [dialect]});
        let made = self.operate(Method::POST, "/apps", Some(wish)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.json());
        let key = made.json()["key"].as_str().expect("a key").to_owned();
        Host { world: self, key }
    }

    pub(crate) async fn operate(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string());
        self.ask(method, path, Some(OPERATOR_KEY), body).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<String>,
    ) -> Answer {
        let path = format!("/parlance/v1{path}");
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, Body::from);
        let response = self
            .routes
            .clone()
            .oneshot(request.body(body).expect("a request"));
        let (parts, body) = response.await.expect("routes do not fail").into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("a body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }
}

impl Host<'_> {
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string());
        self.world.ask(method, path, Some(&self.key), body).await
    }

    /// What an answer of success says.
    pub(crate) async fn done(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = self.ask(method, path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.json());
        answer.json()
    }

    /// Users of these external ids.
    pub(crate) async fn users(&self, names: &[&str]) -> Vec<Value> {
        let wishes: Vec<_> = names
            .iter()
            .map(|name| json!({"external_id": name, "first_name": name}))
            .collect();
        let made = self
            .done(Method::PUT, "/users", Some(json!({"users": wishes})))
            .await;
        made["users"].as_array().expect("users").clone()
    }
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: axum::body::Bytes,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// Asserts a refusal and answers with its problem.
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(self.status.as_u16(), status, "{problem}");
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }
}
