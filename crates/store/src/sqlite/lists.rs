//! Lists of conversations, newest activity first.
//!
//! A list is driven by whatever is smallest: the memberships of a user, the conversations about one
//! thing of the host's, or the app's conversations in the order of their activity.

use parlance_core::command::ListConversations;
use parlance_core::ids::{AppId, ConversationId, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, Result};

use super::{messages, rows};

/// What is asked for.
pub(super) struct List {
    pub(super) app: AppId,
    pub(super) viewer: Option<(UserId, bool)>,
    pub(super) query: ListConversations,
    pub(super) limit: usize,
}

/// What the statement depends on; everything else is a parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) viewer: Viewer,
    pub(super) status: bool,
    pub(super) archived: bool,
    pub(super) with_users: bool,
    pub(super) context_kind: bool,
    pub(super) context_id: bool,
    pub(super) after: bool,
}

/// Whose list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Viewer {
    /// A member's by name.
    Member,
    /// Those, and the desk conversations.
    Staff,
    /// The app's.
    App,
}

/// Ids of the list.
pub(super) fn list(conn: &Connection, list: &List) -> Result<Vec<ConversationId>> {
    let query = &list.query;
    let mut with: Vec<i64> = query.with_users.iter().map(|user| user.0).collect();
    with.sort_unstable();
    with.dedup();
    let mut statement = conn.prepare_cached(&statement(list.shape()))?;
    messages::bind_named(&mut statement, |name| match name {
        ":app" => list.app.0.into(),
        ":user" => list.viewer.map_or(0, |(user, _)| user.0).into(),
        ":status" => query
            .status
            .map_or(Value::Null, |s| rows::status_name(s).to_owned().into()),
        ":archived" => query.archived.map_or(Value::Null, Into::into),
        ":first" => with.first().copied().into(),
        ":with" => rows::id_list(with.iter().copied()).into(),
        ":with_count" => (with.len() as i64).into(),
        ":context_kind" => query.context_kind.clone().into(),
        ":context_id" => query.context_id.clone().into(),
        ":after_at" => query.after.map(|(at, _)| at.as_micros()).into(),
        ":after_id" => query.after.map(|(_, id)| id.0).into(),
        ":limit" => i64::try_from(list.limit).unwrap_or(i64::MAX).into(),
        _ => Value::Null,
    })?;
    let mut found = statement.raw_query();
    let mut ids = Vec::new();
    while let Some(row) = found.next()? {
        ids.push(ConversationId(row.get(0)?));
    }
    Ok(ids)
}

impl List {
    fn shape(&self) -> Shape {
        let query = &self.query;
        Shape {
            viewer: match self.viewer {
                None => Viewer::App,
                Some((_, false)) => Viewer::Member,
                Some((_, true)) => Viewer::Staff,
            },
            status: query.status.is_some(),
            // The app as such puts nothing away.
            archived: query.archived.is_some() && self.viewer.is_some(),
            with_users: !query.with_users.is_empty(),
            context_kind: query.context_kind.is_some(),
            context_id: query.context_id.is_some(),
            after: query.after.is_some(),
        }
    }
}

/// A present member by name, put away or not as asked.
const NAMED: &str = "SELECT 1 FROM members v WHERE v.conversation_id = c.id AND v.party = :user \
                     AND v.left_at IS NULL";
/// The staff side.
const STAFF: &str = "SELECT 1 FROM members s WHERE s.conversation_id = c.id AND s.party = 0 \
                     AND s.left_at IS NULL";

/// The statement of a shape.
pub(super) fn statement(shape: Shape) -> String {
    let branches = match (shape.viewer, shape.with_users, shape.context_id) {
        (Viewer::Member, ..) => vec![branch(shape, "members v", &memberships(shape, ":user"))],
        (Viewer::Staff | Viewer::App, true, _) => {
            let access = format!("v.party = :first AND v.left_at IS NULL{}", access(shape));
            vec![branch(shape, "members v", &access)]
        }
        (Viewer::Staff | Viewer::App, false, true) => {
            let about = "k.app_id = :app AND k.context_id = :context_id";
            let access = format!("{about}{}", access(shape));
            vec![branch(shape, "conversation_heads k", &access)]
        }
        (Viewer::Staff, false, false) => vec![
            branch(shape, "members v", &memberships(shape, ":user")),
            branch(shape, "", &format!("c.is_desk = 1 AND {}", desk(shape))),
        ],
        (Viewer::App, false, false) => vec![
            branch(shape, "", "c.is_desk = 0"),
            branch(shape, "", "c.is_desk = 1"),
        ],
    };
    if let [only] = branches.as_slice() {
        return only.clone();
    }
    let branches: Vec<_> = branches
        .iter()
        .map(|b| format!("SELECT * FROM ({b})"))
        .collect();
    format!(
        "{} ORDER BY 2 DESC, 1 DESC LIMIT :limit",
        branches.join(" UNION ALL ")
    )
}

/// One ordered and limited list, driven by `driver` (`""`: the conversations by activity).
fn branch(shape: Shape, driver: &str, condition: &str) -> String {
    let from = match driver.split(' ').next() {
        Some("members") => {
            format!("{driver} CROSS JOIN conversations c ON c.id = v.conversation_id")
        }
        Some("conversation_heads") => {
            format!("{driver} CROSS JOIN conversations c ON c.id = k.conversation_id")
        }
        _ => "conversations c".to_owned(),
    };
    let mut filters = String::new();
    let mut heads = "";
    for (wanted, filter) in [
        (shape.status, "h.status = :status"),
        (shape.context_kind, "h.context_kind = :context_kind"),
        (shape.context_id, "h.context_id = :context_id"),
    ] {
        if wanted {
            heads = " CROSS JOIN conversation_heads h ON h.conversation_id = c.id";
            filters.push_str(" AND ");
            filters.push_str(filter);
        }
    }
    if shape.with_users {
        filters.push_str(
            " AND (SELECT COUNT(*) FROM json_each(:with) w CROSS JOIN members o \
             ON o.conversation_id = c.id AND o.party = w.value AND o.left_at IS NULL) = :with_count",
        );
    }
    if shape.after {
        filters.push_str(" AND (c.last_activity_at, c.id) < (:after_at, :after_id)");
    }
    format!(
        "SELECT c.id, c.last_activity_at FROM {from}{heads} WHERE c.app_id = :app \
         AND c.deleted_at IS NULL AND {condition}{filters} \
         ORDER BY c.last_activity_at DESC, c.id DESC LIMIT :limit"
    )
}

fn memberships(shape: Shape, user: &str) -> String {
    let archived = archived(shape, "v");
    format!("v.party = {user} AND v.left_at IS NULL{archived}")
}

/// What the viewer may have in the list when something else drives it.
fn access(shape: Shape) -> String {
    if shape.viewer == Viewer::App {
        return String::new();
    }
    let named = format!("EXISTS ({NAMED}{})", archived(shape, "v"));
    format!(" AND ({named} OR (c.is_desk = 1 AND {}))", desk(shape))
}

/// On the list through the staff side: with it as a member, and not by name.
fn desk(shape: Shape) -> String {
    format!(
        "NOT EXISTS ({NAMED}) AND EXISTS ({STAFF}{})",
        archived(shape, "s")
    )
}

fn archived(shape: Shape, table: &str) -> String {
    if shape.archived {
        format!(" AND {table}.archived = :archived")
    } else {
        String::new()
    }
}
