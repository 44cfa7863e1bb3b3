//! Whose a request of Twilio's is.

use domain::id::{CallId, UserId};
use sqlx::query;

use crate::connections::{connection_columns, connection_of};
use crate::row::get;
use crate::{Call, Connection, Error, Store};

/// Whom an account belongs to while it is linked.
#[derive(Clone)]
pub struct Tenant {
    /// The link.
    pub connection: Connection,
    /// The user.
    pub user_id: UserId,
    /// How Twilio's Voice SDK knows him.
    pub voice_identity: String,
}

impl Store {
    /// The tenant whose account that is, while it is connected or being disconnected.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of_account(&self, account_sid: &str) -> Result<Option<Tenant>, Error> {
        // The first condition is the unique index's own, by which SQLite knows that it may use it.
        let row = query(concat!(
            "SELECT ",
            connection_columns!(),
            ", (SELECT voice_identity FROM users WHERE users.id = connections.user_id) AS voice_identity
             FROM connections WHERE account_sid = $1
                 AND state IN ('provisioning', 'taking_back', 'connected', 'disconnecting')
                 AND state IN ('connected', 'disconnecting')"
        ))
        .bind(account_sid)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            let connection = connection_of(&row)?;
            Ok(Tenant {
                user_id: connection.user_id,
                voice_identity: get(&row, "voice_identity")?,
                connection,
            })
        })
        .transpose()
    }

    /// The call with that id, and its tenant while its account is linked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of_call(&self, id: CallId) -> Result<Option<(Tenant, Call)>, Error> {
        let Some(call) = self.call_for_worker(id).await? else {
            return Ok(None);
        };
        let tenant = self.tenant_of_account(&call.account_sid).await?;
        Ok(tenant
            .filter(|tenant| tenant.user_id == call.user_id)
            .map(|tenant| (tenant, call)))
    }
}
