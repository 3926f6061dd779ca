//! Where a thread stands: one stored status, as its member and as staff see it.

use parlance_core::conversation::{ConversationHead, ConversationStatus};
use parlance_core::user::User;
use serde_json::{Map, Value, json};

/// A thread to which the member can write.
pub(super) const OPEN: &str = "open";
/// A thread that is done, as its member calls it.
pub(super) const CLOSED: &str = "closed";
/// A thread that an agent has taken, as staff call it; members see it as open.
pub(super) const ASSIGNED: &str = "assigned";
/// A thread that is done, as staff call it.
pub(super) const RESOLVED: &str = "resolved";
/// Where a conversation's metadata keeps what only the desk knows: whether it is assigned, to whom.
pub(super) const DESK: &str = "desk";

/// The status as the member sees it.
pub(super) const fn member_status(status: ConversationStatus) -> &'static str {
    match status {
        ConversationStatus::Open => OPEN,
        ConversationStatus::Closed | ConversationStatus::Archived => CLOSED,
    }
}

fn desk(head: &ConversationHead, field: &str) -> Value {
    let desk = head.metadata.get(DESK);
    desk.and_then(|desk| desk.get(field))
        .cloned()
        .unwrap_or_default()
}

/// The status as staff see it.
pub(super) fn staff_status(head: &ConversationHead) -> &'static str {
    match head.status {
        ConversationStatus::Open if desk(head, "status") == ASSIGNED => ASSIGNED,
        ConversationStatus::Open => OPEN,
        ConversationStatus::Closed | ConversationStatus::Archived => RESOLVED,
    }
}

/// The display name of the agent who has the thread, or null. Kept with the thread, because frames
/// are made without a look-up.
pub(super) fn assignee(head: &ConversationHead) -> Value {
    desk(head, "assignee")
}

/// What the metadata keeps of an assignment.
pub(super) fn assignment(status: &str, agent: Option<&User>) -> Map<String, Value> {
    let desk = json!({
        "status": status,
        "agent": agent.map(|agent| agent.uuid),
        "assignee": agent.map(User::display_name),
    });
    Map::from_iter([(DESK.to_owned(), desk)])
}

#[cfg(test)]
mod tests {
    use super::super::views::tests::{head, user};
    use super::*;

    #[test]
    fn one_stored_status_serves_both_sides() {
        let sam = user(5, "Sam", true);
        let mut head = head();
        assert_eq!((staff_status(&head), assignee(&head)), (OPEN, Value::Null));
        head.metadata = assignment(ASSIGNED, Some(&sam));
        assert_eq!(
            (staff_status(&head), assignee(&head)),
            (ASSIGNED, json!("Sam"))
        );
        assert_eq!(member_status(head.status), OPEN);
        head.status = ConversationStatus::Closed;
        assert_eq!(
            (staff_status(&head), member_status(head.status)),
            (RESOLVED, CLOSED)
        );
    }
}
