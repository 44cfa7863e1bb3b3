//! Databases on the PostgreSQL that `SNIKO_TEST_POSTGRES_URL` names, and a line to it that can be cut.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use sqlx::{AssertSqlSafe, Connection as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// A database of its own for a test.
pub struct Database {
    /// Where it is.
    pub url: String,
    name: String,
    server: String,
}

impl Database {
    /// None where there is no PostgreSQL.
    pub async fn new() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("SNIKO_TEST_POSTGRES_URL").ok()?;
        let name = format!("http_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        execute(&server, format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self {
            url: format!("{base}/{name}"),
            name,
            server,
        })
    }

    /// Removes it, whoever is still there.
    pub async fn drop(self) {
        execute(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

async fn execute(url: &str, sql: String) {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A line to a database: what goes through it is passed on until it is cut.
pub struct Cable {
    /// The database's address by this line.
    pub url: String,
    lines: Arc<Mutex<Lines>>,
    accepting: AbortHandle,
}

#[derive(Default)]
struct Lines {
    is_cut: bool,
    open: JoinSet<()>,
}

impl Cable {
    /// Laid to the database at that address.
    pub async fn to(url: &str) -> Self {
        let (rest, database) = url.rsplit_once('/').unwrap();
        let (user, address) = rest.rsplit_once('@').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let lines = Arc::<Mutex<Lines>>::default();
        let (kept, address) = (Arc::clone(&lines), address.to_owned());
        let accepting = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let address = address.clone();
                let mut lines = kept.lock().unwrap();
                if lines.is_cut {
                    continue;
                }
                lines.open.spawn(async move {
                    let Ok(mut server) = TcpStream::connect(address).await else {
                        return;
                    };
                    // Whoever hangs up ends it.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self {
            url: format!("{user}@{here}/{database}"),
            lines,
            accepting: accepting.abort_handle(),
        }
    }

    /// Nothing passes any more, and nobody gets through.
    pub fn cut(&self) {
        let mut lines = self.lines.lock().unwrap();
        lines.is_cut = true;
        lines.open.abort_all();
    }

    /// As before.
    pub fn mend(&self) {
        self.lines.lock().unwrap().is_cut = false;
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
