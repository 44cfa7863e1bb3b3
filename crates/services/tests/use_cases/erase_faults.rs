//! Somebody is erased while the database fails: what is one goes together, nothing is left that refers to what is gone, and who
//! asks again is erased.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use services::accounts::Visitor;

use crate::database_faults::receive_as;
use crate::harness::{Installation, World, in_order};
use crate::leftovers::orphans;
use crate::messages_line::PEER;
use crate::people::exported;
use crate::voice_line::{Line, sid};
use crate::write_faults::{EMAIL, browser, faulty, fields, recorded, refuse};

/// What goes before the user himself, each part by itself, since it can be much: in the order in which it goes, and of each part
/// what hangs on it first.
const IN_PARTS: [&str; 9] = [
    "sessions",
    "recordings",
    "call_events",
    "call_legs",
    "calls",
    "message_events",
    "messages",
    "feed",
    "webhook_inbox",
];
/// What goes with the user's row, at once.
const AT_ONCE: [&str; 11] = [
    "devices",
    "voice_settings",
    "text_settings",
    "phone_leases",
    "opt_outs",
    "connection_steps",
    "connection_watch",
    "connections",
    "leftovers",
    "refused_requests",
    "threads",
];

/// Somebody of whom there is a row in each of them.
async fn somebody(password: &SecretString) -> (World, Installation, Line) {
    let world = World::patient().await;
    let product = world.start().await;
    let services = &product.services;
    let signed_in = services.accounts.sign_up(EMAIL, password, &browser().0).await.unwrap();
    let caller = services.accounts.authenticate(signed_in.cookie.expose_secret()).await;
    let line = Line::of(&product, caller.unwrap().unwrap(), world.account()).await;
    let (calls, messages) = (&services.calls, &services.messages);
    let of_texts = fields("notify_number", PEER);
    calls
        .save_settings(&line.caller, &fields("ring_seconds", "31"))
        .await
        .unwrap();
    messages.save_settings(&line.caller, &of_texts).await.unwrap();
    recorded(&product, &line, &sid("CA"), &sid("RE")).await.unwrap();
    line.open_phone(&product).await;
    receive_as(&product, &line, &sid("SM"), "STOP").await.unwrap();
    orphans(&world, &product, &line.account).await;
    services.connections.search_leftovers(&line.caller).await.unwrap();
    refuse(&product, &line);
    services.rejected.work_once().await.unwrap();
    services.connections.disconnect(&line.caller).await.unwrap();
    (world, product, line)
}

#[tokio::test]
async fn whichever_write_fails_who_asks_again_is_erased() {
    let password = SecretString::from("correct horse battery");
    let (world, product, line) = somebody(&password).await;
    let (store, user) = (&product.parts.store, line.caller.user_id);
    // What goes with his row, as far as it stands in an export by itself.
    let with_his_row = async || {
        let all = exported(&product, &line.caller).await;
        let kept = AT_ONCE.map(|table| all.get(table).cloned());
        kept.into_iter().flatten().collect::<Vec<Value>>()
    };
    let before = with_his_row().await;
    assert!(
        before.iter().all(|rows| !rows.as_array().unwrap().is_empty()),
        "{before:?}"
    );
    let elsewhere = Visitor::default();
    let erase = async || Ok(store.erase_user(user).await?);
    for table in IN_PARTS.into_iter().chain(AT_ONCE).chain(["users"]) {
        let erased = faulty(&world, &product, (table, "DELETE"), erase()).await;
        assert_eq!(erased, None, "DELETE on {table} is not reached");
        assert_eq!(with_his_row().await, before, "DELETE on {table}");
        // He is still who he was, and can ask again.
        let again = product
            .services
            .accounts
            .sign_in(EMAIL, &password, &elsewhere)
            .await
            .unwrap();
        let known = product
            .services
            .accounts
            .authenticate(again.cookie.expose_secret())
            .await;
        assert_eq!(known.unwrap().unwrap().user_id, user, "DELETE on {table}");
    }
    assert!(erase().await.unwrap());
    assert!(store.lookup_user(user).await.unwrap().is_none());
    in_order(&product.parts).await;
}
