//! Ending live sockets whose reason to be open is gone.

use std::collections::VecDeque;

use parking_lot::Mutex;
use parlance_core::principal::UserPrincipal;
use parlance_core::publish::Disconnect;
use parlance_core::topic::Topic;

use super::{Hub, SocketHandle};
use crate::websocket::close_code::UNAUTHENTICATED;

/// No longer a member, or nothing left to be a member of.
const NOT_A_MEMBER: u16 = 4403;

/// Disconnections remembered for sockets that are between their check and their registration.
const REMEMBERED: usize = 1_024;

/// The latest disconnections, numbered.
#[derive(Default)]
pub(super) struct RecentEnds {
    noted: Mutex<(u64, VecDeque<Disconnect>)>,
}

impl RecentEnds {
    pub(super) fn mark(&self) -> u64 {
        self.noted.lock().0
    }

    pub(super) fn note(&self, whom: Disconnect) {
        let mut noted = self.noted.lock();
        noted.0 += 1;
        noted.1.push_front(whom);
        noted.1.truncate(REMEMBERED);
    }

    pub(super) fn named_since(&self, mark: u64, who: &UserPrincipal) -> bool {
        let noted = self.noted.lock();
        let since = usize::try_from(noted.0 - mark).unwrap_or(usize::MAX);
        // More than is remembered: rather one reconnect too many than a socket that should not be.
        since > REMEMBERED || noted.1.iter().take(since).any(|end| names(end, who))
    }
}

/// Whether a disconnection by account or credential means this principal. Membership is looked at
/// again when the socket's topics are.
fn names(end: &Disconnect, who: &UserPrincipal) -> bool {
    match end {
        Disconnect::Credential(credential) => who.credential == Some(*credential),
        Disconnect::User(user) => who.user.id == *user,
        Disconnect::App(app) => who.user.app == *app,
        Disconnect::Member(..) | Disconnect::Conversation(_) => false,
    }
}

impl Hub {
    pub(super) fn end(&self, whom: Disconnect) {
        match whom {
            Disconnect::Member(conversation, user) => {
                self.topics.chunk(
                    Topic::Conversation(conversation),
                    0,
                    usize::MAX,
                    |listener| {
                        let who = listener.socket.who.get();
                        if who.is_some_and(|who| who.user.id == user) {
                            close(&listener.socket, NOT_A_MEMBER, "no longer a member");
                        }
                    },
                );
            }
            Disconnect::Conversation(conversation) => {
                self.topics.chunk(
                    Topic::Conversation(conversation),
                    0,
                    usize::MAX,
                    |listener| {
                        close(&listener.socket, NOT_A_MEMBER, "the conversation is gone");
                    },
                );
            }
            Disconnect::Credential(_) | Disconnect::User(_) | Disconnect::App(_) => {
                for group in &self.sockets {
                    for socket in group.lock().values() {
                        if socket.who.get().is_some_and(|who| names(&whom, who)) {
                            close(socket, UNAUTHENTICATED, "the credential is void");
                        }
                    }
                }
            }
        }
    }
}

fn close(socket: &SocketHandle, code: u16, reason: &'static str) {
    socket.outbound.request_close(code, reason);
}
