//! Links between our documents.

use anyhow::Result;

use super::sources;
use xtask::workspace::Workspace;

/// Every relative link names a file or folder that is there.
pub fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let mut documents = sources(workspace, &["md"])?;
    documents.push(("README.md".to_owned(), workspace.root.join("README.md")));
    let mut faults = Vec::new();
    for (name, path) in documents {
        let folder = path.parent().unwrap_or(&path);
        for link in links(&std::fs::read_to_string(&path)?) {
            if !folder.join(&link).exists() {
                faults.push(format!("{name} links to {link}, which is not there"));
            }
        }
    }
    Ok(faults)
}

/// The relative targets of `[text](target)`, without `#fragment`.
fn links(text: &str) -> Vec<String> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://") && !target.starts_with(['#', '/']) && !target.starts_with("mailto:"))
        .filter_map(|target| target.split('#').next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_targets_are_looked_up() {
        let text = "[a](docs/a.md#part), [b](https://example.com), [c](#here) ![d](d.png)";
        assert_eq!(links(text), ["docs/a.md", "d.png"]);
    }
}
