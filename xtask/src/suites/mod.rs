//! `cargo xtask test`: the suites, in the order in which they run, and the table at the end.

mod cargo_leptos;
mod end2end;
mod native;

use std::{process::ExitCode, time::Instant};

use anyhow::Result;
use clap::ValueEnum as _;

use xtask::{
    process::{capture, cargo, run},
    progress::Progress,
    wasm_target,
    workspace::Workspace,
};

use crate::tidy;

/// What can be tested by itself: `cargo xtask test NAME…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Suite {
    /// rustfmt agrees with every file
    Format,
    /// The rules of docs/architecture.md that a compiler does not check
    Tidy,
    /// Warnings and clippy for everything native, tests included
    Lint,
    /// The same for what runs in the browser, and what it may contain
    LintWasm,
    /// The crates by themselves, and the examples in their documentation
    Unit,
    /// The Twilio client against Twilio's own examples
    Contract,
    /// The repositories on SQLite and on PostgreSQL
    Storage,
    /// The real router and the real program
    Http,
    /// The whole product in Chromium
    EndToEnd,
    /// cargo-leptos builds what we build
    CargoLeptos,
}

/// How a suite ended.
#[derive(Default)]
struct Outcome {
    passed: u64,
    failed: u64,
    /// There is rightly nothing to run here.
    absent: bool,
    /// What the reader should know besides the numbers.
    note: String,
}

impl Outcome {
    /// Of a suite that is a single check.
    fn of(check: Result<()>) -> Self {
        match check {
            Ok(()) => Self {
                passed: 1,
                ..Self::default()
            },
            Err(error) => Self {
                failed: 1,
                note: first_line(&format!("{error:#}")),
                ..Self::default()
            },
        }
    }

    /// Of a suite that has nothing to do here, and why.
    fn absent(why: String) -> Self {
        Self {
            absent: true,
            note: why,
            ..Self::default()
        }
    }

    /// The same, or a failure where no test was found although there should be some.
    fn checked(self) -> Self {
        if self.absent || self.passed + self.failed > 0 {
            return self;
        }
        Self {
            failed: 1,
            note: "there was no test to run".to_owned(),
            ..self
        }
    }

    /// Of a suite that could not do its work.
    fn broken(error: &anyhow::Error) -> Self {
        eprintln!("{error:#}");
        Self {
            failed: 1,
            note: first_line(&format!("{error:#}")),
            ..Self::default()
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(100).collect()
}

/// Runs the suites, and fails where one does. The numbers are the last line that is printed, also then.
pub async fn test(workspace: &Workspace, progress: &Progress, chosen: &[Suite]) -> Result<ExitCode> {
    let suites: Vec<Suite> = Suite::value_variants()
        .iter()
        .copied()
        .filter(|suite| chosen.is_empty() || chosen.contains(suite))
        .collect();
    let mut native = native::Native::new(workspace);
    let mut table = Vec::new();
    for suite in suites {
        let started = Instant::now();
        progress.step(format!("── {} ──", name(suite)));
        let outcome = run_suite(suite, workspace, progress, &mut native).await;
        let outcome = outcome.unwrap_or_else(|error| Outcome::broken(&error)).checked();
        let line = line(suite, &outcome, started.elapsed().as_secs());
        progress.step(&line);
        table.push((line, outcome));
    }
    native.stop().await;

    println!();
    for (line, _) in &table {
        println!("{line}");
    }
    let passed: u64 = table.iter().map(|(_, outcome)| outcome.passed).sum();
    let failed: u64 = table.iter().map(|(_, outcome)| outcome.failed).sum();
    println!();
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn run_suite(
    suite: Suite,
    workspace: &Workspace,
    progress: &Progress,
    native: &mut native::Native<'_>,
) -> Result<Outcome> {
    Ok(match suite {
        Suite::Format => Outcome::of(run(cargo().args(["fmt", "--all", "--check"])).await),
        Suite::Tidy => tidy_suite(workspace),
        Suite::Lint => Outcome::of(native.build().await.map(drop)),
        Suite::LintWasm => lint_wasm(workspace, progress).await?,
        Suite::Unit | Suite::Contract | Suite::Storage | Suite::Http => native.run(suite, progress).await?,
        Suite::EndToEnd => end2end::run(workspace, progress).await?,
        Suite::CargoLeptos => cargo_leptos::compare(workspace, progress).await?,
    })
}

fn tidy_suite(workspace: &Workspace) -> Outcome {
    let mut outcome = Outcome::default();
    for (rule, check) in tidy::RULES {
        match check(workspace) {
            Ok(faults) if faults.is_empty() => outcome.passed += 1,
            Ok(faults) => {
                eprintln!("{rule}:\n  {}", faults.join("\n  "));
                outcome.failed += 1;
            }
            Err(error) => {
                eprintln!("{rule}: {error:#}");
                outcome.failed += 1;
            }
        }
    }
    outcome
}

/// Crates that have no business in a browser; their mere presence there means that a feature leaked.
const SERVER_ONLY: [&str; 9] = [
    "axum", "hyper", "reqwest", "services", "sqlx", "store", "tokio", "twilio", "vault",
];

async fn lint_wasm(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    wasm_target::install(progress).await?;
    let package = &workspace.leptos.lib_package;
    let clippy = run(cargo().args([
        "clippy",
        "--package",
        package,
        "--target",
        wasm_target::TARGET,
        "--",
        "-D",
        "warnings",
    ]))
    .await;
    let (_, tree) = capture(cargo().args([
        "tree",
        "--package",
        package,
        "--target",
        wasm_target::TARGET,
        "--edges=normal",
        "--prefix=none",
        "--format={lib}",
    ]))
    .await?;
    let leaked: Vec<_> = SERVER_ONLY
        .into_iter()
        .filter(|name| tree.lines().any(|line| line == *name))
        .collect();
    let mut outcome = Outcome::of(clippy);
    if leaked.is_empty() {
        outcome.passed += 1;
    } else {
        outcome.failed += 1;
        outcome.note = format!("server crates in the browser's part: {}", leaked.join(", "));
    }
    Ok(outcome)
}

fn name(suite: Suite) -> String {
    suite
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

fn line(suite: Suite, outcome: &Outcome, seconds: u64) -> String {
    let verdict = match outcome {
        Outcome { absent: true, .. } => "NOT RUN",
        Outcome { failed: 0, .. } => "ok",
        _ => "FAILED",
    };
    let note = if outcome.note.is_empty() {
        String::new()
    } else {
        format!("  {}", outcome.note)
    };
    format!(
        "{:<14}{verdict:<7} {:>5} passed {:>4} failed {seconds:>5} s{note}",
        name(suite),
        outcome.passed,
        outcome.failed
    )
}
