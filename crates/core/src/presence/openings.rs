//! Who has which conversation open, by sockets that listen to the conversation itself.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::ids::{ConversationId, UserId};

const SHARDS: usize = 32;

type Counts = HashMap<ConversationId, Vec<(UserId, usize)>>;

/// Counts sockets by conversation and user.
///
/// Counting and telling of it take place in one turn: otherwise a closing and an opening at the same
/// moment could be told in the other order than they were counted. Whoever is told may look at the
/// counts, so these have a lock of their own.
#[derive(Default)]
pub(crate) struct Openings {
    turns: [Mutex<()>; SHARDS],
    counts: [Mutex<Counts>; SHARDS],
}

fn shard(conversation: ConversationId) -> usize {
    conversation.0.unsigned_abs() as usize % SHARDS
}

impl Openings {
    /// Counts a socket in, then calls `tell` with whether it is the user's first there.
    pub(crate) fn open(&self, conversation: ConversationId, user: UserId, tell: impl FnOnce(bool)) {
        let _turn = self.turns[shard(conversation)].lock();
        tell(self.count_in(conversation, user));
    }

    /// Counts a socket out; calls `tell` when it was the user's last there.
    pub(crate) fn close(&self, conversation: ConversationId, user: UserId, tell: impl FnOnce()) {
        let _turn = self.turns[shard(conversation)].lock();
        if self.count_out(conversation, user) {
            tell();
        }
    }

    fn count_in(&self, conversation: ConversationId, user: UserId) -> bool {
        let mut counts = self.counts[shard(conversation)].lock();
        let open = counts.entry(conversation).or_default();
        if let Some((_, count)) = open.iter_mut().find(|(of, _)| *of == user) {
            *count += 1;
            false
        } else {
            open.push((user, 1));
            true
        }
    }

    fn count_out(&self, conversation: ConversationId, user: UserId) -> bool {
        let mut counts = self.counts[shard(conversation)].lock();
        let Some(open) = counts.get_mut(&conversation) else {
            return false;
        };
        let Some(at) = open.iter().position(|(of, _)| *of == user) else {
            return false;
        };
        open[at].1 -= 1;
        if open[at].1 > 0 {
            return false;
        }
        open.remove(at);
        if open.is_empty() {
            counts.remove(&conversation);
        }
        true
    }

    /// Users with at least one socket there, in the order in which they came.
    pub(crate) fn users(&self, conversation: ConversationId) -> Vec<UserId> {
        let counts = self.counts[shard(conversation)].lock();
        let open = counts.get(&conversation).into_iter().flatten();
        open.map(|(user, _)| *user).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ConversationId = ConversationId(1);
    const TWO: ConversationId = ConversationId(33);
    const ANN: UserId = UserId(1);
    const BO: UserId = UserId(2);

    fn open(openings: &Openings, conversation: ConversationId, user: UserId) -> bool {
        let mut first = None;
        openings.open(conversation, user, |is_first| {
            // Whoever is told may look.
            assert!(openings.users(conversation).contains(&user));
            first = Some(is_first);
        });
        first.expect("every opening is told")
    }

    fn close(openings: &Openings, conversation: ConversationId, user: UserId) -> bool {
        let mut last = false;
        openings.close(conversation, user, || last = true);
        last
    }

    #[test]
    fn from_the_first_socket_to_the_last() {
        let openings = Openings::default();
        assert!(open(&openings, ONE, ANN));
        assert!(!open(&openings, ONE, ANN));
        assert!(open(&openings, TWO, ANN), "of the same shard");
        assert!(open(&openings, ONE, BO));
        assert_eq!(openings.users(ONE), [ANN, BO]);
        assert!(!close(&openings, ONE, ANN));
        assert!(close(&openings, ONE, ANN));
        assert!(!close(&openings, ONE, ANN), "was not there any more");
        assert_eq!(openings.users(ONE), [BO]);
        assert_eq!(openings.users(TWO), [ANN]);
        assert!(close(&openings, ONE, BO));
        assert_eq!(openings.users(ONE), []);
        assert!(open(&openings, ONE, ANN), "again the first");
    }
}
