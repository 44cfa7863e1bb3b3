//! The figures that have a budget.

use anyhow::{Result, bail};

use xtask::{progress::Progress, site, workspace::Workspace};

/// Bytes, with brotli, of all that a page's scripts load: the wasm module and its JavaScript.
const SCRIPT_BUDGET: usize = 130_000;

/// Prints the sizes, and fails where they are over budget.
pub async fn bench(workspace: &Workspace, progress: &Progress) -> Result<()> {
    let sizes = site::build(workspace, progress).await?;
    println!("{:>6} {:>10} {:>10} {:>10}", "", "raw", "gzip", "brotli");
    for (kind, size) in &sizes {
        println!("{kind:>6} {:>10} {:>10} {:>10}", size.raw, size.gzip, size.brotli);
    }
    let scripts: usize = ["wasm", "js"]
        .iter()
        .filter_map(|kind| sizes.get(*kind))
        .map(|size| size.brotli)
        .sum();
    println!("wasm and js together: {scripts} bytes with brotli, budget {SCRIPT_BUDGET}");
    if scripts > SCRIPT_BUDGET {
        bail!("over budget by {} bytes", scripts - SCRIPT_BUDGET);
    }
    Ok(())
}
