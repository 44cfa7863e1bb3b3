//! The simulator as a program of its own.

use std::net::SocketAddr;

use anyhow::ensure;
use clap::Parser;
use simulator::{
    AccountKind, AccountSeed, Capabilities, ECHO_NUMBERS, MessagingServiceSettings, NumberSeed, SimulatedAccount,
    Simulator,
};
use tracing_subscriber::EnvFilter;

/// A local Twilio: REST API, calls, faults on demand, and a page that shows what happens.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: SocketAddr,

    /// The demo account's SID instead of one at random: AC and 32 hexadecimal digits
    #[arg(long, value_parser = account_sid)]
    account_sid: Option<String>,

    /// The demo account's Auth Token instead of one at random: at least 32 characters
    #[arg(long, value_parser = auth_token)]
    auth_token: Option<String>,

    /// Allow --listen with an address that other machines reach; they can then read and change everything in it
    #[arg(long)]
    allow_remote: bool,
}

fn account_sid(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("AC").unwrap_or_default();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_owned())
    } else {
        Err("an Account SID is AC and 32 hexadecimal digits".to_owned())
    }
}

fn auth_token(text: &str) -> Result<String, String> {
    if text.len() >= 32 {
        Ok(text.to_owned())
    } else {
        Err("an Auth Token has at least 32 characters".to_owned())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn")))
        .with_writer(std::io::stderr)
        .init();
    ensure!(
        arguments.allow_remote || arguments.listen.ip().is_loopback(),
        "{} can be reached from other machines; pass --allow-remote if that is wanted",
        arguments.listen
    );
    let mut stop = Stop::listen()?;
    let simulator = Simulator::start_anywhere(arguments.listen).await?;
    let demo = seed(&simulator, arguments.account_sid, arguments.auth_token);
    announce(&simulator.base_url(), &demo);
    stop.asked().await;
    simulator.stop().await;
    Ok(())
}

/// A full account with a free number, one that is in use and in a Messaging Service, and one that cannot text, and a trial account
/// with one number.
fn seed(simulator: &Simulator, sid: Option<String>, auth_token: Option<String>) -> SimulatedAccount {
    let demo = simulator.add_account(AccountSeed {
        friendly_name: "Demo account".to_owned(),
        sid,
        auth_token,
        ..AccountSeed::default()
    });
    let number = |phone_number: &str, sms: bool, mms: bool, voice_url: Option<&str>| {
        simulator.add_number(
            &demo.sid,
            NumberSeed {
                phone_number: phone_number.to_owned(),
                capabilities: Capabilities {
                    voice: true,
                    sms,
                    mms,
                    fax: false,
                },
                voice_url: voice_url.map(str::to_owned),
                ..NumberSeed::default()
            },
        )
    };
    number("+14155550100", true, false, None);
    let british = number("+442071838750", true, true, Some("https://example.com/voice"));
    number("+14155550123", false, false, None);
    let service = MessagingServiceSettings {
        friendly_name: "Demo service".to_owned(),
        use_inbound_webhook_on_number: true,
        ..MessagingServiceSettings::default()
    };
    simulator.add_messaging_service(&demo.sid, service, &[&british]);
    let trial = simulator.add_account(AccountSeed {
        friendly_name: "Trial account".to_owned(),
        kind: AccountKind::Trial,
        ..AccountSeed::default()
    });
    simulator.add_number(
        &trial.sid,
        NumberSeed {
            phone_number: "+14155550177".to_owned(),
            ..NumberSeed::default()
        },
    );
    simulator.mark_initial();
    demo
}

#[allow(
    clippy::print_stdout,
    reason = "other programs read these lines; they are what the program is asked for"
)]
fn announce(base_url: &str, demo: &SimulatedAccount) {
    println!("Simulator: {base_url}");
    println!("Account SID: {}", demo.sid);
    println!("Auth Token: {}", demo.auth_token);
    println!("Numbers that answer and echo: {}", ECHO_NUMBERS.join(", "));
}

/// Ctrl-C and, on Unix, SIGTERM. Listened for before anything is announced.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn asked(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
