//! Rate limits: a token bucket per principal and class of wish.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::{Clock, Timestamp};
use crate::error::ChatError;
use crate::limits::{Limits, Rate};
use crate::principal::Principal;

const SHARDS: usize = 16;
/// A shard larger than this forgets full buckets, which say nothing.
const PRUNE_AT: usize = 4_096;

/// Kinds of wishes that are limited apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// Sending messages.
    Send,
    /// Other changes, typing included.
    Change,
    /// Queries.
    Query,
    /// Uploads.
    Upload,
    /// Opening sockets.
    Connect,
    /// Anything by an app key.
    Host,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    User(i64),
    App(i64),
}

struct Bucket {
    tokens: f64,
    at: Timestamp,
}

/// Counts wishes and refuses those above the limits.
pub struct RateLimiter {
    clock: Arc<dyn Clock>,
    rates: [Rate; 6],
    hasher: RandomState,
    shards: [Mutex<HashMap<(Whose, RateClass), Bucket>>; SHARDS],
}

impl RateLimiter {
    /// With the rates of `limits`.
    pub fn new(clock: Arc<dyn Clock>, limits: &Limits) -> Self {
        Self {
            clock,
            rates: [
                limits.send_rate,
                limits.change_rate,
                limits.query_rate,
                limits.upload_rate,
                limits.connect_rate,
                limits.host_rate,
            ],
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::new(HashMap::new())),
        }
    }

    /// Takes one from the principal's bucket.
    ///
    /// # Errors
    /// `TooMany` with the time until there is one again.
    pub fn take(&self, by: &Principal, class: RateClass) -> Result<(), ChatError> {
        let (whose, class) = match by {
            Principal::User(by) => (Whose::User(by.user.id.0), class),
            Principal::App(app) => (Whose::App(app.0), RateClass::Host),
        };
        let rate = self.rates[class as usize];
        let now = self.clock.now();
        let key = (whose, class);
        let shard = self.hasher.hash_one(key) as usize % SHARDS;
        let mut buckets = self.shards[shard].lock();
        if buckets.len() > PRUNE_AT {
            buckets.retain(|(_, class), bucket| {
                let rate = self.rates[*class as usize];
                refilled(bucket, rate, now) < rate.burst
            });
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            tokens: rate.burst,
            at: now,
        });
        bucket.tokens = refilled(bucket, rate, now);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - bucket.tokens) / rate.per_second.max(f64::MIN_POSITIVE);
        Err(ChatError::TooMany {
            retry_after: Duration::from_secs_f64(wait.clamp(0.001, 3_600.0)),
        })
    }
}

fn refilled(bucket: &Bucket, rate: Rate, now: Timestamp) -> f64 {
    let gained = now.since(bucket.at).as_secs_f64() * rate.per_second;
    (bucket.tokens + gained).min(rate.burst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::ids::AppId;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
        let rate = Rate {
            per_second: 2.0,
            burst: 3.0,
        };
        let limits = Limits {
            host_rate: rate,
            ..Limits::default()
        };
        let limiter = RateLimiter::new(clock.clone(), &limits);
        let by = Principal::App(AppId(1));
        for _ in 0..3 {
            assert_eq!(limiter.take(&by, RateClass::Send), Ok(()));
        }
        let refused = limiter.take(&by, RateClass::Send);
        assert_eq!(
            refused,
            Err(ChatError::TooMany {
                retry_after: Duration::from_millis(500)
            })
        );
        assert_eq!(
            limiter.take(&Principal::App(AppId(2)), RateClass::Send),
            Ok(())
        );
        clock.advance(Duration::from_millis(500));
        assert_eq!(limiter.take(&by, RateClass::Send), Ok(()));
    }
}
