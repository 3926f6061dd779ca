//! Who listens to what.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use parlance_core::topic::Topic;
use parlance_dialects::contract::View;
use slab::Slab;

use super::SocketHandle;

const SHARDS: usize = 32;

/// One socket's listening to one topic.
pub(crate) struct Listener {
    pub(crate) socket: Arc<SocketHandle>,
    pub(crate) view: View,
}

/// Names a listener for its removal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listening {
    topic: Topic,
    key: usize,
}

impl Listening {
    /// What is listened to.
    pub(crate) fn topic(&self) -> Topic {
        self.topic
    }
}

type Shard = HashMap<Topic, Slab<Listener>>;

/// Listeners by topic. A listener keeps its place while it listens, so that a delivery in chunks
/// passes nobody over.
#[derive(Default)]
pub(crate) struct Topics {
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

impl Topics {
    fn shard(&self, topic: &Topic) -> MutexGuard<'_, Shard> {
        let at = self.hasher.hash_one(topic) as usize % self.shards.len();
        self.shards[at].lock()
    }

    pub(crate) fn listen(&self, topic: Topic, socket: Arc<SocketHandle>, view: View) -> Listening {
        let mut shard = self.shard(&topic);
        let key = shard
            .entry(topic)
            .or_default()
            .insert(Listener { socket, view });
        Listening { topic, key }
    }

    pub(crate) fn leave(&self, listening: Listening) {
        let mut shard = self.shard(&listening.topic);
        if let Some(listeners) = shard.get_mut(&listening.topic) {
            listeners.try_remove(listening.key);
            if listeners.is_empty() {
                shard.remove(&listening.topic);
            }
        }
    }

    /// How many listen to a topic.
    pub(crate) fn size(&self, topic: Topic) -> usize {
        self.shard(&topic).get(&topic).map_or(0, Slab::len)
    }

    /// Calls `each` for the listeners in places `from..from + count`; answers the place to go on
    /// from, or `None` after the last.
    pub(crate) fn chunk(
        &self,
        topic: Topic,
        from: usize,
        count: usize,
        mut each: impl FnMut(&Listener),
    ) -> Option<usize> {
        let shard = self.shard(&topic);
        let listeners = shard.get(&topic)?;
        let end = listeners.capacity();
        let to = end.min(from.saturating_add(count));
        if from == 0 && to == end {
            listeners.iter().for_each(|(_, listener)| each(listener));
            return None;
        }
        (from..to)
            .filter_map(|place| listeners.get(place))
            .for_each(each);
        (to < end).then_some(to)
    }

    pub(crate) fn count(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }
}
