//! The browser's program: cargo, wasm-bindgen, wasm-opt and a minifier, in that order, with the last result kept.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use xtask::{
    fingerprint::Fingerprint,
    npm,
    process::{cargo, command, quietly, run},
    progress::Progress,
    wasm_target::{self, TARGET},
    workspace::Workspace,
};

use crate::{build::STEPS, compress};

/// A folder with `NAME.js`, `NAME.wasm` and perhaps `snippets/`.
pub struct Package {
    /// Names everything it was made from.
    pub key: String,
    pub folder: PathBuf,
}

/// Builds it, or finds it built.
pub async fn build(workspace: &Workspace, progress: &Progress) -> Result<Package> {
    wasm_target::install(progress).await?;
    let tools = install_tools(workspace, progress).await?;
    let leptos = &workspace.leptos;
    // Apart from the programs, because together cargo would unify the features of `app` for server and browser.
    run(cargo()
        .args(["build", "--lib", "--package", &leptos.lib_package, "--target", TARGET])
        .args(["--profile", &leptos.lib_profile_release]))
    .await?;
    let module = workspace
        .target
        .join(TARGET)
        .join(&leptos.lib_profile_release)
        .join(leptos.lib_package.replace('-', "_"))
        .with_extension("wasm");
    let module = std::fs::read(&module).with_context(|| module.display().to_string())?;

    let mut key = Fingerprint::new()
        .add("module", &module)
        .add("wasm-opt", leptos.wasm_opt_features.join(" ").as_bytes());
    for step in STEPS {
        key = key.add("step", step.as_bytes());
    }
    if let Some(tools) = &tools {
        key = key.add("tools", &std::fs::read(tools.join("../../package-lock.json"))?);
    }
    let key = key.finish();
    let kept = workspace.notes().join("wasm");
    let folder = kept.join(&key);
    if !folder.is_dir() {
        // Only the last result is kept, and it appears whole or not at all.
        remove_folder(&kept)?;
        let unfinished = kept.join("unfinished");
        std::fs::create_dir_all(&unfinished)?;
        make(workspace, progress, module, tools.as_deref(), &unfinished).await?;
        std::fs::rename(&unfinished, &folder)?;
    }
    Ok(Package { key, folder })
}

async fn make(
    workspace: &Workspace,
    progress: &Progress,
    module: Vec<u8>,
    tools: Option<&Path>,
    folder: &Path,
) -> Result<()> {
    let name = &workspace.leptos.output_name;
    progress.step("generating JavaScript with wasm-bindgen");
    Bindgen::new()
        .input_bytes(name, module)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)?;
    let wasm = folder.join(format!("{name}.wasm"));
    // Leptos' `HydrationScripts` asks for the name without wasm-bindgen's `_bg`.
    std::fs::rename(folder.join(format!("{name}_bg.wasm")), &wasm)?;
    let Some(tools) = tools else { return Ok(()) };
    optimise(workspace, progress, tools, &wasm).await?;
    let script = folder.join(format!("{name}.js"));
    let minified = folder.join("minified.js");
    quietly(
        command(tools.join("esbuild"))
            .arg(&script)
            .args(["--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
            .arg(format!("--outfile={}", minified.display())),
    )
    .await?;
    std::fs::rename(minified, script)?;
    Ok(())
}

/// Runs wasm-opt and keeps the result that is smaller on its way to the browser: optimising for raw bytes often makes a
/// module that compresses worse.
async fn optimise(workspace: &Workspace, progress: &Progress, tools: &Path, wasm: &Path) -> Result<()> {
    progress.step("optimising it with wasm-opt");
    let optimised = wasm.with_extension("optimised");
    quietly(
        command(tools.join("wasm-opt"))
            .args(&workspace.leptos.wasm_opt_features)
            .arg(wasm)
            .arg("-o")
            .arg(&optimised),
    )
    .await?;
    let (before, after) = (std::fs::read(wasm)?, std::fs::read(&optimised)?);
    let (small, smaller) = (compress::brotli(&before)?.len(), compress::brotli(&after)?.len());
    let kept = if smaller < small { "kept" } else { "not kept" };
    progress.step(format!(
        "wasm-opt: {} → {} bytes, with brotli {small} → {smaller}: {kept}",
        before.len(),
        after.len()
    ));
    if smaller < small {
        std::fs::rename(optimised, wasm)?;
    } else {
        std::fs::remove_file(optimised)?;
    }
    Ok(())
}

/// The folder of wasm-opt and esbuild; none where npm is missing, which costs size and nothing else.
async fn install_tools(workspace: &Workspace, progress: &Progress) -> Result<Option<PathBuf>> {
    let folder = workspace.root.join("xtask");
    if !npm::is_present() {
        progress.step("npm is not installed: the browser's part stays larger than it has to be");
        return Ok(None);
    }
    npm::install(&folder, progress).await?;
    Ok(Some(folder.join("node_modules/.bin")))
}

/// Removes a folder that may be missing.
pub fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    Ok(())
}
