//! A user's seat on a socket: counted as online, listening to topics, until dropped.

use std::sync::Arc;

use parlance_core::ChatError;
use parlance_core::presence::Attendance;
use parlance_core::principal::{Principal, UserPrincipal};
use parlance_core::user::User;
use parlance_dialects::contract::Admission;

use crate::Shared;
use crate::hub::{Listening, SocketHandle};

/// Why a socket got no seat.
pub(crate) struct Refused(pub(crate) ChatError);

/// What a socket is counted in for. Dropping it takes all of that back.
pub(crate) struct Seated {
    shared: Arc<Shared>,
    who: UserPrincipal,
    listening: Vec<Listening>,
    attending: Vec<Attendance>,
}

impl Seated {
    /// Counts the socket in, lets it listen, and then looks again: whatever ended its right in the
    /// meantime either sees the socket now or is seen here.
    pub(crate) async fn take(
        shared: &Arc<Shared>,
        handle: &Arc<SocketHandle>,
        admission: Admission,
        mark: u64,
    ) -> Result<Self, Refused> {
        let mut who = admission.principal;
        who.socket = Some(handle.id);
        shared.chat.socket_opened(&who).await.map_err(Refused)?;
        // From here on the count is taken back when this is dropped.
        let mut seated = Self {
            shared: Arc::clone(shared),
            who,
            listening: Vec::new(),
            attending: Vec::new(),
        };
        // Set once: a second authentication is refused before it comes here.
        let _first = handle.who.set(Box::new(seated.who.clone()));
        let by = Principal::User(seated.who.clone());
        for listen in admission.listen {
            let hub = &shared.hub;
            seated
                .listening
                .push(hub.listen(listen.topic, Arc::clone(handle), listen.view));
            shared
                .chat
                .access()
                .may_listen(&by, listen.topic)
                .await
                .map_err(Refused)?;
            if let Some(attendance) = listen.attendance {
                shared.chat.presence().attend(attendance);
                seated.attending.push(attendance);
            }
        }
        if shared.hub.ended_since(mark, &seated.who) {
            return Err(Refused(ChatError::Forbidden("the credential is void")));
        }
        shared.metrics.sockets_opened.one();
        Ok(seated)
    }

    /// Who sits here.
    pub(crate) fn user(&self) -> &Arc<User> {
        &self.who.user
    }
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
            runtime.spawn(async move { chat.socket_closed(&who).await });
        }
    }
}
