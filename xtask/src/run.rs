//! `cargo xtask run`: the whole product on this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use anyhow::{Context as _, Result, bail};

use xtask::{process::stop_signal, progress::Progress, workspace::Workspace};

use crate::{
    demo::{self, ACCOUNT_SID, AUTH_TOKEN, EMAIL, PASSWORD, Programs},
    http, program,
};

/// Where the simulator listens unless that port is taken.
const SIMULATOR: &str = "127.0.0.1:4010";

/// A database of its own, so that simulated accounts never stand beside real ones.
const DATABASE: &str = "sqlite://data/simulator.db";

/// The options of `cargo xtask run`.
#[derive(clap::Args)]
pub struct Options {
    /// Serve against real Twilio, with the settings of the environment and `.env`
    #[arg(long)]
    no_simulator: bool,
}

/// Builds, starts, waits for Ctrl-C, stops.
pub async fn run(workspace: &Workspace, progress: &Progress, options: Options) -> Result<()> {
    let mut programs = Programs::default();
    let ended = tokio::select! {
        result = start(workspace, progress, &options, &mut programs) => result,
        signal = stop_signal() => {
            progress.step(format!("{}: stopping", signal?));
            Ok(())
        }
    };
    tokio::select! {
        () = programs.stop() => {}
        // Dropping the programs ends them.
        signal = stop_signal() => progress.step(format!("{}: stopping at once", signal?)),
    }
    progress.step("stopped");
    ended
}

/// Builds and starts everything, and returns when something goes wrong.
async fn start(workspace: &Workspace, progress: &Progress, options: &Options, programs: &mut Programs) -> Result<()> {
    let address = address(workspace)?;
    if let Err(error) = TcpListener::bind(address) {
        bail!(
            "cannot listen on {address}: {error}. Stop what is running there, or set LEPTOS_SITE_ADDR to another address"
        );
    }
    program::build_all(workspace, progress).await?;
    std::fs::create_dir_all(workspace.root.join("data"))?;

    let (server, simulator) = if options.no_simulator {
        (demo::server(workspace), None)
    } else {
        // Kept open no longer than the look: the simulator binds it itself.
        let simulator = TcpListener::bind(SIMULATOR)
            .or_else(|_| TcpListener::bind("127.0.0.1:0"))?
            .local_addr()?;
        progress.step(format!("starting the Twilio simulator on {simulator}"));
        programs.start_simulator(workspace, simulator).await?;
        let app_url = format!("http://{}", reachable(address));
        let server = demo::demo_server(workspace, address, &app_url, simulator, DATABASE)?;
        (server, Some(simulator))
    };
    progress.step("starting the server");
    programs.start_server(server, reachable(address)).await?;
    if simulator.is_some() {
        create_demo_user(reachable(address)).await?;
    }
    introduce(progress, reachable(address), simulator);
    programs.one_ends().await
}

/// Where the server will listen; it reads the same.
fn address(workspace: &Workspace) -> Result<SocketAddr> {
    let name = "LEPTOS_SITE_ADDR";
    let set = match std::env::var(name) {
        Ok(value) => Some(value),
        Err(_) => in_env_file(workspace, name)?,
    };
    let text = set
        .filter(|value| !value.trim().is_empty())
        .unwrap_or_else(|| workspace.leptos.site_addr.clone());
    text.trim()
        .parse()
        .with_context(|| format!("{name} is {text:?}, which is not an address and a port"))
}

fn in_env_file(workspace: &Workspace, name: &str) -> Result<Option<String>> {
    let path = workspace.root.join(".env");
    if !path.is_file() {
        return Ok(None);
    }
    for line in dotenvy::from_path_iter(path).context(".env")? {
        let (key, value) = line.context(".env")?;
        if key == name {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// An address of this machine that answers for it: `0.0.0.0` is none to ask.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

fn introduce(progress: &Progress, address: SocketAddr, simulator: Option<SocketAddr>) {
    println!();
    println!("  Sniko is ready after {:.1} s", progress.elapsed().as_secs_f32());
    println!("    address       http://{address}");
    if let Some(simulator) = simulator {
        println!("    sign in       {EMAIL}   {PASSWORD}");
        println!("    simulator     http://{simulator}");
        println!("    Account SID   {ACCOUNT_SID}");
        println!("    Auth Token    {AUTH_TOKEN}");
    }
    println!("  Ctrl-C stops everything.");
    println!();
}

async fn create_demo_user(address: SocketAddr) -> Result<()> {
    let answer = http::post_form(
        address,
        "/auth/sign-up",
        "",
        &[("email", EMAIL), ("password", PASSWORD)],
    )
    .await?;
    match answer.status {
        // 409: it is there from an earlier run.
        201 | 409 => Ok(()),
        status => bail!("creating the demo user was answered with {status}: {}", answer.body),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_on_loopback() {
        let asked = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:3000"), "127.0.0.1:3000");
        assert_eq!(asked("[::]:3000"), "[::1]:3000");
        assert_eq!(asked("192.0.2.1:80"), "192.0.2.1:80");
    }
}
