#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, reason = "the answer")]
#![allow(clippy::disallowed_methods, reason = "what is measured is the machine's own time")]

mod bare;
mod limits;
mod load;
mod process;
mod requests;
mod signed;
mod stats;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The parts that `cargo xtask bench` measures with.
#[derive(Parser)]
#[command(name = "bench", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Asks a server, and prints how that went
    Load(load::Options),
    /// Serves as barely as can be
    Bare {
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
        /// The SQLite file, made where it is missing
        #[arg(long)]
        database: PathBuf,
        /// The one account that is served
        #[arg(long)]
        account: String,
        /// Its token
        #[arg(long)]
        auth_token: String,
        /// Most writes in one transaction
        #[arg(long, default_value_t = 64)]
        group: usize,
    },
    /// Prints what the machine can do
    Limits {
        /// Where files are written
        #[arg(long)]
        folder: PathBuf,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        // One thread: whatever more it took would be taken from the server.
        Command::Load(options) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            println!("{}", serde_json::to_string(&runtime.block_on(load::run(&options))?)?);
        }
        Command::Bare {
            listen,
            database,
            account,
            auth_token,
            group,
        } => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(bare::serve(listen, &database, &account, &auth_token, group))?;
        }
        Command::Limits { folder } => {
            let runtime = tokio::runtime::Runtime::new()?;
            println!(
                "{}",
                serde_json::to_string(&runtime.block_on(limits::measure(&folder))?)?
            );
        }
    }
    Ok(())
}
