//! Apps that the settings know by name. Others may be made by the operator API; those are in the
//! store only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use parlance_core::app::{AppProfile, TokenKey};
use parlance_identity::{TokenRules, check_token_key};

use super::reader::{Problems, Reader, nearest};
use super::secrets::{SecretSources, Secrets};
use super::section::section;
use super::value::{Secret, kind_of, quoted};

/// Shorter secrets can be guessed from one token.
const MIN_SECRET_CHARS: usize = 16;

section! {
    /// An app: one product with its own users. Nothing crosses apps. Made at the start when there is
    /// none of that name, else brought up to date; taking it out here does not remove it.
    struct AppSection in "apps" {
        /// Short name, unique: 1 to 63 of a-z, 0-9, - and _.
        name: Option<String> = none, "shop";
        /// What it speaks beside the native dialect, which is always there under /v1: "fixmate",
        /// "drivecash", "membership".
        dialects: Option<Vec<String>> = none, "fixmate";
        /// An address of its own. Or a host name (below) on the shared listeners; or neither, for
        /// one app.
        listen: Option<SocketAddr> = none, "127.0.0.1:8001";
        /// The host name by which it is told from others on a shared listener, without port.
        host: Option<String> = none, "chat.example.com";
        /// Web origins besides its own whose pages may call it and open sockets.
        origins: Option<Vec<String>> = none, "https://example.com";
        /// How links to it are written when a proxy stands in front, without a final slash.
        public_url: Option<String> = none, "https://chat.example.com";
        /// A folder whose files are served where no dialect has a path, under the app's own origin: the
        /// product's web client. A path that ends in a slash is answered with its index.html.
        client_dir: Option<PathBuf> = none, "./frontend/dist";
        /// The variable that holds the app key, with which the product's backend calls the operator
        /// API. Or key_file, or key. Without any, the app has a key that nobody knows.
        key_env: Option<String> = none, "SHOP_APP_KEY";
        /// A file that holds the app key.
        key_file: Option<PathBuf> = none, "/run/secrets/shop-app-key";
        /// The app key itself; for tests, a file of settings is no place for secrets.
        key: Option<Secret> = none, "at least 16 random characters";
    }
}

section! {
    /// Which tokens of the product are trusted. Any of the keys may sign; the issuer and the audience
    /// have to be named where they are set here.
    struct AuthSection in "apps.auth" {
        /// The variable that holds the shared secret for HS256.
        hs256_secret_env: Option<String> = none, "SHOP_SECRET";
        /// A file that holds it.
        hs256_secret_file: Option<PathBuf> = none, "/run/secrets/shop-secret";
        /// The secret itself; for tests, a file of settings is no place for secrets.
        hs256_secret: Option<Secret> = none, "at least 16 random characters";
        /// Address of a JSON Web Key Set, fetched when needed and kept for a while.
        jwks_url: Option<String> = none, "https://example.com/.well-known/jwks.json";
        /// A public key in PEM (Ed25519, P-256 or RSA), or the path of a file that holds one.
        public_key: Option<String> = none, "./shop-public-key.pem";
        /// Several of them.
        public_keys: Option<Vec<String>> = none, "./shop-old-key.pem";
        /// What the claim iss has to be.
        issuer: Option<String> = none, "https://example.com";
        /// What the claim aud has to be or to hold.
        audience: Option<String> = none, "parlance";
    }
}

/// An app of the settings, checked.
#[derive(Clone)]
pub(crate) struct AppSettings {
    /// Its unique name.
    pub(crate) name: String,
    /// Its own address.
    pub(crate) listen: Option<SocketAddr>,
    /// The folder of the product's web client.
    pub(crate) client_dir: Option<PathBuf>,
    /// What the store keeps of it.
    pub(crate) profile: AppProfile,
    /// The key of its host's backend.
    pub(crate) key: Option<Secret>,
    /// What its tokens have to name.
    pub(crate) token_rules: TokenRules,
}

/// Without the profile: its token keys may be secrets.
impl std::fmt::Debug for AppSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppSettings")
            .field("name", &self.name)
            .field("listen", &self.listen)
            .field("dialects", &self.profile.dialects)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Reads all `[[apps]]`.
pub(super) fn read(
    file: Option<&toml::Table>,
    environment: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Vec<AppSettings> {
    let entries = match file.and_then(|file| file.get("apps")) {
        None => return Vec::new(),
        Some(toml::Value::Array(entries)) => entries,
        Some(other) => {
            let kind = kind_of(other);
            problems.note(
                "apps",
                format_args!("{kind} instead of a list; write [[apps]]"),
            );
            return Vec::new();
        }
    };
    let mut apps = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match entry.as_table() {
            Some(table) => apps.extend(read_app(index, table, environment, problems)),
            None => problems.note(
                "apps",
                "an entry is no table; write [[apps]] before each app",
            ),
        }
    }
    check_together(&apps, problems);
    apps
}

fn read_app(
    index: usize,
    table: &toml::Table,
    environment: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Option<AppSettings> {
    let name = table.get("name").and_then(toml::Value::as_str);
    let path = name.map_or_else(|| format!("apps[{index}]"), |name| format!("apps.{name}"));
    let app = AppSection::read(
        &mut Reader::of_entry(path.clone(), table, problems),
        &["auth"],
    );
    let (mut token_keys, mut token_rules) = (Vec::new(), TokenRules::default());
    match table.get("auth") {
        Some(toml::Value::Table(auth)) => {
            let path = format!("{path}.auth");
            let auth = AuthSection::read(&mut Reader::of_entry(path.clone(), auth, problems), &[]);
            token_keys = auth.token_keys(
                &path,
                &mut Secrets {
                    environment,
                    problems,
                },
            );
            token_rules = TokenRules {
                issuer: auth.issuer,
                audience: auth.audience,
            };
        }
        Some(other) => problems.note(
            &format!("{path}.auth"),
            format_args!(
                "{} instead of a table; write {{ hs256_secret_env = … }}",
                kind_of(other)
            ),
        ),
        None => {}
    }
    app.check(&path, problems);
    let key = app.find_key(
        &path,
        &mut Secrets {
            environment,
            problems,
        },
    );
    if app.name.is_none() && !table.contains_key("name") {
        problems.note(
            &format!("{path}.name"),
            "missing; give the app a short name",
        );
    }
    Some(AppSettings {
        name: app.name?,
        listen: app.listen,
        client_dir: app.client_dir,
        profile: AppProfile {
            dialects: app.dialects.unwrap_or_default(),
            host: app.host,
            origins: app.origins.unwrap_or_default(),
            public_url: app.public_url,
            token_keys,
        },
        key,
        token_rules,
    })
}

impl AppSection {
    fn check(&self, path: &str, problems: &mut Problems) {
        let known: Vec<&str> = parlance_dialects::names().collect();
        if let Some(name) = &self.name
            && !is_app_name(name)
        {
            problems.note(
                &format!("{path}.name"),
                "not a name for an app; use 1 to 63 of a-z, 0-9, - and _, a letter or digit first",
            );
        }
        for dialect in self.dialects.iter().flatten() {
            if !known.contains(&dialect.as_str()) {
                let advice = match nearest(dialect, &known) {
                    Some(nearest) => format!("did you mean {nearest}?"),
                    None => format!("this release speaks {}", known.join(", ")),
                };
                problems.note(
                    &format!("{path}.dialects"),
                    format_args!("unknown dialect {}; {advice}", quoted(dialect)),
                );
            }
        }
        if self.listen.is_some() && self.host.is_some() {
            problems.note(
                &format!("{path}.host"),
                "an app with an address of its own needs no host name; keep listen or host",
            );
        }
        if let Some(host) = &self.host
            && (host.contains("//") || host.contains('/') || host.contains(char::is_whitespace))
        {
            problems.note(
                &format!("{path}.host"),
                "not a host name; write only the name, as in \"chat.example.com\"",
            );
        }
        for origin in self.origins.iter().flatten() {
            if !is_origin(origin) {
                problems.note(
                    &format!("{path}.origins"),
                    format_args!(
                        "{} is no origin; write scheme and host, as in \"https://example.com\"",
                        quoted(origin)
                    ),
                );
            }
        }
        if let Some(folder) = &self.client_dir
            && !folder.is_dir()
        {
            problems.note(
                &format!("{path}.client_dir"),
                format_args!(
                    "{} is no folder; build the web client first",
                    folder.display()
                ),
            );
        }
        if let Some(url) = &self.public_url
            && (!is_web_address(url) || url.ends_with('/'))
        {
            problems.note(
                &format!("{path}.public_url"),
                "not a web address without final slash; write one as in \"https://chat.example.com\"",
            );
        }
    }

    fn find_key(&self, path: &str, secrets: &mut Secrets<'_>) -> Option<Secret> {
        let sources = SecretSources {
            variable: self.key_env.as_deref(),
            file: self.key_file.as_deref(),
            text: self.key.as_ref(),
        };
        secrets.find(path, "key", sources, MIN_SECRET_CHARS)
    }
}

impl AuthSection {
    fn token_keys(&self, path: &str, secrets: &mut Secrets<'_>) -> Vec<TokenKey> {
        let sources = SecretSources {
            variable: self.hs256_secret_env.as_deref(),
            file: self.hs256_secret_file.as_deref(),
            text: self.hs256_secret.as_ref(),
        };
        let mut keys = Vec::new();
        if let Some(secret) = secrets.find(path, "hs256_secret", sources, MIN_SECRET_CHARS) {
            let secret = secret.expose().to_owned();
            keys.push(("hs256_secret", TokenKey::Hs256 { secret }));
        }
        if let Some(url) = &self.jwks_url {
            keys.push(("jwks_url", TokenKey::Jwks { url: url.clone() }));
        }
        let one = self.public_key.iter().map(|key| ("public_key", key));
        let many = self
            .public_keys
            .iter()
            .flatten()
            .map(|key| ("public_keys", key));
        for (setting, key) in one.chain(many) {
            let pem = if key.contains("-----BEGIN") {
                Some(key.clone())
            } else {
                secrets.read(&format!("{path}.{setting}"), key.as_ref())
            };
            keys.extend(pem.map(|pem| (setting, TokenKey::Pem { pem })));
        }
        for (setting, key) in &keys {
            if let Err(what) = check_token_key(key) {
                secrets.problems.note(&format!("{path}.{setting}"), what);
            }
        }
        keys.into_iter().map(|(_, key)| key).collect()
    }
}

/// What no app alone can have wrong: names, hosts and addresses that two of them want.
fn check_together(apps: &[AppSettings], problems: &mut Problems) {
    for (index, app) in apps.iter().enumerate() {
        let before = &apps[..index];
        if before.iter().any(|other| other.name == app.name) {
            problems.note(
                &format!("apps.{}.name", app.name),
                "two apps have this name; give each its own",
            );
        }
        let host = app.profile.host.as_ref();
        if let Some(other) = before
            .iter()
            .find(|other| host.is_some() && other.profile.host.as_ref() == host)
        {
            problems.note(
                &format!("apps.{}.host", app.name),
                format_args!("the app {} has the same; give each its own", other.name),
            );
        }
        let listen = app.listen.filter(|address| address.port() != 0);
        if let Some(other) = before
            .iter()
            .find(|other| listen.is_some() && other.listen == listen)
        {
            problems.note(
                &format!("apps.{}.listen", app.name),
                format_args!("the app {} has the same; give each its own", other.name),
            );
        }
    }
    let shared: Vec<&str> = apps
        .iter()
        .filter(|app| app.listen.is_none() && app.profile.host.is_none())
        .map(|app| app.name.as_str())
        .collect();
    if shared.len() > 1 {
        problems.note(
            "apps",
            format_args!(
                "requests for {} cannot be told apart; give each of them listen or host",
                shared.join(" and ")
            ),
        );
    }
}

fn is_app_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 63
        && name.starts_with(plain)
        && name.chars().all(|c| plain(c) || c == '-' || c == '_')
}

fn is_web_address(text: &str) -> bool {
    let parsed = url::Url::parse(text).ok();
    parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn is_origin(text: &str) -> bool {
    let parsed = url::Url::parse(text).ok();
    is_web_address(text) && parsed.is_some_and(|url| url.origin().ascii_serialization() == text)
}
