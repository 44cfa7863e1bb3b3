//! Every request this client makes is one that Twilio documents, with no other parameter than the documented ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use twilio::{CallEnd, CallFilter, CallInstructions, CallStatus, Client, MessageFilter, PhoneNumberWebhooks};
use wiremock::matchers::{any, method, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::applications::full;
use crate::calls::new_call;
use crate::conferences::change;
use crate::fixtures::{own, shared};
use crate::server::{answer, client};

/// Method and path template, each with the names of its query parameters and form fields.
type Operations = BTreeMap<(String, String), BTreeSet<String>>;

fn own_operations() -> Operations {
    let names = |value: &Value| {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let file = own("operations.json");
    let paths = file["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, methods)| methods.as_object().unwrap().iter().map(move |one| (path, one)));
    operations
        .map(|(path, (method, operation))| {
            let known = names(&operation["query"]).into_iter().chain(names(&operation["form"]));
            ((method.clone(), path.clone()), known.collect())
        })
        .collect()
}

fn openapi_operations(description: &Value) -> Operations {
    let mut operations = Operations::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in ["get", "post", "delete"] {
            let operation = &methods[method];
            if operation.is_null() {
                continue;
            }
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let query = parameters
                .filter(|one| one["in"] == "query")
                .map(|one| one["name"].as_str().unwrap().to_owned());
            let form =
                &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"];
            let form = form.as_object().into_iter().flat_map(|fields| fields.keys().cloned());
            operations.insert((method.to_owned(), path.clone()), query.chain(form).collect());
        }
    }
    operations
}

fn matches_template(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(expected, actual)| match expected.strip_suffix(".json") {
                Some(name) if name.starts_with('{') => actual.ends_with(".json"),
                _ => expected.starts_with('{') || expected == actual,
            })
}

/// Sends every request that this client can send, with everything set that can be set.
async fn every_request() -> Vec<Request> {
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let sids = ["AC", "AP", "SK", "PN"].map(|prefix| format!("{prefix}{}", "a".repeat(32)));
    for (path, array) in [
        ("IncomingPhoneNumbers", "incoming_phone_numbers"),
        ("Applications", "applications"),
        ("Keys", "keys"),
        ("Calls", "calls"),
        ("Recordings", "recordings"),
        ("Conferences", "conferences"),
        ("Participants", "participants"),
        ("Messages", "messages"),
        ("Media", "media_list"),
    ] {
        // Empty lists; every other answer is an error, which does not matter here.
        let list = Mock::given(path_regex(format!("/{path}\\.json$")));
        list.respond_with(answer(200, &json!({ array: [], "next_page_uri": null })))
            .mount(&server)
            .await;
    }
    Mock::given(any())
        .respond_with(answer(400, &json!({})))
        .mount(&server)
        .await;
    let client = client(&server);
    let application = sids[1].parse().unwrap();
    let key = sids[2].parse().unwrap();
    let number = sids[3].parse().unwrap();
    let some = || Some("x".to_owned());
    let with_urls = PhoneNumberWebhooks {
        voice_url: some(),
        voice_method: some(),
        voice_fallback_url: some(),
        voice_fallback_method: some(),
        sms_url: some(),
        sms_method: some(),
        sms_fallback_url: some(),
        sms_fallback_method: some(),
        status_callback: some(),
        status_callback_method: some(),
        ..PhoneNumberWebhooks::default()
    };

    let _ = client.fetch_account().await;
    let _ = client.list_incoming_phone_numbers().await.unwrap();
    let _ = client.fetch_incoming_phone_number(&number).await;
    let _ = client.update_incoming_phone_number(&number, &with_urls).await;
    let _ = client.create_application(&full()).await;
    let _ = client.fetch_application(&application).await;
    let _ = client.update_application(&application, &full()).await;
    let _ = client.list_applications(Some("x")).await.unwrap();
    let _ = client.delete_application(&application).await.unwrap();
    let _ = client.create_key("x").await;
    let _ = client.fetch_key(&key).await;
    let _ = client.list_keys().await.unwrap();
    let _ = client.delete_key(&key).await.unwrap();
    every_request_about_calls(&client).await;
    every_request_about_texts(&client).await;
    server.received_requests().await.unwrap()
}

/// The sound of a recording is left out: Twilio describes it in words only.
async fn every_request_about_calls(client: &Client) {
    let sid = |prefix: &str| format!("{prefix}{}", "a".repeat(32));
    let call = sid("CA").parse().unwrap();
    let recording = sid("RE").parse().unwrap();
    let conference = sid("CF").parse().unwrap();
    let filter = CallFilter {
        parent: Some(sid("CA").parse().unwrap()),
        status: Some(CallStatus::InProgress),
    };
    let url = CallInstructions::Url {
        url: "x".to_owned(),
        method: Some(twilio::twiml::Method::Post),
    };

    let _ = client.create_call(&new_call()).await;
    let _ = client.fetch_call(&call).await;
    let _ = client.list_calls(&filter).await.unwrap();
    let twiml = CallInstructions::Twiml("x".to_owned());
    let _ = client.redirect_call(&call, &twiml).await;
    let _ = client.redirect_call(&call, &url).await;
    let _ = client.end_call(&call, CallEnd::Completed).await;
    let _ = client.fetch_recording(&recording).await;
    let _ = client.list_recordings(&call).await.unwrap();
    let _ = client.delete_recording(&recording).await.unwrap();
    let _ = client.list_conferences_in_progress("x").await.unwrap();
    let _ = client.list_participants(&conference).await.unwrap();
    let _ = client.fetch_participant(&conference, &call).await;
    let _ = client.update_participant(&conference, &call, &change()).await;
    let _ = client.remove_participant(&conference, &call).await.unwrap();
}

/// What a text's media are is left out: Twilio describes it in words only.
async fn every_request_about_texts(client: &Client) {
    let message = crate::messages::sid();
    let service = format!("MG{}", "a".repeat(32)).parse().unwrap();
    let filter = MessageFilter {
        to: Some("x".to_owned()),
        from: Some("x".to_owned()),
        sent_since: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        limit: Some(20),
    };

    let _ = client.create_message(&crate::messages::new_message()).await;
    let _ = client.fetch_message(&message).await;
    let _ = client.list_messages(&filter).await.unwrap();
    let _ = client.cancel_message(&message).await;
    let _ = client.redact_message(&message).await;
    let _ = client.delete_message(&message).await.unwrap();
    let _ = client.list_message_media(&message).await.unwrap();
    let _ = client.list_messaging_services().await;
    let _ = client.fetch_messaging_service(&service).await;
    let _ = client.list_messaging_service_numbers(&service).await;
}

#[tokio::test]
async fn every_request_is_documented_with_all_its_parameters() {
    let requests = every_request().await;
    assert_eq!(requests.len(), 37);
    let mut collections = vec![("operations.json", own_operations())];
    collections.extend(shared("openapi-subset.json").map(|file| ("openapi-subset.json", openapi_operations(&file))));
    for (file, operations) in collections {
        for request in &requests {
            let (verb, path) = (request.method.as_str().to_lowercase(), request.url.path());
            let found = operations
                .iter()
                .find(|((method, template), _)| *method == verb && matches_template(template, path));
            let (_, known) = found.unwrap_or_else(|| panic!("{file} has no {verb} {path}"));
            let form = url::form_urlencoded::parse(&request.body).into_owned();
            for (name, _) in request.url.query_pairs().into_owned().chain(form) {
                assert!(known.contains(&name), "{file}: {verb} {path} has no parameter {name}");
            }
        }
        println!(
            "{file}: {} requests are documented ({} operations known)",
            requests.len(),
            operations.len()
        );
    }
}
