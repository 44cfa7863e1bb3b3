//! Everything that runs without a browser: one build with clippy as the compiler, then the test programs.
//!
//! `cargo clippy` followed by `cargo test` would compile every dependency twice, once to look at it and once to run it.
//! Clippy is rustc with more lints, so it compiles the tests here (`RUSTC_WORKSPACE_WRAPPER`, the mechanism that
//! `cargo clippy` itself uses; only members of the workspace go through it, dependencies are shared with plain builds).

use std::{collections::BTreeMap, path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, anyhow};
use serde::Deserialize;
use tokio::process::Command;

use super::{Outcome, Suite};
use xtask::{
    process::{capture, cargo, command},
    progress::Progress,
    workspace::Workspace,
};

use crate::postgres::Postgres;

/// How long one test program may run; a hanging test shall fail, not the machine's patience.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Settings of the product that a developer may have in the environment, and that must not reach a test.
const SETTINGS: [&str; 4] = ["APP_", "LEPTOS_", "SMS_", "TWILIO_"];

/// A compiled test program.
struct Program {
    package: String,
    /// `lib`, a binary's or an integration test's name.
    target: String,
    folder: PathBuf,
    executable: PathBuf,
}

/// The native tests, built once, and the database they share.
pub struct Native<'a> {
    workspace: &'a Workspace,
    built: Option<Result<Vec<Program>, String>>,
    postgres: Option<Postgres>,
}

#[derive(Deserialize)]
struct Message {
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

impl<'a> Native<'a> {
    pub fn new(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            built: None,
            postgres: None,
        }
    }

    /// Compiles and lints everything; the second time it only repeats how that went.
    pub async fn build(&mut self) -> Result<()> {
        if self.built.is_none() {
            self.built = Some(compile(self.workspace).await.map_err(|error| format!("{error:#}")));
        }
        match &self.built {
            Some(Err(error)) => Err(anyhow!("{error}")),
            _ => Ok(()),
        }
    }

    /// Runs the test programs of a suite.
    pub async fn run(&mut self, suite: Suite, progress: &Progress) -> Result<Outcome> {
        self.build().await.context("not run, because the build failed")?;
        // The storage tests fail where the variable is set and the database is not there; the others may use it too.
        if self.postgres.is_none() && on_both_databases(suite) {
            self.postgres = Some(Postgres::start(progress).await?);
        }
        let mut outcome = Outcome::default();
        let mut ignored = 0;
        let programs = self
            .built
            .iter()
            .flatten()
            .flatten()
            .filter(|program| program.belongs_to(suite));
        for program in programs {
            let mut test = hermetic(command(&program.executable));
            test.current_dir(&program.folder)
                .env("CARGO_MANIFEST_DIR", &program.folder);
            if let Some(postgres) = self.postgres.as_ref().filter(|_| on_both_databases(suite)) {
                test.env("SNIKO_TEST_POSTGRES_URL", &postgres.url);
            }
            ignored += count(&mut outcome, &format!("{} ({})", program.package, program.target), test).await?;
        }
        if suite == Suite::Unit {
            let mut examples = hermetic(lint_while_compiling(cargo()));
            examples.args(["test", "--doc"]);
            ignored += count(&mut outcome, "examples in the documentation", examples).await?;
        }
        if ignored > 0 {
            outcome.note = format!("{ignored} marked #[ignore]");
        }
        Ok(outcome)
    }

    /// Stops the database.
    pub async fn stop(self) {
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
    }
}

/// Whether the suite's tests find a PostgreSQL.
fn on_both_databases(suite: Suite) -> bool {
    matches!(suite, Suite::Storage | Suite::Http)
}

impl Program {
    /// The use cases run twice: with the other tests on SQLite, and with the storage tests on PostgreSQL.
    fn belongs_to(&self, suite: Suite) -> bool {
        suite_of(&self.package) == suite || (suite == Suite::Storage && self.target == "use_cases")
    }
}

/// Which suite a member's tests belong to.
fn suite_of(package: &str) -> Suite {
    match package {
        "twilio" => Suite::Contract,
        "store" => Suite::Storage,
        "server" => Suite::Http,
        _ => Suite::Unit,
    }
}

async fn compile(workspace: &Workspace) -> Result<Vec<Program>> {
    let mut build = lint_while_compiling(cargo());
    build.args([
        "test",
        "--no-run",
        "--quiet",
        "--message-format=json-render-diagnostics",
    ]);
    let output = build.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await?;
    if !output.status.success() {
        return Err(anyhow!("warnings, lints or errors, see above"));
    }
    let names: BTreeMap<_, _> = workspace
        .packages
        .iter()
        .map(|package| (&package.manifest_path, &package.name))
        .collect();
    let mut programs = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Message = serde_json::from_str(line).context("cargo's messages")?;
        if let Message {
            manifest_path: Some(manifest),
            target: Some(target),
            profile: Some(Profile { test: true }),
            executable: Some(executable),
        } = message
        {
            let package = names.get(&manifest).context("a test program of a foreign package")?;
            let folder = manifest.parent().context("a manifest has a folder")?.to_path_buf();
            programs.push(Program {
                package: (*package).clone(),
                target: target.name,
                folder,
                executable,
            });
        }
    }
    Ok(programs)
}

/// Makes clippy the compiler of our own crates, and its warnings errors, as `cargo clippy -- -D warnings` does.
fn lint_while_compiling(mut cargo: Command) -> Command {
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    cargo.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    cargo
}

/// Keeps the developer's own settings away, and has tests of random inputs draw the same ones each time: a change is judged by what it
/// changes, and the search for more is apart (`crates/fuzz/README.md`).
fn hermetic(mut test: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown == "DATABASE_URL" || SETTINGS.iter().any(|prefix| shown.starts_with(prefix)) {
            test.env_remove(&name);
        }
    }
    test.envs([
        ("BOLERO_RANDOM_SEED", "2026"),
        ("BOLERO_RANDOM_ITERATIONS", "5000"),
        ("PROPTEST_RNG_SEED", "2026"),
    ]);
    test
}

/// Runs a test program, adds its numbers, and returns how many tests it left out.
async fn count(outcome: &mut Outcome, name: &str, mut test: Command) -> Result<u64> {
    let (succeeded, text) = match tokio::time::timeout(LIMIT, capture(&mut test)).await {
        Ok(ended) => ended?,
        Err(_) => (false, format!("stopped after {LIMIT:?}")),
    };
    let [passed, mut failed, ignored] = tally(&text);
    if !succeeded {
        // A crash, too, is a failure: it prints no result.
        failed = failed.max(1);
        eprintln!("{text}");
    }
    eprintln!("    {name}: {passed} passed, {failed} failed");
    outcome.passed += passed;
    outcome.failed += failed;
    Ok(ignored)
}

/// The numbers of all `test result: …` lines: passed, failed, ignored.
fn tally(text: &str) -> [u64; 3] {
    let mut sums = [0; 3];
    for line in text.lines().filter_map(|line| line.strip_prefix("test result: ")) {
        for part in line.split([';', '.']) {
            let mut words = part.split_whitespace();
            let number = words
                .next()
                .and_then(|word| word.parse::<u64>().ok())
                .unwrap_or_default();
            let index = match words.next() {
                Some("passed") => 0,
                Some("failed") => 1,
                Some("ignored") => 2,
                _ => continue,
            };
            if let Some(sum) = sums.get_mut(index) {
                *sum += number;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_several_results_are_added_up() {
        let text = "running 3 tests\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(tally(text), [7, 2, 1]);
    }

    #[test]
    fn a_crash_leaves_no_numbers() {
        assert_eq!(tally("thread main panicked"), [0, 0, 0]);
    }
}
