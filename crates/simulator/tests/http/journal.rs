//! What the journal keeps, and what it must not.

use reqwest::Method;
use simulator::{Effect, Fault, longest_chain};

use crate::harness;

#[tokio::test]
async fn requests_are_kept_with_form_account_and_status() {
    let harness = harness().await;
    harness
        .post("/Applications.json?a=b", &[("FriendlyName", "with & sign")])
        .await;
    harness.get("/Nothing.json").await;
    let journal = harness.simulator.journal();
    let first = &journal[0];
    assert_eq!(
        (first.sequence, first.method.as_str(), first.status),
        (1, "POST", Some(201))
    );
    assert_eq!(
        first.path,
        format!("/2010-04-01/Accounts/{}/Applications.json?a=b", harness.account.sid)
    );
    assert_eq!(first.form, [("FriendlyName".to_owned(), "with & sign".to_owned())]);
    assert_eq!(first.account.as_deref(), Some(harness.account.sid.as_str()));
    assert_eq!((journal[1].sequence, journal[1].status), (2, Some(404)));
    harness.simulator.clear_journal();
    assert!(harness.simulator.journal().is_empty());
}

#[tokio::test]
async fn secrets_are_not_kept() {
    let harness = harness().await;
    let token = harness.account.auth_token.clone();
    let (_, key) = harness.post("/Keys.json", &[("FriendlyName", &token)]).await;
    let secret = key["secret"].as_str().unwrap();
    harness.get(&format!("/Keys.json?token={token}&secret={secret}")).await;
    // Swapped fields: the token as user name and in the path.
    let swapped = format!("{}/2010-04-01/Accounts/{token}.json", harness.simulator.base_url());
    harness
        .client
        .get(swapped)
        .basic_auth(&token, Some(&harness.account.sid))
        .send()
        .await
        .unwrap();
    let old = harness.simulator.rotate_auth_token(&harness.account.sid);
    harness.get(&format!("/Keys.json?token={token}&new={old}")).await;
    let text = serde_json::to_string(&harness.simulator.journal()).unwrap();
    assert!(text.contains("[redacted]"));
    for hidden in [token.as_str(), secret, old.as_str()] {
        assert!(!text.contains(hidden), "{text}");
    }
}

#[tokio::test]
async fn chains_of_requests_can_be_counted() {
    let harness = harness().await;
    harness.get(".json").await;
    harness
        .simulator
        .inject(Fault::forever("GET", "/Keys.json", Effect::Delay(50)));
    tokio::join!(
        harness.get("/Keys.json"),
        harness.get("/Keys.json"),
        harness.get("/Keys.json")
    );
    harness
        .send(Method::GET, &harness.within("/Applications.json"), &[])
        .await;
    let journal = harness.simulator.journal();
    assert_eq!(journal.len(), 5);
    assert!(longest_chain(&journal) >= 3);
    assert!(harness.simulator.max_concurrency() >= 1);
    let mut marks: Vec<_> = journal
        .iter()
        .flat_map(|entry| [entry.started, entry.ended.unwrap()])
        .collect();
    marks.sort_unstable();
    marks.dedup();
    assert_eq!(marks.len(), 10, "no two starts or ends share a position");
}
