//! The document around every page.

use std::sync::OnceLock;

use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::App;
use crate::api::context::Session;

/// The whole document: the head that all pages share, and the page in the body.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#14171c" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <HashedStylesheet id="sniko" options=options.clone() />
                <Navigation options=options.clone() />
                <AutoReload options=options.clone() />
                <HydrationScripts options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Moves between signed-in pages without leaving the document, so that a call goes on; elsewhere every page is loaded whole.
#[component]
fn Navigation(options: LeptosOptions) -> impl IntoView {
    let signed_in = matches!(use_context::<Session>(), Some(Session(Some(_))));
    if !signed_in {
        // Met on the way from a signed-in page, where the session has ended.
        return view! { <meta name="turbo-visit-control" content="reload" /> }.into_any();
    }
    view! {
        <meta name="turbo-cache-control" content="no-cache" />
        <meta name="turbo-prefetch" content="false" />
        // A page of another build does not mix with this one.
        <meta name="build" content=build_mark(&options) data-turbo-track="reload" />
        <script type="module" src="/js/navigation.js"></script>
    }
    .into_any()
}

/// What tells one build from another: the hashes in the names of its files.
fn build_mark(options: &LeptosOptions) -> &'static str {
    static MARK: OnceLock<String> = OnceLock::new();
    MARK.get_or_init(|| {
        let beside = std::env::current_exe().map(|program| program.with_file_name(options.hash_file.as_ref()));
        let hashes = beside.and_then(std::fs::read_to_string).unwrap_or_default();
        hashes.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}
