//! What a browser has to load before the pages live: our own, and what others wrote.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use xtask::{fingerprint::walk, workspace::Workspace};

use super::figure::Figure;

/// Bytes, with brotli, of all scripts of our own: the wasm module and every JavaScript beside it. The softphone has 60,000 of them.
const OWN: u64 = 215_000;
/// Where others' work is kept.
const VENDOR: &str = "vendor/";

/// Our own together, and each of the others by itself.
pub fn figures(workspace: &Workspace) -> Result<Vec<Figure>> {
    of(&workspace.site())
}

fn of(site: &Path) -> Result<Vec<Figure>> {
    let mut own = 0;
    let mut vendors: BTreeMap<String, u64> = BTreeMap::new();
    let files = walk(site)?;
    for (name, path) in &files {
        if !(name.ends_with(".js") || name.ends_with(".wasm")) {
            continue;
        }
        let compressed = files.get(&format!("{name}.br")).unwrap_or(path);
        let bytes = std::fs::metadata(compressed)?.len();
        match name.strip_prefix(VENDOR) {
            // With its version, which its folder's name has.
            Some(rest) => {
                let vendor = rest.split_once('/').map_or(rest, |(folder, _)| folder);
                *vendors.entry(vendor.to_owned()).or_default() += bytes;
            }
            None => own += bytes,
        }
    }
    let mut figures = vec![Figure::new("our wasm and JavaScript, with brotli", own, "bytes").at_most(OWN)];
    figures.extend(vendors.into_iter().map(|(vendor, bytes)| {
        let name = format!("{vendor}, which others wrote, with brotli");
        Figure::new(name, bytes, "bytes")
    }));
    Ok(figures)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn scripts_count_as_they_travel_and_vendors_by_themselves() {
        let site = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("pkg/sniko.1.wasm", 1000),
            ("pkg/sniko.1.wasm.br", 100),
            ("pkg/sniko.1.wasm.gz", 200),
            ("js/tiny.js", 7),
            ("pkg/sniko.1.css", 5000),
            ("vendor/turbo-8/turbo.js", 900),
            ("vendor/turbo-8/turbo.js.br", 90),
            ("vendor/turbo-8/LICENSE", 1000),
        ] {
            let path = site.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, vec![b'x'; bytes]).unwrap();
        }
        let figures = of(site.path()).unwrap();
        let values: Vec<_> = figures.iter().map(Figure::value_and_most).collect();
        assert_eq!(values, [(107, Some(OWN)), (90, None)]);
        assert!(figures.iter().any(|figure| figure.line().starts_with("turbo-8,")));
    }
}
