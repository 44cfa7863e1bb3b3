//! Whose a request of Twilio's is.

mod cache;
mod change;

use std::sync::Arc;

use domain::id::{CallId, UserId};
use domain::voice::VoiceSettings;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::connections::{connection_columns, connection_of};
use crate::figures::{Cache, looked_up};
use crate::row::get;
use crate::{Call, Connection, Error, Store};

use cache::Known;
pub(crate) use cache::Tenants;

/// Whom an account belongs to while it is linked.
#[derive(Clone)]
pub struct Tenant {
    /// The link.
    pub connection: Connection,
    /// The user.
    pub user_id: UserId,
    /// How Twilio's Voice SDK knows him.
    pub voice_identity: String,
    /// How he wants his calls to be treated.
    pub voice: VoiceSettings,
}

/// The rest of a query for linked accounts. The first condition is the unique indexes' own, by which SQLite knows that it may
/// use them.
macro_rules! select_tenants {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            connection_columns!(),
            ", (SELECT voice_identity FROM users WHERE users.id = connections.user_id) AS voice_identity
             FROM connections WHERE ",
            $condition,
            "state IN ('provisioning', 'taking_back', 'connected', 'disconnecting')
                 AND state IN ('connected', 'disconnecting')"
        )
    };
}

impl Store {
    /// The tenant whose account that is, while it is connected or being disconnected. Answered from memory, but for one that
    /// has changed since it was asked for last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of_account(&self, account_sid: &str) -> Result<Option<Arc<Tenant>>, Error> {
        match self.known(|tenants| tenants.of_account(account_sid)).await? {
            Known::Tenant(tenant) => Ok(Some(tenant)),
            Known::Nobody => Ok(None),
            Known::Changed(moment) => {
                let tenant = self.read_tenant_of_account(account_sid).await?;
                self.tenants().keep(moment, account_sid, tenant.as_ref());
                Ok(tenant)
            }
            Known::Nothing => self.read_tenant_of_account(account_sid).await,
        }
    }

    /// The user's linked account, while it is connected or being disconnected. Answered from memory as by
    /// [`Store::tenant_of_account`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of_user(&self, user: UserId) -> Result<Option<Arc<Tenant>>, Error> {
        match self.known(|tenants| tenants.of_user(user)).await? {
            Known::Tenant(tenant) => Ok(Some(tenant)),
            Known::Nobody => Ok(None),
            Known::Changed(moment) => {
                let tenant = self.read_tenant_of_user(user).await?;
                if let Some(tenant) = &tenant {
                    self.tenants()
                        .keep(moment, &tenant.connection.account_sid, Some(tenant));
                }
                Ok(tenant)
            }
            Known::Nothing => self.read_tenant_of_user(user).await,
        }
    }

    /// The call with that id, and its tenant while its account is linked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of_call(&self, id: CallId) -> Result<Option<(Arc<Tenant>, Call)>, Error> {
        let Some(call) = self.call_for_worker(id).await? else {
            return Ok(None);
        };
        let tenant = self.tenant_of_account(&call.account_sid).await?;
        Ok(tenant
            .filter(|tenant| tenant.user_id == call.user_id)
            .map(|tenant| (tenant, call)))
    }

    /// What is known in memory, where that may be relied on; all linked accounts are read first if they are not there.
    async fn known(&self, ask: impl Fn(&Tenants) -> Known + Send + Sync) -> Result<Known, Error> {
        if !self.hears_others() {
            return Ok(Known::Nothing);
        }
        if self.tenants().complete().is_err() {
            self.read_all_tenants().await?;
        }
        let known = ask(self.tenants());
        looked_up(Cache::Tenants, matches!(known, Known::Tenant(_) | Known::Nobody));
        Ok(known)
    }

    /// Reads all linked accounts into memory, once for all who wait for it.
    async fn read_all_tenants(&self) -> Result<(), Error> {
        let _reading = self.tenants().reading().await;
        let Err(moment) = self.tenants().complete() else {
            return Ok(());
        };
        let rows = query(select_tenants!("")).fetch_all(self.pool()).await?;
        let mut settings = self.list_voice_settings().await?;
        let (mut tenants, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in &rows {
            // What is wrong with one row is no other tenant's trouble.
            let tenant = tenant_of(row).and_then(|tenant| {
                let voice = settings.remove(&tenant.user_id).transpose()?.unwrap_or_default();
                Ok(Tenant { voice, ..tenant })
            });
            match tenant {
                Ok(tenant) => tenants.push(tenant),
                Err(_) => unreadable.push(get(row, "account_sid")?),
            }
        }
        self.tenants().keep_all(moment, tenants, unreadable);
        Ok(())
    }

    async fn read_tenant_of_account(&self, account_sid: &str) -> Result<Option<Arc<Tenant>>, Error> {
        let row = query(select_tenants!("account_sid = $1 AND "))
            .bind(account_sid)
            .fetch_optional(self.pool())
            .await?;
        self.with_settings(row).await
    }

    async fn read_tenant_of_user(&self, user: UserId) -> Result<Option<Arc<Tenant>>, Error> {
        let row = query(select_tenants!("user_id = $1 AND "))
            .bind(user.to_string())
            .fetch_optional(self.pool())
            .await?;
        self.with_settings(row).await
    }

    async fn with_settings(&self, row: Option<AnyRow>) -> Result<Option<Arc<Tenant>>, Error> {
        let Some(row) = row else { return Ok(None) };
        let tenant = tenant_of(&row)?;
        let voice = self.voice_settings(tenant.user_id).await?.unwrap_or_default();
        Ok(Some(Arc::new(Tenant { voice, ..tenant })))
    }
}

/// The tenant, with the settings of somebody who has made none.
fn tenant_of(row: &AnyRow) -> Result<Tenant, Error> {
    let connection = connection_of(row)?;
    Ok(Tenant {
        user_id: connection.user_id,
        voice_identity: get(row, "voice_identity")?,
        connection,
        voice: VoiceSettings::default(),
    })
}
