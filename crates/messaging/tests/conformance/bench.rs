//! What the suite needs of a driver's surroundings.

use async_trait::async_trait;
use jiff::Timestamp;
use messaging::{Credentials, OutgoingText, Provider, Sender};

/// What the provider does with the next request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// It takes the text.
    Works,
    /// It has never heard of the recipient's number.
    RefusesNumber,
    /// The recipient has opted out.
    RefusesOptedOut,
    /// It does not know who asks.
    RefusesCredentials,
    /// It has too much to do, and says so before it does anything.
    IsBusy,
    /// It takes the text, and fails before it says so.
    Fails,
    /// It takes the text, and says so much too late.
    IsLate,
    /// It takes the text, and answers with nonsense.
    AnswersNonsense,
    /// It takes the text, and its answer breaks off.
    BreaksOff,
    /// Nobody is there.
    IsGone,
}

/// A provider's place, played by a test.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The driver under test. Called after [`Bench::prepare`].
    fn provider(&self) -> Provider;

    /// A text that the provider can send.
    fn text(&self) -> OutgoingText {
        text()
    }

    /// Makes ready for the next text. False where the driver cannot get into this situation.
    async fn prepare(&mut self, situation: Situation) -> bool;

    /// What reached the provider: recipient and body of each request to send.
    async fn asked(&self) -> Vec<(String, String)>;
}

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const SECRET: &str = "fedcba9876543210fedcba9876543210";
pub const TO: &str = "+14155550199";
pub const FROM: &str = "+14155550100";
pub const BODY: &str = "Hello 👍 1 + 1 = 2 & \"more\"\nü";

pub fn text() -> OutgoingText {
    OutgoingText {
        reference: "0192f0c1-0000-7000-8000-000000000001".to_owned(),
        credentials: Some(Credentials {
            account: ACCOUNT.to_owned(),
            secret: SECRET.into(),
        }),
        sender: Sender::Number(FROM.to_owned()),
        to: TO.to_owned(),
        body: BODY.to_owned(),
        media: vec!["https://sniko.example/picture.png".parse().unwrap()],
        status_callback: Some("https://sniko.example/webhooks/sms/twilio?message=1".parse().unwrap()),
    }
}

/// When the text was sent.
pub fn began() -> Timestamp {
    "2026-01-02T03:04:05.600Z".parse().unwrap()
}
