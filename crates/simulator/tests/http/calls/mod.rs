//! Calls between simulated phones and a small program that answers TwiML.

pub(crate) mod app;
mod conference;
mod control;
mod inbound;
mod outbound;
mod recording;
mod refusals;
mod webhooks;

use std::time::{Duration, Instant};

use simulator::{CallSnapshot, CallStatus, PhoneScript, Sound};

use self::app::{App, Received, app};
use crate::{Harness, harness};

const CALLER: &str = "+14155550188";
const OWN: &str = "+14155550100";
const CALLEE: &str = "+14155550122";

/// A simulator whose number points at a program.
struct Stage {
    harness: Harness,
    app: App,
}

/// `twiml` answers every path: by path, with the request at hand.
async fn stage(twiml: impl Fn(&Received) -> String + Send + Sync + 'static) -> Stage {
    let harness = harness().await;
    let app = app(twiml).await;
    harness.simulator.edit_number(&harness.number, |number| {
        number.voice_url = Some(app.url("/voice"));
        number.status_callback = Some(app.url("/status"));
    });
    Stage { harness, app }
}

impl Stage {
    fn call_in(&self, script: PhoneScript) -> String {
        let simulator = &self.harness.simulator;
        simulator.place_call(&self.harness.account.sid, CALLER, OWN, script)
    }

    fn call(&self, sid: &str) -> CallSnapshot {
        self.harness.simulator.call(sid).unwrap()
    }

    /// Waits for the end of a call.
    async fn ended(&self, sid: &str) -> CallSnapshot {
        eventually("the call ends", || self.call(sid).status.is_final()).await;
        self.call(sid)
    }

    async fn in_state(&self, sid: &str, status: CallStatus) {
        eventually("the call gets there", || self.call(sid).status == status).await;
    }

    fn child(&self, parent: &str) -> Option<String> {
        let calls = self.harness.simulator.calls();
        let mut children = calls
            .into_iter()
            .filter(|call| call.parent_call_sid.as_deref() == Some(parent));
        children.next().map(|call| call.sid)
    }

    /// What a leg hears.
    fn pitch(&self, sid: &str) -> f64 {
        let stats = self.harness.simulator.leg_stats(sid);
        stats.and_then(|stats| stats.ear.dominant_hz).unwrap_or_default()
    }

    async fn hears(&self, sid: &str, hz: f64) {
        eventually(&format!("{hz} Hz is heard"), || (self.pitch(sid) - hz).abs() < 25.0).await;
    }
}

pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what} takes too long");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

fn tone(hz: f64) -> PhoneScript {
    PhoneScript {
        rings_ms: 100,
        sound: Sound::Tone(hz),
        ..PhoneScript::default()
    }
}
