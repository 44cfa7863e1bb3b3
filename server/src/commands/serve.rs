//! `sniko serve`

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::http::{connections, files};
use crate::router::{Site, router};
use crate::wiring;

/// How long requests and background work may take to end after the first signal.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until a signal; a second one stops at once.
///
/// # Errors
/// When a setting, the database, a key or the address cannot be used.
pub async fn serve() -> anyhow::Result<()> {
    let config = Arc::new(super::load()?);
    files::check(&config.leptos)?;
    let parts = wiring::parts(&config).await?;
    let site = Site::new(Arc::clone(&config), &parts);
    site.services.recover().await.context("preparing the database")?;

    let address = config.leptos.site_addr;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address}"))?;
    // Where the port was left to the system, this is the one it gave.
    let address = listener.local_addr().context("listening")?;
    let worker = site.services.clone();
    parts.tasks.spawn(async move { worker.work().await });

    let stop = CancellationToken::new();
    let ready = Arc::clone(&site.ready);
    let mut server = tokio::spawn(connections::serve(listener, router(site)?, stop.clone()));
    ready.store(true, Ordering::Release);
    tracing::info!(%address, app_url = %config.app_url, "ready");

    tokio::select! {
        ended = &mut server => ended?,
        signal = signal() => {
            tracing::info!(signal = signal?, "stopping; a second signal stops at once");
            ready.store(false, Ordering::Release);
            stop.cancel();
            parts.shutdown.cancel();
            parts.tasks.close();
            let drained = async {
                let ended = (&mut server).await;
                parts.tasks.wait().await;
                ended
            };
            tokio::select! {
                ended = tokio::time::timeout(DRAIN, drained) => match ended {
                    Ok(ended) => ended?,
                    Err(_) => tracing::warn!("some work had not ended in time; the next start takes it up"),
                },
                again = self::signal() => anyhow::bail!("stopped at once by a second signal ({})", again?),
            }
        }
    }
    parts.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The next signal that asks the program to end.
#[cfg(unix)]
async fn signal() -> std::io::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}

/// The next signal that asks the program to end.
#[cfg(not(unix))]
async fn signal() -> std::io::Result<&'static str> {
    tokio::signal::ctrl_c().await.map(|()| "Ctrl-C")
}
