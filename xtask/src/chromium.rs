//! The browser of the end-to-end tests.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use xtask::{
    process::{apt_install, can_apt_install, command, find, quietly},
    progress::Progress,
};

/// Programs that are Chromium under some name.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// A Chromium of the system, or none where Playwright has its own (which it finds by itself).
pub async fn install(end2end: &Path, progress: &Progress) -> Result<Option<PathBuf>> {
    if let Some(chosen) = std::env::var_os("SNIKO_CHROMIUM") {
        return Ok(Some(chosen.into()));
    }
    if let Some(found) = installed() {
        return Ok(Some(found));
    }
    if can_apt_install().await {
        progress.step("installing Chromium");
        if apt_install(&["chromium"]).await.is_ok() && installed().is_some() {
            return Ok(installed());
        }
    }
    progress.step("installing Playwright's Chromium");
    quietly(
        command("npx")
            .args(["playwright", "install", "chromium"])
            .current_dir(end2end),
    )
    .await
    .context("install Chromium, or name one in SNIKO_CHROMIUM")?;
    Ok(None)
}

fn installed() -> Option<PathBuf> {
    NAMES.into_iter().find_map(find)
}
