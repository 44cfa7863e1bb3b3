//! The database: whether it answers, is up to date, whole, and has room; what waits in it; and whether the keys fit it.

use std::time::Instant;

use anyhow::Context as _;
use services::{Clock as _, SystemClock, audit};
use store::{Backlog, Engine, Installation, SchemaVersion, Store};
use vault::Vault;

use super::findings::Findings;
use super::machine;
use crate::config::Config;
use crate::wiring;

/// How long work may be due before somebody should look at it, in milliseconds.
const LATE: i64 = 5 * 60 * 1000;

/// The database as it was found.
pub enum Database {
    /// The first start makes it.
    NoneYet,
    /// It answers.
    SetUp(Store, Option<Installation>),
}

impl Database {
    /// What is known of the installation.
    pub fn installation(&self) -> Option<&Installation> {
        match self {
            Self::NoneYet => None,
            Self::SetUp(_, installation) => installation.as_ref(),
        }
    }
}

/// Opens it, and says how it is.
pub async fn open(config: &Config, findings: &mut Findings) -> Option<Database> {
    match found(config).await {
        Ok((database, said)) => {
            findings.note("database", Ok(said));
            Some(database)
        }
        Err(error) => {
            findings.note("database", Err(error));
            None
        }
    }
}

async fn found(config: &Config) -> anyhow::Result<(Database, String)> {
    if config.database_file().is_some_and(|file| !file.exists()) {
        return Ok((Database::NoneYet, "none yet; the first start makes it".to_owned()));
    }
    let store = wiring::store(config).await?;
    let version = store.engine_version().await.context("it does not answer")?;
    let SchemaVersion { applied, known } = store.schema_version().await.context("its schema cannot be read")?;
    anyhow::ensure!(
        applied >= known,
        "its schema is not up to date (version {applied} of {known}); run `sniko migrate`, or start the server"
    );
    anyhow::ensure!(
        applied == known,
        "its schema (version {applied}) is newer than this program, which knows {known}; run the newer program"
    );
    let begun = Instant::now();
    store.ping().await.context("it does not answer")?;
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    let installation = store.installation().await.context("it cannot be read")?;
    let said = format!(
        "{:?} {version} answers in {took:.1} ms, schema version {applied}",
        store.engine()
    );
    Ok((Database::SetUp(store, installation), said))
}

/// Looks into it.
pub async fn look(config: &Config, database: Option<&Database>, findings: &mut Findings) {
    let Some(database) = database else {
        for check in ["keys", "integrity", "rows", "secrets", "disk", "connections", "jobs"] {
            findings.skip(check, "not tried, for want of the database");
        }
        return;
    };
    let vault = match keys(config, database.installation()) {
        Ok(vault) => {
            findings.note("keys", Ok(seals(vault.as_ref())));
            vault
        }
        Err(error) => {
            findings.note("keys", Err(error));
            None
        }
    };
    let Database::SetUp(store, _) = database else {
        return;
    };
    findings.note("integrity", integrity(store).await);
    findings.note("rows", rows(store).await);
    match vault {
        Some(vault) => findings.note("secrets", secrets(store, &vault).await),
        None => findings.skip("secrets", "not tried, for want of the keys"),
    }
    match config.database_file() {
        Some(file) => findings.note("disk", machine::disk(&file)),
        None => findings.skip("disk", "the database's own machine keeps it"),
    }
    waiting(store, findings).await;
}

/// The keys, if they fit; none before the first start.
fn keys(config: &Config, installation: Option<&Installation>) -> anyhow::Result<Option<Vault>> {
    let Some(vault) = config.keys.existing(installation.is_some())? else {
        return Ok(None);
    };
    if let Some(installation) = installation {
        vault
            .check_canary(&installation.canary)
            .context("they do not fit this database; APP_KEYS must hold the key that its secrets were sealed with")?;
    }
    Ok(Some(vault))
}

fn seals(vault: Option<&Vault>) -> String {
    vault.map_or_else(
        || "none yet; the first start makes one for development".to_owned(),
        |vault| format!("{} seals", vault.active_key_id()),
    )
}

async fn integrity(store: &Store) -> anyhow::Result<String> {
    if store.engine() == Engine::Postgres {
        return Ok("PostgreSQL sees to it itself".to_owned());
    }
    let damage = store
        .damage()
        .await
        .context("it cannot be read to its end; restore a backup")?;
    anyhow::ensure!(
        damage.is_empty(),
        "the file is damaged ({}); stop the server and restore a backup",
        damage.join("; ")
    );
    Ok("nothing is damaged".to_owned())
}

/// Whether the rows agree with each other.
async fn rows(store: &Store) -> anyhow::Result<String> {
    let broken = audit::rules(store).await.context("they cannot be compared")?;
    anyhow::ensure!(
        broken.is_empty(),
        "{}; keep a copy of the database, and report it to Sniko's makers",
        broken.join("; ")
    );
    Ok("they agree with each other".to_owned())
}

/// Whether every secret opens.
async fn secrets(store: &Store, vault: &Vault) -> anyhow::Result<String> {
    let secrets = audit::secrets(store, vault).await.context("they cannot be read")?;
    let all = secrets.opened + secrets.closed;
    anyhow::ensure!(
        secrets.closed == 0,
        "{} of {all} do not open: {}",
        secrets.closed,
        secrets.told.join("; ")
    );
    Ok(format!("all {all} open"))
}

/// What is connected, and what nobody has done though it is due.
async fn waiting(store: &Store, findings: &mut Findings) {
    let now = SystemClock.now();
    let backlog = match store.backlog(now).await {
        Ok(backlog) => backlog,
        Err(error) => {
            findings.note("connections", Err(error.into()));
            return;
        }
    };
    connections(&backlog, findings);
    let jobs = [
        ("texts to be sent", backlog.send_text),
        ("recordings to be deleted", backlog.delete_recording),
        ("accounts to be read", backlog.reconcile),
        ("connections to be compared", backlog.check_connection),
    ];
    let due = jobs.map(|(what, due)| format!("{} {what}", due.count)).join(", ");
    let oldest = jobs.iter().filter_map(|(_, due)| due.oldest).min();
    match oldest.map(|since| now.0 - since.0) {
        Some(late) if late > LATE => {
            let minutes = late / 60_000;
            findings.notice(
                "jobs",
                format!("{due}; the oldest is due for {minutes} minutes: is a server running?"),
            );
        }
        _ => findings.note("jobs", Ok(due)),
    }
}

/// How the connected accounts fare at Twilio, as it was found last.
fn connections(backlog: &Backlog, findings: &mut Findings) {
    let all = format!(
        "{} connected, {} in work",
        backlog.connections_connected, backlog.connections_in_work
    );
    let mut wrong = Vec::new();
    if backlog.connections_out_of_order > 0 {
        wrong.push(format!(
            "{} not at Twilio as they should be, which Settings → Twilio Setup of their users shows and mends",
            backlog.connections_out_of_order
        ));
    }
    if backlog.connections_left_behind > 0 {
        wrong.push(format!(
            "{} left something behind at Twilio, which is tried again until it is gone, and named on the operators' page",
            backlog.connections_left_behind
        ));
    }
    if wrong.is_empty() {
        findings.note("connections", Ok(all));
    } else {
        findings.notice("connections", format!("{all}; {}", wrong.join("; ")));
    }
}
