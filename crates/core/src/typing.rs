//! Typing: who types where, always expiring, never stored.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::Timestamp;
use crate::ids::{ConversationId, UserId};
use crate::user::User;

/// Until when somebody's typing stands, and who it is.
type Typists = HashMap<(ConversationId, UserId), (Timestamp, Arc<User>)>;

/// Who types where on this node.
#[derive(Default)]
pub struct Typing {
    typists: Mutex<Typists>,
}

impl Typing {
    /// Somebody types (again); it ends at `now + stands_for` unless repeated.
    pub fn start(
        &self,
        conversation: ConversationId,
        user: &Arc<User>,
        now: Timestamp,
        stands_for: Duration,
    ) {
        let until = now.plus(stands_for);
        self.typists
            .lock()
            .insert((conversation, user.id), (until, Arc::clone(user)));
    }

    /// Somebody stops.
    pub fn stop(&self, conversation: ConversationId, user: UserId) {
        self.typists.lock().remove(&(conversation, user));
    }

    /// Takes out whoever has not repeated in time.
    pub fn expired(&self, now: Timestamp) -> Vec<(ConversationId, Arc<User>)> {
        let mut typists = self.typists.lock();
        let mut ended = Vec::new();
        typists.retain(|(conversation, _), (until, user)| {
            let goes_on = *until > now;
            if !goes_on {
                ended.push((*conversation, Arc::clone(user)));
            }
            goes_on
        });
        ended
    }
}
