//! Who asks: a host's backend by its app key, or the operator of this server.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use parlance_core::app::App;
use parlance_core::principal::Principal;
use parlance_dialects::contract::{Dialect, WireIds};
use parlance_dialects::native::Links;
use parlance_dialects::native::problem::{Problem, ProblemCode};
use parlance_dialects::native::request::bearer;
use parlance_dialects::services::Services;
use parlance_identity::hash_text;
use subtle::ConstantTimeEq as _;

use crate::{OperatorServices, Shared};

/// The backend of an app.
pub(crate) struct Host {
    pub(crate) app: Arc<App>,
    pub(crate) services: Services,
    pub(crate) dialect: Arc<dyn Dialect>,
}

impl Host {
    /// As whom the core is asked.
    pub(crate) fn principal(&self) -> Principal {
        Principal::App(self.app.id)
    }

    /// Which ids the app's clients know.
    pub(crate) fn wire_ids(&self) -> WireIds {
        self.dialect.wire_ids()
    }

    /// Makes addresses of files.
    pub(crate) fn links(&self) -> Links {
        Links::new(Arc::clone(&self.app), self.services.chat.clone())
    }
}

impl FromRequestParts<Shared> for Host {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        let key = bearer(&parts.headers).ok_or_else(|| unauthenticated("no key came along"))?;
        let Some(app) = state.identity.apps().app_by_key(key) else {
            return Err(if is_operator(state, key) {
                Problem::new(ProblemCode::Forbidden, "this takes the key of an app")
            } else {
                unauthenticated("no app has this key")
            });
        };
        let services = state.apps.services(app.id);
        let dialect = state.apps.dialect(app.id);
        let (Some(services), Some(dialect)) = (services, dialect) else {
            let detail = "the app is not served here";
            return Err(Problem::new(ProblemCode::Unavailable, detail));
        };
        Ok(Self {
            app,
            services,
            dialect,
        })
    }
}

/// The operator of this server.
pub(crate) struct Operator;

impl FromRequestParts<Shared> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        let key = bearer(&parts.headers).ok_or_else(|| unauthenticated("no key came along"))?;
        if is_operator(state, key) {
            return Ok(Self);
        }
        Err(if state.identity.apps().app_by_key(key).is_some() {
            Problem::new(ProblemCode::Forbidden, "this takes the operator's key")
        } else {
            unauthenticated("not the operator's key")
        })
    }
}

/// Compares hashes, so that how long it takes tells nothing of the key.
fn is_operator(services: &OperatorServices, key: &str) -> bool {
    let expected = services.operator_key.as_ref();
    expected.is_some_and(|expected| {
        let expected = hash_text(expected.expose());
        bool::from(expected.ct_eq(&hash_text(key)))
    })
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(ProblemCode::Unauthenticated, detail)
}
