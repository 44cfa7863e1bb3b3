//! The drivers that ask nobody.

use async_trait::async_trait;
use domain::message::{MessageError, MessageStatus};
use messaging::{Log, Memory, Outcome, Provider, Rejection, RejectionKind};

use crate::bench::{BODY, Bench, Situation, TO, text};
use crate::suite;

struct InMemory(Memory, Vec<(String, String)>);

#[async_trait]
impl Bench for InMemory {
    fn provider(&self) -> Provider {
        Provider::new(self.0.clone())
    }

    async fn prepare(&mut self, situation: Situation) -> bool {
        self.0 = Memory::default();
        self.1.clear();
        let asked = (TO.to_owned(), BODY.to_owned());
        let refuses = |kind| {
            let error = MessageError {
                code: Some(1),
                message: "No.".to_owned(),
            };
            Outcome::Rejected(Rejection { kind, error })
        };
        match situation {
            Situation::Works => return true,
            Situation::RefusesNumber => self.0.then(refuses(RejectionKind::Recipient)),
            Situation::RefusesOptedOut => self.0.then(refuses(RejectionKind::OptedOut)),
            Situation::RefusesCredentials => self.0.then(refuses(RejectionKind::Credentials)),
            Situation::IsBusy => self.0.then(Outcome::NotSent { retry_after: None }),
            Situation::Fails => {
                self.0.then_lose_answer();
                return true;
            }
            _ => return false,
        }
        self.1.push(asked);
        true
    }

    async fn asked(&self) -> Vec<(String, String)> {
        let kept = self.0.sent().into_iter().map(|text| (text.to, text.body));
        kept.chain(self.1.clone()).collect()
    }
}

/// Nothing can go wrong, and nobody hears of it.
struct Logged;

#[async_trait]
impl Bench for Logged {
    fn provider(&self) -> Provider {
        Provider::new(Log)
    }

    async fn prepare(&mut self, situation: Situation) -> bool {
        situation == Situation::Works
    }

    async fn asked(&self) -> Vec<(String, String)> {
        vec![(TO.to_owned(), BODY.to_owned())]
    }
}

#[tokio::test]
async fn the_driver_for_tests_conforms() {
    suite::run(&mut InMemory(Memory::default(), Vec::new())).await;
}

#[tokio::test]
async fn the_driver_for_development_conforms() {
    suite::run(&mut Logged).await;
}

#[tokio::test]
async fn a_text_in_memory_gets_further_when_it_is_told_to() {
    let memory = Memory::default();
    let provider = Provider::new(memory.clone());
    let Outcome::Accepted(report) = provider.send(&text()).await else {
        panic!("not accepted");
    };
    memory.set_status(&report.provider_sid, MessageStatus::Delivered);
    let later = provider.status(None, &report.provider_sid).await.unwrap().unwrap();
    assert_eq!(later.status, Some(MessageStatus::Delivered));
}
