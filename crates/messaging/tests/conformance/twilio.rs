//! The driver for Twilio, against the simulator.

use std::time::Duration;

use ::twilio::retry::Policy;
use ::twilio::{Endpoints, Transport};
use async_trait::async_trait;
use messaging::{OutgoingText, Provider, Twilio};
use simulator::{AccountSeed, Capabilities, Effect, Fault, MessagesBehaviour, NumberSeed, Simulator};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::bench::{ACCOUNT, Bench, FROM, SECRET, Situation, TO, text};
use crate::suite;

struct AtTheSimulator {
    simulator: Simulator,
    base: String,
    /// Where Twilio fetches the picture.
    pictures: MockServer,
}

async fn simulator() -> Simulator {
    let simulator = Simulator::start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    simulator.add_account(AccountSeed {
        sid: Some(ACCOUNT.to_owned()),
        auth_token: Some(SECRET.to_owned()),
        ..AccountSeed::default()
    });
    let number = NumberSeed {
        phone_number: FROM.to_owned(),
        capabilities: Capabilities {
            mms: true,
            ..Capabilities::default()
        },
        ..NumberSeed::default()
    };
    simulator.add_number(ACCOUNT, number);
    simulator
}

#[async_trait]
impl Bench for AtTheSimulator {
    fn provider(&self) -> Provider {
        let (connect, total) = (Duration::from_secs(1), Duration::from_secs(1));
        let policy = Policy {
            base_delay: Duration::from_millis(1),
            ..Policy::default()
        };
        let endpoints = Endpoints::single(self.base.parse().unwrap());
        let transport = Transport::with_timeouts(endpoints, connect, total).unwrap();
        Provider::new(Twilio::new(transport.with_retry_policy(policy)))
    }

    fn text(&self) -> OutgoingText {
        OutgoingText {
            media: vec![format!("{}/picture.png", self.pictures.uri()).parse().unwrap()],
            ..text()
        }
    }

    async fn prepare(&mut self, situation: Situation) -> bool {
        self.simulator = simulator().await;
        self.base = self.simulator.base_url();
        let simulator = &self.simulator;
        let next = |effect| {
            simulator.inject(Fault::forever("POST", "/Messages.json", effect));
        };
        match situation {
            Situation::Works => {}
            Situation::RefusesNumber => simulator.set_messages_behaviour(MessagesBehaviour {
                outcomes: [(TO.to_owned(), simulator::Outcome::Refused(21211))].into(),
                ..MessagesBehaviour::default()
            }),
            Situation::RefusesOptedOut => {
                simulator.text(ACCOUNT, TO, FROM, "STOP", &[]);
            }
            Situation::RefusesCredentials => {
                simulator.rotate_auth_token(ACCOUNT);
            }
            Situation::IsBusy => next(Effect::Status {
                status: 429,
                code: 20429,
                message: "Too Many Requests".to_owned(),
                retry_after: Some(30),
            }),
            Situation::Fails => next(Effect::StatusAfter {
                status: 500,
                code: 20500,
                message: "Internal Server Error".to_owned(),
            }),
            Situation::IsLate => next(Effect::HangAfter),
            Situation::AnswersNonsense => next(Effect::GarbageAfter),
            Situation::BreaksOff => next(Effect::DropAfter),
            Situation::IsGone => {
                let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
                self.base = format!("http://{free}");
            }
        }
        true
    }

    async fn asked(&self) -> Vec<(String, String)> {
        let journal = self.simulator.journal();
        let posted = journal
            .iter()
            .filter(|entry| entry.method == "POST" && entry.path_only().ends_with("/Messages.json"));
        let field = |form: &[(String, String)], name: &str| {
            let mut found = form.iter().filter(|(given, _)| given == name);
            found.next().unwrap().1.clone()
        };
        posted
            .map(|entry| (field(&entry.form, "To"), field(&entry.form, "Body")))
            .collect()
    }
}

#[tokio::test]
async fn the_driver_for_twilio_conforms() {
    let pictures = MockServer::start().await;
    let picture = ResponseTemplate::new(200).set_body_raw(b"\x89PNG\r\n\x1a\n".as_slice(), "image/png");
    Mock::given(any()).respond_with(picture).mount(&pictures).await;
    let simulator = simulator().await;
    let base = simulator.base_url();
    suite::run(&mut AtTheSimulator {
        simulator,
        base,
        pictures,
    })
    .await;
}
