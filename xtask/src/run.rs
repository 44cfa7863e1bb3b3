//! `cargo xtask run`: the whole product on this machine.

use std::{net::TcpListener, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio::process::Child;

use xtask::{
    process::{command, stop, stop_signal},
    progress::Progress,
    workspace::Workspace,
};

use crate::{http, program};

/// How long a program may take until it answers; migrations of a large database are the slow part.
const START: Duration = Duration::from_secs(60);

/// Where the simulator listens unless that port is taken.
const SIMULATOR: &str = "127.0.0.1:4010";

/// The same from run to run, so that a connected account stays connected.
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

/// The programs that run, in the order in which they are stopped.
struct Programs {
    server: Child,
    simulator: Option<Child>,
}

/// Builds, starts, waits for Ctrl-C, stops.
pub async fn run(workspace: &Workspace, progress: &Progress, options: Options) -> Result<()> {
    let address = std::env::var("LEPTOS_SITE_ADDR").unwrap_or_else(|_| workspace.leptos.site_addr.clone());
    if let Err(error) = TcpListener::bind(&address) {
        bail!("cannot listen on {address}: {error}. Stop what is running there, or set LEPTOS_SITE_ADDR and APP_URL");
    }
    tokio::select! {
        built = program::build_all(workspace, progress) => drop(built?),
        signal = stop_signal() => bail!("stopped by {}", signal?),
    }
    std::fs::create_dir_all(workspace.root.join("data"))?;

    let simulator = if options.no_simulator {
        None
    } else {
        Some(Simulator::start(workspace, progress).await?)
    };
    let mut server = command(workspace.release().join(&workspace.leptos.bin_target));
    server.arg("serve").stdin(Stdio::null());
    if let Some(simulator) = &simulator {
        server
            .env("TWILIO_API_URL", format!("http://{}", simulator.address))
            .env("DATABASE_URL", DATABASE);
    }
    progress.step("starting the server");
    let server = server.spawn().context("starting the server")?;
    let (simulator, simulator_address) = simulator.map_or((None, None), |simulator| {
        (Some(simulator.child), Some(simulator.address))
    });
    let mut programs = Programs { server, simulator };

    let result = serve(&mut programs, progress, &address, simulator_address.as_deref()).await;
    stop(&mut programs.server, "TERM").await;
    if let Some(simulator) = &mut programs.simulator {
        stop(simulator, "TERM").await;
    }
    progress.step("stopped");
    result
}

/// Waits until the server is ready, introduces it, and returns when somebody ends it.
async fn serve(programs: &mut Programs, progress: &Progress, address: &str, simulator: Option<&str>) -> Result<()> {
    let introduce = async {
        ready(address, "/readyz")
            .await
            .context("the server did not become ready")?;
        if simulator.is_some() {
            create_demo_user(address).await?;
        }
        introduce(progress, address, simulator);
        // The rest of the work is to wait for one of the others.
        std::future::pending::<Result<()>>().await
    };
    let simulator_ends = async {
        match &mut programs.simulator {
            Some(simulator) => simulator.wait().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        result = introduce => result,
        signal = stop_signal() => {
            progress.step(format!("{}: stopping", signal?));
            Ok(())
        }
        status = programs.server.wait() => bail!("the server ended by itself with {}; see its messages above", status?),
        status = simulator_ends => bail!("the simulator ended by itself with {}; see its messages above", status?),
    }
}

fn introduce(progress: &Progress, address: &str, simulator: Option<&str>) {
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

async fn create_demo_user(address: &str) -> Result<()> {
    let form = [("email", DEMO_EMAIL), ("password", DEMO_PASSWORD)];
    match http::post_form(address, "/auth/sign-up", &form).await? {
        // 409: it is there from an earlier run.
        201 | 409 => Ok(()),
        status => bail!("creating the demo user was answered with {status}"),
    }
}

/// The local Twilio.
struct Simulator {
    child: Child,
    address: String,
}

impl Simulator {
    async fn start(workspace: &Workspace, progress: &Progress) -> Result<Self> {
        // Kept open no longer than the look: the simulator binds it itself.
        let free = TcpListener::bind(SIMULATOR)
            .or_else(|_| TcpListener::bind("127.0.0.1:0"))?
            .local_addr()?;
        let address = free.to_string();
        progress.step(format!("starting the Twilio simulator on {address}"));
        let child = command(workspace.release().join("simulator"))
            .args([
                "--listen",
                &address,
                "--account-sid",
                ACCOUNT_SID,
                "--auth-token",
                AUTH_TOKEN,
            ])
            .stdin(Stdio::null())
            .spawn()
            .context("starting the simulator")?;
        let mut simulator = Self { child, address };
        tokio::select! {
            result = ready(&simulator.address, "/") => result.context("the simulator did not become ready")?,
            status = simulator.child.wait() => bail!("the simulator ended by itself with {}", status?),
        }
        Ok(simulator)
    }
}

/// Asks until the answer is a success.
async fn ready(address: &str, path: &str) -> Result<()> {
    let ask = async {
        while !http::get(address, path)
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
