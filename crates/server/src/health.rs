//! Whether what stands behind the gateway is ready.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parlance_core::store::Store;
use parlance_gateway::health::Health;

/// A store that answers later is not ready: load balancers do not wait longer either.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ready when the store can read and write.
pub(crate) struct StoreHealth(pub(crate) Arc<dyn Store>);

#[async_trait]
impl Health for StoreHealth {
    async fn ready(&self) -> Result<(), String> {
        match tokio::time::timeout(PATIENCE, self.0.check()).await {
            Ok(checked) => checked.map_err(|error| error.to_string()),
            Err(_) => Err(format!("store: no answer within {PATIENCE:?}")),
        }
    }
}
