//! Health: alive, ready.

use async_trait::async_trait;

/// Whether what stands behind the gateway is ready.
#[async_trait]
pub trait Health: Send + Sync {
    /// Answers `Ok` when the store (and whatever else) can be reached, else what is wrong.
    async fn ready(&self) -> Result<(), String>;
}
