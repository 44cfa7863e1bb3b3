//! The rules of the house that neither the compiler nor clippy checks. Each returns its faults as lines to read.

mod imports;
mod links;
mod settings;
mod text;

pub use self::settings::every_setting;

use std::path::{Path, PathBuf};

use anyhow::Result;

use xtask::{fingerprint::walk, workspace::Workspace};

/// A rule returns what breaks it.
type Check = fn(&Workspace) -> Result<Vec<String>>;

/// Every rule with its name.
pub const RULES: [(&str, Check); 8] = [
    ("crates import each other only downwards", imports::directions),
    ("a library with a single home is used only there", imports::homes),
    (
        "Leptos.toml and Cargo.toml have the same Leptos settings",
        settings::leptos,
    ),
    (
        ".env.example lists the settings that the server reads",
        settings::example,
    ),
    ("files stay below 400 lines", text::lengths),
    ("no work is left for later in comments", text::leftovers),
    ("every crate has a README that is its documentation", text::readmes),
    ("links in the documents lead somewhere", links::targets),
];

/// Folders that are ours to read: neither made by a tool nor somebody else's.
const FOLDERS: [&str; 10] = [
    "app",
    "crates",
    "docs",
    "end2end",
    "frontend",
    "migrations",
    "server",
    "style",
    "xtask",
    ".ci",
];

/// Our files with one of these extensions, by their path from the root, fixtures and vendored ones left out.
fn sources(workspace: &Workspace, extensions: &[&str]) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        for (name, path) in walk(&workspace.root.join(folder))? {
            let ours = !["node_modules/", "fixtures/", "vendor/", "test-results/"]
                .iter()
                .any(|other| name.contains(other));
            let wanted = Path::new(&name)
                .extension()
                .is_some_and(|is| extensions.iter().any(|one| is == *one));
            if ours && wanted {
                found.push((format!("{folder}/{name}"), path));
            }
        }
    }
    Ok(found)
}
