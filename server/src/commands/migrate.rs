//! `sniko migrate`

use crate::wiring;

/// Brings the database's schema up to date.
///
/// # Errors
/// When the database cannot be reached, or a migration fails.
pub async fn migrate() -> anyhow::Result<()> {
    let store = wiring::store(&super::load()?).await?;
    store.migrate().await?;
    tracing::info!("the database's schema is up to date");
    Ok(())
}
