//! `sniko rotate-keys`

use crate::wiring;

/// Seals every secret with the first key; servers may run meanwhile if they know both keys.
///
/// # Errors
/// When a secret cannot be opened with any of the keys.
pub async fn rotate_keys() -> anyhow::Result<()> {
    let parts = wiring::parts(&super::load()?).await?;
    let rotated = services::installation::rotate_keys(&parts).await?;
    tracing::info!(
        key = parts.vault.active_key_id(),
        rewrapped = rotated.rewrapped,
        already = rotated.current,
        "every secret is sealed with the first key; the others may be taken out of APP_KEYS"
    );
    Ok(())
}
