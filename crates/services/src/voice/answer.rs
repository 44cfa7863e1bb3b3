//! What Twilio asks of a call: decided, stored, answered, in that order.

use domain::call::{CallEventKind, CallStatus, Direction, LegRole, Origin};
use domain::id::{CallEventId, CallId};
use domain::phone::TEST_CALL;
use domain::time::UnixMillis;
use store::{Applied, CallTarget, CallWrite, LegReport, NewCall, NewCallEvent, Receipt};
use twilio::webhook::Party;

use super::asked::{VoiceRequest, short, text_of};
use super::flow::{self, Plan, Scene};
use super::legs::{self, Report};
use super::urls::Then;
use super::webhook::{Asked, Rejected, Webhook, key, not_stored};
use super::{Voice, dialling};
use crate::{ServiceError, figures};

/// Caps are counted over this time, in milliseconds.
pub(super) const DAY: i64 = 24 * 60 * 60 * 1000;

impl Voice {
    /// A call begins: somebody has called the user's number, or the user calls from his browser. Also what Twilio falls back
    /// on when another address of ours has failed.
    ///
    /// # Errors
    /// `Forbidden` when it speaks of what is not the tenant's; `Internal` when the database fails. Then nothing is stored.
    pub async fn begin(&self, webhook: Webhook<VoiceRequest>) -> Result<String, Rejected> {
        // No address that begins a call names one, so this reads nothing but for a forgery.
        self.named_call(&webhook).await?;
        let failed_later =
            |url: &String| url.contains("/webhooks/twilio/voice/") || url.contains("/webhooks/twilio/dtmf");
        if webhook.asked.failed_before.as_ref().is_some_and(failed_later) {
            // The call is under way already, and its next step could not be had.
            return Ok(self.apology());
        }
        let key = key([
            "begin",
            &webhook.tenant.connection.account_sid,
            webhook.asked.call_sid.as_str(),
        ]);
        let id = CallId(self.parts.entropy.uuid());
        let (plan, direction, to) = match &webhook.asked.from {
            Party::Client(identity) => {
                let (plan, to) = self.dial_out(&webhook, id, identity).await?;
                (plan, Direction::Outbound, to)
            }
            _ => {
                let (from, to) = (text_of(&webhook.asked.from), short(&webhook.asked.to));
                let scene = Scene {
                    // A menu comes first whoever is there.
                    phone_there: webhook.tenant.voice.menu.is_none() && self.phone_there(&webhook).await?,
                    step: 0,
                    ..self.scene(&webhook, id, &from, &to)
                };
                (scene.inbound(), Direction::Inbound, to)
            }
        };
        let status = webhook.asked.status.as_ref().and_then(legs::status);
        let caller = self.report(&webhook, LegRole::Caller, status.unwrap_or(CallStatus::Ringing));
        let (from, origin) = match direction {
            Direction::Inbound => (text_of(&webhook.asked.from), Origin::PhoneNetwork),
            Direction::Outbound => (webhook.tenant.connection.phone_number.clone(), Origin::Browser),
        };
        let target = CallTarget::New(NewCall {
            id,
            provider_sid: Some(webhook.asked.call_sid.to_string()),
            direction,
            origin,
            from,
            to,
            started_at: self.parts.clock.now(),
        });
        let mut write = self.write(&webhook, target, vec![caller]);
        if direction == Direction::Outbound && plan.refused.is_none() && webhook.asked.to != TEST_CALL {
            // Counted again where it is written: of two calls in the same instant, one comes first.
            write.most_live = Some(webhook.tenant.voice.max_concurrent);
        }
        self.store(write, key, plan).await
    }

    /// What a call from the user's browser comes to, and whom it is for.
    async fn dial_out(
        &self,
        webhook: &Webhook<VoiceRequest>,
        id: CallId,
        identity: &str,
    ) -> Result<(Plan, String), ServiceError> {
        let tenant = &webhook.tenant;
        let typed = &webhook.asked.to;
        if identity != tenant.voice_identity {
            let plan = flow::refused("This phone does not belong to this account, so it cannot call.");
            return Ok((plan, short(typed)));
        }
        let number = &tenant.connection.phone_number;
        let scene = |to| Scene {
            step: 0,
            ..self.scene(webhook, id, number, to)
        };
        if typed == TEST_CALL {
            return Ok((scene(TEST_CALL).test(), TEST_CALL.to_owned()));
        }
        let to = match dialling::check(typed, number, &tenant.voice) {
            Ok(dialable) => dialable.number,
            Err(problem) => {
                let number = dialling::describe(typed, number).map(|known| known.number);
                return Ok((flow::refused(&problem.message), number.unwrap_or_else(|| short(typed))));
            }
        };
        let plan = match self.within_caps(tenant.user_id, &tenant.voice).await? {
            Ok(seconds) => scene(&to).outbound(&to, seconds),
            Err(problem) => flow::refused(&problem.message),
        };
        Ok((plan, to))
    }

    /// The next step of a call that is under way.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn go_on(&self, webhook: Webhook<VoiceRequest>) -> Result<String, Rejected> {
        let Some(then) = webhook.query.then else {
            return self.begin(webhook).await;
        };
        let Some(call) = self.named_call(&webhook).await? else {
            return self.begin(webhook).await;
        };
        let asked = &webhook.asked;
        let scene = self.scene(&webhook, call.id, &call.from, &call.to);
        let over = asked
            .status
            .as_ref()
            .and_then(legs::status)
            .is_some_and(CallStatus::is_terminal);
        let in_conference = call.conference.is_some() && matches!(then, Then::Rang | Then::Dialled);
        let plan = match then {
            // The caller has hung up: nobody is there to be told anything.
            _ if over => flow::nothing(),
            _ if in_conference => Plan {
                response: flow::conference(&self.urls, call.id, scene.settings.recording),
                ..Plan::default()
            },
            Then::Rang => scene.rang(asked.dialled),
            Then::Forwarded => scene.forwarded(asked.dialled),
            Then::Dialled => flow::ended(asked.dialled),
            Then::Transferred => flow::transferred(asked.dialled),
            Then::Recorded => flow::thanks(),
            Then::Announce => flow::announcement(),
            Then::Browser => self.browser_answered(&webhook, &scene).await?,
            Then::Echo => self.echo(&webhook)?,
        };
        let mut reports = Vec::new();
        let is_caller = call.provider_sid.as_deref().unwrap_or(asked.call_sid.as_str()) == asked.call_sid.as_str();
        if let Some(status) = asked.status.as_ref().and_then(legs::status)
            && is_caller
            && !matches!(then, Then::Announce | Then::Transferred)
        {
            reports.push(self.report(&webhook, LegRole::Caller, status));
        }
        let dialled = match then {
            Then::Rang => Some(LegRole::Browser),
            Then::Forwarded => Some(LegRole::Forward),
            Then::Dialled => Some(LegRole::Callee),
            Then::Transferred => Some(LegRole::Transfer),
            _ => None,
        };
        // A leg that was taken into a conference has left the <Dial>, and lives on.
        if let (Some(role), false) = (dialled, in_conference) {
            reports.extend(self.dialled(&webhook, role));
        }
        let mut write = self.write(&webhook, CallTarget::Existing(call.id), reports);
        if then == Then::Echo && !over {
            self.note_echo(&webhook, &mut write);
        }
        self.store(write, webhook.key_of_address(), plan).await
    }

    /// The caller has pressed a key, or none in time.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn pressed(&self, webhook: Webhook<VoiceRequest>) -> Result<String, Rejected> {
        let asked = &webhook.asked;
        let (call, phone_there) = tokio::try_join!(self.named_call(&webhook), async {
            Ok(self.phone_there(&webhook).await?)
        })?;
        let (id, from, to) = match &call {
            Some(call) => (call.id, call.from.clone(), call.to.clone()),
            None => (
                CallId(self.parts.entropy.uuid()),
                text_of(&asked.from),
                short(&asked.to),
            ),
        };
        let status = asked.status.as_ref().and_then(legs::status);
        let digits = asked.digits.as_deref().map(short).filter(|digits| !digits.is_empty());
        let plan = if status.is_some_and(CallStatus::is_terminal) {
            flow::nothing()
        } else {
            let scene = Scene {
                phone_there,
                ..self.scene(&webhook, id, &from, &to)
            };
            scene.pressed(digits.as_deref(), webhook.query.tries)
        };
        let caller = self.report(&webhook, LegRole::Caller, status.unwrap_or(CallStatus::InProgress));
        let (target, key) = match &call {
            Some(call) => (CallTarget::Existing(call.id), webhook.key_of_address()),
            None => {
                let new = NewCall {
                    id,
                    provider_sid: Some(asked.call_sid.to_string()),
                    direction: Direction::Inbound,
                    origin: Origin::PhoneNetwork,
                    from,
                    to,
                    started_at: self.parts.clock.now(),
                };
                (CallTarget::New(new), webhook.key_of_request())
            }
        };
        self.store(self.write(&webhook, target, vec![caller]), key, plan).await
    }

    /// What a voice webhook is answered when something is wrong on our side.
    #[must_use]
    pub fn apology(&self) -> String {
        let words = "Sorry, something went wrong on our side. Please call again later. Goodbye.";
        flow::goodbye(words).response.to_xml().unwrap_or_default()
    }

    /// The user's browser has answered a call that was asked for over HTTP: the other side is dialled, by today's rules.
    async fn browser_answered(&self, webhook: &Webhook<VoiceRequest>, scene: &Scene<'_>) -> Result<Plan, ServiceError> {
        if let Err(problem) = dialling::check(scene.to, scene.number, scene.settings) {
            return Ok(flow::refused(&problem.message));
        }
        let used = self.used_today(webhook.tenant.user_id).await?;
        // The call itself is one of those that are running.
        Ok(match dialling::within_caps(0, used, scene.settings) {
            Ok(seconds) => scene.outbound(scene.to, seconds),
            Err(problem) => flow::refused(&problem.message),
        })
    }

    /// Whether one of the tenant's browsers can ring.
    async fn phone_there(&self, webhook: &Webhook<VoiceRequest>) -> Result<bool, ServiceError> {
        let now = self.parts.clock.now();
        Ok(self.parts.store.has_live_phone(webhook.tenant.user_id, now).await?)
    }

    /// What is decided about, with nobody there to be rung.
    fn scene<'a>(&'a self, webhook: &'a Webhook<VoiceRequest>, call: CallId, from: &'a str, to: &'a str) -> Scene<'a> {
        let tenant = &webhook.tenant;
        Scene {
            urls: &self.urls,
            call,
            number: &tenant.connection.phone_number,
            identity: &tenant.voice_identity,
            from,
            to,
            settings: &tenant.voice,
            phone_there: false,
            step: webhook.query.step,
        }
    }

    /// What the request tells of the leg that it is about.
    fn report(&self, webhook: &Webhook<VoiceRequest>, role: LegRole, status: CallStatus) -> LegReport {
        Report {
            sid: webhook.asked.call_sid.as_str(),
            role,
            status,
            at: self.parts.clock.now(),
            duration: None,
            error_code: None,
        }
        .noted(self.parts.entropy)
    }

    /// What the request tells of the leg that a `<Dial>` made.
    fn dialled(&self, webhook: &Webhook<VoiceRequest>, role: LegRole) -> Option<LegReport> {
        let asked = &webhook.asked;
        Some(
            Report {
                sid: asked.dialled_sid.as_ref()?.as_str(),
                role,
                status: legs::dialled(asked.dialled?),
                at: self.parts.clock.now(),
                duration: asked.dialled_seconds,
                error_code: None,
            }
            .noted(self.parts.entropy),
        )
    }

    pub(super) fn event(&self, kind: CallEventKind, detail: Option<String>, at: UnixMillis) -> NewCallEvent {
        NewCallEvent {
            id: CallEventId(self.parts.entropy.uuid()),
            kind,
            leg: None,
            detail,
            at,
        }
    }

    fn write(&self, webhook: &Webhook<VoiceRequest>, target: CallTarget, legs: Vec<LegReport>) -> CallWrite {
        let tenant = &webhook.tenant;
        CallWrite {
            legs,
            sids: webhook.asked.sids().into_iter().map(str::to_owned).collect(),
            ..CallWrite::on(tenant.user_id, &tenant.connection.account_sid, target)
        }
    }

    /// Notes in the write what was decided.
    fn plan(&self, write: &mut CallWrite, key: String, plan: Plan, now: UnixMillis) -> Result<(), ServiceError> {
        let xml = plan.response.to_xml().map_err(ServiceError::internal)?;
        write.receipt = Some(Receipt { key, answer: Some(xml) });
        write.marks.asked_voicemail = plan.asked_voicemail;
        write.marks.refused = plan.refused;
        let events = plan.events.into_iter();
        write.events = events.map(|(kind, detail)| self.event(kind, detail, now)).collect();
        Ok(())
    }

    /// Stores what was decided together with the request, and gives the answer: for a repetition, the one it got before.
    async fn store(&self, mut write: CallWrite, key: String, plan: Plan) -> Result<String, Rejected> {
        let now = self.parts.clock.now();
        self.plan(&mut write, key, plan, now)?;
        let mut applied = self.parts.store.apply(&write, now).await?;
        if let (Applied::TooMany, Some(most), Some(receipt)) = (&applied, write.most_live.take(), write.receipt.take())
        {
            let plan = flow::refused(&dialling::too_many(most).message);
            self.plan(&mut write, receipt.key, plan, now)?;
            applied = self.parts.store.apply(&write, now).await?;
        }
        match applied {
            Applied::Done {
                answer: Some(answer), ..
            } => Ok(answer),
            Applied::Again(Some(answer)) => {
                figures::webhook_repeated("voice");
                Ok(answer)
            }
            other => Err(not_stored(&other)),
        }
    }
}
