#![doc = include_str!("../README.md")]
#![allow(clippy::print_stderr, reason = "a command-line program speaks through its output")]

mod assemble;
mod build;
mod compress;
mod style;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use xtask::{progress::Progress, workspace::Workspace};

// One thread, as in `cargo xtask`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match work().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn work() -> Result<()> {
    let workspace = Workspace::load().await?;
    build::build(&workspace, &Progress::start()).await
}
