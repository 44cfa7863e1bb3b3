//! `sniko operator`

use std::io::Write as _;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use services::operator::{Appointed, appoint};

use crate::wiring;

/// What can be done about operators.
#[derive(Clone, Subcommand)]
pub enum Action {
    /// Say who looks after this installation
    List,
    /// Make the user with that e-mail address an operator
    Add {
        /// The address that he signs in with
        email: String,
    },
    /// Make the user with that e-mail address an ordinary user again
    Remove {
        /// The address that he signs in with
        email: String,
    },
}

/// Says or changes who looks after this installation. Servers may run meanwhile.
///
/// # Errors
/// When there is no such user, or nobody would be left.
pub async fn operator(action: Action) -> anyhow::Result<()> {
    let parts = wiring::parts(&super::load()?).await?;
    let (email, yes) = match action {
        Action::List => {
            let mut out = std::io::stdout().lock();
            for email in parts.store.list_operators().await? {
                writeln!(out, "{email}").context("writing")?;
            }
            return Ok(());
        }
        Action::Add { email } => (email, true),
        Action::Remove { email } => (email, false),
    };
    match appoint(&parts, &email, yes).await? {
        Appointed::Done if yes => tracing::info!(?email, "is an operator now"),
        Appointed::Done => tracing::info!(?email, "is no operator any more"),
        Appointed::NoSuchUser => bail!("nobody has an account with the e-mail address {email:?}"),
        Appointed::LastOne => bail!("{email:?} is the only operator: add another one first"),
    }
    Ok(())
}
