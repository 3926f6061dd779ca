//! Presence: who is online, and on whose devices a message arrives at once. Never stored.

mod openings;

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::conversation::ConversationState;
use crate::ids::{AppId, ConversationId, UserId};
use crate::member::Party;

pub(crate) use self::openings::Openings;

const SHARDS: usize = 32;

/// What a socket takes in without its client having to say so: a message that is written to it
/// counts as delivered. Clients that acknowledge deliveries themselves attend nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// Every message to its user.
    Everything(UserId),
    /// Messages of one conversation.
    Conversation(UserId, ConversationId),
    /// Messages to an app's staff.
    Staff(AppId),
}

#[derive(Default)]
struct Online {
    sockets: usize,
    everything: usize,
    conversations: Vec<(ConversationId, usize)>,
}

/// Counts open sockets on this node.
#[derive(Default)]
pub struct Presence {
    users: [Mutex<HashMap<UserId, Online>>; SHARDS],
    staff: Mutex<HashMap<AppId, usize>>,
    openings: Openings,
}

impl Presence {
    fn shard(&self, user: UserId) -> &Mutex<HashMap<UserId, Online>> {
        &self.users[user.0.unsigned_abs() as usize % SHARDS]
    }

    /// Counts a socket in unless the user has `max` of them. Answers how many there are now.
    ///
    /// # Errors
    /// The number of open sockets, when it is `max` or more.
    pub fn connect(&self, user: UserId, max: usize) -> Result<usize, usize> {
        let mut users = self.shard(user).lock();
        let online = users.entry(user).or_default();
        if online.sockets >= max {
            return Err(online.sockets);
        }
        online.sockets += 1;
        Ok(online.sockets)
    }

    /// Counts a socket out. Answers how many are left.
    pub fn disconnect(&self, user: UserId) -> usize {
        let mut users = self.shard(user).lock();
        let Some(online) = users.get_mut(&user) else {
            return 0;
        };
        online.sockets = online.sockets.saturating_sub(1);
        let left = online.sockets;
        if left == 0 {
            users.remove(&user);
        }
        left
    }

    /// A socket starts to take messages in.
    pub fn attend(&self, what: Attendance) {
        match what {
            Attendance::Everything(user) => {
                self.shard(user).lock().entry(user).or_default().everything += 1;
            }
            Attendance::Conversation(user, conversation) => {
                let mut users = self.shard(user).lock();
                let open = &mut users.entry(user).or_default().conversations;
                match open.iter_mut().find(|(id, _)| *id == conversation) {
                    Some((_, count)) => *count += 1,
                    None => open.push((conversation, 1)),
                }
            }
            Attendance::Staff(app) => *self.staff.lock().entry(app).or_default() += 1,
        }
    }

    /// The reverse of [`Presence::attend`], before [`Presence::disconnect`].
    pub fn leave(&self, what: Attendance) {
        match what {
            Attendance::Everything(user) => {
                if let Some(online) = self.shard(user).lock().get_mut(&user) {
                    online.everything = online.everything.saturating_sub(1);
                }
            }
            Attendance::Conversation(user, conversation) => {
                if let Some(online) = self.shard(user).lock().get_mut(&user) {
                    let open = &mut online.conversations;
                    if let Some(at) = open.iter().position(|(id, _)| *id == conversation) {
                        open[at].1 -= 1;
                        if open[at].1 == 0 {
                            open.swap_remove(at);
                        }
                    }
                }
            }
            Attendance::Staff(app) => {
                if let Some(count) = self.staff.lock().get_mut(&app) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }

    /// Whether the user has at least one open socket here.
    pub fn is_online(&self, user: UserId) -> bool {
        self.shard(user).lock().contains_key(&user)
    }

    /// Whether a message in that conversation reaches a device of the user at once.
    pub fn attends(&self, user: UserId, conversation: ConversationId) -> bool {
        let users = self.shard(user).lock();
        users.get(&user).is_some_and(|online| {
            online.everything > 0
                || online
                    .conversations
                    .iter()
                    .any(|(id, _)| *id == conversation)
        })
    }

    /// Users who have the conversation open: at least one socket of theirs here listens to the
    /// conversation itself, whether or not it attends anything. In the order in which they came.
    pub fn attending(&self, conversation: ConversationId) -> Vec<UserId> {
        self.openings.users(conversation)
    }

    /// Where openings and closings are counted.
    pub(crate) const fn openings(&self) -> &Openings {
        &self.openings
    }

    /// The parties other than the author's on whose devices a message arrives at once.
    pub fn reached(&self, state: &ConversationState, author: Option<Party>) -> Vec<Party> {
        let id = state.head.id;
        let reached = |party: Party| match party {
            Party::User(user) => self.attends(user, id),
            Party::Staff => self
                .staff
                .lock()
                .get(&state.head.app)
                .is_some_and(|n| *n > 0),
        };
        let others = state
            .members
            .iter()
            .map(|m| m.party)
            .filter(|p| Some(*p) != author);
        others.filter(|party| reached(*party)).collect()
    }

    /// Open sockets of all users here.
    pub fn sockets(&self) -> usize {
        self.users
            .iter()
            .map(|shard| shard.lock().values().map(|o| o.sockets).sum::<usize>())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn online_from_the_first_socket_to_the_last_and_no_further_than_the_limit() {
        let presence = Presence::default();
        let ann = UserId(1);
        assert!(!presence.is_online(ann));
        assert_eq!(presence.connect(ann, 2), Ok(1));
        assert_eq!(presence.connect(ann, 2), Ok(2));
        assert_eq!(presence.connect(ann, 2), Err(2));
        assert_eq!(presence.disconnect(ann), 1);
        assert!(presence.is_online(ann));
        assert_eq!(presence.disconnect(ann), 0);
        assert!(!presence.is_online(ann));
    }

    #[test]
    fn attendance_is_counted_per_conversation_and_for_everything() {
        let presence = Presence::default();
        let (ann, one, two) = (UserId(1), ConversationId(1), ConversationId(2));
        presence.connect(ann, 9).expect("below the limit");
        presence.attend(Attendance::Conversation(ann, one));
        presence.attend(Attendance::Conversation(ann, one));
        presence.leave(Attendance::Conversation(ann, one));
        assert!(presence.attends(ann, one));
        assert!(!presence.attends(ann, two));
        presence.attend(Attendance::Everything(ann));
        assert!(presence.attends(ann, two));
        presence.leave(Attendance::Everything(ann));
        presence.leave(Attendance::Conversation(ann, one));
        assert!(!presence.attends(ann, one));
    }
}
