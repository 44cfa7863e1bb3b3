//! The front end: everything under `target/site`, as `cargo leptos build --release` would make it.

mod assemble;
mod compress;
pub mod fingerprint;
mod style;
mod wasm;

pub use self::wasm::{TARGET, install_target};

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use self::fingerprint::Fingerprint;
use crate::{progress::Progress, workspace::Workspace};

/// Our own steps are inputs too: a change of them makes the result anew.
const STEPS: [&str; 5] = [
    include_str!("mod.rs"),
    include_str!("assemble.rs"),
    include_str!("compress.rs"),
    include_str!("style.rs"),
    include_str!("wasm.rs"),
];

/// What was made from what, kept beside the result.
#[derive(Deserialize, PartialEq, Serialize)]
struct Stamp {
    inputs: String,
    /// Each file under the site folder with its fingerprint, so that a foreign build in the same place is noticed.
    files: BTreeMap<String, String>,
    hashes: String,
    sizes: Sizes,
}

/// Bytes of one file as they travel.
#[derive(Clone, Copy, Deserialize, PartialEq, Serialize)]
pub struct Size {
    pub raw: usize,
    pub gzip: usize,
    pub brotli: usize,
}

/// What the browser has to load, by kind: `wasm`, `js`, `css`.
pub type Sizes = BTreeMap<String, Size>;

/// Builds the front end; returns at once where nothing it is made from has changed.
pub async fn build(workspace: &Workspace, progress: &Progress) -> Result<Sizes> {
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
    let note = workspace.notes().join("site.json");
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
            std::fs::create_dir_all(workspace.notes())?;
            std::fs::write(note, serde_json::to_vec_pretty(&stamp)?)?;
            stamp
        }
    };
    // The server looks for it beside its own program.
    std::fs::create_dir_all(workspace.release())?;
    std::fs::write(workspace.release().join("hash.txt"), &stamp.hashes)?;
    Ok(stamp.sizes)
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
