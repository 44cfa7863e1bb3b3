//! Answers of each operation, for comparing with what is published.

use reqwest::Method;

use super::{MessageStatus, OWN, PHONE, eventually};
use crate::Harness;
use crate::conformance::Answers;

/// Adds them; the account's number can text at least.
pub async fn answers(harness: &Harness, answers: &mut Answers) {
    texts(harness, answers).await;
    media(harness, answers).await;
    services(harness, answers).await;
}

async fn texts(harness: &Harness, answers: &mut Answers) {
    const LIST: &str = "/2010-04-01/Accounts/{AccountSid}/Messages.json";
    const ONE: &str = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json";
    let form = [("To", PHONE), ("From", OWN), ("Body", "hello")];
    let created = harness.post("/Messages.json", &form).await;
    let sid = created.1["sid"].as_str().unwrap().to_owned();
    let path = format!("/Messages/{sid}.json");
    answers.push(("post", LIST, created));
    answers.push(("post", LIST, harness.post("/Messages.json", &form[1..]).await));
    answers.push(("get", ONE, harness.get(&path).await));
    eventually("it is delivered", || {
        harness.simulator.message(&sid).unwrap().status == MessageStatus::Delivered
    })
    .await;
    answers.push(("get", ONE, harness.get(&path).await));
    let failing = [("To", "+14155530003"), form[1], form[2]];
    harness.post("/Messages.json", &failing).await;
    eventually("the other one fails", || {
        let mut all = harness.simulator.messages().into_iter();
        all.any(|text| text.status == MessageStatus::Undelivered)
    })
    .await;
    answers.push(("get", LIST, harness.get("/Messages.json?PageSize=2").await));
    answers.push(("get", LIST, harness.get("/Messages.json?DateSent=2020-01-01").await));
    answers.push(("post", ONE, harness.post(&path, &[("Body", "")]).await));
    answers.push(("delete", ONE, harness.delete(&path).await));
    answers.push(("get", ONE, harness.get(&path).await));
}

async fn media(harness: &Harness, answers: &mut Answers) {
    const LIST: &str = "/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json";
    const ONE: &str = "/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media/{Sid}.json";
    let files: [(&str, &[u8]); 1] = [("image/png", b"\x89PNG")];
    let sid = harness.simulator.text(&harness.account.sid, PHONE, OWN, "look", &files);
    let list = harness.get(&format!("/Messages/{sid}/Media.json")).await;
    let one = format!(
        "/Messages/{sid}/Media/{}.json",
        list.1["media_list"][0]["sid"].as_str().unwrap()
    );
    answers.push(("get", LIST, list));
    answers.push(("get", ONE, harness.get(&one).await));
    answers.push(("delete", ONE, harness.delete(&one).await));
    answers.push(("get", ONE, harness.get(&one).await));
}

async fn services(harness: &Harness, answers: &mut Answers) {
    const LIST: &str = "/v1/Services";
    const ONE: &str = "/v1/Services/{Sid}";
    const POOL: &str = "/v1/Services/{ServiceSid}/PhoneNumbers";
    const MEMBER: &str = "/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}";
    let url = format!("{}/v1/Services", harness.simulator.base_url());
    let send = async |method: Method, rest: &str, form: &[(&str, &str)]| {
        harness.send(method, &format!("{url}{rest}"), form).await
    };
    let form = [
        ("FriendlyName", "Shop"),
        ("InboundRequestUrl", "https://app.example/in"),
    ];
    let created = send(Method::POST, "", &form).await;
    let one = format!("/{}", created.1["sid"].as_str().unwrap());
    answers.push(("post", LIST, created));
    answers.push(("post", LIST, send(Method::POST, "", &[("FriendlyName", "")]).await));
    answers.push(("get", LIST, send(Method::GET, "", &[]).await));
    answers.push(("get", ONE, send(Method::GET, &one, &[]).await));
    answers.push((
        "post",
        ONE,
        send(Method::POST, &one, &[("StickySender", "false")]).await,
    ));
    let pool = format!("{one}/PhoneNumbers");
    let member = [("PhoneNumberSid", harness.number.as_str())];
    answers.push(("post", POOL, send(Method::POST, &pool, &member).await));
    answers.push(("get", POOL, send(Method::GET, &pool, &[]).await));
    let number = format!("{pool}/{}", harness.number);
    answers.push(("get", MEMBER, send(Method::GET, &number, &[]).await));
    answers.push(("delete", MEMBER, send(Method::DELETE, &number, &[]).await));
    answers.push(("delete", ONE, send(Method::DELETE, &one, &[]).await));
    answers.push(("get", ONE, send(Method::GET, &one, &[]).await));
}
