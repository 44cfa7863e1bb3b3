//! Puts the site folder together: hashed names, the public files, and a compressed copy beside each.

use std::path::Path;

use anyhow::{Context as _, Result};

use xtask::{
    fingerprint::{Fingerprint, walk},
    site::{Size, Sizes},
    workspace::Workspace,
};

use crate::{
    compress, style,
    wasm::{Package, remove_folder},
};

/// What the server and the reader of figures want to know of the result.
pub struct Made {
    /// The text of `hash.txt`: `kind: hash` lines, as Leptos reads them.
    pub hashes: String,
    pub sizes: Sizes,
}

/// Writes the site folder anew.
pub fn assemble(workspace: &Workspace, package: &Package) -> Result<Made> {
    let site = workspace.site();
    let leptos = &workspace.leptos;
    let pkg = site.join(&leptos.site_pkg_dir);
    remove_folder(&site)?;
    std::fs::create_dir_all(&pkg)?;

    let name = &leptos.output_name;
    let css = style::bundle(&workspace.root.join(&leptos.style_file), &leptos.browserquery)?;
    let parts = [
        ("js", std::fs::read(package.folder.join(format!("{name}.js")))?),
        ("wasm", std::fs::read(package.folder.join(format!("{name}.wasm")))?),
        ("css", css.into_bytes()),
    ];
    let mut made = Made {
        hashes: String::new(),
        sizes: Sizes::new(),
    };
    for (kind, contents) in parts {
        let hash = Fingerprint::new().add(kind, &contents).finish();
        let size = write(&pkg.join(format!("{name}.{hash}.{kind}")), &contents)?;
        made.hashes.push_str(&format!("{kind}: {hash}\n"));
        made.sizes.insert(kind.to_owned(), size);
    }
    // The JavaScript that crates bring along keeps its names, which the glue refers to; the folder's name has a hash.
    let snippets = walk(&package.folder.join("snippets"))?;
    let snippets = snippets
        .into_iter()
        .map(|(name, path)| (pkg.join("snippets").join(name), path));
    let assets = walk(&workspace.root.join(&leptos.assets_dir))?;
    let assets = assets.into_iter().map(|(name, path)| (site.join(name), path));
    for (to, from) in snippets.chain(assets) {
        write(&to, &std::fs::read(from)?)?;
    }
    Ok(made)
}

/// Writes a file and, where that helps, its compressed copies.
fn write(path: &Path, contents: &[u8]) -> Result<Size> {
    std::fs::create_dir_all(path.parent().context("a file has a folder")?)?;
    std::fs::write(path, contents)?;
    let name = path.to_string_lossy();
    let mut size = Size {
        raw: contents.len(),
        gzip: contents.len(),
        brotli: contents.len(),
    };
    if compress::is_worth_it(&name) {
        let copies = [
            ("br", compress::brotli(contents)?, &mut size.brotli),
            ("gz", compress::gzip(contents)?, &mut size.gzip),
        ];
        for (extension, compressed, size) in copies {
            if compressed.len() < contents.len() {
                *size = compressed.len();
                std::fs::write(format!("{name}.{extension}"), compressed)?;
            }
        }
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_copy_that_would_be_larger_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let tiny = folder.path().join("tiny.txt");
        let size = write(&tiny, b"ab").unwrap();
        assert_eq!(size.brotli, 2);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        let size = write(&folder.path().join("long.txt"), &b"ab".repeat(500)).unwrap();
        assert!(size.brotli < size.raw && size.gzip < size.raw);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
