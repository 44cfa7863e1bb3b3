//! What requests do to numbers, applications and keys.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{HttpMethod, NumberSeed};

use crate::{Harness, harness, refused};

async fn application(harness: &Harness, name: &str) -> String {
    let (status, body) = harness.post("/Applications.json", &[("FriendlyName", name)]).await;
    assert_eq!(status, 201);
    body["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_account_shows_its_token_as_the_real_one_does() {
    let harness = harness().await;
    let (status, body) = harness.get(".json").await;
    assert_eq!((status, &body["auth_token"]), (200, &json!(harness.account.auth_token)));
    assert_eq!((&body["type"], &body["status"]), (&json!("Full"), &json!("active")));
}

#[tokio::test]
async fn a_number_takes_its_webhooks_and_gives_them_back() {
    let harness = harness().await;
    let before = harness.simulator.snapshot(&harness.account.sid);
    let (status, body) = harness
        .post(
            &harness.number_path(),
            &[
                ("VoiceUrl", "https://app.example/twiml/inbound#rc=5&rp=all"),
                ("VoiceMethod", "GET"),
                ("VoiceFallbackUrl", "https://app.example/fallback"),
                ("SmsUrl", "http://127.0.0.1:3000/webhooks/sms/twilio"),
                ("StatusCallback", "https://app.example/status"),
                ("NoSuchField", "ignored"),
            ],
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(body["voice_url"], "https://app.example/twiml/inbound#rc=5&rp=all");
    assert_eq!(
        (&body["voice_method"], &body["sms_method"]),
        (&json!("GET"), &json!("POST"))
    );
    assert_eq!(
        harness.get(&harness.number_path()).await.1["sms_url"],
        "http://127.0.0.1:3000/webhooks/sms/twilio"
    );
    let set = harness.simulator.number(&harness.number);
    assert_eq!(
        (set.voice_method, set.friendly_name.as_str()),
        (HttpMethod::Get, "(415) 555-0100")
    );

    let empty = [
        ("VoiceUrl", ""),
        ("VoiceMethod", "POST"),
        ("VoiceFallbackUrl", ""),
        ("SmsUrl", ""),
        ("StatusCallback", ""),
    ];
    let (_, body) = harness.post(&harness.number_path(), &empty).await;
    // Unset as in the published examples: one of the two kinds of address is null, the other empty.
    assert_eq!((&body["voice_url"], &body["sms_url"]), (&Value::Null, &json!("")));
    assert_eq!(harness.simulator.snapshot(&harness.account.sid), before);
}

#[tokio::test]
async fn invalid_settings_are_refused_whole() {
    let harness = harness().await;
    let before = harness.simulator.snapshot(&harness.account.sid);
    let long = "x".repeat(65);
    let foreign = format!("AP{}", "0".repeat(32));
    let cases: [(&str, &str, u64); 13] = [
        ("VoiceMethod", "PUT", 21403),
        ("SmsMethod", "post", 21403),
        ("VoiceUrl", "not a url", 21402),
        ("VoiceUrl", "ftp://app.example/x", 21402),
        ("SmsUrl", "https://under_score.example/", 21402),
        ("StatusCallback", "/relative", 21502),
        ("FriendlyName", &long, 20002),
        ("VoiceFallbackUrl", "https://app.example/f", 21405),
        ("SmsFallbackUrl", "https://app.example/f", 21406),
        ("VoiceApplicationSid", &foreign, 21420),
        ("SmsApplicationSid", "AP1", 21420),
        ("TrunkSid", "TK1", 20422),
        ("VoiceCallerIdLookup", "yes", 20422),
    ];
    for (name, value, code) in cases {
        let form = [("StatusCallbackMethod", "GET"), (name, value)];
        assert_eq!(
            refused(harness.post(&harness.number_path(), &form).await),
            (400, code),
            "{name}={value}"
        );
    }
    for (name, value, code) in [("VoiceMethod", "PUT", 21403), ("FriendlyName", &*long, 20002)] {
        assert_eq!(
            refused(harness.post("/Applications.json", &[(name, value)]).await),
            (400, code)
        );
    }
    assert_eq!(
        refused(harness.post("/Keys.json", &[("FriendlyName", &long)]).await),
        (400, 20002)
    );
    assert_eq!(harness.simulator.snapshot(&harness.account.sid), before);
}

#[tokio::test]
async fn an_application_and_a_trunk_take_each_other_away() {
    let harness = harness().await;
    let app = application(&harness, "x").await;
    let trunk = format!("TK{}", "a".repeat(32));
    harness.post(&harness.number_path(), &[("TrunkSid", &trunk)]).await;
    let (_, body) = harness
        .post(&harness.number_path(), &[("VoiceApplicationSid", &app)])
        .await;
    assert_eq!(
        (&body["voice_application_sid"], &body["trunk_sid"]),
        (&json!(app), &Value::Null)
    );
    let (_, body) = harness.post(&harness.number_path(), &[("TrunkSid", &trunk)]).await;
    assert_eq!(
        (&body["voice_application_sid"], &body["trunk_sid"]),
        (&json!(""), &json!(trunk))
    );
    let (_, body) = harness
        .post(&harness.number_path(), &[("VoiceApplicationSid", "")])
        .await;
    assert_eq!(
        body["trunk_sid"],
        json!(trunk),
        "taking away nothing takes nothing else away"
    );
}

#[tokio::test]
async fn deleting_an_application_takes_its_sid_from_the_numbers() {
    let harness = harness().await;
    let before = harness.simulator.snapshot(&harness.account.sid);
    let app = application(&harness, "x").await;
    harness
        .post(
            &harness.number_path(),
            &[("VoiceApplicationSid", &app), ("SmsApplicationSid", &app)],
        )
        .await;
    assert_eq!(
        harness.simulator.number(&harness.number).sms_application_sid,
        Some(app.clone())
    );
    assert_eq!(
        harness.delete(&format!("/Applications/{app}.json")).await,
        (204, Value::Null)
    );
    assert_eq!(
        refused(harness.delete(&format!("/Applications/{app}.json")).await),
        (404, 20404)
    );
    assert_eq!(harness.simulator.snapshot(&harness.account.sid), before);
}

#[tokio::test]
async fn applications_are_read_changed_and_found_by_name() {
    let harness = harness().await;
    let app = application(&harness, "mine").await;
    application(&harness, "other").await;
    let path = format!("/Applications/{app}.json");
    let form = [
        ("VoiceUrl", "https://app.example/v"),
        ("VoiceFallbackUrl", "https://app.example/f"),
    ];
    assert_eq!(harness.post(&path, &form).await.0, 200);
    let (_, body) = harness.get(&path).await;
    assert_eq!(
        (&body["friendly_name"], &body["voice_fallback_url"]),
        (&json!("mine"), &json!("https://app.example/f"))
    );
    let (_, list) = harness.get("/Applications.json?FriendlyName=mine").await;
    assert_eq!(
        (
            list["applications"].as_array().unwrap().len(),
            &list["applications"][0]["sid"]
        ),
        (1, &json!(app))
    );
    assert!(list["uri"].as_str().unwrap().contains("FriendlyName=mine"));
}

#[tokio::test]
async fn a_keys_secret_is_shown_once_and_works() {
    let harness = harness().await;
    let before = harness.simulator.snapshot(&harness.account.sid);
    let (status, key) = harness.post("/Keys.json", &[("FriendlyName", "mine")]).await;
    let (sid, secret) = (key["sid"].as_str().unwrap(), key["secret"].as_str().unwrap());
    assert_eq!(status, 201);
    assert_eq!(harness.as_user("/Applications.json", sid, secret).await.0, 200);
    let path = format!("/Keys/{sid}.json");
    let (_, renamed) = harness.post(&path, &[("FriendlyName", "renamed")]).await;
    assert_eq!(renamed["friendly_name"], "renamed");
    for body in [
        renamed,
        harness.get(&path).await.1,
        harness.get("/Keys.json").await.1["keys"][0].clone(),
    ] {
        assert!(body["sid"] == sid && body.get("secret").is_none());
    }
    assert_eq!(harness.delete(&path).await, (204, Value::Null));
    assert_eq!(harness.simulator.snapshot(&harness.account.sid), before);
}

#[tokio::test]
async fn the_newer_api_manages_the_same_keys() {
    let harness = harness().await;
    let base = format!("{}/v1/Keys", harness.simulator.base_url());
    let form = [("AccountSid", harness.account.sid.as_str()), ("FriendlyName", "mine")];
    let (status, key) = harness.send(Method::POST, &base, &form).await;
    assert_eq!((status, &key["policy"]), (201, &Value::Null));
    let sid = key["sid"].as_str().unwrap();
    assert_eq!(harness.get(&format!("/Keys/{sid}.json")).await.0, 200);
    let (_, list) = harness
        .send(Method::GET, &format!("{base}?AccountSid={}", harness.account.sid), &[])
        .await;
    assert_eq!(list["meta"]["key"], "keys");
    assert!(list["meta"]["url"].as_str().unwrap().starts_with(&base));
    assert_eq!(refused(harness.send(Method::GET, &base, &[]).await), (400, 20422));
    assert_eq!(harness.send(Method::DELETE, &format!("{base}/{sid}"), &[]).await.0, 204);
}

#[tokio::test]
async fn pages_are_linked_in_both_directions() {
    let harness = harness().await;
    for last in 1..=4 {
        let seed = NumberSeed {
            phone_number: format!("+4420718387{last:02}"),
            ..NumberSeed::default()
        };
        harness.simulator.add_number(&harness.account.sid, seed);
    }
    let mut pages = Vec::new();
    let mut next = Some(format!(
        "/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json?PageSize=2",
        harness.account.sid
    ));
    while let Some(path) = next {
        let (status, body) = harness
            .send(Method::GET, &format!("{}{path}", harness.simulator.base_url()), &[])
            .await;
        assert_eq!(status, 200);
        next = body["next_page_uri"].as_str().map(str::to_owned);
        pages.push(body);
    }
    let summary = |page: &Value| {
        let count = page["incoming_phone_numbers"].as_array().unwrap().len();
        (
            page["page"].as_u64().unwrap(),
            page["start"].as_u64().unwrap(),
            page["end"].as_u64().unwrap(),
            count,
        )
    };
    assert_eq!(
        pages.iter().map(summary).collect::<Vec<_>>(),
        [(0, 0, 1, 2), (1, 2, 3, 2), (2, 4, 4, 1)]
    );
    let mut seen: Vec<_> = pages
        .iter()
        .flat_map(|page| page["incoming_phone_numbers"].as_array().unwrap())
        .collect();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    assert_eq!(pages[0]["previous_page_uri"], Value::Null);
    let back = pages[2]["previous_page_uri"].as_str().unwrap();
    assert!(back.starts_with("/2010-04-01/"), "relative: {back}");
    let (_, back) = harness
        .send(Method::GET, &format!("{}{back}", harness.simulator.base_url()), &[])
        .await;
    assert_eq!(back["incoming_phone_numbers"], pages[1]["incoming_phone_numbers"]);
}

#[tokio::test]
async fn a_page_follows_the_item_before_it_even_if_the_list_changed() {
    let harness = harness().await;
    let mut apps = Vec::new();
    for name in ["a", "b", "c"] {
        apps.push(application(&harness, name).await);
    }
    let (_, first) = harness.get("/Applications.json?PageSize=2").await;
    harness.simulator.delete_application(&apps[0]);
    let next = format!(
        "{}{}",
        harness.simulator.base_url(),
        first["next_page_uri"].as_str().unwrap()
    );
    let (_, second) = harness.send(Method::GET, &next, &[]).await;
    assert_eq!(second["applications"][0]["sid"], json!(apps[2]));
}

#[tokio::test]
async fn page_sizes_have_their_limits() {
    let harness = harness().await;
    assert_eq!(harness.get("/Keys.json").await.1["page_size"], 50);
    assert_eq!(harness.get("/Keys.json?PageSize=1000").await.0, 200);
    for size in ["0", "1001", "-1", "x"] {
        assert_eq!(
            refused(harness.get(&format!("/Keys.json?PageSize={size}")).await),
            (400, 20007),
            "{size}"
        );
    }
    let (_, beyond) = harness.get("/IncomingPhoneNumbers.json?Page=7").await;
    assert_eq!(beyond["incoming_phone_numbers"], json!([]));
}

#[tokio::test]
async fn numbers_are_found_by_part_and_name() {
    let harness = harness().await;
    let count = async |query: &str| {
        let (_, body) = harness.get(&format!("/IncomingPhoneNumbers.json?{query}")).await;
        body["incoming_phone_numbers"].as_array().unwrap().len()
    };
    assert_eq!(count("PhoneNumber=%2B14155550100").await, 1);
    assert_eq!(count("PhoneNumber=415555****").await, 1);
    assert_eq!(count("PhoneNumber=416").await, 0);
    assert_eq!(count("FriendlyName=%28415%29%20555-0100").await, 1);
    assert_eq!(count("Origin=hosted").await, 0);
}
