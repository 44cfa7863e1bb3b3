//! The browser tests: the release programs, the simulator, Playwright.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::Outcome;
use xtask::{
    npm,
    process::{self, command},
    progress::Progress,
    workspace::Workspace,
};

use crate::{chromium, program};

/// What Playwright's JSON report says in short.
#[derive(Deserialize)]
struct Report {
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    expected: u64,
    unexpected: u64,
    flaky: u64,
    skipped: u64,
}

/// Builds what is tested, installs what tests, and runs it.
pub async fn run(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let folder = workspace.root.join("end2end");
    program::build_all(workspace, progress).await?;
    npm::install(&folder, progress).await?;
    let chromium = chromium::install(&folder, progress).await?;

    let report = workspace.notes().join("playwright.json");
    drop(std::fs::remove_file(&report));
    let mut playwright = command("npx");
    playwright
        .args(["playwright", "test", "--reporter=list,json"])
        .current_dir(&folder)
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
        .env("SNIKO_BIN_DIR", workspace.release());
    if let Some(chromium) = chromium {
        playwright.env("SNIKO_CHROMIUM", chromium);
    }
    let ended = process::run(&mut playwright).await;
    let report = std::fs::read(&report)
        .context("Playwright left no report")
        .and_then(|json| {
            let report: Report = serde_json::from_slice(&json).context("Playwright's report")?;
            Ok(report.stats)
        });
    let stats = match (report, ended) {
        // Errors outside the tests (a syntax error, no test at all) leave a report without a failed test.
        (Ok(stats), Err(error)) if stats.unexpected + stats.flaky == 0 => return Err(error),
        (Ok(stats), _) => stats,
        (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(error),
    };
    Ok(Outcome {
        passed: stats.expected,
        // A test that passes only the second time has failed.
        failed: stats.unexpected + stats.flaky,
        note: if stats.skipped > 0 {
            format!("{} skipped by their own condition", stats.skipped)
        } else {
            String::new()
        },
        absent: false,
    })
}
