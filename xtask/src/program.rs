//! The release programs: the server, the simulator, and what the server serves.

use anyhow::Result;

use xtask::{
    process::{cargo, run},
    progress::Progress,
    site,
    workspace::Workspace,
};

/// Builds the programs and the front end; quick where nothing has changed.
pub async fn build_all(workspace: &Workspace, progress: &Progress) -> Result<site::Sizes> {
    progress.step("building the server and the simulator (the first time takes some minutes)");
    // In one invocation, so that what both depend on is built once.
    run(cargo().args([
        "build",
        "--release",
        "--package",
        &workspace.leptos.bin_package,
        "--package",
        "simulator",
    ]))
    .await?;
    site::build(workspace, progress).await
}
