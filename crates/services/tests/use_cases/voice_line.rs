//! Twilio's side of a call: signed webhooks, as they would come to the product.

use domain::call::{CallEventKind, CallStatus, LegRole};
use domain::id::CallId;
use domain::phone::Presence;
use domain::voice::VoiceSettings;
use secrecy::SecretString;
use services::voice::{Asked, RecordingReport, Rejected, StatusReport, Unverified, VoiceRequest, Webhook};
use services::{Caller, Entropy};
use store::{Call, CallFilter};

use crate::harness::{Installation, TestAccount, World, scene};

pub const APP_URL: &str = "https://phone.example.com";
/// The user's number, in London.
pub const NUMBER: &str = "+442071838750";
pub const CALLER: &str = "+442079460199";

/// A form.
pub type Form = Vec<(String, String)>;

pub fn form(pairs: &[(&str, &str)]) -> Form {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A fresh SID of that kind.
pub fn sid(prefix: &str) -> String {
    format!("{prefix}{}", Entropy.hex::<16>())
}

/// A connected user, and Twilio as it calls him.
pub struct Line {
    pub caller: Caller,
    pub account: TestAccount,
    pub identity: String,
}

/// What most tests begin with.
pub async fn line() -> (World, Installation, Line) {
    let (world, product, ann, account) = scene().await;
    let line = Line::of(&product, ann, account).await;
    (world, product, line)
}

impl Line {
    /// Connects the account.
    pub async fn of(product: &Installation, caller: Caller, account: TestAccount) -> Self {
        let connections = &product.services.connections;
        connections.save(&caller, account.save(&account.used)).await.unwrap();
        let identity = connections.voice_token(&caller).await.unwrap().identity;
        Self {
            caller,
            account,
            identity,
        }
    }

    /// A page of the user's is open that can ring.
    pub async fn open_phone(&self, product: &Installation) {
        let phone = &product.services.phone;
        phone.presence(&self.caller, "page", Presence::Ready).await.unwrap();
    }

    pub async fn set(&self, product: &Installation, change: impl FnOnce(&mut VoiceSettings)) {
        let mut settings = VoiceSettings::default();
        change(&mut settings);
        let store = &product.parts.store;
        store
            .set_voice_settings(self.caller.user_id, &settings, product.parts.clock.now())
            .await
            .unwrap();
    }

    /// Verifies what Twilio sends for this account.
    pub async fn verify<P: Asked>(
        &self,
        product: &Installation,
        target: &str,
        params: &[(String, String)],
    ) -> Result<Webhook<P>, Rejected> {
        let mut params = params.to_vec();
        if !params.iter().any(|(name, _)| name == "AccountSid") {
            params.insert(0, ("AccountSid".to_owned(), self.account.sid.clone()));
        }
        signed(product, &self.account.auth_token, target, &params).await
    }

    /// What Twilio is answered.
    pub async fn ask(&self, product: &Installation, target: &str, params: &[(&str, &str)]) -> String {
        let params = form(params);
        let webhook = self.verify::<VoiceRequest>(product, target, &params).await.unwrap();
        said(product, target, webhook).await.unwrap()
    }

    /// Reports of a leg.
    pub async fn status(&self, product: &Installation, target: &str, params: &[(&str, &str)]) {
        let webhook = self
            .verify::<StatusReport>(product, target, &form(params))
            .await
            .unwrap();
        product.services.voice.status(webhook).await.unwrap();
    }

    /// Reports of a recording.
    pub async fn recorded(&self, product: &Installation, target: &str, params: &[(&str, &str)]) {
        let webhook = self
            .verify::<RecordingReport>(product, target, &form(params))
            .await
            .unwrap();
        product.services.voice.recorded(webhook).await.unwrap();
    }

    /// Somebody calls the user's number.
    pub async fn rings(&self, product: &Installation, call_sid: &str) -> String {
        let params = [
            ("CallSid", call_sid),
            ("CallStatus", "ringing"),
            ("Direction", "inbound"),
            ("From", CALLER),
            ("To", NUMBER),
        ];
        self.ask(product, "/twiml/inbound", &params).await
    }

    /// The user dials in his browser.
    pub async fn dials(&self, product: &Installation, call_sid: &str, to: &str) -> String {
        let from = format!("client:{}", self.identity);
        let params = [
            ("CallSid", call_sid),
            ("CallStatus", "ringing"),
            ("Direction", "inbound"),
            ("From", &from),
            ("To", to),
        ];
        self.ask(product, "/twiml/inbound", &params).await
    }

    pub async fn call(&self, product: &Installation, sid: &str) -> Call {
        let found = product.parts.store.call_by_sid(self.caller.user_id, sid).await.unwrap();
        found.unwrap_or_else(|| panic!("no call {sid}"))
    }

    pub async fn calls(&self, product: &Installation) -> Vec<Call> {
        let all = CallFilter::default();
        let page = product
            .parts
            .store
            .list_calls(self.caller.user_id, &all, None, 100)
            .await;
        page.unwrap().calls
    }
}

/// Verifies a request that was signed with that token.
pub async fn signed<P: Asked>(
    product: &Installation,
    token: &str,
    target: &str,
    params: &[(String, String)],
) -> Result<Webhook<P>, Rejected> {
    let token = SecretString::from(token.to_owned());
    let signature = twilio::signature::sign(&token, &format!("{APP_URL}{target}"), params);
    verify(product, &signature, target, params).await
}

/// Verifies a request with that signature.
pub async fn verify<P: Asked>(
    product: &Installation,
    signature: &str,
    target: &str,
    params: &[(String, String)],
) -> Result<Webhook<P>, Rejected> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    let path = target.split('?').next().unwrap_or_default();
    let call = path
        .strip_prefix("/webhooks/twilio/")
        .and_then(|rest| rest.split_once('/'))
        .map(|(_, call)| call);
    let unverified = Unverified {
        target,
        signature,
        body: body.as_bytes(),
        call,
    };
    product.services.voice.verify(&unverified).await
}

/// What a request comes to that was signed with that token: whether it is the tenant's is known when it is written.
pub async fn done<P: Told>(
    product: &Installation,
    token: &str,
    target: &str,
    params: &[(String, String)],
) -> Result<(), Rejected> {
    let webhook = signed::<P>(product, token, target, params).await?;
    P::told(product, target, webhook).await
}

/// What can be told.
pub trait Told: Asked {
    /// Has the use case of that address do it.
    fn told(product: &Installation, target: &str, webhook: Webhook<Self>)
    -> impl Future<Output = Result<(), Rejected>>;
}

impl Told for VoiceRequest {
    async fn told(product: &Installation, target: &str, webhook: Webhook<Self>) -> Result<(), Rejected> {
        said(product, target, webhook).await.map(drop)
    }
}

impl Told for StatusReport {
    async fn told(product: &Installation, _: &str, webhook: Webhook<Self>) -> Result<(), Rejected> {
        product.services.voice.status(webhook).await
    }
}

impl Told for RecordingReport {
    async fn told(product: &Installation, _: &str, webhook: Webhook<Self>) -> Result<(), Rejected> {
        product.services.voice.recorded(webhook).await
    }
}

/// What the use case of that address answers.
pub async fn said(product: &Installation, target: &str, webhook: Webhook<VoiceRequest>) -> Result<String, Rejected> {
    let voice = &product.services.voice;
    if target.starts_with("/webhooks/twilio/dtmf") {
        voice.pressed(webhook).await
    } else if target.starts_with("/webhooks/twilio/voice/") {
        voice.go_on(webhook).await
    } else {
        voice.begin(webhook).await
    }
}

/// The address in that attribute, or parameter, of the answer, as Twilio would ask for it.
pub fn target_in(xml: &str, attribute: &str) -> String {
    let start = format!(" {attribute}=\"{APP_URL}");
    let rest = xml
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {attribute} in {xml}"))
        .1;
    let url = rest.split_once('"').unwrap().0;
    url.split('#').next().unwrap().replace("&amp;", "&")
}

/// What was noted of a call, without ids and times.
pub async fn noted(
    product: &Installation,
    call: CallId,
) -> Vec<(CallEventKind, Option<LegRole>, Option<CallStatus>, Option<String>)> {
    let events = product.parts.store.call_events(call).await.unwrap();
    events
        .into_iter()
        .map(|event| (event.kind, event.leg, event.status, event.detail))
        .collect()
}
