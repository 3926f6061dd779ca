//! The demo's pages on every app's origin.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, HOST};
use http::{HeaderMap, StatusCode};
use parlance_core::app::App;
use parlance_gateway::directory::Directory;
use parlance_identity::Identity;

use super::config::{AppConfig, ConversationConfig, DemoConfig, Pane, PersonConfig};
use super::people::{CUSTOMER, PASSWORD, PEOPLE, PROVIDER};
use super::seed::Seeded;
use crate::pages;
use crate::settings::Secret;

/// How long tokens are good for that the pages get; they ask for new ones.
const TOKEN_LIFETIME: Duration = Duration::from_hours(12);

/// The dialect that has tokens of its own.
const FIXMATE: &str = "fixmate";

/// An app as the demo runs it.
pub(crate) struct DemoApp {
    pub(crate) app: Arc<App>,
    pub(crate) dialects: Vec<&'static str>,
    pub(crate) address: SocketAddr,
    pub(crate) key: Secret,
    pub(crate) seeded: Seeded,
}

/// Everything that the pages are about.
pub(crate) struct DemoSite {
    pub(crate) apps: Vec<DemoApp>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) directory: Arc<Directory>,
    /// Whether people on other machines are welcome.
    pub(crate) public: bool,
}

/// Filled once the demo knows its addresses, before the first request.
pub(crate) type Slot = Arc<OnceLock<DemoSite>>;

/// Routes of the pages.
pub(crate) fn routes(slot: Slot) -> Router {
    Router::new()
        .route("/", get(start_page))
        .route("/assets/{*name}", get(asset))
        .route("/demo", get(async || Redirect::permanent("/demo/")))
        .route("/demo/", get(start_page))
        .route("/demo/config.json", get(config))
        .route("/demo/{*name}", get(page))
        .with_state(slot)
}

async fn start_page(State(slot): State<Slot>, headers: HeaderMap) -> Response {
    send(&slot, "index.html", &headers)
}

async fn asset(State(slot): State<Slot>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    send(&slot, &format!("assets/{name}"), &headers)
}

async fn page(State(slot): State<Slot>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    send(&slot, &name, &headers)
}

fn send(slot: &Slot, name: &str, headers: &HeaderMap) -> Response {
    match slot
        .get()
        .and_then(|site| Some((site, site.host_of(headers)?)))
    {
        Some((site, host)) => {
            let frames: Vec<String> = site.apps.iter().map(|app| app.url(&host)).collect();
            pages::send(name, headers, &frames)
        }
        None => pages::status(StatusCode::MISDIRECTED_REQUEST),
    }
}

async fn config(State(slot): State<Slot>, headers: HeaderMap) -> Response {
    let Some((site, host)) = slot
        .get()
        .and_then(|site| Some((site, site.host_of(&headers)?)))
    else {
        return pages::status(StatusCode::MISDIRECTED_REQUEST);
    };
    match site.config(&host).await {
        Ok(config) => ([(CACHE_CONTROL, "no-store")], Json(config)).into_response(),
        Err(error) => {
            tracing::error!(
                error = format!("{error:#}"),
                "the demo cannot describe itself"
            );
            pages::status(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

impl DemoApp {
    fn url(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }
}

impl DemoSite {
    /// The name by which the reader reaches this machine. Whoever gets here by a foreign name may have
    /// been sent by a foreign page (DNS rebinding): these pages hand out tokens, so it gets none.
    fn host_of(&self, headers: &HeaderMap) -> Option<String> {
        let host = headers.get(HOST)?.to_str().ok()?;
        let name = host_name(host);
        let is_safe_to_repeat = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-[]:".contains(&b));
        let is_local = matches!(name, "localhost" | "[::1]") || name.starts_with("127.");
        (is_safe_to_repeat && (is_local || self.public)).then(|| name.to_owned())
    }

    async fn config(&self, host: &str) -> anyhow::Result<DemoConfig> {
        let mut apps = Vec::new();
        for app in &self.apps {
            apps.push(self.app_config(app, host).await?);
        }
        Ok(DemoConfig {
            panes: self.panes(host),
            apps,
        })
    }

    async fn app_config(&self, demo: &DemoApp, host: &str) -> anyhow::Result<AppConfig> {
        let mut people = Vec::new();
        for (person, user) in PEOPLE.iter().zip(&demo.seeded.users) {
            let native = self
                .identity
                .mint_native_token(&demo.app, user, TOKEN_LIFETIME);
            let fixmate_token = if demo.dialects.contains(&FIXMATE) {
                let dialect = self
                    .directory
                    .dialect(demo.app.id)
                    .context("the app is served")?;
                Some(dialect.issue_credential(user).await?.token)
            } else {
                None
            };
            people.push(PersonConfig {
                name: person.name(),
                username: person.username,
                password: PASSWORD,
                role: person.role,
                native_token: native.into_exposed(),
                fixmate_token,
                user: user.uuid,
                user_id: user.id.0,
            });
        }
        let (id, uuid) = demo.seeded.conversation;
        Ok(AppConfig {
            name: demo.app.name.clone(),
            dialects: demo.dialects.clone(),
            url: demo.url(host),
            key: demo.key.expose().to_owned(),
            people,
            conversation: ConversationConfig { uuid, id: id.0 },
        })
    }

    /// Both sides of the FixMate app's conversation: one through native frames, one through its own.
    fn panes(&self, host: &str) -> Vec<Pane> {
        let both = self.apps.iter().find(|app| app.dialects.contains(&FIXMATE));
        let sides = [
            (&PROVIDER, "native", "chat.html"),
            (&CUSTOMER, "FixMate", "fixmate.html"),
        ];
        let pane = |app: &DemoApp| {
            sides.map(|(person, dialect, page)| Pane {
                title: format!("{} ({dialect})", person.name()),
                url: format!(
                    "{}/demo/{page}#person={}&app={}",
                    app.url(host),
                    person.username,
                    app.app.name
                ),
            })
        };
        both.map(pane).into_iter().flatten().collect()
    }
}

/// A `Host` header without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_loses_its_port_only() {
        for (host, name) in [
            ("127.0.0.1:8000", "127.0.0.1"),
            ("localhost", "localhost"),
            ("[::1]:8000", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(host_name(host), name);
        }
    }
}
