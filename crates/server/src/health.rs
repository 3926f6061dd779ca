//! Whether what stands behind the gateway is ready.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parlance_core::store::Store;
use parlance_gateway::health::Health;
use tokio::sync::Mutex;

/// A store that answers later is not ready: load balancers do not wait longer either.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer stands: a check writes, and anybody may ask.
const STANDS: Duration = Duration::from_secs(1);

type Answer = Result<(), String>;

/// Ready when the store can read and write.
pub(crate) struct StoreHealth {
    store: Arc<dyn Store>,
    /// The latest answer; held while a new one is sought, so that many askers cost one check.
    latest: Mutex<Option<(Instant, Answer)>>,
}

impl StoreHealth {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            latest: Mutex::new(None),
        }
    }
}

#[async_trait]
impl Health for StoreHealth {
    async fn ready(&self) -> Answer {
        let mut latest = self.latest.lock().await;
        if let Some((at, answer)) = &*latest
            && at.elapsed() < STANDS
        {
            return answer.clone();
        }
        let answer = match tokio::time::timeout(PATIENCE, self.store.check()).await {
            Ok(checked) => checked.map_err(|error| error.to_string()),
            Err(_) => Err(format!("store: no answer within {PATIENCE:?}")),
        };
        *latest = Some((Instant::now(), answer.clone()));
        answer
    }
}
