//! Another website and another user: over every address that the description knows, nothing is done, and not a byte of what is
//! stored changes.

use reqwest::{Method, RequestBuilder, StatusCode, header};
use secrecy::SecretString;

use crate::calls::{CALLER, Line, OWN, WEBHOOKS, sid};
use crate::described::operations;
use crate::harness::{TestAccount, World, json, on_each_database, refusal};

/// An id of nothing.
const NOTHING: &str = "0192f0c1-2f5e-7a3b-8c4d-0123456789ab";

#[tokio::test]
async fn another_site_changes_nothing_at_any_address() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        line.missed(CALLER).await;
        line.texted(CALLER, "Hello").await;
        let (before, at_twilio) = (world.everything().await, world.snapshot(&line.account));
        let marks = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "CROSS-SITE"),
            ("origin", "null"),
            ("origin", "https://evil.example"),
            ("origin", "http://127.0.0.1:3000.evil.example"),
        ];
        let mut asked = 0;
        for operation in operations() {
            if operation.method == Method::GET {
                continue;
            }
            let path = operation.address(NOTHING);
            for (name, value) in marks {
                let form = [
                    ("confirmation", "disconnect"),
                    ("others", "true"),
                    ("to", CALLER),
                    ("body", "x"),
                ];
                let post = line
                    .user
                    .http
                    .request(operation.method.clone(), format!("{}{path}", server.url));
                let post = post.header(header::COOKIE, &line.user.cookie).form(&form);
                refusal(post.header(name, value), 403, "cross_site").await;
                asked += 1;
            }
        }
        assert!(asked > 150, "{asked}");
        assert_eq!(world.everything().await, before);
        assert_eq!(world.snapshot(&line.account), at_twilio);
        // He is still signed in.
        json(line.user.get("/twilio/token"), 200).await;
    })
    .await;
}

/// The answer, without the id of its request.
async fn answer(request: RequestBuilder) -> (StatusCode, String) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    let told = text.split("\"request_id\"").next().unwrap_or_default();
    (status, told.to_owned())
}

#[tokio::test]
async fn what_is_another_users_is_as_absent_as_what_never_was() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let bob = Line::connected(world, &server).await.user;
        let (call, recording) = recorded(&line).await;
        line.texted(CALLER, "Hello").await;
        let of = async |list: &str| json(line.user.get(list), 200).await["items"][0].clone();
        let (kept, text) = (of("/api/calls").await, of("/api/messages").await);
        let ids = [
            kept["id"].as_str().unwrap(),
            text["id"].as_str().unwrap(),
            kept["recordings"][0]["id"].as_str().unwrap(),
            &call,
            &recording,
        ];
        let before = world.everything().await;
        let mut asked = 0;
        for operation in operations() {
            let addressed = operation.path.contains('{');
            let fields = operation.fields();
            let named = ["id", "call", "session_id"];
            let field = named.into_iter().find(|name| fields.contains(name));
            if !addressed && field.is_none() {
                continue;
            }
            for id in ids {
                let ask = |id: &str| {
                    let url = format!("{}{}", server.url, operation.address(id));
                    let request = bob
                        .http
                        .request(operation.method.clone(), url)
                        .header(header::COOKIE, &bob.cookie);
                    match field {
                        Some(field) => request.form(&[(field, id), ("on", "true"), ("to", CALLER)]),
                        None => request,
                    }
                };
                let (hers, nobodys) = (answer(ask(id)).await, answer(ask(NOTHING)).await);
                assert_eq!(hers.0, StatusCode::NOT_FOUND, "{} {id}: {}", operation.path, hers.1);
                assert_eq!(hers, nobodys, "{}", operation.path);
                asked += 1;
            }
        }
        assert!(asked >= 50, "{asked}");
        // Where her list goes on is nowhere in his.
        for list in ["/api/calls?limit=1", "/api/messages?limit=1"] {
            line.missed(CALLER).await;
            line.texted(CALLER, "Again").await;
            let next = json(line.user.get(list), 200).await["next"]
                .as_str()
                .unwrap()
                .to_owned();
            let his = json(bob.get(&format!("{list}&cursor={next}")), 200).await;
            assert_eq!(his["items"], serde_json::json!([]));
        }
        let after = world.everything().await;
        let lost: Vec<&str> = before
            .lines()
            .filter(|row| !after.contains(row) && row.contains(ids[0]))
            .collect();
        assert_eq!(lost, Vec::<&str>::new());
    })
    .await;
}

/// A call with a recording; their SIDs.
async fn recorded(line: &Line<'_>) -> (String, String) {
    let (call, recording) = (line.rings(CALLER).await, sid("RE"));
    let report = [
        ("CallSid", call.as_str()),
        ("RecordingSid", &recording),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", "3"),
    ];
    let kept = json(line.user.get("/api/calls"), 200).await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (status, said) = line
        .webhook(&format!("/webhooks/twilio/recording/{kept}"), &report)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{said}");
    line.status(&call, "completed").await;
    (call, recording)
}

/// What that account would be told at that address, signed with that token.
async fn told(
    line: &Line<'_>,
    account: &str,
    signer: &TestAccount,
    path: &str,
    form: &[(&str, &str)],
) -> (StatusCode, String) {
    let mut all = vec![("AccountSid".to_owned(), account.to_owned())];
    all.extend(
        form.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let token = SecretString::from(signer.auth_token.clone());
    let signature = twilio::signature::sign(&token, &format!("http://127.0.0.1:3000{path}"), &all);
    let post = line.server.request(Method::POST, path).form(&all);
    let answer = post.header("x-twilio-signature", signature).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_tenants_signature_changes_not_a_byte_of_anothers() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let ann = Line::connected(world, &server).await;
        let bob = Line::connected(world, &server).await;
        let (call, recording) = recorded(&ann).await;
        let text = ann.texted(CALLER, "Hello").await;
        let first = async |list: &str| {
            json(ann.user.get(list), 200).await["items"][0]["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let (kept, message) = (first("/api/calls").await, first("/api/messages").await);
        let before = world.everything().await;
        let addresses = [
            "/twiml/inbound".to_owned(),
            "/webhooks/twilio/voice".to_owned(),
            format!("/webhooks/twilio/voice/{kept}?then=rang&step=1"),
            format!("/webhooks/twilio/dtmf?call={kept}&step=1"),
            "/webhooks/twilio/call-status".to_owned(),
            format!("/webhooks/twilio/call-status/{kept}"),
            "/webhooks/twilio/recording".to_owned(),
            format!("/webhooks/twilio/recording/{kept}"),
            "/webhooks/sms/twilio".to_owned(),
            format!("/webhooks/sms/twilio?message={message}"),
        ];
        let form = [
            ("CallSid", call.as_str()),
            ("CallStatus", "failed"),
            ("From", CALLER),
            ("To", OWN),
            ("RecordingSid", &recording),
            ("RecordingStatus", "absent"),
            ("MessageSid", &text),
            ("MessageStatus", "failed"),
            ("Body", "Forged"),
        ];
        let mut said = Vec::new();
        for path in &addresses {
            for account in [&ann.account.sid, &bob.account.sid] {
                said.push(told(&ann, account, &bob.account, path, &form).await);
            }
            // Hers, in nobody's name.
            said.push(told(&ann, &sid("AC"), &ann.account, path, &form).await);
        }
        assert_eq!(said[0].0, StatusCode::FORBIDDEN);
        assert!(said.iter().all(|one| *one == said[0]), "{said:#?}");
        assert_eq!(world.everything().await, before);
        world.is_in_order().await;
    })
    .await;
}

#[tokio::test]
async fn of_a_refused_webhook_nothing_is_kept_but_that_it_was_refused() {
    on_each_database(async |world: &World| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let call = line.rings(CALLER).await;
        let before = world.everything().await;
        let form = [
            ("AccountSid", line.account.sid.as_str()),
            ("CallSid", &call),
            ("CallStatus", "completed"),
            ("RecordingSid", "RE0123456789abcdef0123456789abcdef"),
            ("RecordingStatus", "completed"),
            ("MessageSid", "SM0123456789abcdef0123456789abcdef"),
            ("From", CALLER),
            ("To", OWN),
            ("Body", "Forged"),
        ];
        let mut said = Vec::new();
        for path in WEBHOOKS {
            let long = "A".repeat(10_000);
            for signature in ["", "x", "2ff387e58ca52c3e4d44a2e5b5dab04af4b40675", "AAAA,BBBB", &long] {
                let post = server.post(path, &form).header("x-twilio-signature", signature);
                let answer = post.send().await.unwrap();
                said.push((answer.status(), answer.bytes().await.unwrap()));
            }
        }
        assert_eq!(said[0].0, StatusCode::FORBIDDEN);
        assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
        assert_eq!(world.everything().await, before);
    })
    .await;
}
