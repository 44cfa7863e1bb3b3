//! The headers that keep browsers safe, on every class of answer.

use std::collections::HashSet;

use reqwest::{Method, RequestBuilder, Response, header};

use crate::calls::{CALLER, Line, OWN, sid};
use crate::harness::{KEYS, Server, User, World, browser, until};

const HASHED: &str = "pkg/sniko.0123456789abcdef0123.js";
/// The policy, without what follows `script-src 'self'` on pages.
const POLICY: &str = "'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self' wss://voice-js.roaming.twilio.com https://eventgw.twilio.com; \
     media-src 'self' mediastream: blob:; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// Whether the answer has them all; its nonce, if it is a page.
pub fn check(answer: &Response, https: bool) -> Option<String> {
    let (what, headers) = (format!("{} {}", answer.status(), answer.url()), answer.headers());
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap().to_owned());
        assert!(values.next().is_none(), "{name} twice on {what}");
        value.unwrap_or_default()
    };
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "microphone=(self), speaker-selection=(self), autoplay=(self)",
        ),
        (
            "strict-transport-security",
            if https {
                "max-age=31536000; includeSubDomains"
            } else {
                ""
            },
        ),
    ] {
        assert_eq!(one(name), value, "{name} on {what}");
    }
    assert_eq!(one("x-request-id").len(), 36, "{what}");
    assert!(!one("cache-control").is_empty(), "{what}");
    for name in ["access-control-allow-origin", "server", "x-powered-by"] {
        assert_eq!(one(name), "", "{name} on {what}");
    }
    let policy = one("content-security-policy");
    let rest = policy
        .strip_prefix("default-src 'none'; script-src 'self' ")
        .unwrap_or_else(|| panic!("{what}: {policy}"));
    let page = one("content-type").starts_with("text/html") && !rest.starts_with("'wasm");
    let nonce = page.then(|| {
        let (nonce, after) = rest.strip_prefix("'nonce-").unwrap().split_once("' ").unwrap();
        assert!(nonce.len() >= 22 && same(after), "{what}: {policy}");
        nonce.to_owned()
    });
    assert!(page || same(rest), "{what}: {policy}");
    nonce
}

/// The simulator's address stands beside Twilio's in tests that phone.
fn same(policy: &str) -> bool {
    policy == POLICY
        || policy.split(';').count() == POLICY.split(';').count()
            && policy.contains("connect-src 'self' wss://voice-js")
}

async fn serve(world: &World, settings: &[(&str, &str)]) -> Server {
    let site = world.home.path().join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::write(site.join(HASHED), "export {}").unwrap();
    std::fs::write(site.join(format!("{HASHED}.br")), "as brotli").unwrap();
    std::fs::write(site.join("robots.txt"), "User-agent: *").unwrap();
    let mut all = vec![("LEPTOS_SITE_ROOT", site.to_str().unwrap())];
    all.extend_from_slice(settings);
    world.serve_with(&all).await
}

fn html(request: RequestBuilder) -> RequestBuilder {
    request.header(header::ACCEPT, "text/html")
}

#[tokio::test]
async fn pages_have_a_nonce_that_is_used_once() {
    let world = World::new().await;
    let server = serve(&world, &[]).await;
    let ann = server.user().await;
    let mut nonces = HashSet::new();
    for (request, status) in [
        (html(server.get("/")), 200),
        (html(server.get("/")), 200),
        (html(server.get("/sign-in")), 200),
        (html(server.get("/sign-up")), 200),
        (html(server.get("/nothing/here")), 404),
        (html(ann.get("/twilio/setup")), 200),
        (html(ann.get("/calls")), 200),
        (html(ann.get("/messages")), 200),
        (html(ann.get("/settings/sessions")), 200),
    ] {
        let answer = request.send().await.unwrap();
        let url = answer.url().clone();
        assert_eq!(answer.status(), status, "{url}");
        let nonce = check(&answer, false).unwrap_or_else(|| panic!("{url} is no page"));
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store", "{url}");
        let page = answer.text().await.unwrap();
        for script in page.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains(&nonce) || tag.contains("src=\"/"), "{url}: <script{tag}>");
        }
        assert!(!page.contains(" style=\"") && !page.contains(" onclick=\""), "{url}");
        assert!(nonces.insert(nonce), "a nonce is used once");
    }
}

/// A request, and the status and the `Cache-Control` of its answer.
type Class = (RequestBuilder, u16, &'static str);

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Every class of answer that is no page and needs no signature.
fn classes(server: &Server, ann: &User) -> Vec<Class> {
    let form = |path: &str| server.post(path, &[]);
    let signed = |request: RequestBuilder| request.header("x-twilio-signature", "AAAA");
    let hashed = || server.get(&format!("/{HASHED}"));
    let id = "0192f0c1-2f5e-7a3b-8c4d-0123456789ab";
    let not_kept = [
        (html(server.get("/twilio/setup")), 303),
        (browser(form("/auth/sign-in"), &server.url), 303),
        (form("/auth/sign-in"), 422),
        (form("/auth/sign-in").header("sec-fetch-site", "cross-site"), 403),
        (form("/auth/sign-in").body(vec![b'a'; 70_000]), 413),
        (form("/auth/sign-in").body("a&".repeat(2_000)), 413),
        (server.get("/twilio/token"), 401),
        (server.get("/twilio/verify"), 405),
        (server.request(Method::PUT, "/webhooks/twilio/voice"), 405),
        (server.request(Method::HEAD, "/sign-in"), 200),
        (server.get("/nothing"), 404),
        (server.get("/healthz"), 200),
        (server.get("/readyz"), 200),
        (ann.get("/api/calls"), 200),
        (ann.get("/api/calls.csv"), 200),
        (ann.get("/api/events"), 200),
        (ann.get(&format!("/api/calls/{id}")), 404),
        (ann.get(&format!("/api/recordings/{id}/audio")), 404),
        (ann.get(&format!("/api/messages/{id}/media/0")), 404),
        (form("/webhooks/twilio/voice"), 403),
        (signed(form("/webhooks/twilio/call-status")), 403),
        (signed(form("/webhooks/sms/twilio")), 403),
        (signed(server.request(Method::POST, "/twiml/inbound").body("{}")), 415),
        (signed(form("/twiml/inbound")).body(vec![b'a'; 70_000]), 413),
    ];
    let mut classes: Vec<Class> = not_kept.map(|(request, status)| (request, status, "no-store")).into();
    let later = "Fri, 01 Jan 2100 00:00:00 GMT";
    classes.extend([
        (server.get("/robots.txt"), 200, "public, max-age=3600"),
        (hashed(), 200, FOR_EVER),
        (hashed().header(header::ACCEPT_ENCODING, "br"), 200, FOR_EVER),
        (hashed().header(header::RANGE, "bytes=0-1"), 206, FOR_EVER),
        (hashed().header(header::IF_MODIFIED_SINCE, later), 304, FOR_EVER),
    ]);
    classes
}

#[tokio::test]
async fn every_other_class_of_answer_carries_them_too() {
    for https in [false, true] {
        let world = World::new().await;
        let secure = [("APP_URL", "https://phone.example.com"), ("APP_KEYS", KEYS)];
        let server = serve(&world, if https { &secure } else { &[] }).await;
        let ann = server.user().await;
        for (request, status, keeps) in classes(&server, &ann) {
            let answer = request.send().await.unwrap();
            let what = format!("{} {}", answer.status(), answer.url());
            assert_eq!(answer.status(), status, "{what}");
            check(&answer, https);
            assert_eq!(answer.headers()[header::CACHE_CONTROL], keeps, "{what}");
        }
        let many = (0..80).map(|_| server.post("/auth/sign-in", &[]).send());
        let answers = futures::future::join_all(many).await;
        let refused = answers
            .into_iter()
            .map(|answer| answer.unwrap())
            .find(|answer| answer.status() == 429);
        check(&refused.expect("too often"), https);
    }
}

#[tokio::test]
async fn what_twilio_is_answered_carries_them_too() {
    let world = World::new().await;
    let server = serve(&world, &[]).await;
    let line = Line::connected(&world, &server).await;
    let call = sid("CA");
    let params = [
        ("CallSid", call.as_str()),
        ("From", CALLER),
        ("To", OWN),
        ("CallStatus", "ringing"),
    ];
    for (path, status, kind) in [
        ("/twiml/inbound", 200, "text/xml"),
        ("/webhooks/twilio/call-status", 204, ""),
    ] {
        let mut form = vec![("AccountSid".to_owned(), line.account.sid.clone())];
        form.extend(params.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let token = secrecy::SecretString::from(line.account.auth_token.clone());
        let signature = twilio::signature::sign(&token, &format!("http://127.0.0.1:3000{path}"), &form);
        let request = server
            .request(Method::POST, path)
            .header("x-twilio-signature", signature);
        let answer = request.form(&form).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        check(&answer, false);
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        let is = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|is| is.to_str().unwrap());
        assert!(is.unwrap_or_default().starts_with(kind), "{is:?}");
    }
}

#[tokio::test]
async fn a_server_that_leaves_says_so_with_them() {
    let world = World::new().await;
    let server = serve(&world, &[]).await;
    server.signal("TERM");
    until("it leaves", || server.log().contains("stopping")).await;
    let answer = server.get("/readyz").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    check(&answer, false);
}
