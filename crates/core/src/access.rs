//! The only door to a conversation: every command, query and subscription passes here.
//!
//! Membership is read from a cache of conversation states. The writer forgets an entry as soon as a
//! change of membership, status or head is committed, and the rules of change look once more inside
//! the transaction, so a stale entry can never let a write through.

use std::sync::Arc;

use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::conversation::{ConversationState, SharedState};
use crate::error::{ChatError, Subject};
use crate::ids::{AppId, ConversationId};
use crate::member::Party;
use crate::principal::Principal;
use crate::store::Store;
use crate::topic::Topic;

const FENCES: usize = 64;

/// A conversation together with the side on which the principal sits.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The conversation.
    pub state: SharedState,
    /// The principal's membership; `None` for the host's backend.
    pub party: Option<Party>,
}

impl Seat {
    /// The key, for short.
    pub fn id(&self) -> ConversationId {
        self.state.head.id
    }
}

/// Checks access, with a cache of conversation states.
pub struct Access {
    store: Arc<dyn Store>,
    states: Cache<ConversationId, SharedState>,
    /// Counts invalidations, so that a state read before one is not cached after it.
    fences: [Mutex<u64>; FENCES],
}

impl Access {
    /// A door over a store, remembering at most `capacity` conversations.
    pub fn new(store: Arc<dyn Store>, capacity: usize) -> Self {
        Self {
            store,
            states: Cache::new(capacity),
            fences: std::array::from_fn(|_| Mutex::new(0)),
        }
    }

    fn fence(&self, id: ConversationId) -> &Mutex<u64> {
        &self.fences[id.0.unsigned_abs() as usize % FENCES]
    }

    /// Forgets what is cached of a conversation. Called after the commit of whatever changed it.
    pub fn forget(&self, id: ConversationId) {
        let mut fence = self.fence(id).lock();
        *fence += 1;
        self.states.remove(&id);
    }

    /// A conversation's state without any check, deleted ones included; for the writer's events.
    pub(crate) async fn state(&self, id: ConversationId) -> Result<SharedState, ChatError> {
        if let Some(state) = self.states.get(&id) {
            return Ok(state);
        }
        let before = *self.fence(id).lock();
        let state = self.store.conversation_state(id).await?;
        let state: SharedState = Arc::new(state.ok_or(NO_CONVERSATION)?);
        let fence = self.fence(id).lock();
        if *fence == before {
            self.states.insert(id, Arc::clone(&state));
        }
        Ok(state)
    }

    /// May the principal read this conversation?
    ///
    /// # Errors
    /// `NotFound` for strangers, other apps, former members, deleted and unknown ones alike.
    pub async fn may_read(&self, by: &Principal, id: ConversationId) -> Result<Seat, ChatError> {
        let state = self.state(id).await?;
        seat(by, state)
    }

    /// May the principal write here? Besides membership, whoever writes has to be active; whether a
    /// closed conversation takes it is decided at the change.
    ///
    /// # Errors
    /// As [`Access::may_read`].
    pub async fn may_write(&self, by: &Principal, id: ConversationId) -> Result<Seat, ChatError> {
        let seat = self.may_read(by, id).await?;
        match by.user() {
            Some(user) if !user.is_active => Err(ChatError::Forbidden("the user is switched off")),
            _ => Ok(seat),
        }
    }

    /// May the principal's sockets listen to this topic?
    ///
    /// # Errors
    /// `NotFound` when not: a user's own topic, conversations that it may read, and the staff topic
    /// of its app for staff are all there is.
    pub async fn may_listen(&self, by: &Principal, topic: Topic) -> Result<(), ChatError> {
        let allowed = match topic {
            Topic::Conversation(id) => return self.may_read(by, id).await.map(drop),
            Topic::User(user) => by.user_id() == Some(user),
            Topic::Staff(app) => is_staff_of(by, app),
        };
        if allowed {
            Ok(())
        } else {
            Err(NO_CONVERSATION)
        }
    }
}

const NO_CONVERSATION: ChatError = ChatError::NotFound(Subject::Conversation);

fn is_staff_of(by: &Principal, app: AppId) -> bool {
    by.user()
        .is_some_and(|user| user.is_staff && user.app == app)
}

fn seat(by: &Principal, state: Arc<ConversationState>) -> Result<Seat, ChatError> {
    if state.head.app != by.app() || state.head.deleted_at.is_some() {
        return Err(NO_CONVERSATION);
    }
    let party = match by.user() {
        None => None,
        Some(user) => Some(
            state
                .party_of(user.id, user.is_staff)
                .ok_or(NO_CONVERSATION)?,
        ),
    };
    Ok(Seat { state, party })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::conversation::{ConversationHead, ConversationKind, ConversationStatus};
    use crate::ids::UserId;
    use crate::member::Member;
    use crate::user::User;
    use uuid::Uuid;

    const AT: Timestamp = Timestamp::from_micros(0);

    fn user(id: i64, app: i64, is_staff: bool) -> Principal {
        let user = User {
            id: UserId(id),
            uuid: Uuid::nil(),
            app: AppId(app),
            external_id: id.to_string(),
            username: String::new(),
            email: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            role: String::new(),
            is_staff,
            is_active: true,
            avatar_url: None,
            metadata: serde_json::Map::new(),
            created_at: AT,
            last_seen_at: None,
        };
        Principal::for_user(Arc::new(user), None)
    }

    fn conversation(parties: &[Party], deleted: bool) -> SharedState {
        let member = |party: &Party| Member {
            conversation: ConversationId(1),
            party: *party,
            part: String::new(),
            read_seq: 0,
            delivered_seq: 0,
            seen_count: 0,
            muted: false,
            archived: false,
            joined_at: AT,
            left_at: None,
            read_at: None,
            revision: 1,
        };
        let head = ConversationHead {
            id: ConversationId(1),
            uuid: Uuid::nil(),
            app: AppId(1),
            kind: ConversationKind::Direct,
            status: ConversationStatus::Open,
            title: None,
            context: None,
            metadata: serde_json::Map::new(),
            unique_key: None,
            created_by: None,
            created_at: AT,
            deleted_at: deleted.then_some(AT),
        };
        Arc::new(ConversationState {
            head: Arc::new(head),
            members: parties.iter().map(member).collect(),
        })
    }

    #[test]
    fn the_door_opens_for_members_staff_of_desks_and_the_apps_backend_only() {
        let (ann, bo) = (Party::User(UserId(1)), Party::User(UserId(2)));
        type Row<'a> = (&'a str, Principal, &'a [Party], bool, Option<Option<Party>>);
        let rows: &[Row<'_>] = &[
            (
                "member",
                user(1, 1, false),
                &[ann, bo],
                false,
                Some(Some(ann)),
            ),
            ("stranger", user(3, 1, false), &[ann, bo], false, None),
            ("staff, no desk", user(3, 1, true), &[ann, bo], false, None),
            (
                "staff, desk",
                user(3, 1, true),
                &[ann, Party::Staff],
                false,
                Some(Some(Party::Staff)),
            ),
            (
                "owner, desk",
                user(1, 1, false),
                &[ann, Party::Staff],
                false,
                Some(Some(ann)),
            ),
            (
                "same id, other app",
                user(1, 2, false),
                &[ann, bo],
                false,
                None,
            ),
            (
                "staff of another app",
                user(3, 2, true),
                &[ann, Party::Staff],
                false,
                None,
            ),
            (
                "backend",
                Principal::App(AppId(1)),
                &[ann, bo],
                false,
                Some(None),
            ),
            (
                "other backend",
                Principal::App(AppId(2)),
                &[ann, bo],
                false,
                None,
            ),
            ("member, deleted", user(1, 1, false), &[ann, bo], true, None),
        ];
        for (name, by, parties, deleted, expected) in rows {
            let got = seat(by, conversation(parties, *deleted))
                .ok()
                .map(|seat| seat.party);
            assert_eq!(got, *expected, "{name}");
        }
    }
}
