//! The integer under which a message is found by its sender's client id.
//!
//! A unique index over the text itself costs two fifths of the inserts. This key is a pure function
//! of (conversation, sender, client id), eight bytes, not unique: whoever looks it up compares the
//! stored client id. It must stay the same over all releases, for it is stored.
//!
//! Client ids that are UUIDv7s carry their time; its seconds become the key's high bits, so that
//! fresh messages go to the right edge of the index, where the page is at hand. Any other text is
//! spread by its hash.

use parlance_core::ids::{ConversationId, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Low bits taken from the hash where the high ones are the time.
const HASH_BITS: u32 = 29;

/// The key, never negative.
pub(super) fn client_key(
    conversation: ConversationId,
    sender: Option<UserId>,
    client_id: &str,
) -> i64 {
    let hash = hash(conversation, sender, client_id);
    let time = Uuid::try_parse(client_id)
        .ok()
        .filter(|uuid| uuid.get_version_num() == 7)
        .and_then(|uuid| uuid.get_timestamp());
    match time {
        // 34 bits of seconds last until the year 2514.
        Some(time) => {
            let seconds = time.to_unix().0 & ((1 << 34) - 1);
            ((seconds << HASH_BITS) | (hash >> (64 - HASH_BITS))) as i64
        }
        None => (hash >> 1) as i64,
    }
}

fn hash(conversation: ConversationId, sender: Option<UserId>, client_id: &str) -> u64 {
    let digest = Sha256::new()
        .chain_update(conversation.0.to_le_bytes())
        .chain_update(sender.map_or(0, |sender| sender.0).to_le_bytes())
        .chain_update(client_id)
        .finalize();
    let first: [u8; 8] = std::array::from_fn(|at| digest[at]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are_stored() {
        let key = |id| client_key(ConversationId(7), Some(UserId(9)), id);
        assert_eq!(key("a"), 1_335_472_696_589_749_944);
        assert_eq!(
            key("0190163d-8694-739b-aea5-966c26f8ad91"),
            922_537_527_139_195_717
        );
    }

    #[test]
    fn a_uuid_of_version_7_sorts_by_its_second() {
        let key = |id| client_key(ConversationId(1), None, id);
        let earlier = key("0190163d-8694-739b-aea5-966c26f8ad91");
        let later = key("0190163d-9694-739b-aea5-966c26f8ad91");
        assert!(earlier < later);
        assert!(later >= 0);
    }

    #[test]
    fn another_conversation_or_sender_has_another_key() {
        let key = client_key(ConversationId(1), Some(UserId(1)), "a");
        assert_ne!(key, client_key(ConversationId(2), Some(UserId(1)), "a"));
        assert_ne!(key, client_key(ConversationId(1), Some(UserId(2)), "a"));
        assert_ne!(key, client_key(ConversationId(1), None, "a"));
    }
}
