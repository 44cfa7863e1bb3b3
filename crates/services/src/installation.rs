//! The installation as a whole: its first start, the proof that its keys are the right ones, and their rotation.

use crate::sealing::SealedColumn;
use crate::{Parts, ServiceError};

/// Sets the installation up at the first start; later proves that the key ring opens what is in the database.
///
/// # Errors
/// With a sentence for the operator when a key is missing or wrong: then nothing may start.
pub async fn open(parts: &Parts) -> Result<(), ServiceError> {
    let installation = match parts.store.installation().await? {
        Some(installation) => installation,
        None => {
            let install_id = parts.entropy.hex::<16>();
            parts
                .store
                .add_installation(&install_id, &parts.vault.canary()?, parts.clock.now())
                .await?
        }
    };
    Ok(parts.vault.check_canary(&installation.canary)?)
}

/// What a rotation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Secrets that were sealed anew with the active key.
    pub rewrapped: usize,
    /// Secrets that were already sealed with it.
    pub current: usize,
}

/// Seals every secret with the active key. What changes meanwhile is left to its writer, which uses the active key too.
///
/// # Errors
/// When a secret cannot be opened with any key of the ring; those before it are done, and it can be run again.
pub async fn rotate_keys(parts: &Parts) -> Result<Rotated, ServiceError> {
    open(parts).await?;
    let mut rotated = Rotated::default();
    for value in parts.store.list_sealed().await? {
        let column = SealedColumn::from_name(&value.column)
            .ok_or_else(|| ServiceError::internal(format!("{} is not a sealed column", value.column)))?;
        match parts
            .vault
            .rewrap(&column.context(&value.user_id, &value.row_id), &value.blob)?
        {
            Some(blob) => rotated.rewrapped += usize::from(parts.store.replace_sealed(&value, &blob).await?),
            None => rotated.current += 1,
        }
    }
    // Last: until then the start must still ask for the old key, which some secret may need.
    if let Some(installation) = parts.store.installation().await?
        && let Some(canary) = parts.vault.rewrap_canary(&installation.canary)?
    {
        parts.store.replace_canary(&canary).await?;
    }
    Ok(rotated)
}
