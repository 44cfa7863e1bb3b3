//! The front end, as the program `site` makes it.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::{
    process::{cargo, run},
    progress::Progress,
    workspace::Workspace,
};

/// What was made from what, kept beside the result.
#[derive(Deserialize, PartialEq, Serialize)]
pub struct Stamp {
    /// A fingerprint of everything it was made from.
    pub inputs: String,
    /// Each file under the site folder with its fingerprint, so that a foreign build in the same place is noticed.
    pub files: BTreeMap<String, String>,
    /// The text of `hash.txt`: `kind: hash` lines, as Leptos reads them.
    pub hashes: String,
    /// What the browser has to load.
    pub sizes: Sizes,
}

/// Bytes of one file as they travel.
#[derive(Clone, Copy, Deserialize, PartialEq, Serialize)]
pub struct Size {
    /// As it is.
    pub raw: usize,
    /// With gzip.
    pub gzip: usize,
    /// With brotli.
    pub brotli: usize,
}

/// What the browser has to load, by kind: `wasm`, `js`, `css`.
pub type Sizes = BTreeMap<String, Size>;

/// The file that the stamp is kept in.
#[must_use]
pub fn note(workspace: &Workspace) -> PathBuf {
    workspace.notes().join("site.json")
}

/// Builds the front end; quick where nothing it is made from has changed.
///
/// # Errors
/// When a tool is missing or fails.
pub async fn build(workspace: &Workspace, progress: &Progress) -> Result<Sizes> {
    progress.step("building the browser's part");
    run(cargo().args(["run", "--package", "site"])).await?;
    let stamp = std::fs::read(note(workspace)).context("the program `site` left no note")?;
    Ok(serde_json::from_slice::<Stamp>(&stamp)?.sizes)
}
