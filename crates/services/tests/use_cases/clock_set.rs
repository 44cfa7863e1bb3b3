//! The clock of the machine is set: who is signed in stays so for as long as he should.

use secrecy::{ExposeSecret, SecretString};
use services::accounts::{Device, Visitor};
use services::{Entropy, ServiceError};

use crate::harness::World;

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;
const EMAIL: &str = "ann@example.com";

fn password() -> SecretString {
    SecretString::from("correct horse battery")
}

/// A browser that nobody has signed in with, or one with a cookie of its own.
fn visitor(known: bool) -> Visitor {
    let cookie = Device::new_cookie(Entropy);
    Visitor {
        address: "192.0.2.7".into(),
        user_agent: "Browser".into(),
        device: Device::of_cookie(cookie.expose_secret()).filter(|_| known),
    }
}

#[tokio::test]
async fn a_clock_that_is_set_an_hour_signs_nobody_out_and_keeps_nobody_in() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let (own, wrong) = (visitor(true), SecretString::from("x".repeat(100_000)));
    let who = async |cookie: &SecretString| accounts.authenticate(cookie.expose_secret()).await.unwrap();
    let ann = accounts.sign_up(EMAIL, &password(), &own).await.unwrap();
    for _ in 0..6 {
        let _ = accounts.sign_in(EMAIL, &wrong, &visitor(false)).await;
    }
    for jump in [-HOUR, 2 * HOUR, -HOUR] {
        world.clock.advance(jump);
        let caller = who(&ann.cookie).await.unwrap();
        assert_eq!(accounts.sessions(&caller).await.unwrap().len(), 1, "after {jump}");
        product.services.recover().await.unwrap();
        // Who guesses waits as before, and no longer; a browser that is known is let in.
        let waits = accounts.sign_in(EMAIL, &password(), &visitor(false)).await;
        let Err(ServiceError::TooManyRequests { retry_after, .. }) = waits else {
            panic!("{waits:?}")
        };
        assert!((1..=31).contains(&retry_after), "{retry_after} s after {jump}");
        let there = accounts.sign_in(EMAIL, &password(), &own).await.unwrap();
        assert!(who(&there.cookie).await.is_some(), "after {jump}");
        let there = who(&there.cookie).await.unwrap();
        accounts.sign_out(&there).await.unwrap();
    }
    // What was noted while the clock was ahead ends an hour later than it should, and no later.
    world.clock.advance(HOUR);
    assert!(who(&ann.cookie).await.is_some());
    world.clock.advance(-HOUR);
    world.clock.advance(7 * DAY);
    assert!(who(&ann.cookie).await.is_some());
    world.clock.advance(7 * DAY + HOUR);
    assert!(who(&ann.cookie).await.is_none());
    // A session that begins while the clock is behind or ahead lives as long as any other.
    for jump in [-HOUR, HOUR] {
        world.clock.advance(jump);
        let began = accounts.sign_in(EMAIL, &password(), &own).await.unwrap();
        world.clock.advance(-jump);
        for _ in 0..4 {
            world.clock.advance(6 * DAY);
            assert!(who(&began.cookie).await.is_some(), "begun {jump} away");
        }
        world.clock.advance(6 * DAY + HOUR);
        assert!(who(&began.cookie).await.is_none(), "begun {jump} away");
    }
    // Nor does a clock that is entirely wrong bring anything down.
    let began = accounts.sign_in(EMAIL, &password(), &own).await.unwrap();
    let now = product.parts.clock.now().0;
    for wrong in [i64::MAX - now, i64::MIN] {
        world.clock.advance(wrong);
        let _ = accounts.authenticate(began.cookie.expose_secret()).await;
        let _ = accounts.sign_in(EMAIL, &password(), &own).await;
    }
}
