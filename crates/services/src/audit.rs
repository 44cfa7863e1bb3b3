//! Whether everything that is stored agrees with itself, and every secret opens: what tests check after each fault, and
//! `sniko doctor` at any time.

use crate::sealing::SealedColumn;
use crate::{Parts, ServiceError};

/// Checks; reads only. What is wrong, a sentence each.
///
/// # Errors
/// When the database fails.
pub async fn audit(parts: &Parts) -> Result<Vec<String>, ServiceError> {
    let violations = parts.store.audit().await?;
    let mut wrong: Vec<String> = violations
        .iter()
        .map(|broken| format!("“{}” does not hold for {}", broken.rule, broken.rows.join(", ")))
        .collect();
    for value in parts.store.list_sealed().await? {
        let opens = SealedColumn::from_name(&value.column).is_some_and(|column| {
            let context = column.context(&value.user_id, &value.row_id);
            parts.vault.open(&context, &value.blob).is_ok()
        });
        if !opens {
            wrong.push(format!(
                "{} of {} does not open with any key",
                value.column, value.row_id
            ));
        }
    }
    Ok(wrong)
}
