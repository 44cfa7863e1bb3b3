//! The files of the front end: made once, compressed once, kept by browsers for as long as they are the same.

use anyhow::Context as _;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::config::LeptosOptions;

/// For files whose name carries a hash of what is in them, or whose folder a version.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// For the others, such as the icon.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// For our own scripts, which belong to the pages that name them: asked for each time, sent only when they have changed.
const AS_LONG_AS_IT_IS: HeaderValue = HeaderValue::from_static("no-cache");

/// Looks for the file that names the hashes, where names carry them; without it no page could be drawn.
///
/// # Errors
/// When it is not there.
pub fn check(leptos: &LeptosOptions) -> anyhow::Result<()> {
    let beside = std::env::current_exe().context("finding this program")?;
    let hashes = beside.with_file_name(leptos.hash_file.as_ref());
    anyhow::ensure!(
        !leptos.hash_files || hashes.exists(),
        "the front end is missing: there is no {}; `cargo xtask build` makes it",
        hashes.display()
    );
    Ok(())
}

/// Says how long a file keeps.
pub async fn keep(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let keep = if is_hashed(path) || is_versioned(path) {
        FOR_EVER
    } else if path.starts_with("/js/") {
        AS_LONG_AS_IT_IS
    } else {
        AN_HOUR
    };
    let mut response = next.run(request).await;
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    // Pages that the fallback writes have no date of their own and are not to be kept.
    if found && response.headers().contains_key(header::LAST_MODIFIED) {
        response.headers_mut().insert(header::CACHE_CONTROL, keep);
    }
    response
}

/// `/pkg/sniko.HASH.css`: a name, a hash, an ending.
fn is_hashed(path: &str) -> bool {
    let Some(file) = path.strip_prefix("/pkg/").and_then(|path| path.rsplit('/').next()) else {
        return false;
    };
    let mut parts = file.split('.');
    matches!((parts.next(), parts.next(), parts.next()), (Some(_), Some(hash), Some(_)) if hash.len() >= 16)
}

/// `/vendor/turbo-8.0.23/…`, `/sounds/1/…`: a folder that never changes.
fn is_versioned(path: &str) -> bool {
    let folder = |rest: &str| rest.split_once('/').map(|(folder, _)| folder.to_owned());
    let vendored = path.strip_prefix("/vendor/").and_then(folder);
    let sounds = path.strip_prefix("/sounds/").and_then(folder);
    vendored.is_some_and(|folder| folder.rsplit('-').next().is_some_and(is_version))
        || sounds.is_some_and(|folder| is_version(&folder))
}

fn is_version(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_with_a_version_are_kept_for_ever() {
        for path in [
            "/vendor/turbo-8.0.23/turbo.min.js",
            "/vendor/twilio-voice-2.18.5/twilio.min.js",
            "/sounds/1/incoming.wav",
        ] {
            assert!(is_versioned(path), "{path}");
        }
        for path in [
            "/vendor/README.md",
            "/vendor/turbo/turbo.js",
            "/sounds/x/a.wav",
            "/sounds/a.wav",
            "/js/navigation.js",
        ] {
            assert!(!is_versioned(path), "{path}");
        }
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        assert!(is_hashed("/pkg/sniko.Zk3Jd8fLqPz0x1Y2aBcDeF.wasm"));
        assert!(!is_hashed("/pkg/sniko.wasm"));
        assert!(!is_hashed("/favicon.svg"));
    }
}
