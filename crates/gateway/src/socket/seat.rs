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
    /// Its socket is away: it listens on, and counts for nothing.
    paused: bool,
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
            paused: false,
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

    /// Listens to one more topic, if the core lets it.
    pub(crate) async fn listen_also(
        &mut self,
        handle: &Arc<SocketHandle>,
        listen: Listen,
    ) -> Result<(), ChatError> {
        if self.listening.iter().any(|on| on.topic() == listen.topic) {
            return Ok(());
        }
        let hub = &self.shared.hub;
        // First in, then the look: whoever is removed meanwhile is either refused or ended.
        self.listening
            .push(hub.listen(listen.topic, Arc::clone(handle), listen.view));
        let by = Principal::User(self.who.clone());
        let access = self.shared.chat.access();
        if let Err(error) = access.may_listen(&by, listen.topic).await {
            self.leave(listen.topic);
            return Err(error);
        }
        if let Some(attendance) = listen.attendance {
            self.shared.chat.presence().attend(attendance);
            self.attending.push(attendance);
        }
        if let Topic::Conversation(id) = listen.topic {
            if let Err(error) = self.shared.chat.conversation_opened(&self.who, id).await {
                self.leave(listen.topic);
                return Err(error);
            }
            self.open.push(id);
        }
        Ok(())
    }

    /// Listens to that topic no more.
    pub(crate) fn leave(&mut self, topic: Topic) {
        for listening in self.listening.extract_if(.., |on| on.topic() == topic) {
            self.shared.hub.leave(listening);
        }
        let attended = |attendance: &mut Attendance| match attendance {
            Attendance::Everything(user) => topic == Topic::User(*user),
            Attendance::Conversation(_, conversation) => {
                topic == Topic::Conversation(*conversation)
            }
            Attendance::Staff(app) => topic == Topic::Staff(*app),
        };
        for attendance in self.attending.extract_if(.., attended) {
            self.shared.chat.presence().leave(attendance);
        }
        let left = |id: &mut ConversationId| topic == Topic::Conversation(*id);
        let left: Vec<_> = self.open.extract_if(.., left).collect();
        if !left.is_empty() {
            self.tell(left, false);
        }
    }

    /// The socket is away for a while and may [come back](Self::resume): its user is not online by
    /// it meanwhile.
    pub(crate) fn pause(&mut self) {
        self.count_out();
        self.paused = true;
    }

    /// The socket is back.
    pub(crate) async fn resume(&mut self) -> Result<(), Refused> {
        self.shared
            .chat
            .socket_opened(&self.who)
            .await
            .map_err(Refused)?;
        self.paused = false;
        for attendance in &self.attending {
            self.shared.chat.presence().attend(*attendance);
        }
        for id in std::mem::take(&mut self.open) {
            let chat = &self.shared.chat;
            let opened = chat.conversation_opened(&self.who, id).await;
            opened.map_err(Refused)?;
            self.open.push(id);
        }
        Ok(())
    }

    fn count_out(&self) {
        if self.paused {
            return;
        }
        for attendance in &self.attending {
            self.shared.chat.presence().leave(*attendance);
        }
        self.tell(self.open.clone(), true);
    }

    /// Tells the core that conversations are open here no more, and perhaps the socket.
    fn tell(&self, left: Vec<ConversationId>, closed: bool) {
        let (chat, who) = (self.shared.chat.clone(), self.who.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                for id in left {
                    chat.conversation_left(&who, id).await;
                }
                if closed {
                    chat.socket_closed(&who).await;
                }
            });
        }
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
        self.count_out();
    }
}
