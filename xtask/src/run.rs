//! `cargo xtask run`: the whole product on this machine.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use xtask::{
    process::{sheltered, stop, stop_signal},
    progress::Progress,
    workspace::Workspace,
};

use crate::{http, program, tidy};

/// How long a program may take until it answers; migrations of a large database are the slow part.
const START: Duration = Duration::from_secs(60);

/// Where the simulator listens unless that port is taken.
const SIMULATOR: &str = "127.0.0.1:4010";

/// The same from run to run, so that what was connected stays connected.
const ACCOUNT_SID: &str = "AC51e0c0de51e0c0de51e0c0de51e0c0de";
const AUTH_TOKEN: &str = "51e0c0de51e0c0de51e0c0de51e0c0de";

/// A database of its own, so that simulated accounts never stand beside real ones.
const DATABASE: &str = "sqlite://data/simulator.db";

const DEMO_EMAIL: &str = "demo@sniko.local";
const DEMO_PASSWORD: &str = "sniko-demo-password";

/// The options of `cargo xtask run`.
#[derive(clap::Args)]
pub struct Options {
    /// Serve against real Twilio, with the settings of the environment and `.env`
    #[arg(long)]
    no_simulator: bool,
}

/// What runs.
#[derive(Default)]
struct Programs {
    simulator: Option<Child>,
    server: Option<Child>,
}

impl Programs {
    /// Stops the server first: it may still have something to tell the simulator.
    async fn stop(&mut self) {
        for child in [&mut self.server, &mut self.simulator].into_iter().flatten() {
            stop(child, "TERM").await;
        }
    }

    /// Completes when one of them ends, which none does unasked.
    async fn one_ends(&mut self) -> Result<()> {
        tokio::select! {
            status = ends(&mut self.server) => bail!("the server ended by itself with {}; see its messages above", status?),
            status = ends(&mut self.simulator) => bail!("the simulator ended by itself with {}", status?),
        }
    }
}

async fn ends(child: &mut Option<Child>) -> std::io::Result<std::process::ExitStatus> {
    match child {
        Some(child) => child.wait().await,
        None => std::future::pending().await,
    }
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

    let mut server = sheltered(workspace.release().join(&workspace.leptos.bin_target));
    server.arg("serve").stdin(Stdio::null());
    let simulator = if options.no_simulator {
        None
    } else {
        let simulator = start_simulator(workspace, progress, programs).await?;
        for_the_demo(&mut server, workspace, address, simulator)?;
        Some(simulator)
    };
    progress.step("starting the server");
    programs.server = Some(server.spawn().context("starting the server")?);
    let ready = async {
        ready(reachable(address), "/readyz")
            .await
            .context("the server did not become ready")?;
        if simulator.is_some() {
            create_demo_user(reachable(address)).await?;
        }
        introduce(progress, reachable(address), simulator);
        anyhow::Ok(())
    };
    tokio::select! {
        result = ready => result?,
        ended = programs.one_ends() => ended?,
    }
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

/// Gives the server the simulator, and none of the settings that are meant for real Twilio.
fn for_the_demo(server: &mut Command, workspace: &Workspace, address: SocketAddr, simulator: SocketAddr) -> Result<()> {
    for name in tidy::every_setting(workspace)? {
        // An empty one counts as not set, and keeps what `.env` says out.
        server.env(name, "");
    }
    server
        .env("APP_URL", format!("http://{}", reachable(address)))
        .env("DATABASE_URL", DATABASE)
        .env("LEPTOS_SITE_ADDR", address.to_string())
        .env("TWILIO_API_URL", format!("http://{simulator}"));
    Ok(())
}

fn introduce(progress: &Progress, address: SocketAddr, simulator: Option<SocketAddr>) {
    println!();
    println!("  Sniko is ready after {:.1} s", progress.elapsed().as_secs_f32());
    println!("    address       http://{address}");
    if let Some(simulator) = simulator {
        println!("    sign in       {DEMO_EMAIL}   {DEMO_PASSWORD}");
        println!("    simulator     http://{simulator}");
        println!("    Account SID   {ACCOUNT_SID}");
        println!("    Auth Token    {AUTH_TOKEN}");
    }
    println!("  Ctrl-C stops everything.");
    println!();
}

async fn create_demo_user(address: SocketAddr) -> Result<()> {
    let form = [("email", DEMO_EMAIL), ("password", DEMO_PASSWORD)];
    match http::post_form(&address.to_string(), "/auth/sign-up", &form).await? {
        // 409: it is there from an earlier run.
        201 | 409 => Ok(()),
        status => bail!("creating the demo user was answered with {status}"),
    }
}

/// Starts the local Twilio and returns where it listens.
async fn start_simulator(workspace: &Workspace, progress: &Progress, programs: &mut Programs) -> Result<SocketAddr> {
    // Kept open no longer than the look: the simulator binds it itself.
    let address = TcpListener::bind(SIMULATOR)
        .or_else(|_| TcpListener::bind("127.0.0.1:0"))?
        .local_addr()?;
    progress.step(format!("starting the Twilio simulator on {address}"));
    let simulator = sheltered(workspace.release().join("simulator"))
        .args(["--listen", &address.to_string()])
        .args(["--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN])
        .stdin(Stdio::null())
        // What it announces is in our own introduction.
        .stdout(Stdio::null())
        .spawn()
        .context("starting the simulator")?;
    programs.simulator = Some(simulator);
    tokio::select! {
        result = ready(address, "/") => result.context("the simulator did not become ready")?,
        ended = programs.one_ends() => ended?,
    }
    Ok(address)
}

/// Asks until the answer is a success.
async fn ready(address: SocketAddr, path: &str) -> Result<()> {
    let address = address.to_string();
    let ask = async {
        while !http::get(&address, path)
            .await
            .is_ok_and(|status| (200..400).contains(&status))
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(START, ask)
        .await
        .with_context(|| format!("no success from http://{address}{path} in {START:?}"))
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
