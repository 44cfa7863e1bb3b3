//! The connections to the database, how many and set up how.

use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Executor};

use crate::{Engine, Error};

/// The pool's size; on SQLite those that read, beside the one that writes.
const CONNECTIONS: u32 = 8;

/// After so long, a PostgreSQL that cannot be reached is said to be away: Twilio waits for 15 seconds, and there is more to be done.
const AWAY: Duration = Duration::from_secs(5);

/// For every PostgreSQL connection: whoever waits for a lock of somebody else gives up as soon as on SQLite, while there is time to
/// tell Twilio; and a server that sleeps in the middle of a transaction loses that, and with it its locks.
/// <https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT>
const POSTGRES: &str = "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '10s'";

/// For every SQLite connection. FULL: with WAL, NORMAL loses acknowledged rows on power loss.
/// <https://www.sqlite.org/pragma.html#pragma_synchronous>
const SQLITE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF";

/// For the one that writes. What a statement over many rows keeps for its own undoing stays in memory, the pages that are written
/// again and again stay in 16 MB of it, and they get into the database's file 16 MB at a time.
/// <https://www.sqlite.org/tempfiles.html>, <https://www.sqlite.org/pragma.html#pragma_wal_autocheckpoint>
const SQLITE_WRITER: &str = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000";

/// Where connections come from: to read, and to write.
pub(crate) struct Pools {
    pub(crate) pool: AnyPool,
    pub(crate) writers: AnyPool,
}

/// Connects.
pub(crate) async fn open(engine: Engine, url: &str) -> Result<Pools, Error> {
    if engine == Engine::Postgres {
        let pool = options(&[POSTGRES]).max_connections(CONNECTIONS).acquire_timeout(AWAY);
        let pool = pool.connect(url).await?;
        let writers = pool.clone();
        return Ok(Pools { pool, writers });
    }
    // An embedded database need not be asked whether it is still there.
    let embedded = |begin| options(begin).test_before_acquire(false);
    let pool = embedded(&[SQLITE]).max_connections(CONNECTIONS).connect(url).await?;
    // Always the same one: what another has written makes all that a connection keeps of the file worthless.
    let one = embedded(&[SQLITE, SQLITE_WRITER]).max_connections(1);
    let writers = one.idle_timeout(None).max_lifetime(None).connect(url).await?;
    Ok(Pools { pool, writers })
}

/// Connections that begin with these statements.
fn options(begin: &'static [&'static str]) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection: &mut AnyConnection, _| {
            Box::pin(async move {
                for statements in begin {
                    connection.execute(*statements).await?;
                }
                Ok(())
            })
        })
}
