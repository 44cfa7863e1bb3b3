//! The call log for programs: `/api/calls`, as Twilio's webhooks fill it.

use reqwest::{Method, RequestBuilder, StatusCode, header};
use secrecy::SecretString;
use serde_json::Value;

use crate::harness::{Server, TestAccount, User, World, browser, json, location, on_each_database, refusal};

/// The user's number, and somebody who calls it.
pub const OWN: &str = "+442071838750";
pub const CALLER: &str = "+442079460018";
/// Every address that Twilio asks, without the calls that some of them may name.
pub const WEBHOOKS: [&str; 6] = [
    "/twiml/inbound",
    "/webhooks/twilio/voice",
    "/webhooks/twilio/dtmf",
    "/webhooks/twilio/call-status",
    "/webhooks/twilio/recording",
    "/webhooks/sms/twilio",
];

/// A user with a connected number, and Twilio's side of it.
pub struct Line<'a> {
    pub server: &'a Server,
    pub user: User,
    pub account: TestAccount,
}

impl<'a> Line<'a> {
    pub async fn connected(world: &World, server: &'a Server) -> Self {
        let (user, account) = (server.user().await, world.account());
        json(user.post("/twilio/credentials", &account.save()), 200).await;
        Self { server, user, account }
    }

    /// A request as Twilio signs it.
    pub async fn webhook(&self, path: &str, params: &[(&str, &str)]) -> (StatusCode, String) {
        let mut form = vec![("AccountSid".to_owned(), self.account.sid.clone())];
        form.extend(
            params
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let token = SecretString::from(self.account.auth_token.clone());
        let url = format!("http://127.0.0.1:3000{path}");
        let signature = twilio::signature::sign(&token, &url, &form);
        let answer = self
            .server
            .request(Method::POST, path)
            .header("x-twilio-signature", signature)
            .form(&form)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Somebody calls the user's number; the call's SID.
    pub async fn rings(&self, from: &str) -> String {
        let sid = sid("CA");
        let (status, twiml) = self
            .webhook(
                "/twiml/inbound",
                &[
                    ("CallSid", &sid),
                    ("From", from),
                    ("To", OWN),
                    ("CallStatus", "ringing"),
                    ("Direction", "inbound"),
                ],
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{twiml}");
        assert!(twiml.contains("<Response>"), "{twiml}");
        sid
    }

    /// How the first leg of a call is reported.
    pub async fn status(&self, sid: &str, status: &str) {
        let report = [("CallSid", sid), ("CallStatus", status), ("From", CALLER), ("To", OWN)];
        let (answer, body) = self.webhook("/webhooks/twilio/call-status", &report).await;
        assert_eq!(answer, StatusCode::NO_CONTENT, "{body}");
    }

    /// A call that nobody answered; its SID.
    pub async fn missed(&self, from: &str) -> String {
        let sid = self.rings(from).await;
        self.status(&sid, "completed").await;
        sid
    }

    /// Somebody texts the user; the text's SID.
    pub async fn texted(&self, from: &str, body: &str) -> String {
        let sid = sid("SM");
        let form = [
            ("MessageSid", sid.as_str()),
            ("From", from),
            ("To", OWN),
            ("Body", body),
            ("NumMedia", "0"),
        ];
        let (status, answer) = self.webhook("/webhooks/sms/twilio", &form).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        sid
    }

    /// A call is asked for with a body of that kind.
    fn raw(&self, kind: &str, body: &'static str) -> RequestBuilder {
        self.server
            .request(Method::POST, "/api/calls")
            .header(header::COOKIE, &self.user.cookie)
            .header(header::CONTENT_TYPE, kind)
            .body(body)
    }

    /// The calls of a list.
    pub async fn list(&self, query: &str) -> Value {
        json(self.user.get(&format!("/api/calls{query}")), 200).await
    }
}

pub fn sid(kind: &str) -> String {
    format!("{kind}{}", services::Entropy.hex::<16>())
}

fn sids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|call| call["provider_sid"].as_str().unwrap())
        .collect()
}

fn is_time(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok())
}

#[tokio::test]
async fn a_call_is_told_in_the_shape_of_the_contract() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let sid = line.missed(CALLER).await;

        let list = line.list("").await;
        assert_eq!(
            (list["items"].as_array().unwrap().len(), &list["next"]),
            (1, &Value::Null)
        );
        let call = &list["items"][0];
        assert_eq!(call["id"].as_str().map(str::len), Some(36));
        assert_eq!(
            (&call["direction"], &call["origin"]),
            (&"inbound".into(), &"phone_network".into())
        );
        assert_eq!((&call["from"], &call["to"]), (&CALLER.into(), &OWN.into()));
        assert_eq!((&call["status"], &call["missed"]), (&"no-answer".into(), &true.into()));
        assert_eq!(call["peer"], "+44 20 7946 0018");
        assert_eq!(call["provider_sid"], sid.as_str());
        assert!(is_time(&call["started_at"]) && is_time(&call["ended_at"]), "{call}");
        for empty in ["answered_at", "duration_seconds", "reason", "error"] {
            assert_eq!(call.get(empty), Some(&Value::Null), "{empty} in {call}");
        }
        assert_eq!((&call["voicemail"], &call["on_hold"]), (&false.into(), &false.into()));
        assert_eq!(call["recordings"], Value::Array(Vec::new()));
        let events = call["events"].as_array().unwrap();
        assert!(
            !events.is_empty() && events.iter().all(|event| is_time(&event["at"])),
            "{call}"
        );

        let id = call["id"].as_str().unwrap();
        for name in [id, &sid] {
            assert_eq!(&json(line.user.get(&format!("/api/calls/{name}")), 200).await, call);
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_is_read_in_pieces_and_filtered() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let mut all = Vec::new();
        for last in 0..5 {
            all.insert(0, line.missed(&format!("+4420794600{last}{last}")).await);
        }
        let ringing = line.rings(CALLER).await;
        all.insert(0, ringing.clone());

        let mut read = Vec::new();
        let mut query = "?limit=4".to_owned();
        loop {
            let piece = line.list(&query).await;
            read.extend(sids(&piece).into_iter().map(str::to_owned));
            match piece["next"].as_str() {
                Some(next) => query = format!("?limit=4&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(read, all);
        assert_eq!(sids(&line.list("?limit=1000").await).len(), 6);
        assert_eq!(sids(&line.list("?missed=true").await).len(), 5);
        assert_eq!(sids(&line.list("?direction=outbound").await).len(), 0);
        assert_eq!(sids(&line.list("?direction=inbound").await).len(), 6);
        assert_eq!(sids(&line.list("?voicemail=true").await).len(), 0);
        for same in ["020 7946 0011", "%2B44+20+7946+0011", "(020)7946-0011", "60011"] {
            assert_eq!(sids(&line.list(&format!("?q={same}")).await), [&all[4]], "{same}");
        }
        assert_eq!(sids(&line.list("?q=%25_'").await).len(), 0);
        assert_eq!(sids(&line.list("?since=2020-01-01&until=2099-12-31").await).len(), 6);
        assert_eq!(sids(&line.list("?until=2020-01-01T00:00:00Z").await).len(), 0);

        for (query, field) in [
            ("direction=up", "direction"),
            ("missed=perhaps", "missed"),
            ("limit=0", "limit"),
            ("since=yesterday", "since"),
            ("cursor=../..", "cursor"),
        ] {
            let body = refusal(line.user.get(&format!("/api/calls?{query}")), 422, "invalid_filter").await;
            assert!(body["fields"][field].is_string(), "{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_users_call_is_as_absent_as_one_that_never_was() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let sid_of_ann = line.missed(CALLER).await;
        let id = line.list("").await["items"][0]["id"].as_str().unwrap().to_owned();
        let eve = server.user().await;

        let never = services::Entropy.uuid().to_string();
        let mut told = Vec::new();
        for name in [&id, &sid_of_ann, &never, &sid("CA"), "x"] {
            let mut body = refusal(eve.get(&format!("/api/calls/{name}")), 404, "call_not_found").await;
            body.as_object_mut().unwrap().remove("request_id");
            told.push(body);
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            json(eve.get("/api/calls"), 200).await["items"],
            Value::Array(Vec::new())
        );
        let csv = eve.get("/api/calls.csv").send().await.unwrap().text().await.unwrap();
        assert_eq!(csv.lines().count(), 1, "{csv}");
        for path in [
            "/api/calls",
            "/api/calls.csv",
            "/api/events",
            &format!("/api/calls/{id}"),
        ] {
            refusal(server.get(path), 401, "not_signed_in").await;
        }
        for form in ["/phone/hold", "/phone/end", "/phone/transfer"] {
            let answer = eve.post(form, &[("call", id.as_str()), ("on", "true"), ("to", CALLER)]);
            refusal(answer, 404, "call_not_found").await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_table_has_every_call_and_no_formula() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    for _ in 0..3 {
        line.missed(CALLER).await;
    }
    let answer = line.user.get("/api/calls.csv?missed=true").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/csv"), "{kind}");
    let disposition = answer.headers()[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(disposition.contains("calls.csv"), "{disposition}");
    let text = answer.text().await.unwrap();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.starts_with("id,direction,from,to,status,"), "{text}");
    for cell in text.lines().flat_map(|line| line.split(',')) {
        assert!(
            !cell.trim_start_matches('"').starts_with(['=', '+', '-', '@']),
            "{cell} in {text}"
        );
    }
    assert!(text.contains(&format!("'{CALLER}")), "{text}");
    refusal(line.user.get("/api/calls.csv?since=x"), 422, "invalid_filter").await;
}

#[tokio::test]
async fn a_call_is_begun_once_for_each_key() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let begin = |key: &str, to: &str| {
            let request = line.user.post("/api/calls", &[("to", to)]);
            request.header("idempotency-key", key)
        };
        let first = json(begin("one", "020 7946 0018"), 202).await;
        assert_eq!(
            (&first["direction"], &first["origin"]),
            (&"outbound".into(), &"server".into())
        );
        assert_eq!((&first["to"], &first["from"]), (&CALLER.into(), &OWN.into()));
        let (again, once_more) = tokio::join!(
            json(begin("one", "020 7946 0018"), 202),
            json(begin("one", "020 7946 0018"), 202)
        );
        assert_eq!((&again["id"], &once_more["id"]), (&first["id"], &first["id"]));
        let other = begin("one", "+442079460017").send().await.unwrap();
        assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let second = json(begin("two", "020 7946 0018"), 202).await;
        assert_ne!(second["id"], first["id"]);
        let as_json = line.raw("application/json", r#"{"to": "+442079460018"}"#);
        json(as_json, 202).await;
        assert_eq!(line.list("").await["items"].as_array().unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_call_that_may_not_be_begun_is_refused_with_its_field() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    for to in [
        "",
        "999",
        "+19005550100",
        "client:someone-else",
        "sip:x@evil",
        "+882161234567",
    ] {
        let body = json(line.user.post("/api/calls", &[("to", to)]), 422).await;
        assert!(body["fields"]["to"].is_string(), "{to}: {body}");
    }
    let page = line.raw("text/plain", "to");
    refusal(page, 415, "unreadable_request").await;
    refusal(line.raw("application/json", "{"), 422, "unreadable_request").await;
    let long = line
        .user
        .post("/api/calls", &[("to", CALLER)])
        .header("idempotency-key", "k".repeat(256));
    refusal(long, 422, "invalid_idempotency_key").await;
    let evil = line
        .user
        .post("/api/calls", &[("to", CALLER)])
        .header(header::ORIGIN, "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    refusal(evil, 403, "cross_site").await;
    assert_eq!(line.list("").await["items"], Value::Array(Vec::new()));

    let eve = server.user().await;
    let status = eve.post("/api/calls", &[("to", CALLER)]).send().await.unwrap().status();
    assert_eq!(status, StatusCode::CONFLICT);
    refusal(server.post("/api/calls", &[("to", CALLER)]), 401, "not_signed_in").await;
}

#[tokio::test]
async fn a_browsers_form_begins_a_call_and_leads_to_the_log() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let answer = browser(line.user.post("/api/calls", &[("to", CALLER)]), &server.url)
        .send()
        .await
        .unwrap();
    assert_eq!(location(&answer), "/calls");
    assert_eq!(line.list("").await["items"].as_array().unwrap().len(), 1);
    assert!(
        line.user
            .submit("/api/calls", &[("to", "999")])
            .await
            .starts_with("/calls?error=")
    );
}
