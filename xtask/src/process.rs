//! Other programs: running them to their end, and stopping them.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

/// How long a program that was asked to stop may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A command that is killed when whatever waits for it is dropped.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.kill_on_drop(true);
    command
}

/// The same, out of reach of the terminal's Ctrl-C: it ends when we say so.
pub fn sheltered(program: impl AsRef<OsStr>) -> Command {
    let mut command = command(program);
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// Cargo itself, the one that runs us.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs to the end with our own output; fails where the program does.
pub async fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .await
        .with_context(|| format!("could not start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed with {status}");
    }
    Ok(())
}

/// Runs to the end and returns what it printed; its errors go to our own.
pub async fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .await
        .with_context(|| format!("could not start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed with {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed no text"))
}

/// Runs to the end and returns standard output and error together, and whether it succeeded.
pub async fn capture(command: &mut Command) -> Result<(bool, String)> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("could not start `{shown}`"))?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

/// Runs quietly, and shows what was said only where it failed.
pub async fn quietly(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let (succeeded, text) = capture(command).await?;
    if !succeeded {
        bail!("`{shown}` failed:\n{text}");
    }
    Ok(())
}

/// Whether a program of this name is found in `PATH`, and where.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Whether we run as root, so that Debian's packages can be installed without asking.
pub async fn is_root() -> bool {
    cfg!(unix) && output(command("id").arg("-u")).await.is_ok_and(|id| id.trim() == "0")
}

/// Installs Debian packages; only where [`is_root`] and `apt-get` is there.
pub async fn apt_install(packages: &[&str]) -> Result<()> {
    let apt = || {
        let mut apt = command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    quietly(apt().arg("update")).await?;
    quietly(
        apt()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
    )
    .await
}

/// Whether [`apt_install`] can work here.
pub async fn can_apt_install() -> bool {
    find("apt-get").is_some() && is_root().await
}

/// Asks a program to stop, waits, and kills it where it does not.
pub async fn stop(child: &mut Child, signal: &str) {
    if let Some(id) = child.id() {
        // The standard library can only kill; `kill` is on every Unix.
        let asked = quietly(command("kill").args([format!("-{signal}"), id.to_string()])).await;
        if asked.is_ok() && tokio::time::timeout(PATIENCE, child.wait()).await.is_ok() {
            return;
        }
    }
    // It may have ended by itself meanwhile, which is as good.
    drop(child.kill().await);
}

/// Completes at Ctrl-C, SIGTERM or when the terminal is closed, with its name.
#[cfg(unix)]
pub async fn stop_signal() -> Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "Ctrl-C",
        _ = hangup.recv() => "the end of the terminal",
    })
}

/// Completes at Ctrl-C.
#[cfg(not(unix))]
pub async fn stop_signal() -> Result<&'static str> {
    tokio::signal::ctrl_c().await?;
    Ok("Ctrl-C")
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let command = command.as_std();
    let program = Path::new(command.get_program()).file_name();
    program
        .into_iter()
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
