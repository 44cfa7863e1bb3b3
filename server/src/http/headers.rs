//! The headers that keep a browser from doing what a page of ours never asks for.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use leptos::nonce::Nonce;

use crate::config::Config;

/// Where the Voice SDK signals and reports to.
const VOICE: &str = "wss://voice-js.roaming.twilio.com https://eventgw.twilio.com";

/// The Content-Security-Policy of one answer, with its nonce.
pub fn content_security_policy(config: &Config, nonce: &Nonce) -> String {
    let mut connect = format!("'self' {VOICE}");
    if let Some(host) = &config.twilio_signalling_host {
        connect.push_str(&format!(" wss://{host} https://{host}"));
        // A page on plain http is a development one, whose simulator has no certificate either.
        if !config.is_https() {
            connect.push_str(&format!(" ws://{host} http://{host}"));
        }
    }
    // cargo-leptos sets it, and the page then listens for its reloads.
    if std::env::var_os("LEPTOS_WATCH").is_some() {
        let (host, port) = (config.leptos.site_addr.ip(), config.leptos.reload_port);
        connect.push_str(&format!(" ws://{host}:{port} ws://localhost:{port}"));
    }
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         font-src 'self'; connect-src {connect}; media-src 'self' mediastream: blob:; worker-src 'self'; \
         manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Adds the headers that every answer has.
pub fn add(headers: &mut HeaderMap, policy: String, config: &Config) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "microphone=(self), speaker-selection=(self), autoplay=(self)",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if config.is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    // Pages and answers are one person's; files say for themselves how long they keep.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
