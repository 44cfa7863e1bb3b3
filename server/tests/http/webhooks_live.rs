//! The real program and the simulated Twilio call each other: whole calls, with sound.

use std::net::TcpListener;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json as object};

use crate::calls::{CALLER, OWN};
use crate::harness::{PATIENCE, Server, TestAccount, User, World, json, until};

/// Reached by the simulator, and the user connected.
struct Scene {
    world: World,
    _server: Server,
    user: User,
    account: TestAccount,
    control: reqwest::Client,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        // Free a moment ago, and hardly taken since.
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let url = format!("http://{address}");
        let server = world
            .serve_with(&[("APP_URL", &url), ("LEPTOS_SITE_ADDR", &address)])
            .await;
        let (user, account) = (server.user().await, world.account());
        json(user.post("/twilio/credentials", &account.save()), 200).await;
        Self {
            world,
            _server: server,
            user,
            account,
            control: reqwest::Client::new(),
        }
    }

    async fn settings(&self, path: &str, form: &[(&str, &str)]) {
        json(self.user.post(path, form), 200).await;
    }

    fn control(&self, path: &str) -> String {
        format!("{}/_simulator{path}", self.world.simulator.base_url())
    }

    /// A phone calls the user's number.
    async fn calls(&self, phone: Value) -> String {
        let path = format!("/accounts/{}/calls", self.account.sid);
        let body = object!({ "from": CALLER, "to": OWN, "phone": phone });
        let request = self.control.post(self.control(&path)).json(&body);
        // The simulator's answer, which is not the product's to describe.
        let made: Value = request.send().await.unwrap().json().await.unwrap();
        made["call_sid"].as_str().unwrap().to_owned()
    }

    async fn phone(&self, number: &str, script: Value) {
        let request = self
            .control
            .put(self.control(&format!("/phones/{number}")))
            .json(&script);
        assert!(request.send().await.unwrap().status().is_success());
    }

    async fn disturb(&self, knobs: Value) {
        let request = self.control.patch(self.control("/webhooks")).json(&knobs);
        assert!(request.send().await.unwrap().status().is_success());
    }

    /// The call, once it is so.
    async fn until(&self, sid: &str, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let waiting = async {
            loop {
                let answer = self.user.get(&format!("/api/calls/{sid}")).send().await.unwrap();
                if answer.status() == StatusCode::OK {
                    last = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
                    if so(&last) {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(ended.is_ok(), "never: {what}: {last:#}");
        last
    }
}

fn recorded(call: &Value) -> bool {
    call["recordings"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["status"] == "completed"))
}

fn kinds(call: &Value) -> Vec<&str> {
    let events = call["events"].as_array().unwrap();
    events.iter().filter_map(|event| event["kind"].as_str()).collect()
}

#[tokio::test]
async fn a_caller_leaves_a_message_that_can_be_heard_and_deleted() {
    let scene = Scene::new().await;
    let phone = object!({ "sound": { "tone": 440.0 }, "hangs_up_after_ms": 12_000 });
    let sid = scene.calls(phone).await;
    let call = scene
        .until(&sid, "a message is there", |call| {
            recorded(call) && !call["ended_at"].is_null()
        })
        .await;
    assert_eq!(
        (&call["missed"], &call["voicemail"]),
        (&true.into(), &true.into()),
        "{call:#}"
    );
    assert_eq!((&call["from"], &call["status"]), (&CALLER.into(), &"no-answer".into()));
    assert!(kinds(&call).contains(&"nobody_there"), "{call:#}");
    let id = call["recordings"][0]["id"].as_str().unwrap();
    let path = format!("/api/recordings/{id}");
    let audio = scene.user.get(&format!("{path}/audio")).send().await.unwrap();
    assert_eq!(audio.status(), StatusCode::OK);
    assert!(audio.bytes().await.unwrap().len() > 8_000, "half a second at least");
    let deleted = scene.user.delete(&path).send().await.unwrap();
    assert!(deleted.status().is_success(), "{}", deleted.status());
    scene.until(&sid, "it is gone", |call| !recorded(call)).await;
    until("Twilio has deleted it", || {
        let journal = scene.world.simulator.journal();
        journal
            .iter()
            .any(|entry| entry.method == "DELETE" && entry.status == Some(204))
    })
    .await;
}

#[tokio::test]
async fn a_call_is_forwarded_and_recorded_though_reports_come_twice_and_in_disorder() {
    let scene = Scene::new().await;
    scene.disturb(object!({ "duplicate": true, "reorder": true })).await;
    let settings = [
        ("no_answer", "forward"),
        ("forward_to", "020 7946 0111"),
        ("recording", "on"),
    ];
    scene.settings("/settings/calls", &settings).await;
    let phone = object!({ "rings_ms": 200, "sound": { "tone": 880.0 }, "hangs_up_after_ms": 3_000 });
    scene.phone("+442079460111", phone).await;
    let sid = scene.calls(object!({ "sound": { "tone": 440.0 } })).await;
    let call = scene
        .until(&sid, "it was forwarded, and is over", |call| {
            recorded(call) && call["status"] == "completed"
        })
        .await;
    assert_eq!(
        (&call["missed"], &call["answered_by"]),
        (&false.into(), &"forward".into()),
        "{call:#}"
    );
    assert_eq!(call["recordings"].as_array().unwrap().len(), 1, "{call:#}");
    assert_eq!(call["recordings"][0]["channels"], 2);
    let seconds = call["duration_seconds"].as_u64().unwrap();
    assert!((2..=5).contains(&seconds), "{call:#}");
    let noted = kinds(&call);
    for once in ["nobody_there", "forwarded"] {
        assert_eq!(
            noted.iter().filter(|kind| **kind == once).count(),
            1,
            "{once} in {noted:?}"
        );
    }
}

#[tokio::test]
async fn the_menu_takes_keys_and_a_busy_phone_is_told_to_the_caller() {
    let scene = Scene::new().await;
    let menu = [
        ("menu_on", "true"),
        ("greeting", "Press 1 for the office."),
        ("key_1_action", "forward"),
        ("key_1_to", "020 7946 0112"),
    ];
    scene.settings("/settings/calls/menu", &menu).await;
    scene.phone("+442079460112", object!({ "behaviour": "busy" })).await;
    let phone = object!({ "digits": [{ "after_ms": 1_000, "digits": "1" }] });
    let sid = scene.calls(phone).await;
    let call = scene
        .until(&sid, "it is over", |call| !call["ended_at"].is_null())
        .await;
    let noted = kinds(&call);
    for kind in ["menu", "digit", "forwarded"] {
        assert!(noted.contains(&kind), "{kind} in {call:#}");
    }
    assert_eq!((&call["missed"], &call["voicemail"]), (&true.into(), &false.into()));
}
