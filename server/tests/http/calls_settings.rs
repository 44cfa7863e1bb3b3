//! How calls are treated, as a form and as a program sets it; and what a page's phone asks.

use serde_json::Value;

use crate::calls::{CALLER, Line, OWN};
use crate::harness::{World, json, refusal};

#[tokio::test]
async fn settings_are_changed_field_by_field() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let changed = [
        ("no_answer", "forward"),
        ("forward_to", "020 7946 0018"),
        ("ring_seconds", "40"),
    ];
    let settings = json(line.user.post("/settings/calls", &changed), 200).await;
    assert_eq!(settings["forward_to"], CALLER);
    assert_eq!(
        (&settings["no_answer"], &settings["ring_seconds"]),
        (&"forward".into(), &40.into())
    );
    let settings = json(line.user.post("/settings/calls", &[("retention_days", "30")]), 200).await;
    assert_eq!(
        (&settings["retention_days"], &settings["ring_seconds"]),
        (&30.into(), &40.into())
    );
    let settings = json(line.user.post("/settings/calls", &[("retention_days", "")]), 200).await;
    assert_eq!(settings["retention_days"], Value::Null);

    let wrong = [
        ("forward_to", "999"),
        ("ring_seconds", "500"),
        ("greeting", ""),
        ("recording", "off"),
    ];
    let body = refusal(line.user.post("/settings/calls", &wrong), 422, "invalid_call_settings").await;
    let fields: Vec<_> = body["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["forward_to", "greeting", "ring_seconds"]);
    let own = line.user.post("/settings/calls", &[("forward_to", OWN)]);
    refusal(own, 422, "invalid_call_settings").await;

    let eve = server.user().await;
    refusal(eve.post("/settings/calls", &changed), 409, "twilio_not_connected").await;
    refusal(server.post("/settings/calls", &changed), 401, "not_signed_in").await;
}

#[tokio::test]
async fn a_menu_is_made_of_its_keys() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let menu = [
        ("menu_on", "on"),
        ("greeting", "Press one for us, star for the hours."),
        ("key_1_action", "ring"),
        ("key_star_action", "say"),
        ("key_star_text", "We open at nine."),
        ("key_hash_action", "forward"),
        ("key_hash_to", "(020) 7946 0018"),
    ];
    let settings = json(line.user.post("/settings/calls/menu", &menu), 200).await;
    let choices = settings["menu"]["choices"].as_array().unwrap();
    assert_eq!(choices.len(), 3, "{settings}");
    assert!(
        choices
            .iter()
            .any(|choice| choice["key"] == "#" && choice["to"] == CALLER),
        "{settings}"
    );
    json(line.user.post("/settings/calls", &[("ring_seconds", "30")]), 200).await;
    let off = json(line.user.post("/settings/calls/menu", &[("greeting", "x")]), 200).await;
    assert_eq!((&off["menu"], &off["ring_seconds"]), (&Value::Null, &30.into()));
    let wrong = [("menu_on", "on"), ("key_1_action", "forward")];
    let body = refusal(line.user.post("/settings/calls/menu", &wrong), 422, "invalid_menu").await;
    assert!(
        body["fields"]["key_1_to"].is_string() && body["fields"]["greeting"].is_string(),
        "{body}"
    );
}

#[tokio::test]
async fn the_forms_work_without_javascript() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let saved = line.user.submit("/settings/calls", &[("ring_seconds", "20")]).await;
    assert_eq!(saved, "/settings/calls?done=saved");
    let wrong = [("ring_seconds", "1"), ("countries", "Mars")];
    assert_eq!(
        line.user.submit("/settings/calls", &wrong).await,
        "/settings/calls?error=invalid_call_settings&fields=countries%2Cring_seconds"
    );
    let menu = [("menu_on", "on"), ("greeting", "Press one."), ("key_1_action", "ring")];
    assert_eq!(
        line.user.submit("/settings/calls/menu", &menu).await,
        "/settings/calls?done=menu_saved"
    );
    assert_eq!(
        line.user.submit("/settings/calls/menu", &[("menu_on", "on")]).await,
        "/settings/calls?error=invalid_menu&fields=greeting"
    );
    assert_eq!(line.user.submit("/calls/seen", &[]).await, "/calls");
    let gone = line.user.submit("/recordings/delete", &[("id", "x")]).await;
    assert_eq!(gone, "/calls?error=recording_not_found");
    assert_eq!(
        server
            .user()
            .await
            .submit("/settings/calls", &[("ring_seconds", "20")])
            .await,
        "/settings/calls?error=twilio_not_connected"
    );
}

#[tokio::test]
async fn a_phone_asks_what_it_may_call_and_whom_it_spoke_to() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let check = async |to: &str| json(line.user.get("/phone/check").query(&[("to", to)]), 200).await;
    let good = check("(020) 7946-0018").await;
    assert_eq!((&good["number"], &good["fault"]), (&CALLER.into(), &Value::Null));
    assert_eq!(good["formatted"], "+44 20 7946 0018");
    for bad in ["", "999", "+1 415 555 0199", "\"/><Dial>", &"9".repeat(5000)] {
        let checked = check(bad).await;
        assert!(
            checked["fault"].as_str().is_some_and(|fault| fault.ends_with('.')),
            "{checked}"
        );
    }

    line.missed(CALLER).await;
    line.missed(CALLER).await;
    line.missed("anonymous").await;
    let recent = json(line.user.get("/phone/recent"), 200).await;
    assert_eq!(recent.as_array().unwrap().len(), 1, "{recent}");
    assert_eq!(
        (&recent[0]["number"], &recent[0]["outcome"]),
        (&CALLER.into(), &"Missed".into())
    );

    for presence in ["ready", "busy", "gone"] {
        let here = [("device", "tab-1"), ("presence", presence)];
        json(line.user.post("/phone/presence", &here), 200).await;
    }
    let evil = [("device", "<script>"), ("presence", "ready")];
    refusal(line.user.post("/phone/presence", &evil), 422, "invalid_device").await;
    let unknown = [("device", "tab-1"), ("presence", "asleep")];
    refusal(line.user.post("/phone/presence", &unknown), 422, "unreadable_request").await;
    refusal(server.get("/phone/recent"), 401, "not_signed_in").await;
    refusal(
        server.user().await.get("/phone/check?to=1"),
        409,
        "twilio_not_connected",
    )
    .await;
}

#[tokio::test]
async fn no_other_site_changes_anything() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let before = json(line.user.post("/settings/calls", &[]), 200).await;
    for path in [
        "/api/calls",
        "/calls/seen",
        "/phone/end",
        "/phone/hold",
        "/phone/presence",
        "/phone/transfer",
        "/recordings/delete",
        "/settings/calls",
        "/settings/calls/menu",
    ] {
        let fields = [
            ("to", CALLER),
            ("call", "x"),
            ("ring_seconds", "5"),
            ("presence", "ready"),
            ("device", "evil"),
        ];
        for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
            let request = line.user.post(path, &fields).header(name, value);
            refusal(request, 403, "cross_site").await;
        }
    }
    let delete = line
        .user
        .delete("/api/recordings/x")
        .header("sec-fetch-site", "cross-site");
    refusal(delete, 403, "cross_site").await;
    assert_eq!(json(line.user.post("/settings/calls", &[]), 200).await, before);
    assert_eq!(line.list("").await["items"], Value::Array(Vec::new()));
}
