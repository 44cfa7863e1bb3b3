//! Where things are, and the Leptos settings, as `cargo metadata` tells them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::process::{cargo, output};

/// The workspace this program was built from.
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
    pub output_name: String,
    pub site_root: PathBuf,
    pub site_pkg_dir: String,
    pub site_addr: String,
    pub bin_package: String,
    pub bin_target: String,
    pub lib_package: String,
    pub lib_profile_release: String,
    pub assets_dir: PathBuf,
    pub style_file: PathBuf,
    pub browserquery: String,
    pub wasm_opt_features: Vec<String>,
}

/// A member of the workspace.
#[derive(Deserialize)]
pub struct Package {
    pub name: String,
    pub manifest_path: PathBuf,
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
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let json = output(
            cargo()
                .args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"])
                .arg(manifest),
        )
        .await?;
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
