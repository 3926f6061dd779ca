//! Who is asking: the token of a request or a handshake.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use parlance_core::principal::{Principal, UserPrincipal};
use parlance_core::topic::Topic;
use parlance_identity::AuthError;
use uuid::Uuid;

use super::Api;
use super::problem::{PROBLEM_JSON, Problem};
use super::request::bearer;
use super::session::NativeSession;
use crate::contract::{Admission, Handshake, Listen, Opened, Refusal, View};

/// The subprotocol that the server answers with.
const SUBPROTOCOL: &str = "parlance.v1";
/// What stands before a token among the offered subprotocols.
const TOKEN_PREFIX: &str = "bearer.";
/// All native sockets get the same bytes.
const EVERYBODY: View = View(0);

/// The user of a request.
pub(super) struct Caller(pub(super) Principal);

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or(AuthError::Missing)?;
        let principal = api.authenticate(token).await?;
        Ok(Self(principal))
    }
}

impl Api {
    pub(super) async fn authenticate(&self, token: &str) -> Result<Principal, AuthError> {
        let services = &self.services;
        services
            .identity
            .authenticate_native(&services.app, token)
            .await
    }

    /// What a socket of that user hears.
    pub(super) async fn admit(&self, token: &str) -> Result<Admission, AuthError> {
        let Principal::User(principal) = self.authenticate(token).await? else {
            return Err(AuthError::UnknownUser);
        };
        let listen = topics(&principal).collect();
        Ok(Admission { principal, listen })
    }

    /// Opens a socket: with who is on it, where the handshake carries a token.
    pub(super) async fn open(&self, handshake: &Handshake<'_>) -> Result<Opened, Refusal> {
        let offered = handshake.subprotocols;
        let subprotocol = offered.iter().find(|offered| *offered == SUBPROTOCOL);
        let subprotocol = subprotocol.cloned();
        let (links, epoch) = (self.links.clone(), self.services.chat.epoch());
        let id = Uuid::now_v7();
        let Some(token) = handshake_token(handshake) else {
            return Ok(Opened {
                session: Box::new(NativeSession::new(links, id, epoch)),
                admission: None,
                subprotocol,
            });
        };
        let admission = self
            .admit(token)
            .await
            .map_err(|error| refusal(error, id))?;
        let user = &admission.principal.user;
        Ok(Opened {
            session: Box::new(NativeSession::authenticated(links, id, epoch, user)),
            admission: Some(admission),
            subprotocol,
        })
    }
}

fn topics(principal: &UserPrincipal) -> impl Iterator<Item = Listen> {
    let user = &principal.user;
    let staff = user.is_staff.then_some(Topic::Staff(user.app));
    let topics = std::iter::once(Topic::User(user.id)).chain(staff);
    topics.map(|topic| Listen {
        topic,
        view: EVERYBODY,
        // Native clients acknowledge what arrived.
        attendance: None,
    })
}

fn handshake_token<'a>(handshake: &Handshake<'a>) -> Option<&'a str> {
    let offered = handshake.subprotocols.iter();
    bearer(handshake.headers).or_else(|| {
        let mut tokens = offered.filter_map(|offered| offered.strip_prefix(TOKEN_PREFIX));
        tokens.next()
    })
}

fn refusal(error: AuthError, id: Uuid) -> Refusal {
    let problem = Problem::from(error).of_request(id.to_string());
    Refusal {
        status: problem.code.status(),
        body: serde_json::to_string(&problem).expect("a problem is plain data"),
        content_type: PROBLEM_JSON,
    }
}
