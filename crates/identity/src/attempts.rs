//! How often somebody may try a password: a token bucket per login, and one for all together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use parlance_core::clock::{Clock, Timestamp};
use parlance_core::ids::AppId;
use parlance_core::limits::Rate;

/// A table larger than this forgets full buckets, which say nothing. What is left is bounded by the
/// bucket for all.
const PRUNE_AT: usize = 4_096;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Bucket {
    fn refilled(self, rate: Rate, now: Timestamp) -> f64 {
        let gained = now.since(self.at).as_secs_f64() * rate.per_second;
        (self.tokens + gained).min(rate.burst)
    }

    /// Takes one, or says how long there will be none.
    fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), Duration> {
        self.tokens = self.refilled(rate, now);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.tokens) / rate.per_second.max(f64::MIN_POSITIVE);
        Err(Duration::from_secs_f64(wait.clamp(0.001, 3_600.0)))
    }
}

/// The attempts of a moment ago.
pub(crate) struct Attempts {
    clock: Arc<dyn Clock>,
    per_login: Rate,
    in_all: Rate,
    table: Mutex<Table>,
}

struct Table {
    all: Bucket,
    logins: HashMap<(AppId, String), Bucket>,
}

impl Attempts {
    pub(crate) fn new(clock: Arc<dyn Clock>, per_login: Rate, in_all: Rate) -> Self {
        let all = Bucket {
            tokens: in_all.burst,
            at: clock.now(),
        };
        Self {
            clock,
            per_login,
            in_all,
            table: Mutex::new(Table {
                all,
                logins: HashMap::new(),
            }),
        }
    }

    /// Counts an attempt of any kind that costs a password hash.
    pub(crate) fn take_any(&self) -> Result<(), Duration> {
        self.table.lock().all.take(self.in_all, self.clock.now())
    }

    /// Counts an attempt to log in.
    pub(crate) fn take(&self, app: AppId, login: &str) -> Result<(), Duration> {
        let now = self.clock.now();
        let mut table = self.table.lock();
        if table.logins.len() > PRUNE_AT {
            let rate = self.per_login;
            table
                .logins
                .retain(|_, bucket| bucket.refilled(rate, now) < rate.burst);
        }
        // The bucket for all comes first: a flood of made-up logins must not grow the table.
        table.all.take(self.in_all, now)?;
        let fresh = Bucket {
            tokens: self.per_login.burst,
            at: now,
        };
        table
            .logins
            .entry((app, login.to_lowercase()))
            .or_insert(fresh)
            .take(self.per_login, now)
    }

    /// A login that succeeded was no guess: it takes nothing from its bucket.
    pub(crate) fn give_back(&self, app: AppId, login: &str) {
        let mut table = self.table.lock();
        if let Some(bucket) = table.logins.get_mut(&(app, login.to_lowercase())) {
            bucket.tokens = (bucket.tokens + 1.0).min(self.per_login.burst);
        }
    }
}
