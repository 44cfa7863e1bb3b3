//! Texts of a connected user, with a provider that keeps them, and Twilio as it tells of them.

use domain::message::{MessageStatus, MessageView};
use messaging::{Memory, Provider};
use secrecy::SecretString;
use services::messages::{Reply, SendText, TextWebhook};
use services::voice::{Rejected, Unverified};
use services::{Caller, ServiceError};

use crate::harness::{Installation, World};
use crate::voice_line::{APP_URL, Line, form, sid};

/// Somebody whom the user writes to.
pub const PEER: &str = "+447400123456";
pub const OTHER: &str = "+447400123457";
/// Longer than any lease, in milliseconds.
pub const LEASE: i64 = 120_000;

/// A connected user whose texts are kept by the provider.
pub async fn texts() -> (World, Installation, Line, Memory) {
    let memory = Memory::default();
    let mut world = World::new().await;
    world.texts = Some(Provider::new(memory.clone()));
    let (product, line) = connected(&world).await;
    (world, product, line, memory)
}

/// A connected user whose texts go to the simulated Twilio.
pub async fn by_twilio() -> (World, Installation, Line) {
    let world = World::new().await;
    let (product, line) = connected(&world).await;
    (world, product, line)
}

pub async fn connected(world: &World) -> (Installation, Line) {
    let product = world.start().await;
    let (ann, account) = (product.user().await, world.account());
    let line = Line::of(&product, ann, account).await;
    (product, line)
}

pub fn text(to: &str, body: &str) -> SendText {
    SendText {
        to: to.to_owned(),
        body: body.to_owned(),
        ..SendText::default()
    }
}

impl Installation {
    /// Stores a text to that number.
    pub async fn text(&self, caller: &Caller, to: &str, body: &str) -> MessageView {
        self.services
            .messages
            .send(caller, &text(to, body), None)
            .await
            .unwrap()
    }

    /// Hands over and asks about what is due.
    pub async fn post(&self) {
        self.services.messages.work_once().await.unwrap();
    }

    /// The text as it is now.
    pub async fn found(&self, caller: &Caller, message: &MessageView) -> MessageView {
        let id = message.id.to_string();
        self.services.messages.find(caller, &id).await.unwrap()
    }

    pub async fn status(&self, caller: &Caller, message: &MessageView) -> MessageStatus {
        self.found(caller, message).await.status
    }

    /// Everything that is known of the user's texts.
    pub async fn all_texts(&self, caller: &Caller) -> String {
        let page = self
            .services
            .messages
            .list(caller, &services::messages::MessageQuery::default(), None, 100)
            .await
            .unwrap();
        format!("{:?}", page.messages)
    }
}

/// Where a text's reports go.
pub fn address(message: &MessageView) -> String {
    format!("/webhooks/sms/twilio?message={}", message.id)
}

/// Verifies a request that was signed with that token.
pub async fn told(
    product: &Installation,
    token: &str,
    target: &str,
    params: &[(&str, &str)],
) -> Result<TextWebhook, Rejected> {
    let params = form(params);
    let token = SecretString::from(token.to_owned());
    let signature = twilio::signature::sign(&token, &format!("{APP_URL}{target}"), &params);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&params)
        .finish();
    let unverified = Unverified {
        target,
        signature: &signature,
        body: body.as_bytes(),
        call: None,
    };
    product.services.messages.verify(&unverified).await
}

/// What a request comes to that was signed with that token: whether it is the tenant's is known when it is written.
pub async fn done(
    product: &Installation,
    token: &str,
    target: &str,
    params: &[(&str, &str)],
) -> Result<Reply, Rejected> {
    let webhook = told(product, token, target, params).await?;
    product.services.messages.receive(webhook).await
}

impl Line {
    /// What Twilio is answered to a request of this account's.
    pub async fn tell(&self, product: &Installation, target: &str, params: &[(&str, &str)]) -> Result<Reply, Rejected> {
        let mut all = vec![("AccountSid", self.account.sid.as_str())];
        all.extend(params);
        done(product, &self.account.auth_token, target, &all).await
    }

    /// A report of how far a text is.
    pub async fn report(&self, product: &Installation, message: &MessageView, sid: &str, status: &str) {
        let params = [("MessageSid", sid), ("MessageStatus", status), ("To", &message.to)];
        let reply = self.tell(product, &address(message), &params).await.unwrap();
        assert_eq!(reply, Reply::Noted);
    }

    /// Somebody texts the user.
    pub async fn texted(&self, product: &Installation, from: &str, body: &str) -> String {
        let sid = sid("SM");
        self.texted_as(product, &sid, from, body).await;
        sid
    }

    pub async fn texted_as(&self, product: &Installation, sid: &str, from: &str, body: &str) {
        let params = [
            ("MessageSid", sid),
            ("SmsStatus", "received"),
            ("From", from),
            ("To", crate::voice_line::NUMBER),
            ("Body", body),
            ("NumMedia", "0"),
        ];
        let reply = self.tell(product, "/webhooks/sms/twilio", &params).await.unwrap();
        assert_eq!(reply, Reply::Nothing);
    }
}

pub fn code<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> String {
    result.unwrap_err().problem().code
}
