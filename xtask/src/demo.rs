//! The server and the local Twilio, running together.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use xtask::{
    process::{sheltered, stop},
    workspace::Workspace,
};

use crate::{http, tidy};

/// How long a program may take until it answers; migrations of a large database are the slow part.
const START: Duration = Duration::from_secs(60);

/// The simulated account; the same from run to run, so that what was connected stays connected.
pub const ACCOUNT_SID: &str = "AC51e0c0de51e0c0de51e0c0de51e0c0de";
/// Its token.
pub const AUTH_TOKEN: &str = "51e0c0de51e0c0de51e0c0de51e0c0de";
/// The demo user's address.
pub const EMAIL: &str = "demo@sniko.local";
/// His password.
pub const PASSWORD: &str = "sniko-demo-password";

/// What runs. Dropped, it is killed.
#[derive(Default)]
pub struct Programs {
    simulator: Option<Child>,
    server: Option<Child>,
}

impl Programs {
    /// Starts the simulator and waits until it answers.
    pub async fn start_simulator(&mut self, workspace: &Workspace, address: SocketAddr) -> Result<()> {
        let simulator = sheltered(workspace.release().join("simulator"))
            .args(["--listen", &address.to_string()])
            .args(["--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN])
            .stdin(Stdio::null())
            // What it announces is in our own introduction.
            .stdout(Stdio::null())
            .spawn()
            .context("starting the simulator")?;
        self.simulator = Some(simulator);
        self.answers(address, "/").await
    }

    /// Starts the server and waits until it is ready.
    pub async fn start_server(&mut self, mut server: Command, address: SocketAddr) -> Result<()> {
        self.server = Some(server.spawn().context("starting the server")?);
        self.answers(address, "/readyz").await
    }

    /// Ends the server as a power cut would, in the middle of whatever it does.
    pub async fn kill_server(&mut self) -> Result<()> {
        match self.server.take() {
            Some(mut server) => server.kill().await.context("killing the server"),
            None => Ok(()),
        }
    }

    /// The server's process, while it runs.
    pub fn server_id(&self) -> Option<u32> {
        self.server.as_ref().and_then(Child::id)
    }

    /// Asks the server to stop, and waits until it has.
    pub async fn stop_server(&mut self) {
        if let Some(mut server) = self.server.take() {
            stop(&mut server, "TERM").await;
        }
    }

    /// Stops the server first: it may still have something to tell the simulator.
    pub async fn stop(&mut self) {
        for child in [&mut self.server, &mut self.simulator].into_iter().flatten() {
            stop(child, "TERM").await;
        }
    }

    /// Completes when one of them ends, which none does unasked.
    pub async fn one_ends(&mut self) -> Result<()> {
        tokio::select! {
            status = ends(&mut self.server) => bail!("the server ended by itself with {}; see its messages above", status?),
            status = ends(&mut self.simulator) => bail!("the simulator ended by itself with {}", status?),
        }
    }

    /// Asks until the answer is a success.
    async fn answers(&mut self, address: SocketAddr, path: &str) -> Result<()> {
        let ask = async {
            while !http::get(address, path).await.is_ok_and(|answer| answer.status == 200) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            asked = tokio::time::timeout(START, ask) => {
                asked.with_context(|| format!("no success from http://{address}{path} in {START:?}"))
            }
            ended = self.one_ends() => ended,
        }
    }
}

async fn ends(child: &mut Option<Child>) -> std::io::Result<std::process::ExitStatus> {
    match child {
        Some(child) => child.wait().await,
        None => std::future::pending().await,
    }
}

/// The server with the settings of the environment and `.env`.
pub fn server(workspace: &Workspace) -> Command {
    let mut server = sheltered(workspace.release().join(&workspace.leptos.bin_target));
    server.arg("serve").stdin(Stdio::null());
    server
}

/// The server with the simulator, and with none of the settings that are meant for real Twilio.
pub fn demo_server(
    workspace: &Workspace,
    address: SocketAddr,
    app_url: &str,
    simulator: SocketAddr,
    database: &str,
) -> Result<Command> {
    let mut server = server(workspace);
    for name in tidy::every_setting(workspace)? {
        // An empty one counts as not set, and keeps what `.env` says out.
        server.env(name, "");
    }
    server
        .env("APP_URL", app_url)
        .env("DATABASE_URL", database)
        .env("LEPTOS_SITE_ADDR", address.to_string())
        .env("TWILIO_API_URL", format!("http://{simulator}"))
        .env("TWILIO_SIGNALLING_HOST", simulator.to_string());
    Ok(server)
}
