//! The front end: everything under `target/site`, as `cargo leptos build --release` would make it.

use std::{collections::BTreeMap, fs::File, path::Path};

use anyhow::{Context as _, Result};
use xtask::{
    fingerprint::{self, Fingerprint},
    progress::Progress,
    site::{self, Stamp},
    workspace::Workspace,
};

use crate::{assemble, wasm};

/// Our own steps are inputs too: a change of them makes the result anew.
pub const STEPS: [&str; 5] = [
    include_str!("build.rs"),
    include_str!("assemble.rs"),
    include_str!("compress.rs"),
    include_str!("style.rs"),
    include_str!("wasm.rs"),
];

/// Builds the front end; returns at once where nothing it is made from has changed.
pub async fn build(workspace: &Workspace, progress: &Progress) -> Result<()> {
    // Another clone may share the target folder, and with it what is kept from the last time.
    std::fs::create_dir_all(workspace.notes())?;
    let only_one = File::create(workspace.notes().join("site.lock"))?;
    only_one.lock()?;
    let package = wasm::build(workspace, progress).await?;
    let inputs = Fingerprint::new()
        .add("package", package.key.as_bytes())
        .add("browsers", workspace.leptos.browserquery.as_bytes())
        .add_folder(
            workspace
                .root
                .join(&workspace.leptos.style_file)
                .parent()
                .context("style-file has no folder")?,
        )?
        .add_folder(&workspace.root.join(&workspace.leptos.assets_dir))?
        .finish();
    let note = site::note(workspace);
    let before = std::fs::read(&note)
        .ok()
        .and_then(|json| serde_json::from_slice::<Stamp>(&json).ok());
    let stamp = match before {
        Some(stamp) if stamp.inputs == inputs && stamp.files == files(&workspace.site())? => stamp,
        _ => {
            progress.step("bundling the style sheet, hashing and compressing the assets");
            let made = assemble::assemble(workspace, &package)?;
            let stamp = Stamp {
                inputs,
                files: files(&workspace.site())?,
                hashes: made.hashes,
                sizes: made.sizes,
            };
            std::fs::write(note, serde_json::to_vec_pretty(&stamp)?)?;
            stamp
        }
    };
    // The server looks for it beside its own program.
    std::fs::create_dir_all(workspace.release())?;
    std::fs::write(workspace.release().join("hash.txt"), &stamp.hashes)?;
    Ok(())
}

/// Every file below a folder with its fingerprint; none where the folder is missing.
fn files(folder: &Path) -> Result<BTreeMap<String, String>> {
    fingerprint::walk(folder)?
        .into_iter()
        .map(|(name, path)| {
            let contents = std::fs::read(path)?;
            Ok((name, Fingerprint::new().add("", &contents).finish()))
        })
        .collect()
}
