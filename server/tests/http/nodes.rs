//! Two servers on one PostgreSQL, where `SNIKO_TEST_POSTGRES_URL` names one: whichever is asked, the answer is the same.

use std::time::Duration;

use reqwest::{Method, StatusCode, header};

use crate::harness::{World, json, refusal};

#[tokio::test]
async fn what_one_server_begins_another_goes_on_with() {
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let (one, other) = tokio::join!(world.serve(), world.serve());
    let (ann, account) = (one.user().await, world.account());
    let before = world.snapshot(&account);
    let on_other = |method, path: &str| other.request(method, path).header(header::COOKIE, &ann.cookie);

    json(ann.post("/twilio/verify", &account.pair()), 200).await;
    let chosen = [("phone_number_sid", account.number.as_str()), ("take_over", "true")];
    let connected = json(on_other(Method::POST, "/twilio/credentials").form(&chosen), 200).await;
    assert_eq!(json(ann.get("/twilio/credentials"), 200).await, connected);
    json(ann.get("/twilio/token"), 200).await;
    json(on_other(Method::GET, "/twilio/token"), 200).await;
    json(on_other(Method::DELETE, "/twilio/credentials"), 200).await;
    refusal(ann.get("/twilio/credentials"), 404, "twilio_not_connected").await;
    assert_eq!(world.snapshot(&account), before);

    // Two tabs, each on a server of its own.
    let save = account.save();
    let saves = tokio::join!(
        ann.post("/twilio/credentials", &save).send(),
        on_other(Method::POST, "/twilio/credentials").form(&save).send()
    );
    let statuses = [saves.0.unwrap().status().as_u16(), saves.1.unwrap().status().as_u16()];
    assert!(
        statuses.contains(&200) && statuses.iter().all(|status| [200, 409].contains(status)),
        "{statuses:?}"
    );
    let made = world.snapshot(&account);
    assert_eq!((made.applications.len(), made.keys.len()), (1, 1));
    world.is_in_order().await;
    ann.post("/auth/sign-out", &[]).send().await.unwrap();
    // The other server hears of it a moment later.
    let heard = async {
        while on_other(Method::GET, "/twilio/token").send().await.unwrap().status() != StatusCode::UNAUTHORIZED {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), heard).await.unwrap();
    refusal(on_other(Method::GET, "/twilio/token"), 401, "not_signed_in").await;
}
