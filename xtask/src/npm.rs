//! npm packages, installed exactly as locked, once.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{
    fingerprint::Fingerprint,
    process::{command, find, quietly},
    progress::Progress,
};

/// Whether npm is there at all.
pub fn is_present() -> bool {
    find("npm").is_some()
}

/// Installs a folder's packages unless exactly these are installed.
pub async fn install(folder: &Path, progress: &Progress) -> Result<()> {
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let wanted = Fingerprint::new().add("package-lock.json", &lock).finish();
    let stamp = folder.join("node_modules/.installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    progress.step(format!("installing the npm packages of {}", folder.display()));
    quietly(
        command("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(folder),
    )
    .await
    .context("Node.js with npm is needed: https://nodejs.org")?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}
