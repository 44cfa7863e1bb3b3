//! Verify, then Save, as a program would, with a Twilio that takes its time.

use std::{net::SocketAddr, time::Instant};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{ROUND_TRIPS, figure::Figure, product::millis};
use crate::{
    demo::{ACCOUNT_SID, AUTH_TOKEN, EMAIL, PASSWORD},
    http,
};

/// Milliseconds that every answer of Twilio takes: long enough that what is asked side by side overlaps.
const DELAY: u64 = 100;

#[derive(Deserialize)]
struct Verified {
    phone_numbers: Vec<PhoneNumber>,
}

#[derive(Deserialize)]
struct PhoneNumber {
    sid: String,
    phone_number: String,
    in_use_by: Option<String>,
}

#[derive(Deserialize)]
struct Journal {
    entries: Vec<Entry>,
}

/// One request to Twilio: its start's and end's place among all starts and ends.
#[derive(Clone, Copy, Deserialize)]
struct Entry {
    started: u64,
    ended: Option<u64>,
}

/// What was connected, and for whom.
#[derive(Clone, Default)]
pub struct Connected {
    /// His session.
    pub cookie: String,
    /// The number.
    pub phone_number: String,
}

/// Connects a number and measures what that took.
pub async fn measure(server: SocketAddr, simulator: SocketAddr) -> Result<(Vec<Figure>, Connected)> {
    let user = [("email", EMAIL), ("password", PASSWORD)];
    let signed_up = http::post_form(server, "/auth/sign-up", "", &user).await?.expect(201)?;
    let cookie = signed_up.cookie.context("no session cookie")?;
    let fault = format!(r#"{{"path": "*", "times": null, "effect": {{"delay": {DELAY}}}}}"#);
    http::post_json(simulator, "/_simulator/faults", &fault)
        .await?
        .expect(201)?;

    let pair = [("account_sid", ACCOUNT_SID), ("auth_token", AUTH_TOKEN)];
    let (verified, verify) = watched(server, simulator, "/twilio/verify", &cookie, &pair).await?;
    let verified: Verified = serde_json::from_str(&verified)?;
    let number = verified
        .phone_numbers
        .into_iter()
        .find(|number| number.in_use_by.is_none())
        .context("no free number")?;
    let form = [pair[0], pair[1], ("phone_number_sid", number.sid.as_str())];
    let (_, save) = watched(server, simulator, "/twilio/credentials", &cookie, &form).await?;
    let round_trips = |name: &str, watched: &Watched| Figure::new(name, watched.round_trips, "");
    let figures = vec![
        round_trips("Verify: round trips to Twilio in sequence", &verify),
        round_trips("Save: round trips to Twilio in sequence", &save).at_most(ROUND_TRIPS),
        Figure::new("Verify, with 100 ms for each round trip", verify.millis, "ms"),
        Figure::new("Save, with 100 ms for each round trip", save.millis, "ms"),
    ];
    let phone_number = number.phone_number;
    Ok((figures, Connected { cookie, phone_number }))
}

/// What a request to the server took.
struct Watched {
    round_trips: u64,
    millis: u64,
}

async fn watched(
    server: SocketAddr,
    simulator: SocketAddr,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> Result<(String, Watched)> {
    let before = journal(simulator).await?.len();
    let started = Instant::now();
    let answer = http::post_form(server, path, cookie, form).await?.expect(200)?;
    let millis = millis(started);
    let asked = journal(simulator).await?.split_off(before);
    let round_trips = in_sequence(asked);
    Ok((answer.body, Watched { round_trips, millis }))
}

async fn journal(simulator: SocketAddr) -> Result<Vec<Entry>> {
    let answer = http::get(simulator, "/_simulator/journal").await?.expect(200)?;
    Ok(serde_json::from_str::<Journal>(&answer.body)?.entries)
}

/// The length of the longest chain in which each request began after the one before it had ended.
fn in_sequence(mut entries: Vec<Entry>) -> u64 {
    let end = |entry: &Entry| entry.ended.unwrap_or(u64::MAX);
    entries.sort_by_key(end);
    let mut length = 0;
    let mut last_end = None;
    for entry in &entries {
        if last_end.is_none_or(|last| entry.started > last) {
            length += 1;
            last_end = Some(end(entry));
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_side_by_side_are_one_round_trip() {
        let asked = |pairs: &[(u64, u64)]| {
            let entry = |&(started, ended): &(u64, u64)| Entry {
                started,
                ended: Some(ended),
            };
            in_sequence(pairs.iter().map(entry).collect())
        };
        assert_eq!(asked(&[]), 0);
        assert_eq!(asked(&[(1, 4), (2, 3)]), 1);
        assert_eq!(asked(&[(1, 2), (3, 6), (4, 5), (7, 8)]), 3);
    }
}
