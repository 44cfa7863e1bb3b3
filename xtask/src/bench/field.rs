//! The server and the bare one beside it, each with a database of its own, ready to be asked.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use tokio::process::{Child, Command};

use xtask::{
    process::{cargo, run, sheltered, stop},
    progress::Progress,
    workspace::Workspace,
};

use super::{
    generator::Target,
    product::{free, millis},
    save::{self, Connected},
};
use crate::{
    demo::{ACCOUNT_SID, AUTH_TOKEN, EMAIL, Programs, demo_server},
    http,
};

/// Texts that are there to be reported on, each twice.
pub const TEXTS: u32 = 50_000;
/// Most writes that the bare server commits together, as ours does.
const GROUP: u32 = 64;

/// What runs.
pub struct Field<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    programs: Programs,
    bare: Option<Child>,
    address: SocketAddr,
    simulator: SocketAddr,
    /// The user, and his number.
    pub connected: Connected,
}

/// Builds what measures.
pub async fn build(workspace: &Workspace) -> Result<()> {
    let server = &workspace.leptos.bin_package;
    // Together with the server, so that both share what they depend on.
    let programs = ["--package", server, "--package", "simulator", "--package", "bench"];
    run(cargo().args(["build", "--release"]).args(programs)).await?;
    run(cargo().args(["build", "--release", "--package", "store", "--example", "texts"])).await
}

impl<'a> Field<'a> {
    /// Starts, and connects a number; with texts that went out, where they are asked for.
    pub async fn prepare(workspace: &'a Workspace, progress: &Progress, texts: bool) -> Result<Self> {
        let folder = workspace.notes().join("bench-load");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let (address, simulator) = (free()?, free()?);
        let mut programs = Programs::default();
        programs.start_simulator(workspace, simulator).await?;
        let mut field = Self {
            workspace,
            folder,
            programs,
            bare: None,
            address,
            simulator,
            connected: Connected::default(),
        };
        field.start().await?;
        progress.step("connecting a number");
        (_, field.connected) = save::measure(address, simulator).await?;
        if texts {
            progress.step("writing texts");
            field.stop().await?;
            let mut program = sheltered(workspace.release().join("examples").join("texts"));
            run(program.args(["sent", &field.database(), EMAIL, &TEXTS.to_string()])).await?;
            field.start().await?;
        }
        Ok(field)
    }

    /// Where files may be written.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn database(&self) -> String {
        format!("sqlite://{}/sniko.db", self.folder.display())
    }

    /// Starts the server, as it is installed: with its usual log, which goes to a file. The milliseconds that it took.
    pub async fn start(&mut self) -> Result<u64> {
        let url = format!("http://{}", self.address);
        let mut server = demo_server(self.workspace, self.address, &url, self.simulator, &self.database())?;
        let log = File::options()
            .append(true)
            .create(true)
            .open(self.folder.join("server.log"))?;
        server.env_remove("RUST_LOG");
        server.stdout(log.try_clone()?).stderr(log);
        let begun = Instant::now();
        self.programs.start_server(server, self.address).await?;
        Ok(millis(begun))
    }

    /// Stops the server as an administrator does. The milliseconds that it took.
    pub async fn stop(&mut self) -> Result<u64> {
        let begun = Instant::now();
        self.programs.stop_server().await;
        Ok(millis(begun))
    }

    /// The server.
    pub fn server(&self) -> Result<Target> {
        Ok(Target {
            address: self.address,
            process: self.programs.server_id().context("the server is not running")?,
        })
    }

    /// Most memory that the server has had since its start, in KiB, as the system tells it.
    pub fn peak_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server()?.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.context("no memory is told of")?.parse().context("memory")
    }

    /// A phone that is there: calls that come in ring it.
    pub async fn phone_is_there(&self) -> Result<()> {
        let ready = [("device", "bench"), ("presence", "ready")];
        let presence = http::post_form(self.address, "/phone/presence", &self.connected.cookie, &ready).await?;
        anyhow::ensure!(presence.status < 300, "the phone is not there: {}", presence.body);
        Ok(())
    }

    /// Fails unless the report on one of the texts that were written before has moved it on: one on a text that nobody knows costs next to nothing.
    pub async fn text_has_moved(&self, sid: &str) -> Result<()> {
        let number = u32::from_str_radix(sid.trim_start_matches("SM"), 16)?;
        anyhow::ensure!(number < TEXTS, "there were too few texts");
        // As crates/store/examples/texts.rs numbers them.
        let path = format!("/api/messages/00000003-0000-7000-0000-{number:012x}");
        let text = http::get_as(self.address, &path, &self.connected.cookie).await?;
        let moved = ["\"status\":\"sent\"", "\"status\":\"delivered\""]
            .iter()
            .any(|status| text.body.contains(status));
        anyhow::ensure!(moved, "{sid} was reported on, and is {}", text.body);
        Ok(())
    }

    /// Starts the bare server in place of the one before, with a database of its own.
    pub async fn bare(&mut self, commits_alone: bool) -> Result<Target> {
        self.stop_bare().await;
        let address = free()?;
        let group = if commits_alone { 1 } else { GROUP };
        let database = self.folder.join(format!("bare-{group}.db"));
        let mut bare = self.bench();
        bare.args(["bare", "--listen", &address.to_string(), "--database"])
            .arg(&database)
            .args(["--account", ACCOUNT_SID, "--auth-token", AUTH_TOKEN])
            .args(["--group", &group.to_string()])
            .stdin(Stdio::null());
        let bare = self.bare.insert(bare.spawn().context("starting the bare server")?);
        let process = bare.id().context("the bare server has ended")?;
        while http::get(address, "/empty").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Target { address, process })
    }

    /// The program that measures.
    pub fn bench(&self) -> Command {
        sheltered(self.workspace.release().join("bench"))
    }

    async fn stop_bare(&mut self) {
        if let Some(mut bare) = self.bare.take() {
            stop(&mut bare, "TERM").await;
        }
    }

    /// Stops everything and removes what was written.
    pub async fn clear(mut self) -> Result<()> {
        self.stop_bare().await;
        self.programs.stop().await;
        std::fs::remove_dir_all(&self.folder).context("the folder of the measured databases")
    }
}
