use serde_json::{Value, json};
use twilio::{Capabilities, PhoneNumberSid, PhoneNumberWebhooks};
use wiremock::MockServer;

use crate::fixtures::example;
use crate::server::{ACCOUNT, answer, client, last_form, request};

const FETCH: &str = "get /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json 200 fetch";
const UPDATE: &str = "post /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json 200 update";
const PATH: &str = "/IncomingPhoneNumbers/PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";

fn sid() -> PhoneNumberSid {
    "PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// The form that an update with these settings sends, sorted by name.
async fn update(webhooks: &PhoneNumberWebhooks) -> Vec<(String, String)> {
    let server = MockServer::start().await;
    request("POST", PATH)
        .respond_with(answer(200, &example(UPDATE)))
        .expect(1)
        .mount(&server)
        .await;
    client(&server)
        .update_incoming_phone_number(&sid(), webhooks)
        .await
        .unwrap();
    let mut form = last_form(&server).await;
    form.sort();
    form
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

#[tokio::test]
async fn a_number_is_fetched_and_what_is_empty_or_null_is_not_set() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(answer(200, &example(FETCH)))
        .expect(1)
        .mount(&server)
        .await;

    let number = client(&server).fetch_incoming_phone_number(&sid()).await.unwrap();

    assert_eq!(number.sid, sid());
    assert_eq!(number.account_sid.as_str(), ACCOUNT);
    assert_eq!(number.phone_number, "+18089255327");
    assert_eq!(number.friendly_name, "(808) 925-5327");
    assert_eq!(
        number.capabilities,
        Capabilities {
            voice: true,
            sms: false,
            mms: true
        }
    );
    // In the example, voice_url is null and sms_url is "".
    let expected = PhoneNumberWebhooks {
        voice_method: some("POST"),
        voice_fallback_method: some("POST"),
        sms_method: some("POST"),
        sms_fallback_method: some("POST"),
        status_callback_method: some("POST"),
        ..PhoneNumberWebhooks::default()
    };
    assert_eq!(number.webhooks, expected);
}

#[tokio::test]
async fn what_is_absent_is_not_set_and_what_is_new_is_ignored() {
    let server = MockServer::start().await;
    let body = json!({"sid": sid(), "account_sid": ACCOUNT, "phone_number": "+14155550100", "capabilities": null, "novelty": {}});
    request("GET", PATH)
        .respond_with(answer(200, &body))
        .mount(&server)
        .await;

    let number = client(&server).fetch_incoming_phone_number(&sid()).await.unwrap();

    assert_eq!(number.capabilities, Capabilities::default());
    assert_eq!(number.webhooks, PhoneNumberWebhooks::default());
}

#[tokio::test]
async fn an_update_sends_everything_and_clears_what_is_not_set() {
    let webhooks = PhoneNumberWebhooks {
        voice_url: some("https://a.example/voice?x=1&y=ü#rc=5"),
        voice_method: some("POST"),
        voice_fallback_url: some("https://a.example/fallback"),
        voice_fallback_method: some("GET"),
        sms_url: some("https://a.example/sms"),
        sms_method: some("POST"),
        sms_fallback_url: some("https://a.example/sms-fallback"),
        sms_fallback_method: some("GET"),
        status_callback: some("https://a.example/status"),
        status_callback_method: some("POST"),
        ..PhoneNumberWebhooks::default()
    };
    let expected = pairs([
        ("SmsApplicationSid", ""),
        ("SmsFallbackMethod", "GET"),
        ("SmsFallbackUrl", "https://a.example/sms-fallback"),
        ("SmsMethod", "POST"),
        ("SmsUrl", "https://a.example/sms"),
        ("StatusCallback", "https://a.example/status"),
        ("StatusCallbackMethod", "POST"),
        ("TrunkSid", ""),
        ("VoiceApplicationSid", ""),
        ("VoiceFallbackMethod", "GET"),
        ("VoiceFallbackUrl", "https://a.example/fallback"),
        ("VoiceMethod", "POST"),
        ("VoiceUrl", "https://a.example/voice?x=1&y=ü#rc=5"),
    ]);
    assert_eq!(update(&webhooks).await, expected);
}

#[tokio::test]
async fn an_update_to_nothing_clears_every_address_and_no_method() {
    let expected = pairs([
        ("SmsApplicationSid", ""),
        ("SmsFallbackUrl", ""),
        ("SmsUrl", ""),
        ("StatusCallback", ""),
        ("TrunkSid", ""),
        ("VoiceApplicationSid", ""),
        ("VoiceFallbackUrl", ""),
        ("VoiceUrl", ""),
    ]);
    assert_eq!(update(&PhoneNumberWebhooks::default()).await, expected);
}

#[tokio::test]
async fn only_one_of_trunk_and_voice_application_is_sent() {
    let application = some("APbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    let trunk = some("TKcccccccccccccccccccccccccccccccc");
    let sent = async |voice_application_sid: Option<String>, trunk_sid: Option<String>| {
        let webhooks = PhoneNumberWebhooks {
            voice_application_sid,
            trunk_sid,
            ..PhoneNumberWebhooks::default()
        };
        let mut form = update(&webhooks).await;
        form.retain(|(name, _)| name == "TrunkSid" || name == "VoiceApplicationSid");
        form
    };
    let with_application = pairs([("VoiceApplicationSid", "APbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")]);
    let with_trunk = pairs([("TrunkSid", "TKcccccccccccccccccccccccccccccccc")]);
    assert_eq!(sent(application.clone(), None).await, with_application);
    assert_eq!(sent(None, trunk.clone()).await, with_trunk);
    assert_eq!(sent(application, trunk).await, with_trunk);
}

#[tokio::test]
async fn a_fallback_without_its_main_address_is_not_sent() {
    let webhooks = PhoneNumberWebhooks {
        voice_fallback_url: some("https://a.example/fallback"),
        sms_fallback_url: some("https://a.example/sms-fallback"),
        ..PhoneNumberWebhooks::default()
    };
    let form = update(&webhooks).await;
    assert!(
        form.contains(&("VoiceFallbackUrl".to_owned(), String::new())),
        "{form:?}"
    );
    assert!(form.contains(&("SmsFallbackUrl".to_owned(), String::new())), "{form:?}");
}

#[tokio::test]
async fn settings_survive_being_saved_as_json() {
    let server = MockServer::start().await;
    let mut body = example(FETCH);
    for (index, name) in ["voice_url", "trunk_sid", "sms_fallback_url", "status_callback"]
        .into_iter()
        .enumerate()
    {
        body[name] = json!(format!("value {index}"));
    }
    request("GET", PATH)
        .respond_with(answer(200, &body))
        .mount(&server)
        .await;
    let webhooks = client(&server)
        .fetch_incoming_phone_number(&sid())
        .await
        .unwrap()
        .webhooks;

    let saved = serde_json::to_string(&webhooks).unwrap();

    assert_eq!(serde_json::from_str::<PhoneNumberWebhooks>(&saved).unwrap(), webhooks);
    assert_eq!(
        serde_json::from_str::<Value>(&saved)
            .unwrap()
            .as_object()
            .unwrap()
            .len(),
        13
    );
    assert_eq!(
        serde_json::from_str::<PhoneNumberWebhooks>("{}").unwrap(),
        PhoneNumberWebhooks::default()
    );
}
