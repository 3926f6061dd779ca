//! Registering, logging in, new access tokens, one's own profile.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use parlance_core::user::{User, UserUpsert};
use parlance_identity::AuthError;
use serde_json::{Map, Value, json};

use super::auth::Caller;
use super::errors::{self, app, bad};
use super::{tokens, views};
use crate::drf::data::Data;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

/// The original had no rule; this one keeps out what is guessed at once.
const MIN_PASSWORD_CHARS: usize = 6;
/// As long as an address can be.
const MAX_EMAIL_BYTES: usize = 254;
const MAX_TEXT_CHARS: usize = 255;

/// `POST /api/auth/register/` (MA-1)
pub(super) async fn register(
    State(services): State<Services>,
    data: Data,
) -> Result<Response, Refused> {
    let (user, password) = read_registration(&data)?;
    let made = services
        .identity
        .register(&services.app, user, &password, MIN_PASSWORD_CHARS);
    let user = made
        .await
        .map_err(|error| errors::registration_refused(&error))?;
    Ok(welcome(&services, StatusCode::CREATED, &user))
}

/// `POST /api/auth/login/`, by e-mail address or username (MA-1). `deviceId` means nothing here.
pub(super) async fn log_in(
    State(services): State<Services>,
    data: Data,
) -> Result<Response, Refused> {
    let user = check_login(&services, &data).await?;
    Ok(welcome(&services, StatusCode::OK, &user))
}

/// Whoever logs in with these fields.
pub(super) async fn check_login(services: &Services, data: &Data) -> Result<User, Refused> {
    let login = text(data, "email").or_else(|| text(data, "username"));
    let (Some(login), Some(password)) = (login, text(data, "password")) else {
        return Err(bad(errors::NO_LOGIN));
    };
    let found = services
        .identity
        .log_in(&services.app, login.trim(), password);
    let account = found.await.map_err(|error| errors::login_refused(&error))?;
    Ok(account.user)
}

fn welcome(services: &Services, status: StatusCode, user: &User) -> Response {
    let pair = tokens::issue(services, user);
    let body = json!({
        "accessToken": pair.token,
        "refreshToken": pair.refresh,
        "user": views::account(user),
    });
    json_response(status, &body)
}

/// `POST /api/auth/refresh/`: the refresh token stays as it is, because no client stores a new one.
pub(super) async fn refresh(
    State(services): State<Services>,
    data: Data,
) -> Result<Response, Refused> {
    let token = text(&data, "refresh").or_else(|| text(&data, "refreshToken"));
    let token = token.ok_or_else(|| bad("Refresh token is required"))?;
    match tokens::refresh(&services, token).await {
        Ok(access) => {
            let body = json!({ "access": access, "accessToken": access });
            Ok(json_response(StatusCode::OK, &body))
        }
        Err(AuthError::Unavailable) => Err(Refused::unavailable()),
        Err(_) => Err(app(StatusCode::UNAUTHORIZED, "Invalid refresh token")),
    }
}

/// `GET /api/users/profile/`. What a host keeps of a membership stands in its user's metadata.
pub(super) async fn profile(Extension(caller): Extension<Caller>) -> Response {
    let user = &caller.user;
    let flag = |key: &str| user.metadata.get(key).and_then(Value::as_bool);
    let settings = user.metadata.get("settings");
    let body = json!({
        "id": user.uuid,
        "email": user.email,
        "name": views::full_name(user),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone": views::extra(user, "phone"),
        "membership_id": views::extra(user, "membership_id"),
        "membership_plan": views::extra(user, "membership_plan"),
        "membership_status": views::extra(user, "membership_status"),
        "monthly_fee": views::number(user, "monthly_fee"),
        "renewal_date": views::extra(user, "renewal_date"),
        "can_cancel": flag("can_cancel").unwrap_or(false),
        "can_reactivate": flag("can_reactivate").unwrap_or(false),
        "auto_renew": flag("auto_renew").unwrap_or(false),
        "referral_code": views::referral_code(user),
        "rewards_balance": views::number(user, "rewards_balance"),
        "settings": settings.cloned().unwrap_or_else(|| json!({})),
    });
    json_response(StatusCode::OK, &body)
}

/// A text that is not blank.
fn text<'a>(data: &'a Data, name: &str) -> Option<&'a str> {
    let text = data.get(name).and_then(Value::as_str);
    text.filter(|text| !text.trim().is_empty())
}

/// The user-to-be and the password.
fn read_registration(data: &Data) -> Result<(UserUpsert, String), Refused> {
    let (Some(email), Some(password)) = (text(data, "email"), text(data, "password")) else {
        return Err(bad(errors::NO_LOGIN));
    };
    let email = email.trim();
    if !is_email(email) {
        return Err(bad("Enter a valid email address"));
    }
    let kept = [
        ("phone", "phone"),
        // One's own code is another: this one says who invited.
        ("referralCode", "referred_by"),
    ];
    let mut metadata = Map::new();
    for (given, key) in kept {
        if let Some(text) = text(data, given) {
            metadata.insert(key.to_owned(), json!(short(given, text.trim())?));
        }
    }
    let name = short("name", text(data, "name").unwrap_or_default().trim())?;
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let user = UserUpsert {
        username: Some(email.to_owned()),
        email: Some(email.to_owned()),
        first_name: Some(first.to_owned()),
        last_name: Some(last.trim().to_owned()),
        is_staff: Some(false),
        metadata: Some(metadata),
        ..UserUpsert::default()
    };
    Ok((user, password.to_owned()))
}

fn short<'a>(name: &str, text: &'a str) -> Result<&'a str, Refused> {
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(bad(format!("{name} is longer than {MAX_TEXT_CHARS}")));
    }
    Ok(text)
}

/// The rough form; whether anybody reads it is not checked here.
fn is_email(text: &str) -> bool {
    let visible = |c: char| !c.is_whitespace() && !c.is_control();
    let sides = text.split_once('@');
    text.len() <= MAX_EMAIL_BYTES
        && text.chars().all(visible)
        && sides.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: Value) -> Result<(UserUpsert, String), Refused> {
        let Value::Object(fields) = fields else {
            panic!("an object");
        };
        read_registration(&fields.into())
    }

    #[test]
    fn a_registration_keeps_what_it_says_and_gives_no_rights() {
        let (user, password) = read(json!({
            "email": " nora@x.test ", "password": " Pass 1 ", "name": "Nora van New",
            "phone": "5550100", "referralCode": "ABC", "is_staff": true,
        }))
        .expect("nothing is wrong");
        assert_eq!(password, " Pass 1 ");
        assert_eq!(user.email.as_deref(), Some("nora@x.test"));
        assert_eq!(user.first_name.as_deref(), Some("Nora"));
        assert_eq!(user.last_name.as_deref(), Some("van New"));
        assert_eq!(user.is_staff, Some(false));
        let kept = json!({ "phone": "5550100", "referred_by": "ABC" });
        assert_eq!(user.metadata.map(Value::Object), Some(kept));
    }

    #[test]
    fn an_address_and_a_password_are_required() {
        for (fields, expected) in [
            (json!({ "email": "a@x.test" }), errors::NO_LOGIN),
            (json!({ "password": "x" }), errors::NO_LOGIN),
            (json!({ "email": 5, "password": "x" }), errors::NO_LOGIN),
            (
                json!({ "email": "a b@x", "password": "x" }),
                "Enter a valid email address",
            ),
            (
                json!({ "email": "nobody", "password": "x" }),
                "Enter a valid email address",
            ),
        ] {
            let refused = read(fields).expect_err("something is wrong");
            assert_eq!(refused.body["error"], expected);
        }
    }
}
