//! `sniko serve`

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::http::connections::{self, Ending};
use crate::http::metrics::Metrics;
use crate::http::{files, health};
use crate::router::{Site, router};
use crate::wiring;

/// For how long a server that is told to end still takes requests, and closes each connection with the answer: a proxy in front of
/// it sees that and goes elsewhere, without a request lost. Only after SIGTERM, since nobody is in front of a terminal.
const LEAVE: Duration = Duration::from_secs(2);
/// How long requests and background work may take to end then.
const DRAIN: Duration = Duration::from_secs(7);
/// And the database to be closed, which waits for what has not ended.
const CLOSE: Duration = Duration::from_millis(500);

/// Serves until a signal; a second one stops at once.
///
/// # Errors
/// When a setting, the database, a key or the address cannot be used.
pub async fn serve() -> anyhow::Result<()> {
    let config = Arc::new(super::load()?);
    files::check(&config.leptos)?;
    let most = connections::most();
    let parts = wiring::parts(&config).await?;
    let metrics = Metrics::begin(parts.store.clone(), parts.clock.now())?;
    tokio::spawn(Arc::clone(&metrics).upkeep());
    let installation = parts.store.installation().await.context("reading the database")?;
    let mark = installation.map(|installation| health::mark(&installation.install_id));
    let site = Site::new(Arc::clone(&config), &parts, metrics, &mark.unwrap_or_default())?;
    site.services.recover().await.context("preparing the database")?;

    let address = config.leptos.site_addr;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address}"))?;
    // Where the port was left to the system, this is the one it gave.
    let address = listener.local_addr().context("listening")?;
    let worker = site.services.clone();
    parts.tasks.spawn(async move { worker.work().await });

    let mut signals = Signals::new().context("listening for signals")?;
    let ending = Ending::default();
    let ready = Arc::clone(&site.ready);
    let proxies = Arc::new(config.trusted_proxies.clone());
    let mut server = tokio::spawn(connections::serve(
        listener,
        router(site)?,
        proxies,
        most,
        ending.clone(),
    ));
    ready.store(true, Ordering::Release);
    tracing::info!(%address, app_url = %config.app_url, connections = most, "ready");

    tokio::select! {
        ended = &mut server => ended?,
        signal = signals.next() => {
            ready.store(false, Ordering::Release);
            tracing::info!(signal, "stopping; a second signal stops at once");
            ending.leaving.cancel();
            let drained = async {
                if signal == TERMINATE {
                    tokio::time::sleep(LEAVE).await;
                }
                ending.stop.cancel();
                parts.shutdown.cancel();
                parts.tasks.close();
                tokio::time::timeout(DRAIN, async {
                    let ended = (&mut server).await;
                    parts.tasks.wait().await;
                    ended
                }).await
            };
            tokio::select! {
                ended = drained => match ended {
                    Ok(ended) => ended?,
                    Err(_) => tracing::warn!("some work had not ended in time; the next start takes it up"),
                },
                again = signals.next() => anyhow::bail!("stopped at once by a second signal ({again})"),
            }
        }
    }
    if tokio::time::timeout(CLOSE, parts.store.close()).await.is_err() {
        tracing::warn!("the database could not be closed in time");
    }
    tracing::info!("stopped");
    Ok(())
}

/// The signal of a system that ends a service.
const TERMINATE: &str = "SIGTERM";

/// The signals that ask the program to end. Listened for from the start on, so that none is missed between two.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => TERMINATE,
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// The signals that ask the program to end.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
