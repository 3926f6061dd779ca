//! Users, as the host provides them.

use axum::Json;
use axum::extract::State;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parlance_core::ids::UserId;
use parlance_core::user::UserUpsert;
use parlance_dialects::native::cursor;
use parlance_dialects::native::problem::{Problem, ProblemCode};
use parlance_dialects::native::request::{Ids, Json as JsonBody, Query};
use parlance_identity::AccountError;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::Shared;
use crate::auth::Host;
use crate::named::{self, HostId};
use crate::objects::{User, UserList, UserPage};

/// Users of one upsert.
const AT_ONCE: usize = 1_000;
/// Passwords on their way to be hashed; how many are hashed at once is `identity`'s business.
const HASHES_WAITING: usize = 16;
/// The host decides which passwords are good enough.
const MIN_PASSWORD_CHARS: usize = 1;
/// Longer ones are refused by `identity`; found out before anything is stored.
const MAX_PASSWORD_BYTES: usize = 1_024;
/// Rows of a page when the caller does not say.
pub(crate) const DEFAULT_PAGE: usize = 50;
/// Rows of a page at most.
pub(crate) const MAX_PAGE: usize = 200;

/// A user to be made or changed; what is not there stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UserWish {
    /// The host's id.
    external_id: HostId,
    /// Name to log in by, unique within the app.
    username: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    role: Option<String>,
    is_staff: Option<bool>,
    /// A user who is switched off can do nothing; live sockets are closed.
    is_active: Option<bool>,
    /// Null takes the picture away.
    #[serde(default, deserialize_with = "null_or_text")]
    #[schema(value_type = Option<String>, required = false)]
    avatar_url: Change,
    /// Merged key by key; a null takes a key away.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// For dialects with a login.
    password: Option<String>,
}

/// Leaves a text, takes it away, or sets it.
#[derive(Default)]
enum Change {
    #[default]
    Leave,
    Clear,
    Set(String),
}

fn null_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Change, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map_or(Change::Clear, Change::Set))
}

impl UserWish {
    fn into_upsert(self) -> UserUpsert {
        UserUpsert {
            external_id: self.external_id.0,
            username: self.username,
            email: self.email,
            first_name: self.first_name,
            last_name: self.last_name,
            role: self.role,
            is_staff: self.is_staff,
            is_active: self.is_active,
            avatar_url: match self.avatar_url {
                Change::Leave => None,
                Change::Clear => Some(None),
                Change::Set(url) => Some(Some(url)),
            },
            metadata: self.metadata,
        }
    }
}

/// Users to be made or changed.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UserWishes {
    /// At most 1,000.
    users: Vec<UserWish>,
}

/// Makes or changes users by external id, all or none.
#[utoipa::path(
    put, path = "/parlance/v1/users", tag = "users", request_body = UserWishes,
    responses((status = 200, body = UserList)),
)]
pub(crate) async fn upsert_users(
    State(shared): State<Shared>,
    host: Host,
    JsonBody(wish): JsonBody<UserWishes>,
) -> Result<Json<UserList>, Problem> {
    if wish.users.len() > AT_ONCE {
        return Err(Problem::invalid(
            "users",
            format!("at most {AT_ONCE} at once"),
        ));
    }
    let mut passwords = Vec::new();
    let mut upserts = Vec::with_capacity(wish.users.len());
    for (at, mut user) in wish.users.into_iter().enumerate() {
        if let Some(password) = user.password.take() {
            check_password(at, &password)?;
            passwords.push((at, password));
        }
        upserts.push(user.into_upsert());
    }
    let chat = &host.services.chat;
    let users = chat.upsert_users(&host.principal(), upserts).await?;
    let identity = &shared.identity;
    // Hashing is slow by design: many wait, and as many as there are processors are hashed.
    stream::iter(passwords)
        .map(|(at, password)| {
            let user = users[at].id;
            async move {
                let set = identity.set_password(user, &password, MIN_PASSWORD_CHARS);
                set.await.map_err(|error| password_problem(at, &error))
            }
        })
        .buffer_unordered(HASHES_WAITING)
        .try_collect::<()>()
        .await?;
    for user in &users {
        identity.user_changed(user);
    }
    let ids = host.wire_ids();
    let users = users.iter().map(|user| User::new(user, ids)).collect();
    Ok(Json(UserList { users }))
}

fn check_password(at: usize, password: &str) -> Result<(), Problem> {
    let field = || format!("users[{at}].password");
    if password.is_empty() {
        return Err(Problem::invalid(field(), "must not be blank"));
    }
    if password.len() > MAX_PASSWORD_BYTES {
        let fault = format!("is too long: at most {MAX_PASSWORD_BYTES} bytes");
        return Err(Problem::invalid(field(), fault));
    }
    Ok(())
}

fn password_problem(at: usize, error: &AccountError) -> Problem {
    match error {
        AccountError::Unavailable | AccountError::TooManyAttempts { .. } => {
            Problem::new(ProblemCode::Unavailable, error.to_string())
        }
        AccountError::Taken(_)
        | AccountError::PasswordTooShort { .. }
        | AccountError::PasswordTooLong { .. }
        | AccountError::InvalidCredentials
        | AccountError::Inactive => {
            Problem::invalid(format!("users[{at}].password"), error.to_string())
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many at most: 1 to 200, 50 unless said.
    #[param(required = false, nullable = false)]
    limit: Option<usize>,
    /// From the page before.
    #[param(required = false, nullable = false)]
    pub(crate) cursor: Option<String>,
}

impl PageQuery {
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        page_size(self.limit)
    }
}

/// Rows that a caller asks for.
pub(crate) fn page_size(asked: Option<usize>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(DEFAULT_PAGE);
    if (1..=MAX_PAGE).contains(&limit) {
        Ok(limit)
    } else {
        let fault = format!("has to be between 1 and {MAX_PAGE}");
        Err(Problem::invalid("limit", fault))
    }
}

/// Where a page ended.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    user: i64,
}

/// The app's users by rising id.
#[utoipa::path(
    get, path = "/parlance/v1/users", tag = "users", params(PageQuery),
    responses((status = 200, body = UserPage)),
)]
pub(crate) async fn list_users(
    host: Host,
    Query(query): Query<PageQuery>,
) -> Result<Json<UserPage>, Problem> {
    let limit = query.limit()?;
    let after = query.cursor.as_deref().map(cursor::read::<Position>);
    let after = after.transpose()?.map_or(0, |position| position.user);
    let chat = &host.services.chat;
    let by = host.principal();
    let mut users = chat.list_users(&by, UserId(after), limit + 1).await?;
    let has_more = users.len() > limit;
    users.truncate(limit);
    let last = users.last().filter(|_| has_more);
    let next_cursor = last.map(|user| cursor::write(&Position { user: user.id.0 }));
    let ids = host.wire_ids();
    Ok(Json(UserPage {
        items: users.iter().map(|user| User::new(user, ids)).collect(),
        next_cursor,
    }))
}

/// One user.
#[utoipa::path(
    get, path = "/parlance/v1/users/{user}", tag = "users",
    params(("user" = String, Path, description = "Id, uuid or external:…")),
    responses((status = 200, body = User)),
)]
pub(crate) async fn get_user(host: Host, Ids(user): Ids<String>) -> Result<Json<User>, Problem> {
    let user = named::user(&user)?.find(&host).await?;
    Ok(Json(User::new(&user, host.wire_ids())))
}
