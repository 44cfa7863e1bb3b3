#![doc = include_str!("../README.md")]
// The views' types nest one level an element.
#![recursion_limit = "512"]

mod commands;
mod config;
mod http;
mod router;
mod webhooks;
mod wiring;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// A phone and texts in the browser, on people's own Twilio accounts.
///
/// Its settings come from the environment, and from a file `.env` in the folder that it is started in; .env.example describes them all.
#[derive(Parser)]
#[command(name = "sniko", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Subcommand)]
enum Command {
    /// Bring the database's schema up to date, and serve (the default)
    Serve,
    /// Bring the database's schema up to date, and stop
    Migrate,
    /// Check everything that a start depends on, and say what helps; reads only
    Doctor {
        /// Say it for programs: a list of what was checked, in JSON
        #[arg(long)]
        json: bool,
    },
    /// Seal every secret anew with the first key of APP_KEYS; servers may run meanwhile
    RotateKeys,
    /// Say or change who looks after this installation
    #[command(subcommand)]
    Operator(commands::operator::Action),
}

fn main() -> ExitCode {
    // Before there is a second thread, since it writes to the environment.
    let env_file = dotenvy::from_path(".env");
    let arguments = Arguments::parse();
    begin_log(config::LogFormat::read(|name| std::env::var(name).ok()));
    match env_file.map_err(env_file_fault) {
        Ok(()) | Err(None) => run(arguments),
        Err(Some(fault)) => {
            tracing::error!(".env {fault}");
            ExitCode::FAILURE
        }
    }
}

/// From here on, what is told goes to the standard error, and no library's `log` beside it.
fn begin_log(format: config::LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(std::io::stderr);
    match format {
        config::LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        // The span is the request, whose id every line of it carries.
        config::LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
}

/// What is wrong with `.env`; nothing where there is none. The line at fault may hold a secret, so it is not repeated.
fn env_file_fault(error: dotenvy::Error) -> Option<String> {
    match error {
        dotenvy::Error::Io(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        dotenvy::Error::Io(error) => Some(format!("cannot be read: {error}")),
        _ => Some("cannot be read: each line must be NAME=value, a value with blanks in quotes".to_owned()),
    }
}

/// Room for the deepest request of a build that is not optimized, several times over; what is not used costs no memory.
const STACK: usize = 16 * 1024 * 1024;

fn run(arguments: Arguments) -> ExitCode {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    match runtime.enable_all().thread_stack_size(STACK).build() {
        Ok(runtime) => runtime.block_on(carry_out(arguments)),
        Err(error) => {
            tracing::error!("no threads to work with: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(arguments: Arguments) -> ExitCode {
    let done = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => commands::serve::serve().await,
        Command::Migrate => commands::migrate::migrate().await,
        Command::Doctor { json } => commands::doctor::doctor(json).await,
        Command::Operator(action) => commands::operator::operator(action).await,
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
