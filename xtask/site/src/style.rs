//! The style sheet: `@import`s bundled, minified, for the browsers that cargo-leptos is told of too.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    stylesheet::{MinifyOptions, ParserOptions, PrinterOptions},
    targets::{Browsers, Targets},
};

/// Bundles and minifies a style sheet with all that it imports.
pub fn bundle(file: &Path, browserquery: &str) -> Result<String> {
    let targets = Targets::from(browsers(browserquery)?);
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(file).map_err(|error| anyhow!("{error}"))?;
    sheet
        .minify(MinifyOptions {
            targets,
            ..MinifyOptions::default()
        })
        .map_err(|error| anyhow!("{error}"))?;
    let printer = PrinterOptions {
        minify: true,
        targets,
        ..PrinterOptions::default()
    };
    Ok(sheet.to_css(printer)?.code)
}

/// Reads the part of the browserslist language that the settings use: `name >= major[.minor]`, separated by commas.
fn browsers(query: &str) -> Result<Browsers> {
    let mut browsers = Browsers::default();
    for term in query.split(',') {
        let (name, version) = term
            .split_once(">=")
            .with_context(|| format!("browserquery: `{term}` has no `>=`"))?;
        let (major, minor) = version.trim().split_once('.').unwrap_or((version.trim(), "0"));
        let version = Some((major.parse::<u32>()? << 16) | (minor.parse::<u32>()? << 8));
        match name.trim() {
            "chrome" => browsers.chrome = version,
            "edge" => browsers.edge = version,
            "firefox" => browsers.firefox = version,
            "safari" => browsers.safari = version,
            "ios_saf" => browsers.ios_saf = version,
            other => bail!("browserquery: unknown browser `{other}`"),
        }
    }
    Ok(browsers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn imports_are_bundled_and_modern_css_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("main.css"),
            "@layer base;\n@import \"base.css\" layer(base);",
        )
        .unwrap();
        std::fs::write(
            folder.path().join("base.css"),
            "a { color: light-dark(#000, #fff); &:hover { top: 1px } }",
        )
        .unwrap();
        let css = bundle(&folder.path().join("main.css"), "chrome >= 125, safari >= 17.5").unwrap();
        assert_eq!(css, "@layer base{a{color:light-dark(#000,#fff);&:hover{top:1px}}}");
    }

    #[test]
    fn an_unknown_browser_is_refused() {
        assert!(browsers("netscape >= 4").unwrap_err().to_string().contains("netscape"));
        assert_eq!(browsers("safari >= 17.5").unwrap().safari, Some((17 << 16) | (5 << 8)));
    }

    #[test]
    fn a_missing_import_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.css"), "@import \"absent.css\";").unwrap();
        assert!(bundle(&folder.path().join("main.css"), "chrome >= 125").is_err());
    }
}
