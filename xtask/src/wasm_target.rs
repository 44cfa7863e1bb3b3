//! The platform that the browser's part is compiled for.

use anyhow::Result;

use crate::{
    process::{command, find, output, run},
    progress::Progress,
};

/// Its name in rustup and cargo.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Adds it to the toolchain where rustup says that it is missing.
///
/// # Errors
/// When rustup fails.
pub async fn install(progress: &Progress) -> Result<()> {
    if find("rustup").is_none() {
        // Without rustup the distribution brings the target, or cargo says that it does not.
        return Ok(());
    }
    let installed = output(command("rustup").args(["target", "list", "--installed"])).await?;
    if !installed.lines().any(|line| line == TARGET) {
        progress.step(format!("installing the Rust target {TARGET}"));
        run(command("rustup").args(["target", "add", TARGET])).await?;
    }
    Ok(())
}
