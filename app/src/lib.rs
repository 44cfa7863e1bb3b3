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

#[cfg(feature = "ssr")]
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
