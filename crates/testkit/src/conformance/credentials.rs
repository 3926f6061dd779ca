//! What the runner knows of each dialect: how its cases carry credentials, how its worlds map to
//! the operator API. One entry a dialect; the notes on cases in `conformance/NAME.md` say the same
//! in words.

use http::Method;
use serde_json::{Value, json};

use super::failure::Failure;
use super::http::{Outgoing, send};
use super::scope::{Scope, percent_encode, plain};
use super::target::Target;

/// One dialect's habits.
#[derive(Debug)]
pub(super) struct Habits {
    /// Its name in settings and case names.
    pub(super) name: &'static str,
    /// The word before the credential in `Authorization`.
    pub(super) scheme: &'static str,
    /// Routes that take another credential from staff.
    pub(super) staff_routes: Option<StaffRoutes>,
    /// How a user of the world opens a socket.
    pub(super) socket: SocketCredential,
    /// The `kind` of its conversations in the operator API.
    pub(super) conversation_kind: &'static str,
    /// The role whose users are the app's staff though the world does not say `is_staff`.
    pub(super) staff_role: Option<&'static str>,
    /// Whether a context without an id gets a UUID from the runner; otherwise the server chooses.
    pub(super) uuid_contexts: bool,
    /// The role profile that every user of a world has, as the host's metadata.
    pub(super) profile: fn(role: &str) -> Option<Value>,
}

/// Routes below `prefix` take `scheme` and what `login` answers as `token`.
#[derive(Debug)]
pub(super) struct StaffRoutes {
    pub(super) prefix: &'static str,
    pub(super) scheme: &'static str,
    pub(super) login: &'static str,
}

/// How a handshake shows who it is.
#[derive(Debug)]
pub(super) enum SocketCredential {
    /// `?token=`.
    Query,
    /// The cookie that an answer to this authenticated GET sets.
    CookieFrom(&'static str),
}

const PLAIN: Habits = Habits {
    name: "",
    scheme: "Bearer",
    staff_routes: None,
    socket: SocketCredential::Query,
    conversation_kind: "direct",
    staff_role: None,
    uuid_contexts: false,
    profile: |_| None,
};

static DIALECTS: [Habits; 5] = [
    Habits {
        name: "fixmate",
        scheme: "Token",
        socket: SocketCredential::CookieFrom("/api/auth/users/profile/"),
        ..PLAIN
    },
    Habits {
        name: "drivecash",
        conversation_kind: "desk",
        staff_role: Some("admin"),
        ..PLAIN
    },
    Habits {
        name: "freelance",
        profile: freelance_profile,
        ..PLAIN
    },
    Habits {
        name: "membership",
        staff_routes: Some(StaffRoutes {
            prefix: "/api/admin/",
            scheme: "Token",
            login: "/api/admin/auth/login/",
        }),
        conversation_kind: "desk",
        ..PLAIN
    },
    Habits {
        name: "workconnect",
        uuid_contexts: true,
        ..PLAIN
    },
];

static UNKNOWN: Habits = PLAIN;

fn freelance_profile(role: &str) -> Option<Value> {
    match role {
        "client" => Some(json!({"company_name": "Demo Company"})),
        "freelancer" => Some(json!({"title": "Demo Developer", "rate": "50.00"})),
        _ => None,
    }
}

impl Habits {
    /// The dialect's entry; for one that the runner does not know, `Bearer` and `?token=`.
    pub(super) fn of(dialect: &str) -> &'static Self {
        DIALECTS
            .iter()
            .find(|habits| habits.name == dialect)
            .unwrap_or(&UNKNOWN)
    }

    fn staff_route(&self, path: &str) -> Option<&StaffRoutes> {
        self.staff_routes
            .as_ref()
            .filter(|routes| path.starts_with(routes.prefix))
    }

    /// Puts a literal credential into a request.
    pub(super) fn sign_literal(&self, request: Outgoing, token: &str) -> Result<Outgoing, Failure> {
        let scheme = self
            .staff_route(&request.path)
            .map_or(self.scheme, |routes| routes.scheme);
        request.authorization(scheme, token)
    }

    /// Puts the credential of a user of the world into a request.
    pub(super) async fn sign(
        &self,
        target: &Target,
        scope: &Scope,
        request: Outgoing,
        user: &str,
    ) -> Result<Outgoing, Failure> {
        let is_staff = scope.get(&format!("{user}.is_staff"))?.as_bool() == Some(true);
        match self.staff_route(&request.path) {
            Some(routes) if is_staff => {
                let key = staff_login(target, scope, &request.host, routes, user).await?;
                request.authorization(routes.scheme, &key)
            }
            _ => request.authorization(self.scheme, &token_of(scope, user)?),
        }
    }

    /// Puts the credential of a user of the world into a handshake.
    pub(super) async fn sign_handshake(
        &self,
        target: &Target,
        scope: &Scope,
        handshake: Outgoing,
        user: &str,
    ) -> Result<Outgoing, Failure> {
        match self.socket {
            SocketCredential::Query => Ok(with_query_token(handshake, &token_of(scope, user)?)),
            SocketCredential::CookieFrom(path) => {
                let ask = Outgoing::new(Method::GET, &handshake.host, path);
                let ask = ask.authorization(self.scheme, &token_of(scope, user)?)?;
                let cookie = fetch_cookie(target, ask).await.map_err(|e| e.at(path))?;
                handshake.header(http::header::COOKIE, &cookie)
            }
        }
    }
}

/// Puts a literal credential into a handshake; every dialect reads it from the query.
pub(super) fn with_query_token(mut handshake: Outgoing, token: &str) -> Outgoing {
    let joint = if handshake.path.contains('?') {
        '&'
    } else {
        '?'
    };
    handshake.path = format!("{}{joint}token={}", handshake.path, percent_encode(token));
    handshake
}

/// The dialect's own credential of a user, minted with the world.
pub(super) fn token_of(scope: &Scope, user: &str) -> Result<String, Failure> {
    Ok(plain(scope.get(&format!("{user}.token"))?))
}

async fn staff_login(
    target: &Target,
    scope: &Scope,
    host: &str,
    routes: &StaffRoutes,
    user: &str,
) -> Result<String, Failure> {
    let ask = Outgoing::new(Method::POST, host, routes.login).json(&json!({
        "email": scope.get(&format!("{user}.email"))?,
        "password": scope.get(&format!("{user}.password"))?,
    }))?;
    let answer = send(target, ask).await?;
    let key = answer
        .json()
        .ok()
        .and_then(|body| body["token"].as_str().map(ToOwned::to_owned));
    key.ok_or_else(|| {
        let got = answer.excerpt();
        Failure::new(format!(
            "staff login {}: {} {got}",
            routes.login,
            answer.status.as_u16()
        ))
    })
}

/// The cookies that an answer sets, as a browser would send them back.
async fn fetch_cookie(target: &Target, ask: Outgoing) -> Result<String, Failure> {
    let answer = send(target, ask).await?;
    let pairs: Vec<&str> = answer
        .headers
        .get_all(http::header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok()?.split(';').next())
        .map(str::trim)
        .collect();
    if pairs.is_empty() {
        let status = answer.status.as_u16();
        return Err(Failure::new(format!(
            "set no cookie; {status} {}",
            answer.excerpt()
        )));
    }
    Ok(pairs.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str) -> Outgoing {
        Outgoing::new(Method::GET, "a.test", path)
    }

    fn authorization(dialect: &str, path: &str) -> String {
        let signed = Habits::of(dialect)
            .sign_literal(request(path), "k")
            .unwrap();
        signed.headers["authorization"].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_literal_credential_goes_by_the_dialects_scheme() {
        assert_eq!(
            authorization("fixmate", "/api/chat/conversations/"),
            "Token k"
        );
        assert_eq!(authorization("drivecash", "/api/chat/rooms/"), "Bearer k");
        assert_eq!(
            authorization("membership", "/api/chat/threads/"),
            "Bearer k"
        );
        assert_eq!(
            authorization("membership", "/api/admin/chat/threads/"),
            "Token k"
        );
        assert_eq!(authorization("made-up", "/x"), "Bearer k");
    }

    #[test]
    fn a_query_token_is_encoded_and_joined() {
        assert_eq!(
            with_query_token(request("/ws/"), "a b").path,
            "/ws/?token=a%20b"
        );
        assert_eq!(
            with_query_token(request("/ws/?v=1"), "k").path,
            "/ws/?v=1&token=k"
        );
    }
}
