//! What was acknowledged is kept, and what comes again has no second effect: in parallel, after a restart, after a kill.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::Value;

use crate::calls::{CALLER, Line, OWN, sid};
use crate::harness::{Server, TestAccount, World, json, on_each_database};

/// The same request as often as one likes.
#[derive(Clone)]
pub struct Request {
    path: String,
    form: Vec<(String, String)>,
    signature: String,
}

impl Request {
    fn new(account: &TestAccount, path: &str, params: &[(&str, &str)]) -> Self {
        let mut form = vec![("AccountSid".to_owned(), account.sid.clone())];
        form.extend(
            params
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let token = SecretString::from(account.auth_token.clone());
        let signature = twilio::signature::sign(&token, &format!("http://127.0.0.1:3000{path}"), &form);
        Self {
            path: path.to_owned(),
            form,
            signature,
        }
    }

    pub fn rings(account: &TestAccount, call: &str) -> Self {
        let params = [
            ("CallSid", call),
            ("CallStatus", "ringing"),
            ("From", CALLER),
            ("To", OWN),
        ];
        Self::new(account, "/twiml/inbound", &params)
    }

    pub fn over(account: &TestAccount, call: &str) -> Self {
        let params = [
            ("CallSid", call),
            ("CallStatus", "completed"),
            ("From", CALLER),
            ("To", OWN),
        ];
        Self::new(account, "/webhooks/twilio/call-status", &params)
    }

    fn to(&self, server: &Server) -> reqwest::RequestBuilder {
        self.signed(server.request(Method::POST, &self.path))
    }

    fn signed(&self, post: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        post.form(&self.form).header("x-twilio-signature", &self.signature)
    }

    /// At that address, by a task of its own; its status, if there is an answer at all.
    pub async fn answered_at(&self, url: &str) -> Option<StatusCode> {
        let post = reqwest::Client::new().post(format!("{url}{}", self.path));
        Some(self.signed(post).send().await.ok()?.status())
    }

    pub async fn answered(&self, server: &Server) -> (StatusCode, String) {
        let answer = self.to(server).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

pub async fn calls(server: &Server, cookie: &str) -> Vec<Value> {
    let list = json(server.get("/api/calls?limit=100").header("cookie", cookie), 200).await;
    list["items"].as_array().unwrap().clone()
}

async fn events(server: &Server, cookie: &str, id: &Value) -> Value {
    let path = format!("/api/calls/{}", id.as_str().unwrap());
    json(server.get(&path).header("cookie", cookie), 200).await["events"].clone()
}

#[tokio::test]
async fn the_same_request_a_thousand_times_in_parallel_and_after_a_restart_is_one_event() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let (cookie, account, call) = (line.user.cookie.clone(), line.account.clone(), sid("CA"));
        let (rings, over) = (Request::rings(&account, &call), Request::over(&account, &call));
        let mut said = Vec::new();
        for request in [&rings, &over] {
            for _ in 0..20 {
                let asked = (0..50).map(|_| request.answered(&server));
                said.extend(futures::future::join_all(asked).await);
            }
        }
        let first = said[0].clone();
        assert_eq!(first.0, StatusCode::OK);
        assert!(said[..1000].iter().all(|one| *one == first));
        assert!(said[1000..].iter().all(|(status, _)| *status == StatusCode::NO_CONTENT));
        let before = calls(&server, &cookie).await;
        assert_eq!(before.len(), 1);
        let noted = events(&server, &cookie, &before[0]["id"]).await;
        assert!(server.stop().await);

        let again = world.serve().await;
        assert_eq!(rings.answered(&again).await, first);
        assert_eq!(over.answered(&again).await.0, StatusCode::NO_CONTENT);
        let after = calls(&again, &cookie).await;
        assert_eq!(after, before);
        assert_eq!(events(&again, &cookie, &after[0]["id"]).await, noted);
        world.is_in_order().await;
    })
    .await;
}

#[tokio::test]
async fn killed_while_it_answers_it_has_kept_what_it_has_answered() {
    for pause in [20, 60, 150] {
        on_each_database(async |world| killed_after(world, pause).await).await;
    }
}

async fn killed_after(world: &World, pause: u64) {
    let server = world.serve().await;
    let line = Line::connected(world, &server).await;
    let (cookie, account) = (line.user.cookie.clone(), line.account.clone());
    let requests: BTreeMap<String, Request> = (0..60)
        .map(|_| sid("CA"))
        .map(|call| (call.clone(), Request::rings(&account, &call)))
        .collect();
    let asked: Vec<_> = requests
        .iter()
        .map(|(call, request)| {
            let (call, request) = (call.clone(), request.to(&server));
            tokio::spawn(async move {
                let answer = request.send().await.ok()?;
                let status = answer.status();
                let xml = answer.text().await.ok()?;
                assert_eq!(status, StatusCode::OK);
                Some((call, xml))
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(pause)).await;
    server.kill();
    let mut answered = BTreeMap::new();
    for task in asked {
        answered.extend(task.await.unwrap());
    }

    let again = world.serve().await;
    let kept = calls(&again, &cookie).await;
    for (call, xml) in &answered {
        assert!(!xml.contains("went wrong"), "{xml}");
        assert!(
            kept.iter().any(|kept| kept["provider_sid"] == call.as_str()),
            "{call} is lost"
        );
    }
    // Twilio asks again whatever it got no answer to; an answer that it got would be the same.
    for (call, request) in &requests {
        let (status, xml) = request.answered(&again).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            answered.get(call).is_none_or(|earlier| *earlier == xml),
            "{call} is answered differently"
        );
    }
    assert_eq!(calls(&again, &cookie).await.len(), requests.len());
    world.is_in_order().await;
}

#[tokio::test]
async fn two_servers_on_one_database_answer_alike_and_note_it_once() {
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let (one, other) = tokio::join!(world.serve(), world.serve());
    let line = Line::connected(&world, &one).await;
    let (cookie, account) = (line.user.cookie.clone(), line.account.clone());
    for _ in 0..10 {
        let call = sid("CA");
        let rings = Request::rings(&account, &call);
        let over = Request::over(&account, &call);
        let asked = (0..20).flat_map(|_| [rings.answered(&one), rings.answered(&other)]);
        let reported = (0..20).flat_map(|_| [over.answered(&other), over.answered(&one)]);
        let (asked, reported) = tokio::join!(futures::future::join_all(asked), futures::future::join_all(reported));
        assert_eq!(asked[0].0, StatusCode::OK);
        assert!(!asked[0].1.contains("went wrong"), "{}", asked[0].1);
        assert!(asked.iter().all(|one| *one == asked[0]), "{asked:?}");
        assert!(
            reported.iter().all(|(status, _)| *status == StatusCode::NO_CONTENT),
            "{reported:?}"
        );
    }
    let calls = calls(&other, &cookie).await;
    assert_eq!(calls.len(), 10);
    for call in &calls {
        assert_eq!(
            (&call["status"], &call["missed"]),
            (&"no-answer".into(), &true.into()),
            "{call:#}"
        );
        let noted = events(&one, &cookie, &call["id"]).await;
        assert_eq!(noted, events(&other, &cookie, &call["id"]).await);
        // The two statuses of the first leg, that nobody was there, and that a message was asked for.
        assert_eq!(noted.as_array().unwrap().len(), 4, "{noted:#}");
    }
}
