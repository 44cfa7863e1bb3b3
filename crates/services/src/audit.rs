//! Whether everything that is stored agrees with itself, and every secret opens: what tests check after each fault, and
//! `sniko doctor` at any time.

use store::{SealedValue, Store};
use vault::Vault;

use crate::sealing::SealedColumn;
use crate::{Parts, ServiceError};

/// Secrets that do not open, of which as many are named.
const NAMED: usize = 5;

/// Checks; reads only. What is wrong, a sentence each.
///
/// # Errors
/// When the database fails.
pub async fn audit(parts: &Parts) -> Result<Vec<String>, ServiceError> {
    let mut wrong = rules(&parts.store).await?;
    wrong.extend(secrets(&parts.store, &parts.vault).await?.told);
    Ok(wrong)
}

/// The rules that rows break, a sentence each.
///
/// # Errors
/// When the database fails.
pub async fn rules(store: &Store) -> Result<Vec<String>, ServiceError> {
    let broken = store.audit().await?;
    Ok(broken
        .iter()
        .map(|broken| format!("“{}” does not hold for {}", broken.rule, broken.rows.join(", ")))
        .collect())
}

/// What came of opening every secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// How many open.
    pub opened: usize,
    /// How many do not.
    pub closed: usize,
    /// Some of those that do not, a sentence each with the way out.
    pub told: Vec<String>,
}

/// Opens every secret, a page of them in memory at a time.
///
/// # Errors
/// When the database fails.
pub async fn secrets(store: &Store, vault: &Vault) -> Result<Secrets, ServiceError> {
    let (mut secrets, mut walk) = (Secrets::default(), store.walk_sealed());
    while let Some(page) = walk.next().await? {
        for value in &page {
            let column = SealedColumn::of(value)?;
            match vault.open(&column.context(&value.user_id, &value.row_id), &value.blob) {
                Ok(_) => secrets.opened += 1,
                Err(error) => {
                    secrets.closed += 1;
                    if secrets.told.len() < NAMED {
                        secrets.told.push(told(column, value, error));
                    }
                }
            }
        }
    }
    Ok(secrets)
}

/// What it is, why it does not open, and what helps.
fn told(column: SealedColumn, value: &SealedValue, error: vault::Error) -> String {
    let what = match column {
        SealedColumn::DraftAuthToken => "the Auth Token that was verified and is not saved yet",
        SealedColumn::ConnectionAuthToken => "the Auth Token",
        SealedColumn::ConnectionPreviousAuthToken => "the former Auth Token",
        SealedColumn::ConnectionApiKeySecret => "the API key’s secret",
    };
    let whose = match column {
        SealedColumn::DraftAuthToken => format!("of user {}", value.user_id),
        _ => format!("of connection {} of user {}", value.row_id, value.user_id),
    };
    let anew = match column {
        SealedColumn::DraftAuthToken => "its user verifies his account again under Settings → Twilio Setup",
        SealedColumn::ConnectionAuthToken | SealedColumn::ConnectionPreviousAuthToken => {
            "its user enters the Auth Token again under Settings → Twilio Setup, “Replace”"
        }
        SealedColumn::ConnectionApiKeySecret => {
            "its user presses “Replace the key now” under Settings → Twilio Setup, once the Auth Token opens"
        }
    };
    match (error, vault::key_id(&value.blob)) {
        (vault::Error::UnknownKey, Ok(key)) => format!(
            "{what} {whose} is sealed with the key “{}”, which is not in APP_KEYS: put that key behind the others and run \
             `sniko rotate-keys`, or, where it is lost, {anew}",
            key.escape_debug()
        ),
        _ => format!("{what} {whose} is damaged or was sealed for another place: restore it from a backup, or {anew}"),
    }
}
