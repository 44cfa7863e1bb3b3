//! The server program of Sniko: settings, wiring, routes, commands.
// The views' types nest one level an element.
#![recursion_limit = "512"]

mod commands;
mod config;
mod http;
mod router;
mod wiring;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Connects people's own Twilio accounts.
#[derive(Parser)]
#[command(name = "sniko", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, Subcommand)]
enum Command {
    /// Serve the site (the default)
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Check settings, database, keys, clock, Twilio and the public URL
    Doctor,
    /// Seal every secret with the first key of APP_KEYS
    RotateKeys,
}

#[tokio::main]
async fn main() -> ExitCode {
    // A file for development; where there is none, the environment is all there is.
    let env_file = dotenvy::dotenv();
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    if let Err(error) = env_file
        && !error.not_found()
    {
        tracing::error!(%error, ".env cannot be read");
        return ExitCode::FAILURE;
    }
    let done = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => commands::serve::serve().await,
        Command::Migrate => commands::migrate::migrate().await,
        Command::Doctor => commands::doctor::doctor().await,
        Command::RotateKeys => commands::rotate_keys::rotate_keys().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
