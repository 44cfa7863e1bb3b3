//! cargo-leptos and we build the same: the same files up to the hash in their names, and the same functions in the glue.

use std::{collections::BTreeSet, ffi::OsString, path::Path};

use anyhow::{Context as _, Result, bail};

use super::Outcome;
use xtask::{
    fingerprint::walk,
    process::{command, find, run},
    progress::Progress,
    site,
    workspace::Workspace,
};

/// The programs that cargo-leptos would otherwise download.
const TOOLS: [&str; 2] = ["cargo-leptos", "wasm-bindgen"];

/// What a build looks like from outside.
#[derive(Debug, PartialEq)]
struct Shape {
    /// File names with `HASH` in the place of the hash.
    names: BTreeSet<String>,
    /// What the glue exports by name.
    exports: BTreeSet<String>,
    /// The kinds in `hash.txt`.
    hashed: BTreeSet<String>,
}

/// Builds with both, and compares.
pub async fn compare(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    if let Some(missing) = TOOLS.iter().find(|tool| find(tool).is_none()) {
        return Ok(Outcome::absent(format!(
            "{missing} is not installed: nothing was compared"
        )));
    }
    site::build(workspace, progress).await?;
    let ours = shape(workspace)?;

    progress.step("building the same with cargo-leptos");
    let mut cargo_leptos = command("cargo-leptos");
    cargo_leptos.args(["leptos", "build", "--release", "--frontend-only"]);
    if let Some(path) = with_our_tools(workspace) {
        cargo_leptos.env("PATH", path);
    }
    run(&mut cargo_leptos).await?;
    let theirs = shape(workspace)?;
    // What stands in the folder now is theirs; put ours back.
    site::build(workspace, progress).await?;
    Ok(Outcome::of(agree(&ours, &theirs)))
}

/// `PATH` with our wasm-opt in front, so that both use the same.
fn with_our_tools(workspace: &Workspace) -> Option<OsString> {
    let ours = workspace.root.join("xtask/node_modules/.bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(ours).chain(std::env::split_paths(&path))).ok()
}

fn agree(ours: &Shape, theirs: &Shape) -> Result<()> {
    if ours != theirs {
        eprintln!("ours: {ours:#?}\ntheirs: {theirs:#?}");
        bail!("cargo-leptos builds something else");
    }
    Ok(())
}

fn shape(workspace: &Workspace) -> Result<Shape> {
    let hashes = std::fs::read_to_string(workspace.release().join("hash.txt")).context("hash.txt")?;
    let hashes: Vec<(&str, &str)> = hashes.lines().filter_map(|line| line.split_once(": ")).collect();
    let mut names = BTreeSet::new();
    let mut exports = BTreeSet::new();
    for (name, path) in walk(&workspace.site())? {
        // Compressed copies are ours alone, which cargo-leptos makes with a flag; type declarations, which no browser
        // loads, are its alone.
        if [".br", ".gz", ".ts"].iter().any(|extension| name.ends_with(extension)) {
            continue;
        }
        let plain = hashes.iter().fold(name, |name, (_, hash)| name.replace(hash, "HASH"));
        if plain.ends_with(".js") && plain.contains("HASH") {
            exports.extend(exported(&path)?);
        }
        names.insert(plain);
    }
    let hashed = hashes.into_iter().map(|(kind, _)| kind.to_owned()).collect();
    Ok(Shape { names, exports, hashed })
}

/// The names in a module's `export { local as name, … }`, `export function name` and `export class name`, minified or not.
fn exported(script: &Path) -> Result<BTreeSet<String>> {
    let text = std::fs::read_to_string(script).with_context(|| script.display().to_string())?;
    Ok(exports_in(&text))
}

fn exports_in(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for part in text.split("export").skip(1).map(str::trim_start) {
        if let Some(list) = part.strip_prefix('{').and_then(|part| part.split('}').next()) {
            names.extend(
                list.split(',')
                    .filter_map(|item| item.split_whitespace().last())
                    .map(str::to_owned),
            );
        } else if let Some(named) = part.strip_prefix("function ").or_else(|| part.strip_prefix("class ")) {
            names.extend(named.split(['(', '{', ' ']).next().map(str::to_owned));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_found_minified_or_not() {
        let plain = "export function hydrate() {}\nexport class Sink {}\nexport { initSync, __wbg_init as default };";
        let minified = "function a(){}class d{}export{a as hydrate,d as Sink,b as initSync,c as default};";
        assert_eq!(exports_in(plain), exports_in(minified));
        assert_eq!(exports_in(plain).len(), 4);
    }
}
