//! The headers that keep a browser from doing what a page of ours never asks for.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::nonce::Nonce;

use crate::config::Config;

/// Where the Voice SDK signals and reports to.
const VOICE: &str = "wss://voice-js.roaming.twilio.com https://eventgw.twilio.com";

/// The headers of every answer, written out once. Only a page's policy is made for it, since it names the page's nonce.
pub struct Headers {
    fixed: Vec<(HeaderName, HeaderValue)>,
    /// Of what is no page.
    policy: HeaderValue,
    /// Of a page, around its nonce.
    around_nonce: [String; 2],
}

impl Headers {
    /// Writes them out.
    ///
    /// # Errors
    /// When a setting cannot stand in a header.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let scripts = "default-src 'none'; script-src 'self'";
        let rest = format!(
            " 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src {}; \
             media-src 'self' mediastream: blob:; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'",
            connect(config)
        );
        let mut fixed = vec![
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static("microphone=(self), speaker-selection=(self), autoplay=(self)"),
            ),
        ];
        if config.is_https() {
            let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            fixed.push((header::STRICT_TRANSPORT_SECURITY, year));
        }
        Ok(Self {
            fixed,
            policy: HeaderValue::try_from(format!("{scripts}{rest}"))?,
            around_nonce: [format!("{scripts} 'nonce-"), format!("'{rest}")],
        })
    }

    /// Adds them to an answer.
    pub fn add(&self, response: &mut Response) {
        let policy = match response.extensions().get::<Nonce>() {
            Some(nonce) => self.with_nonce(nonce),
            None => self.policy.clone(),
        };
        let headers = response.headers_mut();
        headers.reserve(self.fixed.len() + 3);
        for (name, value) in &self.fixed {
            headers.insert(name, value.clone());
        }
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        // Pages and answers are one person's; files say for themselves how long they keep.
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }

    fn with_nonce(&self, nonce: &str) -> HeaderValue {
        let [before, after] = &self.around_nonce;
        // A nonce is Base64, so this never fails; without one no inline script would run.
        HeaderValue::try_from([before, nonce, after].concat()).unwrap_or_else(|_| self.policy.clone())
    }
}

/// What pages may speak to.
fn connect(config: &Config) -> String {
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
    connect
}

/// Draws a page's nonce, and hands it on to whoever draws the page and to [`Headers::add`].
pub async fn nonce(mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        response.extensions_mut().insert(nonce);
    }
    response
}
