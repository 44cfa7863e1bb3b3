//! What is somebody's own: changed, taken along, and erased.

use secrecy::{ExposeSecret as _, SecretString};
use services::accounts::Visitor;
use services::operator::{Appointed, appoint};
use services::people::Erasure;
use services::{Caller, ServiceError};
use simulator::{Effect, Fault};

use crate::harness::{Installation, World, code};
use crate::voice_line::{Line, sid};

const PASSWORD: &str = "correct horse battery";

fn visitor() -> Visitor {
    Visitor {
        address: "192.0.2.7".into(),
        user_agent: "Browser".into(),
        device: None,
    }
}

async fn signed_up(product: &Installation, email: &str) -> (Caller, SecretString) {
    let accounts = &product.services.accounts;
    let signed_in = accounts.sign_up(email, &PASSWORD.into(), &visitor()).await.unwrap();
    let caller = accounts.authenticate(signed_in.cookie.expose_secret()).await.unwrap();
    (caller.unwrap(), signed_in.cookie)
}

fn erasure(caller: &Caller) -> Erasure {
    Erasure {
        password: PASSWORD.into(),
        confirmation: format!(" {} ", caller.email.to_uppercase()),
        anyway: false,
    }
}

pub async fn exported(product: &Installation, caller: &Caller) -> serde_json::Value {
    let mut export = product.services.people.export(caller).await.unwrap();
    let mut document = Vec::new();
    while let Some(piece) = export.next().await.unwrap() {
        document.extend(piece);
    }
    serde_json::from_slice(&document).unwrap()
}

fn field(error: &ServiceError) -> Vec<String> {
    error.problem().fields.into_keys().collect()
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_the_old_one() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let (ann, here) = signed_up(&product, "ann@example.com").await;
    let elsewhere = accounts
        .sign_in("ann@example.com", &PASSWORD.into(), &visitor())
        .await
        .unwrap();
    let new = SecretString::from("another horse entirely");
    let wrong = accounts
        .change_password(&ann, &"wrong".into(), &new, &visitor())
        .await
        .unwrap_err();
    assert_eq!(
        (wrong.problem().code.as_str(), field(&wrong)),
        ("wrong_password", vec!["current_password".into()])
    );
    let short = accounts
        .change_password(&ann, &PASSWORD.into(), &"short".into(), &visitor())
        .await
        .unwrap_err();
    assert_eq!(
        (short.problem().code.as_str(), field(&short)),
        ("invalid_password", vec!["new_password".into()])
    );
    accounts
        .change_password(&ann, &PASSWORD.into(), &new, &visitor())
        .await
        .unwrap();
    let who = async |cookie: &SecretString| accounts.authenticate(cookie.expose_secret()).await.unwrap();
    assert!(who(&here).await.is_some() && who(&elsewhere.cookie).await.is_none());
    let old = accounts.sign_in("ann@example.com", &PASSWORD.into(), &visitor()).await;
    assert_eq!(code(old), "wrong_email_or_password");
    accounts.sign_in("ann@example.com", &new, &visitor()).await.unwrap();
}

#[tokio::test]
async fn an_export_is_one_document_of_all_that_is_stored_but_for_secrets() {
    let world = World::new().await;
    let product = world.start().await;
    let (ann, _) = signed_up(&product, "ann@example.com").await;
    let (bob, _) = signed_up(&product, "bob@example.com").await;
    let nothing = exported(&product, &bob).await;
    assert_eq!(nothing["users"][0]["email"], "bob@example.com");
    assert_eq!(nothing["calls"], serde_json::json!([]));
    let ann = Line::of(&product, ann, world.account()).await;
    let bob = Line::of(&product, bob, world.account()).await;
    let (hers, his) = (sid("CA"), sid("CA"));
    ann.rings(&product, &hers).await;
    bob.rings(&product, &his).await;

    let all = exported(&product, &ann.caller).await;
    assert_eq!(all["format"], "sniko-export/1");
    assert_eq!(all["calls"][0]["provider_sid"], hers);
    assert!(all["calls"][0]["started_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(all["calls"][0]["call_legs"][0]["sid"], hers);
    assert_eq!(all["connections"][0]["account_sid"], ann.account.sid);
    assert!(
        all["connections"][0]["account"].is_object(),
        "{}",
        all["connections"][0]["account"]
    );
    assert_eq!(all["connections"][0]["connection_steps"].as_array().unwrap().len(), 4);
    let text = all.to_string();
    for secret in [
        &his,
        &bob.caller.email,
        &bob.account.sid,
        &ann.account.auth_token,
        &"argon2".to_owned(),
    ] {
        assert!(!text.contains(secret.as_str()), "{secret}");
    }
}

#[tokio::test]
async fn who_is_erased_leaves_nothing_here_and_nothing_at_twilio() {
    let world = World::new().await;
    let product = world.start().await;
    let people = &product.services.people;
    let (ann, cookie) = signed_up(&product, "ann@example.com").await;
    let (bob, bobs_cookie) = signed_up(&product, "bob@example.com").await;
    let account = world.account();
    let before = world.snapshot(&account);
    let ann = Line::of(&product, ann, account).await;
    let bob = Line::of(&product, bob, world.account()).await;
    ann.rings(&product, &sid("CA")).await;
    bob.rings(&product, &sid("CA")).await;
    let others = exported(&product, &bob.caller).await;

    for (asked, expected, named) in [
        (
            Erasure {
                confirmation: "bob@example.com".into(),
                ..erasure(&ann.caller)
            },
            "erasure_not_confirmed",
            "confirmation",
        ),
        (
            Erasure {
                password: "wrong".into(),
                ..erasure(&ann.caller)
            },
            "wrong_password",
            "password",
        ),
    ] {
        let refused = people.erase(&ann.caller, &asked, &visitor()).await.unwrap_err();
        assert_eq!(
            (refused.problem().code.as_str(), field(&refused)),
            (expected, vec![named.into()])
        );
        assert_ne!(world.snapshot(&ann.account), before, "nothing is taken back yet");
    }
    let erased = people
        .erase(&ann.caller, &erasure(&ann.caller), &visitor())
        .await
        .unwrap();
    assert_eq!(erased.left_at_twilio, []);
    assert_eq!(world.snapshot(&ann.account), before);
    let accounts = &product.services.accounts;
    assert!(accounts.authenticate(cookie.expose_secret()).await.unwrap().is_none());
    let gone = accounts.sign_in("ann@example.com", &PASSWORD.into(), &visitor()).await;
    assert_eq!(code(gone), "wrong_email_or_password");
    assert!(
        accounts
            .authenticate(bobs_cookie.expose_secret())
            .await
            .unwrap()
            .is_some()
    );
    let left = exported(&product, &bob.caller).await;
    let same = |table: &str| assert_eq!(left[table], others[table], "{table}");
    for table in [
        "users",
        "sessions",
        "connections",
        "calls",
        "messages",
        "threads",
        "webhook_inbox",
        "feed",
    ] {
        same(table);
    }
    // The address is free again.
    signed_up(&product, "ann@example.com").await;
}

#[tokio::test]
async fn what_cannot_be_removed_at_twilio_is_told_before_anything_is_erased() {
    let world = World::new().await;
    let product = world.start().await;
    let people = &product.services.people;
    let (ann, _) = signed_up(&product, "ann@example.com").await;
    let ann = Line::of(&product, ann, world.account()).await;
    world
        .simulator
        .inject(Fault::forever("DELETE", "/Keys/*.json", Effect::status(503, 20503)));
    let refused = people.erase(&ann.caller, &erasure(&ann.caller), &visitor()).await;
    assert_eq!(code(refused), "left_at_twilio");
    let left = people.left_behind(&ann.caller).await.unwrap();
    assert_eq!(left.len(), 1);
    let anyway = Erasure {
        anyway: true,
        ..erasure(&ann.caller)
    };
    let erased = people.erase(&ann.caller, &anyway, &visitor()).await.unwrap();
    assert_eq!(erased.left_at_twilio.len(), 1);
    assert_eq!(erased.left_at_twilio[0].sid, left[0].sid);
    assert!(product.parts.store.list_sealed().await.unwrap().is_empty());
}

#[tokio::test]
async fn operators_see_work_and_people_and_others_see_nothing() {
    let world = World::new().await;
    let product = world.start().await;
    let operator = &product.services.operator;
    let (ann, _) = signed_up(&product, "ann@example.com").await;
    let (bob, _) = signed_up(&product, "bob@example.com").await;
    let bob = Line::of(&product, bob, world.account()).await;
    world
        .simulator
        .inject(Fault::forever("DELETE", "/Keys/*.json", Effect::status(503, 20503)));
    product.services.connections.disconnect(&bob.caller).await.unwrap();
    let view = operator.view(&ann, None).await.unwrap();
    assert_eq!((view.people_count, view.people.len(), view.jobs.len()), (2, 2, 1));
    let job = &view.jobs[0];
    assert_eq!(job.email, bob.caller.email);
    assert!(job.left[0].starts_with("SK"), "{:?}", job.left);
    operator.try_connection(&ann, &job.id.to_string()).await.unwrap();
    assert_eq!(code(operator.try_connection(&ann, "nonsense").await), "job_not_found");
    operator.try_recordings(&ann).await.unwrap();

    let him = bob.caller.user_id.to_string();
    assert_eq!(code(operator.view(&bob.caller, None).await), "not_found");
    assert_eq!(
        code(operator.try_connection(&bob.caller, &job.id.to_string()).await),
        "not_found"
    );
    assert_eq!(code(operator.try_recordings(&bob.caller).await), "not_found");
    assert_eq!(
        code(operator.check_connection(&bob.caller, &job.id.to_string()).await),
        "not_found"
    );
    let ann_id = ann.user_id.to_string();
    assert_eq!(
        code(operator.erase(&bob.caller, &ann_id, &ann.email, true).await),
        "not_found"
    );

    assert_eq!(
        code(operator.erase(&ann, &ann_id, &ann.email, true).await),
        "own_account"
    );
    assert_eq!(
        code(operator.erase(&ann, &him, "ann@example.com", true).await),
        "erasure_not_confirmed"
    );
    assert_eq!(
        code(operator.erase(&ann, &him, &bob.caller.email, false).await),
        "left_at_twilio"
    );
    operator.erase(&ann, &him, &bob.caller.email, true).await.unwrap();
    assert_eq!(
        code(operator.erase(&ann, &him, &bob.caller.email, true).await),
        "user_not_found"
    );
    assert_eq!(operator.view(&ann, None).await.unwrap().people_count, 1);
}

#[tokio::test]
async fn somebody_always_looks_after_the_installation() {
    let world = World::new().await;
    let product = world.start().await;
    let (ann, _) = signed_up(&product, "ann@example.com").await;
    let (bob, _) = signed_up(&product, "bob@example.com").await;
    let set = async |email: &str, yes| appoint(&product.parts, email, yes).await.unwrap();
    assert_eq!(set("ann@example.com", false).await, Appointed::LastOne);
    assert_eq!(set("nobody@example.com", true).await, Appointed::NoSuchUser);
    assert_eq!(set(" Bob@Example.com", true).await, Appointed::Done);
    assert_eq!(set("ann@example.com", false).await, Appointed::Done);
    let operator = &product.services.operator;
    assert!(!operator.is(&ann).await.unwrap() && operator.is(&bob).await.unwrap());
}
