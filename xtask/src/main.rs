#![doc = include_str!("../README.md")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks through its output"
)]

mod bench;
mod chromium;
mod demo;
mod http;
mod postgres;
mod program;
mod run;
mod suites;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

use xtask::{process, progress::Progress, workspace::Workspace};

use crate::suites::Suite;

/// The project's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and serve it with the local Twilio simulator and a demo user
    Run(run::Options),
    /// Run every test suite, or those named
    Test {
        /// The suites to run; all of them, in order, where none is named
        suites: Vec<Suite>,
    },
    /// Build the front end and the release programs
    Build,
    /// Measure sizes, round trips, and requests beside bare servers, and fail where a figure is beyond its limit
    Bench {
        /// The parts to measure; all of them where none is named
        parts: Vec<bench::Part>,
        /// Measure the release programs as they are, without building them
        #[arg(long)]
        no_build: bool,
    },
}

// One thread, because a child that dies with its parent (`setpriv --pdeathsig`) dies with the thread that started it.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match work().await {
        Ok(code) => code,
        Err(error) => {
            // Without the backtrace that anyhow's Debug would add: nothing in our own frames helps the reader.
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn work() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let workspace = Workspace::load().await?;
    std::env::set_current_dir(&workspace.root)?;
    let progress = Progress::start();
    match arguments.command {
        // A signal is how this one ends: it listens itself, to stop one program after the other.
        Command::Run(options) => run::run(&workspace, &progress, options)
            .await
            .map(|()| ExitCode::SUCCESS),
        Command::Test { suites } => unless_stopped(suites::test(&workspace, &progress, &suites)).await,
        Command::Build => unless_stopped(program::build_all(&workspace, &progress))
            .await
            .map(|_| ExitCode::SUCCESS),
        Command::Bench { parts, no_build } => unless_stopped(bench::bench(&workspace, &progress, &parts, !no_build))
            .await
            .map(|()| ExitCode::SUCCESS),
    }
}

/// Does the work, or drops it at a signal, which stops the programs it started.
async fn unless_stopped<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        result = work => result,
        signal = process::stop_signal() => bail!("stopped by {}", signal?),
    }
}
