//! Names for contents: to skip what is done already, and in the names of files that browsers keep for ever.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// Bytes of the digest that are kept: 128 bits, 22 characters, as long as cargo-leptos' hashes.
const KEPT: usize = 16;

/// A digest of named contents.
#[derive(Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(Sha256::new())
    }

    /// Adds a name and its contents.
    pub fn add(mut self, name: &str, contents: &[u8]) -> Self {
        for part in [name.as_bytes(), contents] {
            // The length in front keeps ("ab", "c") apart from ("a", "bc").
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    /// Adds every file below a folder; nothing where it is missing.
    pub fn add_folder(mut self, folder: &Path) -> Result<Self> {
        for (name, path) in walk(folder)? {
            self = self.add(&name, &std::fs::read(path)?);
        }
        Ok(self)
    }

    /// As text that is fit for a file name.
    pub fn finish(self) -> String {
        let digest = self.0.finalize();
        BASE64_URL_SAFE_NO_PAD.encode(digest.get(..KEPT).unwrap_or_default())
    }
}

/// Every file below a folder, by its path from there with `/`; none where the folder is missing.
pub fn walk(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(String::new(), folder.to_path_buf())];
    while let Some((prefix, folder)) = waiting.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                waiting.push((format!("{name}/"), entry.path()));
            } else {
                found.insert(name, entry.path());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn moving_a_character_from_name_to_contents_changes_the_fingerprint() {
        let one = Fingerprint::new().add("ab", b"c").finish();
        let other = Fingerprint::new().add("a", b"bc").finish();
        assert_ne!(one, other);
        assert_eq!(one.len(), 22);
    }

    #[test]
    fn a_file_in_a_subfolder_counts() {
        let folder = tempfile::tempdir().unwrap();
        let empty = Fingerprint::new().add_folder(folder.path()).unwrap().finish();
        std::fs::create_dir(folder.path().join("icons")).unwrap();
        std::fs::write(folder.path().join("icons/phone.svg"), "<svg/>").unwrap();
        let filled = Fingerprint::new().add_folder(folder.path()).unwrap().finish();
        assert_ne!(empty, filled);
        assert!(walk(folder.path()).unwrap().contains_key("icons/phone.svg"));
    }

    #[test]
    fn a_missing_folder_is_an_empty_one() {
        assert!(walk(Path::new("/nonexistent/folder")).unwrap().is_empty());
    }
}
