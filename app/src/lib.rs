#![doc = include_str!("../README.md")]
// View macros nest one type per element.
#![recursion_limit = "256"]

pub mod api;
pub mod components;
pub mod islands;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod routes;
#[cfg(feature = "ssr")]
mod shell;

/// The description of everything that can be asked for over HTTP, in OpenAPI 3.1.
#[cfg(feature = "ssr")]
pub const OPENAPI: &str = include_str!("../../docs/openapi.json");

#[cfg(feature = "ssr")]
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
