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

/// How often the secrets are walked over at the most: what servers write meanwhile is met by the next walk.
const WALKS_MAX: usize = 20;

/// Seals every secret with the active key, until a walk over all of them finds none that is sealed with another: a server that
/// still seals with a former key may write meanwhile.
///
/// # Errors
/// When a secret cannot be opened with any key of the ring, or others are written with a former key all the time; all others
/// are done, and it can be run again.
pub async fn rotate_keys(parts: &Parts) -> Result<Rotated, ServiceError> {
    open(parts).await?;
    let mut rotated = Rotated::default();
    for number in 0..WALKS_MAX {
        let walk = walk(parts).await?;
        rotated.rewrapped += walk.rewrapped;
        if number == 0 {
            rotated.current = walk.current;
        }
        if walk.closed > 0 {
            return Err(ServiceError::internal(format!(
                "{} of the secrets cannot be opened with any key of APP_KEYS, so that no key may be taken out yet; all others are \
                 sealed with the first key. `sniko doctor` names them and the way out",
                walk.closed
            )));
        }
        if walk.others == 0 {
            reseal_canary(parts).await?;
            return Ok(rotated);
        }
    }
    Err(ServiceError::internal(
        "other servers keep sealing with a former key; give all of them the new key first, then try again",
    ))
}

/// What one walk over the secrets has met.
#[derive(Default)]
struct Walk {
    rewrapped: usize,
    current: usize,
    /// Sealed with another key, whether they were sealed anew or had changed by then.
    others: usize,
    /// Opened by no key of the ring.
    closed: usize,
}

async fn walk(parts: &Parts) -> Result<Walk, ServiceError> {
    let (mut walk, mut pages) = (Walk::default(), parts.store.walk_sealed());
    while let Some(page) = pages.next().await? {
        for value in &page {
            let column = SealedColumn::of(value)?;
            let context = column.context(&value.user_id, &value.row_id);
            match parts.vault.rewrap(&context, &value.blob) {
                Ok(Some(blob)) => {
                    walk.others += 1;
                    walk.rewrapped += usize::from(parts.store.replace_sealed(value, &blob).await?);
                }
                Ok(None) => walk.current += 1,
                // One that is lost holds up no other.
                Err(_) => walk.closed += 1,
            }
        }
    }
    Ok(walk)
}

/// Last: until then the start must still ask for the old key, which some secret may need.
async fn reseal_canary(parts: &Parts) -> Result<(), ServiceError> {
    if let Some(installation) = parts.store.installation().await?
        && let Some(canary) = parts.vault.rewrap_canary(&installation.canary)?
    {
        parts.store.replace_canary(&canary).await?;
    }
    Ok(())
}
