//! The addresses that Twilio may have signed for, when it did not sign for ours.

use url::Url;

use super::Via;
use super::reason::{Addresses, Reason};

/// What webhooks are called, without the call that some of them name.
const WEBHOOKS: [&str; 6] = [
    "/twiml/inbound",
    "/webhooks/twilio/voice",
    "/webhooks/twilio/dtmf",
    "/webhooks/twilio/call-status",
    "/webhooks/twilio/recording",
    "/webhooks/sms/twilio",
];
/// Longest host that is tried.
const HOST_MAX: usize = 255;

/// The webhook that a path is, without what is different each time.
pub(super) fn webhook(path: &str) -> Option<&'static str> {
    WEBHOOKS.into_iter().find(|known| {
        path.strip_prefix(known)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The webhook that a path which is none was probably meant to be.
pub(super) fn meant(path: &str) -> Option<&'static str> {
    let path = collapsed(path);
    WEBHOOKS.into_iter().find(|known| path.contains(known))
}

/// An address that may have been signed, and what that would mean.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) url: String,
    pub(super) reason: Reason,
    pub(super) addresses: Addresses,
}

/// Addresses that a misconfigured installation or proxy makes of ours, likely ones first.
pub(super) fn candidates(app_url: &Url, target: &str, via: &Via) -> Vec<Candidate> {
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(path, query)| (path, Some(query)));
    let known = webhook(path).unwrap_or("/");
    let base = app_url.as_str().trim_end_matches('/');
    let origin = app_url.origin().ascii_serialization();
    let prefix = base.strip_prefix(&origin).unwrap_or_default();
    let bases = bases(app_url, via);
    let mut found = Vec::new();
    for (which, rewritten) in paths(path, known, prefix, via).into_iter().enumerate() {
        for (how, (query, words)) in queries(query).into_iter().enumerate() {
            for (at, other) in bases.iter().enumerate() {
                let plain = which == 0 && how == 0;
                if plain && at == 0 {
                    // Ours: it was tried already.
                    continue;
                }
                let (reason, signed, ours) = if plain {
                    let ours = base.to_owned();
                    (Reason::OtherAddress, format!("{other}{prefix}"), ours)
                } else {
                    let signed = format!("{other}{}{words}", rewritten.shown);
                    (Reason::OtherPath, signed, format!("{base}{known}"))
                };
                found.push(Candidate {
                    url: format!("{other}{}{query}", rewritten.path),
                    reason,
                    addresses: Addresses { signed, ours },
                });
            }
        }
    }
    found
}

/// Scheme and host, ours first.
fn bases(app_url: &Url, via: &Via) -> Vec<String> {
    let host = app_url.host_str().unwrap_or_default();
    let first = |header: &Option<String>| {
        let value = header.as_deref()?.split(',').next()?.trim();
        is_authority(value).then(|| value.to_owned())
    };
    let mut authorities = vec![match app_url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }];
    for header in [&via.forwarded_host, &via.host] {
        authorities.extend(first(header));
    }
    let port = first(&via.forwarded_port).filter(|port| port.parse::<u16>().is_ok());
    let named = authorities.clone();
    for authority in &named {
        let bare = without_port(authority);
        authorities.push(bare.to_owned());
        authorities.extend(port.as_ref().map(|port| format!("{bare}:{port}")));
    }
    let ours = app_url.scheme();
    let other = if ours == "https" { "http" } else { "https" };
    let mut bases: Vec<String> = Vec::new();
    for scheme in [ours, other] {
        for authority in &authorities {
            let base = format!("{scheme}://{authority}");
            if !bases.contains(&base) {
                bases.push(base);
            }
        }
    }
    bases
}

/// A path that may have been signed.
struct Path {
    path: String,
    /// Without what is different each time.
    shown: String,
}

/// Ours first.
fn paths(path: &str, known: &str, prefix: &str, via: &Via) -> Vec<Path> {
    let mut paths = Vec::new();
    let mut add = |before: &str, path: &str, after: &str| {
        paths.push(Path {
            path: format!("{before}{path}{after}"),
            shown: format!("{before}{known}{after}"),
        });
    };
    add(prefix, path, "");
    add(prefix, path, "/");
    add(&format!("{prefix}/"), path, "");
    if let Some(bare) = path.strip_suffix('/') {
        add(prefix, bare, "");
    }
    if !prefix.is_empty() {
        add("", path, "");
        add(&format!("{prefix}{prefix}"), path, "");
    }
    let forwarded = via.forwarded_prefix.as_deref().map(|prefix| prefix.trim_matches('/'));
    let usable =
        |prefix: &&str| (1..=HOST_MAX).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_graphic());
    if let Some(forwarded) = forwarded.filter(usable) {
        add(&format!("/{forwarded}"), path, "");
    }
    paths
}

/// The query as it came, and as something on the way may have found it, with its question mark; and what is said of that.
fn queries(query: Option<&str>) -> Vec<(String, &'static str)> {
    let Some(query) = query else {
        return vec![(String::new(), "")];
    };
    let mut queries = vec![(format!("?{query}"), ""), (String::new(), " without a query")];
    for (from, to) in [("%20", "+"), ("+", "%20")] {
        if query.contains(from) {
            queries.push((
                format!("?{}", query.replace(from, to)),
                " with the query written differently",
            ));
        }
    }
    queries
}

/// Nothing that is no host with a port at most is tried, or shown to anybody.
fn is_authority(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= HOST_MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() && !host.ends_with(':') => host,
        _ => authority,
    }
}

fn collapsed(path: &str) -> String {
    let mut collapsed = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !collapsed.ends_with('/') {
            collapsed.push(character);
        }
    }
    collapsed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(app_url: &str, target: &str, via: &Via) -> Vec<String> {
        let found = candidates(&app_url.parse().unwrap(), target, via);
        found.into_iter().map(|candidate| candidate.url).collect()
    }

    #[test]
    fn what_proxies_make_of_an_address_is_tried_and_ours_is_not() {
        let via = Via {
            host: Some("10.0.0.7:3000".into()),
            forwarded_host: Some("phone.example.net, inner".into()),
            forwarded_port: Some("8443".into()),
            forwarded_prefix: Some("/sniko/".into()),
            forwarded_proto: None,
        };
        let tried = urls("https://phone.example.com", "/twiml/inbound?a=1%20b", &via);
        for wanted in [
            "http://phone.example.com/twiml/inbound?a=1%20b",
            "https://phone.example.net/twiml/inbound?a=1%20b",
            "http://10.0.0.7:3000/twiml/inbound?a=1%20b",
            "https://phone.example.com:8443/twiml/inbound?a=1%20b",
            "https://phone.example.com/twiml/inbound/?a=1%20b",
            "https://phone.example.com//twiml/inbound?a=1%20b",
            "https://phone.example.com/sniko/twiml/inbound?a=1%20b",
            "https://phone.example.com/twiml/inbound?a=1+b",
            "https://phone.example.com/twiml/inbound",
        ] {
            assert!(tried.iter().any(|url| url == wanted), "{wanted}");
        }
        assert!(
            !tried
                .iter()
                .any(|url| url == "https://phone.example.com/twiml/inbound?a=1%20b")
        );
        assert!(tried.len() < 600, "{}", tried.len());
        let under = urls("https://example.com/phone", "/twiml/inbound", &Via::default());
        assert!(under.contains(&"https://example.com/twiml/inbound".to_owned()));
    }

    #[test]
    fn a_host_that_is_none_is_not_tried() {
        for evil in ["<script>", "a b", "user@host", "", &"x".repeat(300)] {
            let via = Via {
                host: Some(evil.to_owned()),
                ..Via::default()
            };
            let tried = urls("https://phone.example.com", "/twiml/inbound", &via);
            assert!(tried.iter().all(|url| url.contains("://phone.example.com")), "{evil}");
        }
    }

    #[test]
    fn a_webhook_is_known_by_its_beginning_and_guessed_by_its_end() {
        assert_eq!(webhook("/webhooks/twilio/voice/0192"), Some("/webhooks/twilio/voice"));
        assert_eq!(webhook("/webhooks/twilio/voices"), None);
        assert_eq!(meant("/api//twiml/inbound/"), Some("/twiml/inbound"));
        assert_eq!(meant("/wp-login.php"), None);
    }
}
