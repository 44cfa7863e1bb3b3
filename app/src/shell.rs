//! The document around every page.

use std::path::Path;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};
use sha2::{Digest as _, Sha384};

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
                <Program options=options.clone() />
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
        <link rel="modulepreload" href=TURBO integrity=scripts(&options).turbo.clone() />
        <script type="module" src=NAVIGATION integrity=scripts(&options).navigation.clone()></script>
    }
    .into_any()
}

/// The browser's part of the program. What follows asks for it too; named first and with its hash, it is taken only as it was built.
#[component]
fn Program(options: LeptosOptions) -> impl IntoView {
    let program = scripts(&options).program.clone();
    program.map(|(src, integrity)| view! { <script type="module" src=src integrity=integrity></script> })
}

const NAVIGATION: &str = "/js/navigation.js";
const TURBO: &str = "/vendor/turbo-8.0.23/turbo.min.js";

/// What the scripts must be. <https://www.w3.org/TR/sri-2/>
#[derive(Default)]
struct Scripts {
    program: Option<(String, String)>,
    navigation: Option<String>,
    turbo: Option<String>,
}

/// Read once: the files do not change while the server runs. Under `cargo leptos watch` they do, so nothing is said of them there.
fn scripts(options: &LeptosOptions) -> &'static Scripts {
    static SCRIPTS: OnceLock<Scripts> = OnceLock::new();
    SCRIPTS.get_or_init(|| {
        if std::env::var_os("LEPTOS_WATCH").is_some() {
            return Scripts::default();
        }
        let root = Path::new(options.site_root.as_ref());
        let mut marks = build_mark(options).split(' ').skip_while(|mark| *mark != "js:");
        let hash = marks.nth(1).map(|hash| format!(".{hash}"));
        let (name, folder) = (&options.output_name, &options.site_pkg_dir);
        let program = format!("/{folder}/{name}{}.js", hash.unwrap_or_default());
        Scripts {
            program: integrity(root, &program).map(|integrity| (program, integrity)),
            navigation: integrity(root, NAVIGATION),
            turbo: integrity(root, TURBO),
        }
    })
}

/// What a file of the site must be; nothing where there is none, as in tests of the server alone.
fn integrity(root: &Path, path: &str) -> Option<String> {
    let file = std::fs::read(root.join(path.trim_start_matches('/'))).ok()?;
    Some(format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(file))))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_named_with_its_hash() {
        let folder = std::env::temp_dir().join(format!("sniko-integrity-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("js")).unwrap();
        std::fs::write(folder.join("js/navigation.js"), "alert('Hello, world.');").unwrap();
        // The example of the W3C's Subresource Integrity, section 3.2.
        assert_eq!(
            integrity(&folder, NAVIGATION).unwrap(),
            "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
        );
        assert_eq!(integrity(&folder, TURBO), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
