//! Access and refresh tokens. A refresh token stays valid until it ends, and no new one is given:
//! no client stores one.

use std::time::Duration;

use parlance_core::principal::Principal;
use parlance_core::user::User;
use parlance_identity::{AuthError, SimpleJwtRules, UserIdForm};
use serde_json::Map;

use crate::contract::IssuedCredential;
use crate::services::Services;

const ACCESS_TIME: Duration = Duration::from_hours(1);
const REFRESH_TIME: Duration = Duration::from_hours(7 * 24);

fn rules() -> SimpleJwtRules {
    SimpleJwtRules {
        access_lifetime: ACCESS_TIME,
        refresh_lifetime: REFRESH_TIME,
        user_id: UserIdForm::AsUuid,
        rotate: false,
        extra: Map::new(),
    }
}

/// A fresh pair, as a login hands it out.
pub(super) fn issue(services: &Services, user: &User) -> IssuedCredential {
    let pair = services.identity.issue_pair(&services.app, user, &rules());
    IssuedCredential {
        token: pair.access.into_exposed(),
        refresh: Some(pair.refresh.into_exposed()),
        expires_at: Some(pair.access_expires_at),
    }
}

/// Whose access token this is.
pub(super) async fn authenticate(services: &Services, token: &str) -> Result<Principal, AuthError> {
    let found = services.identity.authenticate_access(&services.app, token);
    found.await
}

/// A new access token for a refresh token.
pub(super) async fn refresh(services: &Services, token: &str) -> Result<String, AuthError> {
    let rules = rules();
    let made = services.identity.refresh(&services.app, token, &rules);
    Ok(made.await?.access.into_exposed())
}
