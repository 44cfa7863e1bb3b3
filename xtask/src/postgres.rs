//! A PostgreSQL of our own for the storage tests: a temporary folder, a free port, gone at the end.

use std::{
    ffi::OsString,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use xtask::{
    process::{apt_install, can_apt_install, command, find, is_root, quietly, stop},
    progress::Progress,
};

/// How long it may take until it answers.
const START: Duration = Duration::from_secs(60);

/// A running server.
pub struct Postgres {
    child: Child,
    folder: PathBuf,
    /// Where it can be reached, by a user who may create databases.
    pub url: String,
}

impl Postgres {
    /// Starts one, and installs it first where that can be done without asking.
    pub async fn start(progress: &Progress) -> Result<Self> {
        let programs = programs(progress).await?;
        progress.step("starting a PostgreSQL for the tests");
        // Sockets have a path of at most 107 characters: the folder stands directly below the temporary one.
        let folder = std::env::temp_dir().join(format!("sniko-postgres-{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        match Self::start_in(&programs, folder.clone()).await {
            Ok(postgres) => Ok(postgres),
            Err(error) => {
                drop(std::fs::remove_dir_all(folder));
                Err(error)
            }
        }
    }

    async fn start_in(programs: &Path, folder: PathBuf) -> Result<Self> {
        // PostgreSQL refuses to run as root.
        let user = if is_root().await {
            Some(unprivileged_user().await)
        } else {
            None
        };
        if let Some(user) = user {
            quietly(command("chown").arg(user).arg(&folder)).await?;
        }
        let data = folder.join("data");
        quietly(
            as_user(user, programs.join("initdb"))
                .args([
                    "--username=sniko",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--no-sync",
                    "--pgdata",
                ])
                .arg(&data)
                .current_dir(&folder),
        )
        .await?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::fs::File::create(folder.join("log"))?;
        let child = as_user(user, programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args([
                "-p",
                &port.to_string(),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "max_connections=200",
            ])
            // Nothing here has to survive a power cut.
            .args([
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
                "-k",
            ])
            .arg(&folder)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("starting PostgreSQL")?;
        let url = format!("postgres://sniko@127.0.0.1:{port}/postgres");
        let mut postgres = Self { child, folder, url };
        let ready = async {
            let mut ask = as_user(user, programs.join("pg_isready"));
            ask.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
            while quietly(&mut ask).await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            waited = tokio::time::timeout(START, ready) => waited.context("PostgreSQL does not answer")?,
            status = postgres.child.wait() => {
                let log = std::fs::read_to_string(postgres.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL ended by itself with {}:\n{log}", status?)
            }
        }
        Ok(postgres)
    }

    /// Stops it and removes its folder.
    pub async fn stop(mut self) {
        // SIGINT is PostgreSQL's fast shutdown: connections are cut, the files closed.
        stop(&mut self.child, "INT").await;
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The folder of `initdb` and `postgres`.
async fn programs(progress: &Progress) -> Result<PathBuf> {
    if let Some(folder) = installed() {
        return Ok(folder);
    }
    if can_apt_install().await {
        progress.step("installing PostgreSQL");
        apt_install(&["postgresql"]).await?;
        if let Some(folder) = installed() {
            return Ok(folder);
        }
    }
    bail!(
        "PostgreSQL's `initdb` and `postgres` are not installed. Debian: `apt-get install postgresql`; macOS: \
         `brew install postgresql`"
    )
}

/// Looks where distributions put them: Debian keeps them out of `PATH`.
fn installed() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr"] {
        let versions = std::fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(versions.map(|version| version.path().join("bin")));
    }
    // The newest last, to be taken first.
    folders.sort();
    let in_path = find("initdb").and_then(|initdb| std::fs::canonicalize(initdb).ok());
    folders.extend(in_path.and_then(|initdb| initdb.parent().map(Path::to_path_buf)));
    folders
        .into_iter()
        .rev()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// The account that Debian's package made, or the one every Unix has.
async fn unprivileged_user() -> &'static str {
    if quietly(command("id").arg("postgres")).await.is_ok() {
        "postgres"
    } else {
        "nobody"
    }
}

/// The command, run by somebody else; it stops when we do, however we end.
fn as_user(user: Option<&str>, program: PathBuf) -> Command {
    let Some(user) = user else { return command(program) };
    let mut setpriv = command("setpriv");
    setpriv
        .args([
            format!("--reuid={user}"),
            "--clear-groups".into(),
            "--pdeathsig=INT".into(),
        ])
        .args([OsString::from("--"), program.into_os_string()]);
    setpriv
}
