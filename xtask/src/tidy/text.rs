//! What can be seen by looking at the lines.

use anyhow::Result;

use super::sources;
use xtask::workspace::Workspace;

/// A file beyond it does more than one thing.
const MOST_LINES: usize = 400;

/// Marks of work that was put off; put together here so that this file has none.
const LEFTOVERS: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
];

/// No source file is too long to be read at once.
pub fn lengths(workspace: &Workspace) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (name, path) in sources(workspace, &["rs", "css", "ts", "sql"])? {
        let lines = std::fs::read_to_string(path)?.lines().count();
        if lines >= MOST_LINES {
            faults.push(format!("{name} has {lines} lines"));
        }
    }
    Ok(faults)
}

/// What is not done is an issue, not a comment.
pub fn leftovers(workspace: &Workspace) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (name, path) in sources(workspace, &["rs", "css", "ts", "sql", "toml", "md"])? {
        for (index, line) in std::fs::read_to_string(path)?.lines().enumerate() {
            let mut words = line.split(|one: char| !one.is_alphanumeric());
            if words.any(|word| LEFTOVERS.contains(&word)) {
                faults.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    Ok(faults)
}

/// The README and the documentation are one text.
pub fn readmes(workspace: &Workspace) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for package in &workspace.packages {
        let folder = package.folder();
        let roots = ["src/lib.rs", "src/main.rs"].map(|root| std::fs::read_to_string(folder.join(root)));
        let included = roots
            .iter()
            .flatten()
            .any(|text| text.contains("#![doc = include_str!(\"../README.md\")]"));
        if !folder.join("README.md").is_file() {
            faults.push(format!("{} has no README.md", package.name));
        } else if !included {
            faults.push(format!(
                "{} does not include its README.md as documentation",
                package.name
            ));
        }
    }
    Ok(faults)
}
