//! What can be measured on the running product.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    time::Instant,
};

use anyhow::{Context as _, Result};

use xtask::{progress::Progress, workspace::Workspace};

use super::{READY, figure::Figure, save, texts, webhooks};
use crate::{
    demo::{Programs, demo_server},
    program,
};

/// Starts it, with an empty database, and measures.
pub async fn measure(workspace: &Workspace, progress: &Progress) -> Result<Vec<Figure>> {
    let folder = workspace.notes().join("bench");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut programs = Programs::default();
    let figures = in_folder(workspace, progress, &folder, &mut programs).await;
    programs.stop().await;
    std::fs::remove_dir_all(&folder).context("the folder of the measured database")?;
    figures
}

async fn in_folder(
    workspace: &Workspace,
    progress: &Progress,
    folder: &Path,
    programs: &mut Programs,
) -> Result<Vec<Figure>> {
    let (address, simulator) = (free()?, free()?);
    let started = Instant::now();
    // All that `cargo xtask run` does when nothing has changed.
    program::build_all(workspace, progress).await?;
    programs.start_simulator(workspace, simulator).await?;
    let database = format!("sqlite://{}/sniko.db", folder.display());
    let server = || {
        let mut server = demo_server(workspace, address, &format!("http://{address}"), simulator, &database)?;
        // A line for each of thousands of requests would hide the figures.
        server.env("RUST_LOG", "warn");
        anyhow::Ok(server)
    };
    programs.start_server(server()?, address).await?;
    let until_ready = "`cargo xtask run`, everything built, until ready";
    let mut figures = vec![Figure::new(until_ready, millis(started), "ms").at_most(READY)];
    progress.step("connecting a number");
    let (took, connected) = save::measure(address, simulator).await?;
    figures.extend(took);
    progress.step("letting calls come in, and killing the server meanwhile");
    let answers = webhooks::load(address, &connected, async || programs.kill_server().await).await?;
    progress.step("counting them");
    programs.start_server(server()?, address).await?;
    webhooks::check(address, &connected, &answers.calls).await?;
    figures.extend(webhooks::figures(&answers));
    programs.kill_server().await?;
    let mut server = server()?;
    // A provider that answers at once: what is measured is ours.
    server.env("SMS_DEFAULT", "log");
    programs.start_server(server, address).await?;
    progress.step("writing texts");
    let load = texts::load(address, &connected).await?;
    figures.extend(texts::figures(&load));
    progress.step("writing a great many texts");
    figures.extend(texts::sizes(workspace, address, &database, &connected).await?);
    Ok(figures)
}

/// An address that nobody listens on.
pub fn free() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// How long it has been.
pub fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
