//! Settings that stand in two places.

use std::collections::BTreeSet;

use anyhow::Result;

use super::sources;
use xtask::workspace::Workspace;

/// The header that Leptos and cargo-leptos look for.
const SECTION: &str = "[[workspace.metadata.leptos]]";

/// Names that look like settings in the source and are none of ours.
const FOREIGN: [&str; 1] = ["RUST_LOG"];

/// The section is the same text in both files.
pub fn leptos(workspace: &Workspace) -> Result<Vec<String>> {
    let read = |name: &str| std::fs::read_to_string(workspace.root.join(name)).map(|text| section(&text));
    let (cargo, installed) = (read("Cargo.toml")?, read("Leptos.toml")?);
    let missing = |from: &[String], other: &[String], file: &str| -> Vec<String> {
        from.iter()
            .filter(|line| !other.contains(line))
            .map(|line| format!("{file} lacks `{line}`"))
            .collect()
    };
    let mut faults = missing(&cargo, &installed, "Leptos.toml");
    faults.extend(missing(&installed, &cargo, "Cargo.toml"));
    if faults.is_empty() && cargo != installed {
        faults.push("the order differs".to_owned());
    }
    Ok(faults)
}

/// The lines from the section's header to the next header, without blank ones and comments.
fn section(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim_end)
        .skip_while(|line| *line != SECTION)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Each setting that the server's configuration reads is in `.env.example`, and no other.
pub fn example(workspace: &Workspace) -> Result<Vec<String>> {
    let listed = every_setting(workspace)?;
    let mut read = BTreeSet::new();
    for (name, path) in sources(workspace, &["rs"])? {
        if name.starts_with("server/src/config/") {
            read.extend(quoted_names(&std::fs::read_to_string(path)?));
        }
    }
    read.retain(|name| !FOREIGN.contains(&name.as_str()));
    let mut faults: Vec<_> = read
        .difference(&listed)
        .map(|name| format!(".env.example lacks {name}"))
        .collect();
    faults.extend(
        listed
            .difference(&read)
            .map(|name| format!("server/src/config does not read {name}")),
    );
    Ok(faults)
}

/// The name of every setting, as `.env.example` lists them.
pub fn every_setting(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let example = std::fs::read_to_string(workspace.root.join(".env.example"))?;
    Ok(listed(&example))
}

/// The names before `=`, commented out or not.
fn listed(example: &str) -> BTreeSet<String> {
    example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name.to_owned())
        .filter(|name| is_setting(name))
        .collect()
}

/// String literals that are nothing but a setting's name.
fn quoted_names(source: &str) -> BTreeSet<String> {
    // Tests speak of settings that do not exist.
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    source
        .split('"')
        .filter(|text| is_setting(text))
        .map(str::to_owned)
        .collect()
}

/// Capitals, digits and at least one underscore: `APP_URL`.
fn is_setting(text: &str) -> bool {
    text.contains('_')
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text
            .chars()
            .all(|one| one.is_ascii_uppercase() || one.is_ascii_digit() || one == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_at_the_next_header_and_comments_do_not_count() {
        let text = "[a]\nx = 1\n[[workspace.metadata.leptos]]\n# why\nname = \"s\"\n\n[b]\ny = 2\n";
        assert_eq!(section(text), ["name = \"s\""]);
    }

    #[test]
    fn commented_examples_are_listed_and_prose_is_not() {
        let listed = listed("# Where A_B=c is set\nAPP_URL=x\n# APP_KEYS=\n");
        assert_eq!(listed.into_iter().collect::<Vec<_>>(), ["APP_KEYS", "APP_URL"]);
    }

    #[test]
    fn only_whole_literals_are_names() {
        let names = quoted_names("env(\"APP_URL\"); \"see APP_URL\"; \"AES\"; #[cfg(test)] \"NOT_READ\"");
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["APP_URL"]);
    }
}
