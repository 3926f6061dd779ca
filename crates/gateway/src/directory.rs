//! Which apps are served, and with what.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::RwLock;
use parlance_core::Chat;
use parlance_core::app::App;
use parlance_core::ids::AppId;
use parlance_dialects::contract::Dialect;
use parlance_dialects::services::Services;
use parlance_identity::Identity;
use parlance_media::Uploads;

/// The dialect that every app speaks.
const NATIVE: &str = "native";

/// What every app's dialects work with.
pub struct DirectoryParts {
    /// The core.
    pub chat: Chat,
    /// Accounts, tokens, revocation.
    pub identity: Arc<Identity>,
    /// Uploaded files.
    pub uploads: Arc<Uploads>,
}

/// Why an app cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// This build does not speak it.
    #[error("unknown dialect \"{0}\"")]
    UnknownDialect(String),
    /// Two dialects own the same path.
    #[error("dialects {0} own the same path ({1}); give each a port, host or app of its own")]
    Collision(String, String),
    /// Two apps with one host name.
    #[error("host \"{0}\" belongs to another app")]
    HostTaken(String),
}

/// One app as it is served.
pub(crate) struct Site {
    pub(crate) app: Arc<App>,
    pub(crate) services: Services,
    pub(crate) dialects: Vec<Arc<dyn Dialect>>,
    pub(crate) router: axum::Router,
}

/// All apps that are served.
pub struct Directory {
    parts: DirectoryParts,
    sites: RwLock<Sites>,
}

#[derive(Default)]
struct Sites {
    by_id: HashMap<AppId, Arc<Site>>,
    by_host: HashMap<String, AppId>,
    /// Apps with a listener of their own, which are not meant by whoever comes to a shared one.
    listened_for: HashSet<AppId>,
}

impl Directory {
    /// Without any app.
    pub fn new(parts: DirectoryParts) -> Arc<Self> {
        Arc::new(Self {
            parts,
            sites: RwLock::default(),
        })
    }

    /// Serves an app from now on, or serves it anew after a change. `extra`: routes beside those of
    /// its dialects.
    ///
    /// # Errors
    /// Unknown dialects, colliding routes, a host that another app has.
    pub fn add(&self, app: &Arc<App>, extra: Option<axum::Router>) -> Result<(), SetupError> {
        let services = self.services_for(app);
        let dialects = spoken(&services)?;
        self.serve(services, dialects, extra)
    }

    /// As [`Directory::add`], with these dialects instead of those that the app's profile names.
    ///
    /// # Errors
    /// Colliding routes, a host that another app has.
    pub fn add_speaking(
        &self,
        app: &Arc<App>,
        dialects: Vec<Arc<dyn Dialect>>,
    ) -> Result<(), SetupError> {
        self.serve(self.services_for(app), dialects, None)
    }

    fn serve(
        &self,
        services: Services,
        dialects: Vec<Arc<dyn Dialect>>,
        extra: Option<axum::Router>,
    ) -> Result<(), SetupError> {
        let site = Arc::new(site(services, dialects, extra)?);
        let app = &site.app;
        let host = app.profile.host.as_deref().map(str::to_ascii_lowercase);
        let mut sites = self.sites.write();
        if let Some(host) = host {
            if sites
                .by_host
                .get(&host)
                .is_some_and(|owner| *owner != app.id)
            {
                return Err(SetupError::HostTaken(host));
            }
            sites.by_host.retain(|_, owner| *owner != app.id);
            sites.by_host.insert(host, app.id);
        }
        sites.by_id.insert(app.id, Arc::clone(&site));
        Ok(())
    }

    /// Serves an app no more. Its live sockets are the hub's to end.
    pub fn remove(&self, app: AppId) {
        let mut sites = self.sites.write();
        sites.by_id.remove(&app);
        sites.by_host.retain(|_, owner| *owner != app);
    }

    /// The app has a listener of its own.
    pub(crate) fn listen_for(&self, app: AppId) {
        self.sites.write().listened_for.insert(app);
    }

    /// What the dialects of an app work with.
    pub fn services(&self, app: AppId) -> Option<Services> {
        self.site(app).map(|site| site.services.clone())
    }

    /// The dialect whose forms the host sees: the app's first one besides native, or native.
    pub fn dialect(&self, app: AppId) -> Option<Arc<dyn Dialect>> {
        self.site(app)?.dialects.first().cloned()
    }

    pub(crate) fn site(&self, app: AppId) -> Option<Arc<Site>> {
        self.sites.read().by_id.get(&app).cloned()
    }

    /// The app that is meant by a `Host` header; the only one needs no host name of its own.
    pub(crate) fn site_by_host(&self, host: Option<&str>) -> Option<Arc<Site>> {
        let sites = self.sites.read();
        let named = host.and_then(|host| {
            let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
            let name = name.to_ascii_lowercase();
            sites
                .by_host
                .get(&name)
                .or_else(|| sites.by_host.get(&host.to_ascii_lowercase()))
        });
        if let Some(app) = named {
            return sites.by_id.get(app).cloned();
        }
        let mut unnamed = sites.by_id.values().filter(|site| {
            site.app.profile.host.is_none() && !sites.listened_for.contains(&site.app.id)
        });
        let only = unnamed.next()?;
        unnamed.next().is_none().then(|| Arc::clone(only))
    }

    fn services_for(&self, app: &Arc<App>) -> Services {
        let DirectoryParts {
            chat,
            identity,
            uploads,
        } = &self.parts;
        Services {
            app: Arc::clone(app),
            chat: chat.clone(),
            identity: Arc::clone(identity),
            uploads: Arc::clone(uploads),
        }
    }
}

/// The dialects that an app's profile names, and native.
fn spoken(services: &Services) -> Result<Vec<Arc<dyn Dialect>>, SetupError> {
    let listed = services.app.profile.dialects.iter().map(String::as_str);
    let mut names: Vec<&str> = Vec::new();
    for name in listed.filter(|name| *name != NATIVE).chain([NATIVE]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let build = |name: &str| {
        parlance_dialects::build(name, services.clone())
            .ok_or_else(|| SetupError::UnknownDialect(name.to_owned()))
    };
    names.into_iter().map(build).collect()
}

fn site(
    services: Services,
    dialects: Vec<Arc<dyn Dialect>>,
    extra: Option<axum::Router>,
) -> Result<Site, SetupError> {
    let mut router = extra.unwrap_or_default();
    for dialect in &dialects {
        router = merge(router, dialect.routes()).map_err(|path| {
            let names: Vec<_> = dialects.iter().map(|dialect| dialect.name()).collect();
            SetupError::Collision(names.join(", "), path)
        })?;
    }
    Ok(Site {
        app: Arc::clone(&services.app),
        services,
        dialects,
        router: router.fallback(unknown_path),
    })
}

/// 404 for a path that no dialect has: JSON, because clients read every error as such.
pub async fn unknown_path() -> impl axum::response::IntoResponse {
    let body = r#"{"detail":"Not found.","title":"Not Found","status":404,"code":"not_found"}"#;
    let json = http::HeaderValue::from_static("application/json");
    (
        http::StatusCode::NOT_FOUND,
        [(http::header::CONTENT_TYPE, json)],
        body,
    )
}

/// Merges two routers. axum tells of overlapping routes by a panic only, so that is what is caught.
fn merge(one: axum::Router, other: axum::Router) -> Result<axum::Router, String> {
    catch_unwind(AssertUnwindSafe(move || one.merge(other))).map_err(|panic| {
        panic
            .downcast_ref::<String>()
            .cloned()
            .unwrap_or_else(|| "overlapping routes".to_owned())
    })
}
