//! The cookie by which a browser is known again.

use reqwest::{Method, RequestBuilder, Response, header};

use crate::harness::{KEYS, Server, World, browser, json, location, refusal, session_cookie};

const PASSWORD: &str = "correct horse battery";

/// A page as a browser asks for it.
fn page(server: &Server, path: &str) -> RequestBuilder {
    server.get(path).header(header::ACCEPT, "text/html")
}

/// The headers of the answer that set a device cookie.
fn devices(answer: &Response) -> Vec<String> {
    let all = answer.headers().get_all(header::SET_COOKIE).iter();
    all.map(|value| value.to_str().unwrap().to_owned())
        .filter(|cookie| cookie.contains("device="))
        .collect()
}

/// The cookie that a browser gets with its first page.
async fn device(server: &Server) -> String {
    let answer = page(server, "/sign-in").send().await.unwrap();
    devices(&answer)[0].split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_gets_it_with_its_first_page_and_never_again() {
    for https in [false, true] {
        let world = World::new().await;
        let secure = [("APP_URL", "https://phone.example.com"), ("APP_KEYS", KEYS)];
        let server = world.serve_with(if https { &secure } else { &[] }).await;
        let name = if https { "__Host-device" } else { "device" };
        let answer = page(&server, "/").send().await.unwrap();
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        let [set] = <[String; 1]>::try_from(devices(&answer)).unwrap();
        let (pair, attributes) = set.split_once("; ").unwrap();
        let value = pair.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')).unwrap();
        assert_eq!(value.len(), 22, "128 bits: {set}");
        let mut attributes: Vec<_> = attributes.split("; ").collect();
        attributes.sort_unstable();
        let secure = if https { &["Secure"][..] } else { &[] };
        assert_eq!(
            attributes,
            [&["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax"], secure].concat()
        );
        for path in ["/", "/sign-in", "/sign-up", "/nothing/here"] {
            let first = devices(&page(&server, path).send().await.unwrap());
            assert!(first.len() == 1 && first[0] != set, "each browser its own: {path}");
            let again = page(&server, path).header(header::COOKIE, pair).send().await.unwrap();
            assert_eq!(devices(&again), [""; 0], "{path}");
        }
        // What we cannot have set is as none; what belongs to the other scheme as well.
        let other = if https { "device" } else { "__Host-device" };
        let long = "A".repeat(4_000);
        for value in [
            format!("{name}="),
            format!("{name}={}", &value[1..]),
            format!("{name}={value}AAAA"),
            format!("{name}={long}"),
            format!("{name}=' OR 1=1"),
            format!("{other}={value}"),
        ] {
            let answer = page(&server, "/sign-in")
                .header(header::COOKIE, &value)
                .send()
                .await
                .unwrap();
            assert_eq!((answer.status().as_u16(), devices(&answer).len()), (200, 1), "{value}");
        }
    }
}

#[tokio::test]
async fn nothing_but_pages_sets_it() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let form = [("email", ann.email.as_str()), ("password", PASSWORD)];
    for request in [
        server.get("/nothing"),
        server.get("/openapi.json"),
        server.get("/healthz"),
        server.get("/readyz"),
        server.get("/twilio/token"),
        page(&server, "/twilio/setup"),
        ann.get("/api/calls"),
        ann.get("/api/calls.csv"),
        ann.get("/api/events"),
        ann.get("/account/export"),
        server.post("/auth/sign-in", &[]),
        server.post("/auth/sign-in", &form),
        browser(server.post("/auth/sign-in", &form), &server.url),
        server.post("/twiml/inbound", &[]).header(header::ACCEPT, "text/html"),
        server.post("/webhooks/twilio/call-status", &[]),
        server
            .request(Method::GET, "/webhooks/sms/twilio")
            .header(header::ACCEPT, "text/html"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(devices(&answer), [""; 0], "{} {}", answer.status(), answer.url());
    }
    // Nor is anything kept of a browser that only looked.
    let answer = page(&server, "/").send().await.unwrap();
    assert_eq!(devices(&answer).len(), 1);
    let export = json(ann.get("/account/export"), 200).await;
    assert_eq!(export["devices"].as_array().map(Vec::len), Some(0), "{export}");
}

#[tokio::test]
async fn who_has_signed_in_with_it_is_not_kept_out_by_a_strangers_failures() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, own) = (server.user().await, device(&server).await);
    let right = [("email", ann.email.as_str()), ("password", PASSWORD)];
    let sign_in = |cookie: &str| {
        server
            .post("/auth/sign-in", &right)
            .header(header::COOKIE, cookie.to_owned())
    };
    let (before, _) = (json(sign_in(&own), 200).await, device(&server).await);
    // From the same address: all that a test has.
    let wrong = [("email", ann.email.as_str()), ("password", "wrong horse battery")];
    let stranger = device(&server).await;
    for _ in 0..7 {
        let refused = server.post("/auth/sign-in", &wrong).header(header::COOKIE, &stranger);
        assert!(matches!(refused.send().await.unwrap().status().as_u16(), 401 | 429));
    }
    refusal(sign_in(&stranger), 429, "too_many_attempts").await;
    refusal(server.post("/auth/sign-in", &right), 429, "too_many_attempts").await;
    assert_eq!(json(sign_in(&own), 200).await, before);
    let answer = browser(sign_in(&own), &server.url).send().await.unwrap();
    assert_eq!(location(&answer), "/twilio/setup");
    assert!(session_cookie(&answer).starts_with("sniko="));

    // It is stored as a hash, and leaves with nobody.
    let export = ann.get("/account/export").send().await.unwrap().text().await.unwrap();
    let value = own.split_once('=').unwrap().1;
    assert!(export.contains("\"devices\"") && !export.contains(value) && !export.contains("device_hash"));
    drop(server);
    let database = std::fs::read(world.database()).unwrap();
    assert!(!database.windows(value.len()).any(|window| window == value.as_bytes()));
}
