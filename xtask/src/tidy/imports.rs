//! Who may use whom: the arrows of docs/architecture.md, read from the Cargo.toml files.

use anyhow::Result;

use xtask::workspace::Workspace;

/// Each member, and the members that it may depend on.
const MAY_USE: [(&str, &[&str]); 16] = [
    ("domain", &[]),
    ("twilio", &[]),
    ("vault", &[]),
    ("store", &["domain"]),
    ("messaging", &["domain", "twilio"]),
    ("softphone", &["domain"]),
    ("services", &["domain", "messaging", "store", "twilio", "vault"]),
    ("app", &["domain", "services", "softphone"]),
    ("frontend", &["app"]),
    (
        "server",
        &["app", "domain", "messaging", "services", "store", "twilio", "vault"],
    ),
    ("bench", &["twilio"]),
    ("fuzz", &["domain", "softphone", "twilio", "vault"]),
    ("media", &[]),
    ("simulator", &["media", "twilio"]),
    ("xtask", &[]),
    ("site", &["xtask"]),
];

/// Libraries that are used in one place, so that what they do is done in one place. The bare peers of `bench` stand for the
/// whole product, and use what it uses.
const HOMES: [(&str, &[&str]); 5] = [
    ("aes-gcm", &["vault"]),
    ("argon2", &["services"]),
    ("jsonwebtoken", &["bench", "simulator", "twilio"]),
    ("leptos", &["app", "frontend", "server"]),
    ("sqlx", &["bench", "store"]),
];

/// A member uses only what stands below it. Tests may use the simulator too.
pub fn directions(workspace: &Workspace) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let members: Vec<&str> = workspace.packages.iter().map(|package| package.name.as_str()).collect();
    for package in &workspace.packages {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            faults.push(format!("{}: a new crate needs a line in {}", package.name, file!()));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let in_tests = dependency.kind.as_deref() == Some("dev");
            let fine = allowed.contains(&name) || (in_tests && (name == "simulator" || package.name == "simulator"));
            if members.contains(&name) && !fine {
                faults.push(format!("{} must not use {name}", package.name));
            }
        }
    }
    Ok(faults)
}

/// A library with a home is not used outside it, tests left aside.
pub fn homes(workspace: &Workspace) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for package in &workspace.packages {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind.is_none())
        {
            let home = HOMES.iter().find(|(library, _)| *library == dependency.name);
            if let Some((library, homes)) = home
                && !homes.contains(&package.name.as_str())
            {
                faults.push(format!(
                    "{} uses {library}, which belongs into {}",
                    package.name,
                    homes.join(", ")
                ));
            }
        }
    }
    Ok(faults)
}
