//! What the program can be told to do.

pub mod doctor;
pub mod migrate;
pub mod operator;
pub mod rotate_keys;
pub mod serve;

use crate::config::{self, Config};

/// The settings of the environment; Leptos' own from `Leptos.toml` in the working folder.
///
/// # Errors
/// With every fault at once.
fn load() -> anyhow::Result<Config> {
    let leptos = leptos::config::get_configuration(Some("Leptos.toml"));
    Ok(config::load(
        |name| std::env::var(name).ok(),
        leptos.map(|found| found.leptos_options),
    )?)
}
