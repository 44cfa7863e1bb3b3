//! `/metrics`: what an operator watches, and who may read it.

use reqwest::{Method, StatusCode, header};

use crate::calls::{CALLER, Line};
use crate::harness::{Server, World, json, refusal};

const TOKEN: &str = "a-token-for-prometheus";

async fn figures(server: &Server) -> String {
    let answer = server.get("/metrics").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()[header::CONTENT_TYPE],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    answer.text().await.unwrap()
}

/// The value of a line, which is named with its labels.
fn value(figures: &str, name: &str) -> Option<f64> {
    let mut lines = figures.lines().filter_map(|line| line.rsplit_once(' '));
    lines.find(|(key, _)| *key == name)?.1.parse().ok()
}

#[tokio::test]
async fn whoever_may_not_read_the_figures_finds_nothing_there() {
    let world = World::new().await;
    let server = world.serve_with(&[("METRICS_TOKEN", TOKEN)]).await;
    let with = |name: &'static str, value: &str| server.get("/metrics").header(name, value.to_owned());
    let nothing = server.get("/nothing").send().await.unwrap();
    for request in [
        with("x-forwarded-for", "203.0.113.9"),
        with("forwarded", "for=203.0.113.9"),
        with("authorization", "Bearer a-token-for-somebody-else"),
        server
            .request(Method::POST, "/metrics")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}")),
        server.get("/metrics/"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), nothing.status());
        for (name, value) in nothing.headers() {
            let differs = ["x-request-id", "date", "content-security-policy"].contains(&name.as_str());
            assert!(differs || answer.headers().get(name) == Some(value), "{name}");
        }
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "not_found");
    }
    refusal(with("x-forwarded-for", "127.0.0.1"), 404, "not_found").await;
    let page = with("x-forwarded-for", "203.0.113.9").header(header::ACCEPT, "text/html");
    assert!(
        page.send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("There is nothing here")
    );

    figures(&server).await;
    let from_elsewhere = with("x-forwarded-for", "203.0.113.9")
        .bearer_auth(TOKEN)
        .send()
        .await
        .unwrap();
    assert_eq!(from_elsewhere.status(), StatusCode::OK);
}

/// Somebody calls twice, a report comes twice, and one comes that nobody has signed; the first call's SID.
async fn busy(line: &Line<'_>) -> String {
    let sid = line.missed(CALLER).await;
    json(line.user.get(&format!("/api/calls/{sid}")), 200).await;
    let nobodys = "/api/calls/0192f0c1-2f5e-7a3b-8c4d-0123456789ab";
    refusal(line.user.get(nobodys), 404, "call_not_found").await;
    line.rings(CALLER).await;
    line.status(&sid, "completed").await;
    let unsigned = [("AccountSid", line.account.sid.as_str()), ("CallSid", &sid)];
    let unsigned = line.server.post("/webhooks/twilio/call-status", &unsigned);
    assert_eq!(unsigned.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    sid
}

#[tokio::test]
async fn what_happens_is_counted() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    busy(&line).await;
    let figures = figures(&server).await;
    for (name, expected) in [
        (
            r#"sniko_http_requests_total{route="/api/calls/{id}",method="GET",status="2xx"}"#,
            1.0,
        ),
        (
            r#"sniko_http_requests_total{route="/api/calls/{id}",method="GET",status="4xx"}"#,
            1.0,
        ),
        (
            r#"sniko_http_requests_total{route="/twiml/inbound",method="POST",status="2xx"}"#,
            2.0,
        ),
        (
            r#"sniko_http_request_seconds_count{route="/webhooks/twilio/call-status"}"#,
            3.0,
        ),
        (r#"sniko_webhooks_total{kind="voice",outcome="accepted"}"#, 2.0),
        (r#"sniko_webhooks_total{kind="call_status",outcome="accepted"}"#, 2.0),
        (r#"sniko_webhooks_total{kind="call_status",outcome="refused"}"#, 1.0),
        (r#"sniko_webhooks_repeated_total{kind="call_status"}"#, 1.0),
        (
            r#"sniko_connection_steps_total{step="phone_number",outcome="done"}"#,
            1.0,
        ),
        ("sniko_calls_live", 1.0),
        (r#"sniko_connections{state="connected"}"#, 1.0),
        (r#"sniko_jobs_due{job="send_text"}"#, 0.0),
        ("sniko_database_up", 1.0),
        (
            concat!("sniko_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"),
            1.0,
        ),
    ] {
        assert_eq!(value(&figures, name), Some(expected), "{name} in {figures}");
    }
    for name in [
        r#"twilio_requests_total{product="api",operation="fetch the account",method="GET",status="200"}"#,
        "sniko_database_group_size_count",
        "sniko_database_commit_seconds_count",
        "sniko_http_connections",
        r#"sniko_cache_lookups_total{cache="tenants",outcome="hit"}"#,
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
        "process_max_fds",
    ] {
        assert!(
            value(&figures, name).is_some_and(|value| value > 0.0),
            "{name} in {figures}"
        );
    }
}

#[tokio::test]
async fn every_figure_is_explained_and_names_nobody() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let sid = busy(&line).await;
    let figures = figures(&server).await;
    let numbers = [CALLER, crate::calls::OWN].map(|number| number.trim_start_matches('+'));
    let private = [&line.account.sid, &line.account.number, &line.user.email, &sid];
    for private in private.map(String::as_str).into_iter().chain(numbers) {
        assert!(!figures.contains(private), "{private} in {figures}");
    }
    for text in figures.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = text.split(' ').next().unwrap();
        assert!(figures.contains(&format!("# HELP {name} ")), "{name} is not explained");
    }
}

#[tokio::test]
async fn made_up_addresses_and_methods_make_no_new_names() {
    let world = World::new().await;
    let server = world.serve().await;
    let count = |figures: &str| figures.lines().filter(|line| !line.starts_with('#')).count();
    server.get("/made-up/0").send().await.unwrap();
    server
        .request(Method::from_bytes(b"MADEUP").unwrap(), "/made-up/0")
        .send()
        .await
        .unwrap();
    figures(&server).await;
    let before = count(&figures(&server).await);
    for number in 1..20 {
        server
            .get(&format!("/made-up/{number}?q={number}"))
            .send()
            .await
            .unwrap();
        let method = Method::from_bytes(format!("MADEUP{number}").as_bytes()).unwrap();
        server
            .request(method, &format!("/made-up/{number}"))
            .send()
            .await
            .unwrap();
    }
    assert_eq!(count(&figures(&server).await), before);
}
