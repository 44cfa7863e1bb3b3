//! Where things are, and the Leptos settings, as `cargo metadata` tells them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::process::{cargo, output};

/// The workspace that the current folder is in.
pub struct Workspace {
    /// The folder of the root Cargo.toml.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// `[[workspace.metadata.leptos]]`.
    pub leptos: Leptos,
    /// The members.
    pub packages: Vec<Package>,
}

/// The settings shared with cargo-leptos; those that we use.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Leptos {
    /// What the files for the browser are called, without hash and extension.
    pub output_name: String,
    /// The folder that the server serves files from.
    pub site_root: PathBuf,
    /// The folder in it that hashed files stand in.
    pub site_pkg_dir: String,
    /// Where the server listens unless it is told otherwise.
    pub site_addr: String,
    /// The package of the server.
    pub bin_package: String,
    /// The name of its program.
    pub bin_target: String,
    /// The package of the browser's part.
    pub lib_package: String,
    /// The profile it is compiled with.
    pub lib_profile_release: String,
    /// Files that are served as they are.
    pub assets_dir: PathBuf,
    /// The style sheet that imports the others.
    pub style_file: PathBuf,
    /// The browsers that it is written for.
    pub browserquery: String,
    /// wasm-opt's arguments.
    pub wasm_opt_features: Vec<String>,
}

/// A member of the workspace.
#[derive(Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its Cargo.toml.
    pub manifest_path: PathBuf,
    /// What it uses.
    pub dependencies: Vec<Dependency>,
}

impl Package {
    /// The folder of its Cargo.toml.
    pub fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

/// A line under a member's `[dependencies]`.
#[derive(Deserialize)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// `dev`, `build`, or none for an ordinary one.
    pub kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
    workspace_root: PathBuf,
    metadata: WorkspaceMetadata,
}

#[derive(Deserialize)]
struct WorkspaceMetadata {
    leptos: Vec<Leptos>,
}

impl Workspace {
    /// Asks cargo.
    pub async fn load() -> Result<Self> {
        // From the current folder: the program itself may have been built in another clone that shares the target folder.
        let json = output(cargo().args(["metadata", "--no-deps", "--format-version=1"])).await?;
        let metadata: Metadata = serde_json::from_str(&json).context("cargo metadata")?;
        let leptos = metadata
            .metadata
            .leptos
            .into_iter()
            .next()
            .context("Cargo.toml has no [[workspace.metadata.leptos]]")?;
        Ok(Self {
            root: metadata.workspace_root,
            target: metadata.target_directory,
            leptos,
            packages: metadata.packages,
        })
    }

    /// The folder that our own notes and caches are kept in.
    pub fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// The folder of the release programs.
    pub fn release(&self) -> PathBuf {
        self.target.join("release")
    }

    /// The folder that the server serves files from.
    pub fn site(&self) -> PathBuf {
        self.root.join(&self.leptos.site_root)
    }
}
