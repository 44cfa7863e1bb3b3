//! Messages of the system go by its own account, which users do not spend unless the operator lets them.

use domain::message::MessageStatus;
use messaging::{Memory, Provider};
use services::accounts::{Device, Visitor};
use services::calls::Fields;
use services::messages::{MessageQuery, SystemAccount};
use services::{Caller, ServiceError};

use crate::harness::{Installation, World, until};
use crate::messages_line::{PEER, by_twilio, code, text};

const FROM: &str = "+14155550100";

/// An installation with an account of its own, whose texts go to the simulated Twilio.
async fn with_system(serves_users: bool) -> World {
    let mut world = World::new().await;
    let account = world.account();
    world.system = Some(SystemAccount {
        account_sid: account.sid.parse().unwrap(),
        auth_token: account.auth_token.into(),
        sender: Some(FROM.to_owned()),
        serves_users,
    });
    world
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn visitor() -> Visitor {
    Visitor {
        address: "192.0.2.7".into(),
        user_agent: "Mozilla/5.0 Firefox/140.0\r\n".into(),
        device: None,
    }
}

/// Somebody with a password who signs in.
async fn signed_up(product: &Installation) -> Caller {
    let accounts = &product.services.accounts;
    let signed = accounts
        .sign_up("ann@example.com", &"correct horse battery".into(), &visitor())
        .await
        .unwrap();
    Caller {
        user_id: signed.user_id,
        email: signed.email,
        session_id: domain::id::SessionId(services::Entropy.uuid()),
    }
}

async fn sign_in(product: &Installation) {
    sign_in_with(product, &visitor()).await;
}

async fn sign_in_with(product: &Installation, visitor: &Visitor) {
    let accounts = &product.services.accounts;
    accounts
        .sign_in("ann@example.com", &"correct horse battery".into(), visitor)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_sign_in_is_told_to_who_wants_to_know_by_the_systems_account() {
    let world = with_system(false).await;
    let product = world.start().await;
    let ann = signed_up(&product).await;
    let messages = &product.services.messages;
    sign_in(&product).await;
    product.parts.tasks.close();
    product.parts.tasks.wait().await;
    let on = fields(&[("notify_sign_in", "true"), ("notify_number", "+44 7400 123456")]);
    let saved = messages.save_settings(&ann, &on).await.unwrap().settings;
    assert_eq!(
        (saved.notify_sign_in, saved.notify_number.as_deref()),
        (true, Some(PEER))
    );
    sign_in(&product).await;
    product.parts.tasks.wait().await;
    product.post().await;
    let sent = world.simulator.messages();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].from.as_str(), sent[0].to.as_str()), (FROM, PEER));
    assert!(sent[0].body.contains("New sign-in") && sent[0].body.contains("Firefox, from 192.0.2.7"));
    // It is in no thread of his.
    assert!(messages.threads(&ann, None, None, 50).await.unwrap().threads.is_empty());
    for _ in 0..15 {
        sign_in(&product).await;
        product.parts.tasks.wait().await;
    }
    product.post().await;
    assert!(
        world.simulator.messages().len() <= 10,
        "{}",
        world.simulator.messages().len()
    );
}

#[tokio::test]
async fn a_sign_in_is_told_once_for_each_browser_that_is_known_by_its_cookie() {
    let world = with_system(false).await;
    let product = world.start().await;
    let ann = signed_up(&product).await;
    let on = fields(&[("notify_sign_in", "true"), ("notify_number", PEER)]);
    product.services.messages.save_settings(&ann, &on).await.unwrap();
    product.parts.tasks.close();
    let with_cookie = || Visitor {
        device: Device::of_cookie(secrecy::ExposeSecret::expose_secret(&Device::new_cookie(
            services::Entropy,
        ))),
        ..visitor()
    };
    let (first, second) = (with_cookie(), with_cookie());
    let told = async |visitor: &Visitor| {
        sign_in_with(&product, visitor).await;
        product.parts.tasks.wait().await;
        product.post().await;
        world.simulator.messages().len()
    };
    assert_eq!(told(&first).await, 1);
    assert_eq!(told(&first).await, 1, "it is known");
    let moved = Visitor {
        address: "203.0.113.1".into(),
        user_agent: "Another version".into(),
        ..first.clone()
    };
    assert_eq!(told(&moved).await, 1, "wherever it is");
    assert_eq!(told(&second).await, 2);
    assert_eq!(told(&visitor()).await, 3, "a program has no cookie");
    // A browser that somebody else has signed in with is another one for her.
    let shared = with_cookie();
    let accounts = &product.services.accounts;
    let bob = accounts
        .sign_up("bob@example.com", &"correct horse battery".into(), &shared)
        .await;
    assert!(bob.is_ok());
    assert_eq!((told(&shared).await, told(&first).await), (4, 4));
}

#[tokio::test]
async fn a_notice_needs_an_account_and_a_number() {
    let world = World::new().await;
    let product = world.start().await;
    let ann = product.user().await;
    let messages = &product.services.messages;
    let on = fields(&[("notify_sign_in", "on")]);
    let refused = messages.save_settings(&ann, &on).await.unwrap_err().problem();
    assert_eq!(
        refused.fields.keys().collect::<Vec<_>>(),
        ["notify_number", "notify_sign_in"]
    );
    for number in ["999", "+19002345678", "nonsense"] {
        let form = fields(&[("notify_number", number)]);
        let refused = messages.save_settings(&ann, &form).await.unwrap_err().problem();
        assert!(refused.fields.contains_key("notify_number"), "{number}");
    }
    assert!(!messages.settings(&ann).await.unwrap().settings.notify_sign_in);
}

#[tokio::test]
async fn users_spend_the_systems_account_only_where_the_operator_lets_them() {
    let world = with_system(false).await;
    let product = world.start().await;
    let ann = product.user().await;
    let refused = product
        .services
        .messages
        .send(&ann, &text("+14155550199", "x"), None)
        .await;
    assert!(matches!(&refused, Err(ServiceError::Conflict(_))));
    assert_eq!(code(refused), "twilio_not_connected");

    let world = with_system(true).await;
    let product = world.start().await;
    let ann = product.user().await;
    let sent = product.text(&ann, "+14155550199", "By the house").await;
    product.post().await;
    assert_eq!(world.simulator.messages()[0].from, FROM);
    assert!(product.status(&ann, &sent).await >= MessageStatus::Accepted);
    // Reports of it are signed by the system's account, and reach the user.
    let system = world.system.clone().unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&system.auth_token).to_owned();
    let sid = product.found(&ann, &sent).await.provider_sid.unwrap();
    let params = [
        ("AccountSid", system.account_sid.as_str()),
        ("MessageSid", &sid),
        ("MessageStatus", "delivered"),
    ];
    let webhook = crate::messages_line::told(&product, &token, &crate::messages_line::address(&sent), &params)
        .await
        .unwrap_or_else(|_| panic!("it is refused"));
    product.services.messages.receive(webhook).await.unwrap();
    assert_eq!(product.status(&ann, &sent).await, MessageStatus::Delivered);
    // Whoever answers is read by nobody.
    let answer = [
        ("AccountSid", system.account_sid.as_str()),
        ("MessageSid", "SM0123456789abcdef0123456789abcdef"),
        ("From", "+14155550199"),
        ("To", FROM),
        ("Body", "Who is this?"),
    ];
    let webhook = crate::messages_line::told(&product, &token, "/webhooks/sms/twilio", &answer)
        .await
        .unwrap_or_else(|_| panic!("it is refused"));
    product.services.messages.receive(webhook).await.unwrap();
    let all = product
        .services
        .messages
        .list(&ann, &MessageQuery::default(), None, 50)
        .await
        .unwrap();
    assert_eq!(all.messages.len(), 1);
}

#[tokio::test]
async fn a_user_may_choose_one_of_his_own_messaging_services() {
    let (world, product, line) = by_twilio().await;
    let messages = &product.services.messages;
    let settings = simulator::MessagingServiceSettings {
        friendly_name: "Support".into(),
        use_inbound_webhook_on_number: true,
        ..Default::default()
    };
    let service = world
        .simulator
        .add_messaging_service(&line.account.sid, settings, &[&line.account.used]);
    let choices = messages.services(&line.caller).await.unwrap();
    assert_eq!((choices[0].sid.as_str(), &choices[0].note), (service.as_str(), &None));
    for other in ["MG0123456789abcdef0123456789abcdef", "x"] {
        let form = fields(&[("messaging_service_sid", other)]);
        let refused = messages.save_settings(&line.caller, &form).await.unwrap_err().problem();
        assert!(refused.fields.contains_key("messaging_service_sid"));
    }
    let form = fields(&[("messaging_service_sid", &service)]);
    messages.save_settings(&line.caller, &form).await.unwrap();
    let sent = product.text(&line.caller, PEER, "Hello").await;
    assert_eq!(sent.from, "");
    product.post().await;
    assert_eq!(
        world.simulator.messages()[0].messaging_service_sid.as_deref(),
        Some(service.as_str())
    );
    let ready = messages.readiness(&line.caller).await.unwrap().unwrap();
    assert!(
        ready.lines.len() >= 4 && ready.lines.iter().all(|line| line.sentence.ends_with('.')),
        "{ready:?}"
    );
}

#[tokio::test]
async fn a_provider_without_accounts_serves_everybody() {
    let memory = Memory::default();
    let mut world = World::new().await;
    world.texts = Some(Provider::new(memory.clone()));
    let product = world.start().await;
    let ann = product.user().await;
    product.text(&ann, PEER, "Hello").await;
    product.post().await;
    assert_eq!(memory.sent().len(), 1);
    until("nothing waits", || true).await;
}
