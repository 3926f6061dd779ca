//! Local accounts: people who register and log in here, by username or e-mail address.

use parlance_core::account::{Account, TakenField};
use parlance_core::app::App;
use parlance_core::ids::{UserId, new_uuid};
use parlance_core::user::{User, UserUpsert};

use crate::Identity;
use crate::error::AccountError;
use crate::passwords::{MAX_BYTES, Verdict};

/// Longer logins exist nowhere.
const MAX_LOGIN_BYTES: usize = 512;

impl Identity {
    /// Makes a user with a password. An empty `external_id` gets a fresh one.
    ///
    /// # Errors
    /// `Taken`: also when the username is somebody's e-mail address, as either logs in.
    pub async fn register(
        &self,
        app: &App,
        mut user: UserUpsert,
        password: &str,
        min_chars: usize,
    ) -> Result<User, AccountError> {
        check_password(password, min_chars)?;
        if let Some(username) = &user.username
            && self
                .accounts
                .account_by_login(app.id, username)
                .await?
                .is_some()
        {
            return Err(AccountError::Taken(TakenField::Username));
        }
        self.attempts.take_any().map_err(too_many)?;
        let hash = self.passwords.hash(password.to_owned()).await;
        let now = self.clock.now();
        let uuid = new_uuid(now);
        if user.external_id.is_empty() {
            user.external_id = uuid.to_string();
        }
        self.users
            .register_user(app.id, uuid, user, hash, now)
            .await?
            .map_err(AccountError::Taken)
    }

    /// Checks a username or e-mail address and a password.
    ///
    /// Takes as long for a login that does not exist. A hash in an older form is replaced.
    ///
    /// # Errors
    /// `InvalidCredentials`, `Inactive` (told only to who knows the password), `TooManyAttempts`.
    pub async fn log_in(
        &self,
        app: &App,
        login: &str,
        password: &str,
    ) -> Result<Account, AccountError> {
        if login.len() > MAX_LOGIN_BYTES || password.len() > MAX_BYTES {
            return Err(AccountError::InvalidCredentials);
        }
        self.attempts.take(app.id, login).map_err(too_many)?;
        let account = self.accounts.account_by_login(app.id, login).await?;
        let stored = account
            .as_ref()
            .and_then(|account| account.password_hash.clone());
        let verdict = if let Some(stored) = stored {
            self.passwords.verify(password.to_owned(), stored).await
        } else {
            self.passwords.work_for_nothing(password.to_owned()).await;
            Verdict::Wrong
        };
        let Some(account) = account.filter(|_| verdict != Verdict::Wrong) else {
            return Err(AccountError::InvalidCredentials);
        };
        self.attempts.give_back(app.id, login);
        if !account.user.is_active {
            return Err(AccountError::Inactive);
        }
        if verdict == Verdict::RightButOld {
            let hash = self.passwords.hash(password.to_owned()).await;
            self.accounts
                .set_password_hash(account.user.id, hash)
                .await?;
        }
        Ok(account)
    }

    /// Sets or replaces a password. Tokens stay valid; [`Identity::revoke_user`] ends them.
    pub async fn set_password(
        &self,
        user: UserId,
        password: &str,
        min_chars: usize,
    ) -> Result<(), AccountError> {
        check_password(password, min_chars)?;
        let hash = self.passwords.hash(password.to_owned()).await;
        Ok(self.accounts.set_password_hash(user, hash).await?)
    }
}

fn check_password(password: &str, min_chars: usize) -> Result<(), AccountError> {
    if password.chars().count() < min_chars {
        return Err(AccountError::PasswordTooShort { min_chars });
    }
    if password.len() > MAX_BYTES {
        return Err(AccountError::PasswordTooLong {
            max_bytes: MAX_BYTES,
        });
    }
    Ok(())
}

const fn too_many(retry_after: std::time::Duration) -> AccountError {
    AccountError::TooManyAttempts { retry_after }
}
