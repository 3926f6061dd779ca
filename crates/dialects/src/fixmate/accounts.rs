//! Registering, logging in, one's own profile.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use parlance_core::user::{User, UserUpsert};
use serde_json::{Map, Value, json};

use super::auth::Caller;
use super::views::{ADMIN, CUSTOMER, PROVIDER, profile as profile_view};
use super::{cookies, errors};
use crate::drf::data::Data;
use crate::drf::form::Form;
use crate::drf::refused::{Refused, json_response};
use crate::services::Services;

const MIN_PASSWORD_CHARS: usize = 8;
const MAX_NAME_CHARS: usize = 150;
const MAX_TEXT_CHARS: usize = 500;
/// Fields of the form that are kept beside the user.
const KEPT: [&str; 3] = ["phone_number", "address", "business_name"];

/// `POST /api/auth/users/register/`. Whatever credential comes along is ignored (rule 5).
pub(super) async fn register(
    State(services): State<Services>,
    headers: HeaderMap,
    data: Data,
) -> Result<Response, Refused> {
    let (user, password) = read_registration(&data)?;
    let made = services
        .identity
        .register(&services.app, user, &password, MIN_PASSWORD_CHARS);
    let user = made
        .await
        .map_err(|error| errors::account_refused(&error))?;
    welcome(&services, &headers, StatusCode::CREATED, &user).await
}

/// `POST /api/auth/users/login/`, by username or e-mail address.
pub(super) async fn log_in(
    State(services): State<Services>,
    headers: HeaderMap,
    data: Data,
) -> Result<Response, Refused> {
    let mut form = Form::new(&data);
    let (login, password) = (form.required("username"), form.required("password"));
    form.check()?;
    let (login, password) = (login.unwrap_or_default(), password.unwrap_or_default());
    let found = services
        .identity
        .log_in(&services.app, login.trim(), &password);
    let account = found
        .await
        .map_err(|error| errors::account_refused(&error))?;
    welcome(&services, &headers, StatusCode::OK, &account.user).await
}

/// `GET /api/auth/users/profile/`
pub(super) async fn profile(Extension(caller): Extension<Caller>) -> Response {
    json_response(StatusCode::OK, &profile_view(&caller.user))
}

/// The user's token, and the cookie that stands for it.
async fn welcome(
    services: &Services,
    headers: &HeaderMap,
    status: StatusCode,
    user: &User,
) -> Result<Response, Refused> {
    let token = services.identity.opaque_token(&services.app, user).await;
    let token = token.map_err(errors::token_refused)?;
    let body = json!({ "user": profile_view(user), "token": token.expose() });
    let mut response = json_response(status, &body).into_response();
    if let Some(cookie) = cookies::fresh(services, headers, token.expose()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The user-to-be and the password.
fn read_registration(data: &Data) -> Result<(UserUpsert, String), Refused> {
    let mut form = Form::new(data);
    let username = form.required("username").map(|name| name.trim().to_owned());
    let email = form.required("email").map(|email| email.trim().to_owned());
    let (password, repeated) = (form.required("password"), form.required("password_confirm"));
    let (first, last) = (form.optional("first_name"), form.optional("last_name"));
    let role = form
        .optional("user_type")
        .unwrap_or_else(|| CUSTOMER.to_owned());
    let kept = KEPT.map(|name| (name, form.optional(name)));

    check(
        &mut form,
        "username",
        username.as_deref(),
        is_username,
        USERNAME_RULE,
    );
    check(
        &mut form,
        "email",
        email.as_deref(),
        is_email,
        "Enter a valid email address.",
    );
    let phone = kept[0].1.as_deref();
    check(
        &mut form,
        "phone_number",
        phone,
        is_phone_number,
        PHONE_RULE,
    );
    for (name, text) in [("first_name", &first), ("last_name", &last)] {
        check_length(&mut form, name, text.as_deref(), MAX_NAME_CHARS);
    }
    for (name, text) in &kept {
        check_length(&mut form, name, text.as_deref(), MAX_TEXT_CHARS);
    }
    if ![CUSTOMER, PROVIDER, ADMIN].contains(&role.as_str()) {
        form.refuse("user_type", format!("\"{role}\" is not a valid choice."));
    }
    if password
        .as_ref()
        .is_some_and(|text| text.chars().count() < MIN_PASSWORD_CHARS)
    {
        let text = format!("Ensure this field has at least {MIN_PASSWORD_CHARS} characters.");
        form.refuse("password", text);
    }
    form.check()?;
    if password != repeated {
        return Err(Refused::non_field("Passwords don't match"));
    }
    let kept = kept.into_iter();
    let metadata: Map<_, _> = kept
        .filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))))
        .collect();
    let user = UserUpsert {
        username,
        email,
        first_name: first,
        last_name: last,
        // The word alone: whoever registers as an admin gets no rights by it.
        role: Some(role),
        is_staff: Some(false),
        metadata: Some(metadata),
        ..UserUpsert::default()
    };
    Ok((user, password.unwrap_or_default()))
}

const USERNAME_RULE: &str = "Enter a valid username. This value may contain only letters, \
                             numbers, and @/./+/-/_ characters.";
const PHONE_RULE: &str = "Phone number must be entered in the format: '+999999999'. \
                          Up to 15 digits allowed.";

fn check(
    form: &mut Form<'_>,
    name: &'static str,
    text: Option<&str>,
    fits: fn(&str) -> bool,
    rule: &str,
) {
    if text.is_some_and(|text| !fits(text)) {
        form.refuse(name, rule);
    }
}

fn check_length(form: &mut Form<'_>, name: &'static str, text: Option<&str>, max: usize) {
    if text.is_some_and(|text| text.chars().count() > max) {
        form.refuse(
            name,
            format!("Ensure this field has no more than {max} characters."),
        );
    }
}

fn is_username(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "@.+-_".contains(c);
    text.chars().all(fits) && text.chars().count() <= MAX_NAME_CHARS
}

/// The rough form; whether anybody reads it is not checked here.
fn is_email(text: &str) -> bool {
    let visible = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let labels: Vec<_> = domain.split('.').collect();
    let is_label = |label: &&str| {
        let fits = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(fits) && !label.starts_with('-')
    };
    text.len() <= 254
        && !local.is_empty()
        && local.chars().all(|c| visible(c) && c != '@')
        && labels.len() >= 2
        && labels.iter().all(is_label)
}

/// `^\+?1?\d{9,15}$`
fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits = |digits: &str| {
        (9..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    fits(digits) || digits.strip_prefix('1').is_some_and(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: Value) -> Result<(UserUpsert, String), Refused> {
        let Value::Object(given) = fields else {
            panic!("an object");
        };
        let mut all = json!({
            "username": "ann@x.test", "email": "ann@x.test", "password": "Quiet-River-19",
            "password_confirm": "Quiet-River-19",
        });
        let fields = all.as_object_mut().expect("an object");
        fields.extend(given);
        read_registration(&fields.clone().into())
    }

    #[test]
    fn a_registration_keeps_the_fields_of_the_form() {
        let (user, password) = read(json!({
            "user_type": "provider", "first_name": " Ann ", "last_name": "", "address": null,
            "phone_number": "+15550001111", "business_name": "Ash Repairs", "services": ["x"],
        }))
        .expect("nothing is wrong");
        assert_eq!(password, "Quiet-River-19");
        assert_eq!(user.role.as_deref(), Some("provider"));
        assert_eq!(
            (user.first_name.as_deref(), user.last_name),
            (Some("Ann"), None)
        );
        let kept = json!({ "phone_number": "+15550001111", "business_name": "Ash Repairs" });
        assert_eq!(user.metadata.map(Value::Object), Some(kept));
    }

    #[test]
    fn registering_as_admin_gives_no_rights() {
        let (user, _) = read(json!({ "user_type": "admin", "is_staff": true })).expect("passes");
        assert_eq!(
            (user.role.as_deref(), user.is_staff),
            (Some("admin"), Some(false))
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_field() {
        let rows = [
            (json!({ "username": "a b" }), "username"),
            (json!({ "username": "" }), "username"),
            (json!({ "email": "ann" }), "email"),
            (json!({ "email": "ann@x" }), "email"),
            (json!({ "email": "a b@x.test" }), "email"),
            (json!({ "phone_number": "12" }), "phone_number"),
            (json!({ "phone_number": "+1555-000" }), "phone_number"),
            (json!({ "user_type": "root" }), "user_type"),
            (
                json!({ "password": "short", "password_confirm": "short" }),
                "password",
            ),
            (
                json!({ "password_confirm": "Quiet-River-20" }),
                "non_field_errors",
            ),
            (json!({ "first_name": "x".repeat(151) }), "first_name"),
        ];
        for (fields, expected) in rows {
            let refused = read(fields.clone()).expect_err("something is wrong");
            let fields = refused.body.as_object().expect("an object");
            assert_eq!(fields.keys().collect::<Vec<_>>(), [expected], "{fields:?}");
        }
    }

    #[test]
    fn phone_numbers_have_nine_to_fifteen_digits_after_the_country() {
        for good in [
            "123456789",
            "+15550001111",
            "1234567890123456",
            "+999999999999999",
        ] {
            assert!(is_phone_number(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "12345678",
            "2234567890123456",
            "++123456789",
            "12345678a",
        ] {
            assert!(!is_phone_number(bad), "{bad}");
        }
    }
}
