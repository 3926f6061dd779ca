//! The apps of this server, all in memory: they are few, and every request asks for one.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use parlance_core::app::{App, AppProfile, NewApp};
use parlance_core::ids::{AppId, new_uuid};
use parlance_core::publish::Disconnect;
use parlance_core::store::{Apps, Stored};
use subtle::ConstantTimeEq as _;

use crate::Identity;
use crate::error::AppError;
use crate::keys::{SecretText, generate_app_key, generate_app_secret, hash_text};

/// The apps as they stand. Changed through [`Identity`] only.
pub struct AppRegistry {
    store: Arc<dyn Apps>,
    index: RwLock<Arc<Index>>,
}

/// The same apps by each of their names.
#[derive(Default)]
struct Index {
    ids: HashMap<AppId, Arc<App>>,
    names: HashMap<String, Arc<App>>,
    hosts: HashMap<String, Arc<App>>,
    key_hashes: HashMap<[u8; 32], Arc<App>>,
}

impl Index {
    fn new(apps: Vec<App>) -> Self {
        let mut index = Self::default();
        for app in apps {
            let app = Arc::new(app);
            if let Some(host) = &app.profile.host {
                index.hosts.insert(normal_host(host), Arc::clone(&app));
            }
            index.key_hashes.insert(app.key_hash, Arc::clone(&app));
            index.names.insert(app.name.clone(), Arc::clone(&app));
            index.ids.insert(app.id, app);
        }
        index
    }
}

impl AppRegistry {
    /// Loads all apps.
    pub(crate) async fn load(store: Arc<dyn Apps>) -> Stored<Self> {
        let index = Index::new(store.apps().await?);
        Ok(Self {
            store,
            index: RwLock::new(Arc::new(index)),
        })
    }

    async fn reload(&self) -> Stored<()> {
        let index = Index::new(self.store.apps().await?);
        *self.index.write() = Arc::new(index);
        Ok(())
    }

    /// By key.
    pub fn app(&self, id: AppId) -> Option<Arc<App>> {
        self.index.read().ids.get(&id).cloned()
    }

    /// By name.
    pub fn app_by_name(&self, name: &str) -> Option<Arc<App>> {
        self.index.read().names.get(name).cloned()
    }

    /// By a `Host` header: case, a final dot and the port do not matter.
    pub fn app_by_host(&self, host: &str) -> Option<Arc<App>> {
        self.index.read().hosts.get(&normal_host(host)).cloned()
    }

    /// By app key.
    ///
    /// Found by its SHA-256: how long a look-up takes tells about a hash that nobody can steer, not
    /// about the key; the comparison that decides takes the same time for all.
    pub fn app_by_key(&self, key: &str) -> Option<Arc<App>> {
        let hash = hash_text(key);
        let found = self.index.read().key_hashes.get(&hash).cloned()?;
        bool::from(found.key_hash.ct_eq(&hash)).then_some(found)
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<Arc<App>> {
        let mut all: Vec<_> = self.index.read().ids.values().cloned().collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The only one, when there is only one.
    pub fn single(&self) -> Option<Arc<App>> {
        let index = Arc::clone(&self.index.read());
        let mut all = index.ids.values();
        all.next().filter(|_| index.ids.len() == 1).cloned()
    }
}

/// Lower case, without port and final dot.
fn normal_host(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        // The colons of a bare IPv6 address are no ports; in a `Host` header it has brackets.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn is_app_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next();
    name.len() <= 63
        && first.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

impl Identity {
    /// The apps as they stand.
    pub const fn apps(&self) -> &AppRegistry {
        &self.registry
    }

    /// Makes an app with the given key (one from the settings), or with a fresh one. Answers with
    /// the key, which is stored nowhere.
    pub async fn create_app(
        &self,
        name: &str,
        profile: AppProfile,
        key: Option<SecretText>,
    ) -> Result<(Arc<App>, SecretText), AppError> {
        if !is_app_name(name) {
            return Err(AppError::InvalidName);
        }
        let _one_at_a_time = self.changing_apps.lock().await;
        self.refuse_taken_host(None, &profile)?;
        let key = key.unwrap_or_else(generate_app_key);
        let now = self.clock.now();
        let new = NewApp {
            name: name.to_owned(),
            profile,
            key_hash: hash_text(key.expose()),
            secret: generate_app_secret(),
            uuid: new_uuid(now),
            created_at: now,
        };
        let made = self.registry.store.create_app(new).await?;
        self.registry.reload().await?;
        let id = made.ok_or(AppError::NameTaken)?.id;
        let app = self.registry.app(id).ok_or(AppError::Unknown)?;
        Ok((app, key))
    }

    /// Replaces how an app is set up, and its key when one is given. Tokens are checked by the new
    /// keys from now on; open sockets stay.
    pub async fn update_app(
        &self,
        id: AppId,
        profile: &AppProfile,
        key: Option<&SecretText>,
    ) -> Result<Arc<App>, AppError> {
        let _one_at_a_time = self.changing_apps.lock().await;
        let app = self.registry.app(id).ok_or(AppError::Unknown)?;
        self.refuse_taken_host(Some(id), profile)?;
        let key_hash = key.map_or(app.key_hash, |key| hash_text(key.expose()));
        self.registry
            .store
            .update_app(id, profile, key_hash)
            .await?;
        self.registry.reload().await?;
        self.verified.forget_app(id);
        self.registry.app(id).ok_or(AppError::Unknown)
    }

    /// Removes an app with everything in it and ends its sockets.
    pub async fn delete_app(&self, id: AppId) -> Result<(), AppError> {
        let _one_at_a_time = self.changing_apps.lock().await;
        if self.registry.app(id).is_none() {
            return Err(AppError::Unknown);
        }
        self.registry.store.delete_app(id).await?;
        self.registry.reload().await?;
        self.verified.forget_app(id);
        self.publisher.disconnect(Disconnect::App(id));
        Ok(())
    }

    fn refuse_taken_host(&self, but: Option<AppId>, profile: &AppProfile) -> Result<(), AppError> {
        let holder = profile
            .host
            .as_deref()
            .and_then(|host| self.registry.app_by_host(host));
        if holder.is_some_and(|holder| Some(holder.id) != but) {
            return Err(AppError::HostTaken);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_without_case_port_and_final_dot() {
        for (host, normal) in [
            ("Chat.Example.com", "chat.example.com"),
            ("chat.example.com:8000", "chat.example.com"),
            ("chat.example.com.", "chat.example.com"),
            ("[::1]:8000", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(normal_host(host), normal);
        }
    }

    #[test]
    fn names_of_apps_are_short_and_plain() {
        for name in ["a", "0", "fix-mate_2", &"x".repeat(63)] {
            assert!(is_app_name(name), "{name}");
        }
        for name in ["", "-a", "A", "a b", "a.b", "ä", &"x".repeat(64)] {
            assert!(!is_app_name(name), "{name}");
        }
    }
}
