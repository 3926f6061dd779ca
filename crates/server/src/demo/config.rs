//! `/demo/config.json`: what the demo's pages know of the demo.

use serde::Serialize;
use uuid::Uuid;

/// All apps, and what the start page shows of them.
#[derive(Debug, Serialize)]
pub(crate) struct DemoConfig {
    pub(crate) apps: Vec<AppConfig>,
    pub(crate) panes: Vec<Pane>,
}

/// One app.
#[derive(Debug, Serialize)]
pub(crate) struct AppConfig {
    pub(crate) name: String,
    pub(crate) dialects: Vec<&'static str>,
    /// `http://127.0.0.1:8000`
    pub(crate) url: String,
    /// The app key.
    pub(crate) key: String,
    pub(crate) people: Vec<PersonConfig>,
    pub(crate) conversation: ConversationConfig,
}

/// One person, with tokens minted for this answer.
#[derive(Debug, Serialize)]
pub(crate) struct PersonConfig {
    pub(crate) name: String,
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) role: &'static str,
    pub(crate) native_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fixmate_token: Option<String>,
    pub(crate) user: Uuid,
    pub(crate) user_id: i64,
}

/// The seeded conversation by both of its ids.
#[derive(Debug, Serialize)]
pub(crate) struct ConversationConfig {
    pub(crate) uuid: Uuid,
    pub(crate) id: i64,
}

/// One side of a conversation, shown on the start page.
#[derive(Debug, Serialize)]
pub(crate) struct Pane {
    pub(crate) title: String,
    pub(crate) url: String,
}
