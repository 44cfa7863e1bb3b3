//! The load generator (crates/bench), a program of its own, and what it tells.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

use xtask::{
    process::{command, output},
    workspace::Workspace,
};

use super::save::Connected;

/// What requests of every kind repeat after, so that a run that begins at a multiple of it begins with a new call.
const BLOCK: u32 = 3072;

/// How a run went.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Run {
    /// Answers in a second.
    pub per_second: f64,
    /// Microseconds within which half of the answers came.
    pub p50_micros: u64,
    /// The same for 99 of 100.
    pub p99_micros: u64,
    /// How often each status came.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without an answer.
    pub broken: u64,
    /// Processor time of the server for each answer, in microseconds.
    pub cpu_micros_per_answer: f64,
    /// The SIDs of what was answered with success, where they were asked for.
    #[serde(default)]
    pub acknowledged: Vec<String>,
}

impl Run {
    /// The same, or an error where an answer was another than this.
    pub fn expect(self, status: u16) -> Result<Self> {
        let all = self.broken == 0 && self.statuses.keys().all(|came| *came == status);
        ensure!(
            all,
            "expected {status} only, and got {:?} and {} without an answer",
            self.statuses,
            self.broken
        );
        Ok(self)
    }
}

/// A program under load.
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub process: u32,
}

/// Makes requests of which no two are alike, over all its runs. Kinds are numbered each by itself: texts are those that were written before.
pub struct Generator<'a> {
    workspace: &'a Workspace,
    connected: &'a Connected,
    account: &'static str,
    auth_token: &'static str,
    next: BTreeMap<String, u32>,
}

impl<'a> Generator<'a> {
    /// One that has made no request yet.
    pub fn new(
        workspace: &'a Workspace,
        connected: &'a Connected,
        account: &'static str,
        auth_token: &'static str,
    ) -> Self {
        Self {
            workspace,
            connected,
            account,
            auth_token,
            next: BTreeMap::new(),
        }
    }

    /// A run against a program: of requests of this kind, so many at most, with these further options.
    pub fn command(&mut self, target: &Target, kind: &str, most: u32, options: &[&str]) -> Command {
        let next = self.next.entry(kind.to_owned()).or_default();
        let from = *next;
        *next += most.div_ceil(BLOCK) * BLOCK;
        let mut load = command(self.workspace.release().join("bench"));
        load.args(["load", "--target", &target.address.to_string(), "--kind", kind])
            .args(["--base", &format!("http://{}", target.address)])
            .args(["--account", self.account, "--auth-token", self.auth_token])
            .args(["--to", &self.connected.phone_number, "--cookie", &self.connected.cookie])
            .args(["--watch", &target.process.to_string()])
            .args(["--from", &from.to_string(), "--most", &most.to_string()])
            .args(options);
        load
    }
}

/// Runs it to the end.
pub async fn run(load: &mut Command) -> Result<Run> {
    serde_json::from_str(&output(load).await?).context("what the load generator tells")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_other_answer_is_one_too_many() {
        let run = |text: &str| serde_json::from_str::<Run>(text).unwrap().expect(204);
        let told = |statuses: &str, broken: u32| {
            format!(
                "{{\"answers\": 3, \"per_second\": 1.5, \"p50_micros\": 1, \"p99_micros\": 2, \"statuses\": {statuses},
                  \"broken\": {broken}, \"cpu_micros_per_answer\": 1.0}}"
            )
        };
        assert!(run(&told("{\"204\": 3}", 0)).is_ok());
        assert!(run(&told("{\"204\": 2, \"500\": 1}", 0)).is_err());
        assert!(run(&told("{\"204\": 3}", 1)).is_err());
    }
}
