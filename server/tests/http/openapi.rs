//! The description of what can be asked for, and the page that shows it.

use std::collections::BTreeSet;

use reqwest::header;
use serde_json::{Value, json as value};

use crate::calls::{CALLER, Line, OWN};
use crate::described::{document, fault, resolved};
use crate::harness::{World, json};

/// Each operation with its method and address.
fn operations() -> Vec<(String, String, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (method.clone(), path.clone(), operation))
    });
    all.collect()
}

#[test]
fn the_description_holds_together() {
    let whole = document();
    for (name, schema) in whole["components"]["schemas"].as_object().unwrap() {
        if let Err(error) = jsonschema::meta::validate(schema) {
            panic!("{name} is no schema: {error}");
        }
    }
    let areas: BTreeSet<_> = whole["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .map(Value::to_string)
        .collect();
    for (method, path, operation) in operations() {
        let what = format!("{method} {path}");
        assert!(areas.contains(&operation["tags"][0].to_string()), "{what}");
        assert!(
            operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()),
            "{what}"
        );
        let given = operation["parameters"].as_array().into_iter().flatten().map(resolved);
        let in_path: BTreeSet<_> = given
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let named: BTreeSet<_> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        assert_eq!(in_path, named, "{what}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{what}");
        let sent = operation["requestBody"].get("content");
        let answered = responses
            .values()
            .filter_map(|response| resolved(response).get("content"));
        for (kind, media) in sent
            .into_iter()
            .chain(answered)
            .flat_map(|content| content.as_object().unwrap())
        {
            if let Some(example) = media.get("example") {
                assert_eq!(
                    fault(&media["schema"], example),
                    None,
                    "the example of {what} as {kind}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_description_is_there_for_everybody_with_this_servers_address() {
    let world = World::new().await;
    let server = world.serve_with(&[("APP_URL", "http://127.0.0.1:3999")]).await;
    let answer = server.get("/openapi.json").send().await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
    let given: Value = answer.json().await.unwrap();
    assert_eq!(given["servers"][0]["url"], "http://127.0.0.1:3999");
    assert_eq!(given["paths"], document()["paths"]);
}

#[tokio::test]
async fn people_read_it_as_a_page() {
    let world = World::new().await;
    let server = world.serve().await;
    let page = server
        .get("/developers")
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200, "also without signing in");
    let page = page.text().await.unwrap();
    for (method, path, operation) in operations() {
        let summary = operation["summary"].as_str().unwrap().replace('\'', "&#x27;");
        let plain = page.replace("&#39;", "&#x27;").replace('\'', "&#x27;");
        assert!(
            plain.contains(&path) && plain.contains(&summary),
            "{method} {path}: {summary}"
        );
    }
    for name in document()["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"{}\"", name.to_lowercase())), "{name}");
    }
    assert!(!page.contains(" style="), "the policy would refuse it");
    let start = server
        .get("/")
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap();
    assert!(
        start.text().await.unwrap().contains("href=\"/developers\""),
        "the footer leads there"
    );
}

/// Most answers are held against the description where other tests ask for them; here are those that no other test reads.
#[tokio::test]
async fn what_the_pages_ask_for_is_answered_as_described() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let user = &line.user;
    json(user.get("/twilio/token"), 200).await;
    json(user.get("/twilio/setup/progress"), 200).await;
    json(user.post("/twilio/setup/start-over", &[]), 200).await;
    json(user.post("/twilio/setup/re-check", &[]), 200).await;
    json(user.post("/twilio/setup/retry-removal", &[]), 200).await;
    json(
        user.post(
            "/twilio/setup/replace-token",
            &[("auth_token", &line.account.auth_token)],
        ),
        200,
    )
    .await;
    json(user.post("/settings/calls", &[("ring_seconds", "20")]), 200).await;
    let menu = [("menu_on", "true"), ("greeting", "Hello."), ("key_1_action", "ring")];
    json(user.post("/settings/calls/menu", &menu), 200).await;
    json(user.post("/settings/texts", &[("notify_sign_in", "false")]), 200).await;
    line.missed(CALLER).await;
    json(user.post("/calls/seen", &[]), 200).await;
    line.texted(CALLER, "Hello").await;
    let list = json(user.get("/api/messages"), 200).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    json(user.post("/messages/seen", &[("peer", CALLER)]), 200).await;
    json(user.post("/messages/draft", &[("to", CALLER), ("body", "I am")]), 200).await;
    json(user.post("/messages/name", &[("peer", CALLER), ("name", "Bob")]), 200).await;
    json(
        user.post("/messages/send", &[("to", CALLER), ("body", "On my way")]),
        200,
    )
    .await;
    let begun = json(user.post("/api/calls", &[("to", CALLER)]), 202).await;
    let call = json(user.get(&format!("/api/calls/{}", begun["id"].as_str().unwrap())), 200).await;
    assert_eq!(call["to"], CALLER);
    json(user.get("/phone/recent"), 200).await;
    json(user.post("/twilio/disconnect", &[("confirmation", OWN)]), 200).await;
}

#[test]
fn an_answer_that_is_not_as_described_is_found() {
    let user = value!({ "$ref": "#/components/schemas/User" });
    let id = "019336b4-5e1c-7c3a-9c0e-0f6a1d2b3c4d";
    assert_eq!(fault(&user, &value!({ "id": id, "email": "a@b.c" })), None);
    for wrong in [
        value!({ "id": id }),
        value!({ "id": 7, "email": "a@b.c" }),
        value!({ "id": "seven", "email": "a@b.c" }),
        value!({ "id": id, "email": "a@b.c", "password_hash": "x" }),
    ] {
        assert!(fault(&user, &wrong).is_some(), "{wrong}");
    }
}
