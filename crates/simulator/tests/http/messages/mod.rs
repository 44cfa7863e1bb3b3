//! Texts between simulated phones and a small program that answers TwiML.

mod answers;
mod api;
mod delivery;
mod inbound;
mod media;
mod optout;
mod refusals;
mod services;

use serde_json::Value;
use simulator::{Capabilities, MessageSnapshot, MessageStatus, MessagesBehaviour, Outcome};

pub use self::answers::answers;
use crate::calls::app::{App, Received, app};
use crate::calls::eventually;
use crate::{Harness, harness};

const PHONE: &str = "+14155550122";
const OWN: &str = "+14155550100";

/// A simulator whose number, which takes pictures, points at a program.
struct Stage {
    harness: Harness,
    app: App,
}

/// `twiml` answers every path: by path, with the request at hand.
async fn stage(twiml: impl Fn(&Received) -> String + Send + Sync + 'static) -> Stage {
    let harness = harness().await;
    let app = app(twiml).await;
    harness.simulator.edit_number(&harness.number, |number| {
        number.sms_url = Some(app.url("/sms"));
        number.capabilities = Capabilities {
            mms: true,
            ..Capabilities::default()
        };
    });
    harness.simulator.set_messages_behaviour(MessagesBehaviour {
        delay_ms: 20,
        ..MessagesBehaviour::default()
    });
    Stage { harness, app }
}

impl Stage {
    fn text_in(&self, body: &str) -> String {
        let simulator = &self.harness.simulator;
        simulator.text(&self.harness.account.sid, PHONE, OWN, body, &[])
    }

    /// Sends to the phone, with more in the form; the answer.
    async fn send(&self, body: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("To", PHONE), ("From", OWN), ("Body", body)];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        self.harness.post("/Messages.json", &form).await
    }

    /// The same, when it is known to succeed; the SID.
    async fn sent(&self, body: &str, more: &[(&str, &str)]) -> String {
        let (status, message) = self.send(body, more).await;
        assert_eq!(status, 201, "{message}");
        message["sid"].as_str().unwrap().to_owned()
    }

    fn text(&self, sid: &str) -> MessageSnapshot {
        self.harness.simulator.message(sid).unwrap()
    }

    async fn reaches(&self, sid: &str, status: MessageStatus) -> MessageSnapshot {
        eventually(&format!("{sid} is {status:?}"), || self.text(sid).status == status).await;
        self.text(sid)
    }

    fn behave(&self, number: &str, outcome: Outcome) {
        self.harness.simulator.set_messages_behaviour(MessagesBehaviour {
            delay_ms: 20,
            outcomes: [(number.to_owned(), outcome)].into(),
            ..MessagesBehaviour::default()
        });
    }

    /// What the phone has, oldest first: bodies of texts that were delivered to it.
    fn on_phone(&self) -> Vec<String> {
        let all = self.harness.simulator.messages().into_iter();
        let delivered = all.filter(|text| text.to == PHONE && text.status == MessageStatus::Delivered);
        delivered.map(|text| text.body).collect()
    }

    async fn phone_has(&self, bodies: &[&str]) {
        eventually(&format!("{bodies:?} on the phone"), || self.on_phone() == bodies).await;
    }
}

fn silent(_: &Received) -> String {
    String::new()
}
