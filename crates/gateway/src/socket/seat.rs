//! A user's seat on a socket: counted as online, listening to topics, until dropped.

use std::collections::VecDeque;
use std::sync::Arc;

use parlance_core::ChatError;
use parlance_core::ids::ConversationId;
use parlance_core::presence::Attendance;
use parlance_core::principal::{Principal, UserPrincipal};
use parlance_core::topic::Topic;
use parlance_core::user::User;
use parlance_dialects::contract::{Listen, Step};

use crate::Shared;
use crate::hub::{Listening, SocketHandle};
use crate::websocket::{FrameKind, encode_text};

/// Why a socket got no seat.
pub(crate) struct Refused(pub(crate) ChatError);

/// What a socket is counted in for. Dropping it takes all of that back.
pub(crate) struct Seated {
    shared: Arc<Shared>,
    who: UserPrincipal,
    listening: Vec<Listening>,
    attending: Vec<Attendance>,
    /// Conversations that are open on it: it listens to them themselves.
    open: Vec<ConversationId>,
}

impl Seated {
    /// Counts the socket in. It hears nothing before [`Seated::listen`], so that what its session
    /// says first can be queued first.
    pub(crate) async fn count_in(
        shared: &Arc<Shared>,
        handle: &SocketHandle,
        mut who: UserPrincipal,
    ) -> Result<Self, Refused> {
        who.socket = Some(handle.id);
        shared.chat.socket_opened(&who).await.map_err(Refused)?;
        // From here on the count is taken back when this is dropped.
        let seated = Self {
            shared: Arc::clone(shared),
            who,
            listening: Vec::new(),
            attending: Vec::new(),
            open: Vec::new(),
        };
        // Set once: a second authentication is refused before it comes here.
        let _first = handle.who.set(Box::new(seated.who.clone()));
        Ok(seated)
    }

    /// Lets the socket listen, and then looks again: whatever ended its right since `mark` either
    /// sees the socket now or is seen here.
    pub(crate) async fn listen(
        &mut self,
        handle: &Arc<SocketHandle>,
        topics: Vec<Listen>,
        mark: u64,
    ) -> Result<(), Refused> {
        let by = Principal::User(self.who.clone());
        let mut opened = Vec::new();
        for listen in topics {
            let hub = &self.shared.hub;
            self.listening
                .push(hub.listen(listen.topic, Arc::clone(handle), listen.view));
            let access = self.shared.chat.access();
            access
                .may_listen(&by, listen.topic)
                .await
                .map_err(Refused)?;
            if let Topic::Conversation(id) = listen.topic {
                opened.push(id);
            }
            if let Some(attendance) = listen.attendance {
                self.shared.chat.presence().attend(attendance);
                self.attending.push(attendance);
            }
        }
        if self.shared.hub.ended_since(mark, &self.who) {
            return Err(Refused(ChatError::Forbidden("the credential is void")));
        }
        for id in opened {
            let chat = &self.shared.chat;
            chat.conversation_opened(&self.who, id)
                .await
                .map_err(Refused)?;
            self.open.push(id);
        }
        self.shared.metrics.sockets_opened.one();
        Ok(())
    }

    /// Who sits here.
    pub(crate) fn user(&self) -> &Arc<User> {
        &self.who.user
    }
}

/// Queues what a session says first, before its socket hears anything; returns what is left to do.
pub(crate) fn say_first(handle: &SocketHandle, steps: Vec<Step>) -> VecDeque<Step> {
    let mut steps = VecDeque::from(steps);
    while let Some(Step::Send(text)) = steps.pop_front_if(|step| matches!(step, Step::Send(_))) {
        let frame = encode_text(text.as_bytes());
        handle.outbound.push(frame, FrameKind::Lasting);
    }
    steps
}

impl Drop for Seated {
    fn drop(&mut self) {
        for listening in self.listening.drain(..) {
            self.shared.hub.leave(listening);
        }
        for attendance in self.attending.drain(..) {
            self.shared.chat.presence().leave(attendance);
        }
        let (chat, who) = (self.shared.chat.clone(), self.who.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let open = std::mem::take(&mut self.open);
            runtime.spawn(async move {
                for id in open {
                    chat.conversation_left(&who, id).await;
                }
                chat.socket_closed(&who).await;
            });
        }
    }
}
