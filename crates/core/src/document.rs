//! Documents: what a dialect keeps beside chat, such as read flags of notifications, jobs, disputes.
//!
//! What one means, and who may see it, is the dialect's business; the store only finds it by app,
//! kind and id, by subject, or by owner.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::ids::{AppId, UserId};

/// One document as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Key. Rises over all documents of a store and is never given out twice.
    pub id: i64,
    /// The tenant.
    pub app: AppId,
    /// What it is, by the dialect's own name for it.
    pub kind: String,
    /// Whose it is, where it is somebody's.
    pub owner: Option<UserId>,
    /// What it is about, in a form by which it is found: of one kind, one document a subject.
    pub subject: Option<String>,
    /// What it says.
    pub data: Map<String, Value>,
    /// 1 for a new one, and one more with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What makes a document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewDocument {
    /// What it is.
    pub kind: String,
    /// Whose it is.
    pub owner: Option<UserId>,
    /// What it is about.
    pub subject: Option<String>,
    /// What it says.
    pub data: Map<String, Value>,
}

/// What became of a wish to make a document.
#[derive(Debug, Clone, PartialEq)]
pub struct PutDocument {
    /// The document, or the one that was there with that subject, as it is.
    pub document: Document,
    /// Whether it was made now.
    pub is_new: bool,
}

/// Which documents of one kind to list.
#[derive(Debug, Clone, Default)]
pub struct ListDocuments {
    /// The kind.
    pub kind: String,
    /// Only this user's.
    pub owner: Option<UserId>,
    /// Those behind this id in the order asked for; `None`: from the beginning.
    pub after: Option<i64>,
    /// In which order.
    pub order: DocumentOrder,
    /// At most so many.
    pub limit: usize,
}

/// By when documents were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DocumentOrder {
    /// Latest first.
    #[default]
    NewestFirst,
    /// Earliest first.
    OldestFirst,
}
