//! What a person does with a call that is running: hold, hand over, end.

use std::sync::Arc;
use std::time::Duration;

use domain::call::{CallEventKind, CallStatus, Direction, LegRole};
use domain::id::CallId;
use domain::problem::Problem;
use store::{Applied, Call, CallTarget, CallWrite, Leg, LegReport, Marks, NewCallEvent, Tenant};
use tracing::Instrument as _;
use twilio::{CallEnd, CallInstructions, CallSid, ConferenceSid, ParticipantChange};

use super::flow::{self, Scene};
use super::{Voice, dialling};
use crate::{Caller, ServiceError, connections};

/// How long a leg may take to arrive in the conference, and how often it is looked for.
const ARRIVES_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long the end of one side may take to be followed by the other's, before we see to it.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(3);

/// The two sides of a call that is in progress.
struct Sides {
    /// The other party's leg.
    remote: CallSid,
    /// The leg that the first one's `<Dial>` made: it has to leave it first.
    child: CallSid,
}

impl Voice {
    /// Puts the other party on hold, or takes him back. Twice is as once.
    ///
    /// # Errors
    /// `NotFound` when the call is none of the caller's; `Conflict` when nobody is on the line; `Upstream` when Twilio does not
    /// do it.
    pub async fn hold(&self, caller: &Caller, call: &str, on: bool) -> Result<(), ServiceError> {
        let (tenant, call, sides) = self.on_the_line(caller, call).await?;
        if call.on_hold == on {
            return Ok(());
        }
        let client = self.client_of(&tenant)?;
        let name = call.id.to_string();
        if call.conference.is_none() {
            // Noted first: the first leg asks what next as soon as the other has left.
            let marks = Marks {
                conference: Some(name.clone()),
                ..Marks::default()
            };
            self.mark(&tenant, call.id, marks, None).await?;
            let recording = self.settings(caller.user_id).await?.recording;
            let twiml = flow::conference(&self.urls, call.id, recording);
            let twiml = twiml.to_xml().map_err(ServiceError::internal)?;
            client
                .redirect_call(&sides.child, &CallInstructions::Twiml(twiml))
                .await
                .map_err(refused)?;
        }
        self.set_hold(&client, &name, &sides.remote, on).await?;
        let kind = if on {
            CallEventKind::Held
        } else {
            CallEventKind::Resumed
        };
        let marks = Marks {
            on_hold: Some(on),
            ..Marks::default()
        };
        let event = self.event(kind, None, self.parts.clock.now());
        self.mark(&tenant, call.id, marks, Some(event)).await
    }

    /// Sets the hold of a participant, who may still be on the way into the conference.
    async fn set_hold(
        &self,
        client: &twilio::Client,
        conference: &str,
        remote: &CallSid,
        on: bool,
    ) -> Result<(), ServiceError> {
        let change = ParticipantChange {
            hold: Some(on),
            ..ParticipantChange::default()
        };
        let deadline = tokio::time::Instant::now() + ARRIVES_WITHIN;
        let mut known: Option<ConferenceSid> = None;
        loop {
            if known.is_none() {
                let running = client.list_conferences_in_progress(conference).await.map_err(refused)?;
                known = running.into_iter().next().map(|conference| conference.sid);
            }
            if let Some(sid) = &known {
                match client.update_participant(sid, remote, &change).await {
                    Ok(_) => return Ok(()),
                    Err(error) if error.is_not_found() => {}
                    Err(error) => return Err(refused(error)),
                }
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(ServiceError::Upstream(Problem::new(
                    "hold_failed",
                    "Twilio did not put the call on hold in time. Try again.",
                )));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Hands the other party over to a number, without asking there first.
    ///
    /// # Errors
    /// As [`Self::hold`]; `Invalid` when the number may not be called.
    pub async fn transfer(&self, caller: &Caller, call: &str, to: &str) -> Result<(), ServiceError> {
        let (tenant, call, sides) = self.on_the_line(caller, call).await?;
        let settings = self.settings(caller.user_id).await?;
        let number = &tenant.connection.phone_number;
        let to = dialling::check(to, number, &settings)
            .map_err(ServiceError::Invalid)?
            .number;
        // The call that is handed over is not one more.
        let used = self.used_today(caller.user_id).await?;
        let seconds = dialling::within_caps(0, used, &settings).map_err(ServiceError::Conflict)?;
        let now = self.parts.clock.now();
        let scene = Scene {
            urls: &self.urls,
            call: call.id,
            number,
            identity: &tenant.voice_identity,
            from: &call.from,
            to: &call.to,
            settings: &settings,
            phone_there: false,
            // Twice the same address would be the same question.
            step: u64::try_from(now.0).unwrap_or_default(),
        };
        let twiml = scene.transfer(&to, seconds).to_xml().map_err(ServiceError::internal)?;
        self.client_of(&tenant)?
            .redirect_call(&sides.remote, &CallInstructions::Twiml(twiml))
            .await
            .map_err(refused)?;
        let marks = Marks {
            transferred_to: Some(to.clone()),
            on_hold: call.on_hold.then_some(false),
            ..Marks::default()
        };
        let event = self.event(CallEventKind::Transferred, Some(to), now);
        self.mark(&tenant, call.id, marks, Some(event)).await
    }

    /// Ends a call. One that is over already is left as it is.
    ///
    /// # Errors
    /// `NotFound` when the call is none of the caller's; `Conflict` when Twilio has not begun it yet; `Upstream` when Twilio
    /// does not end it.
    pub async fn end(&self, caller: &Caller, call: &str) -> Result<(), ServiceError> {
        let (tenant, call) = self.call_of(caller, call).await?;
        if call.summary.status.is_terminal() {
            return Ok(());
        }
        let legs = self.parts.store.legs(call.id).await?;
        // The first leg holds the others; once it has gone, those live by themselves.
        let live = || legs.iter().filter(|leg| !leg.state.status.is_terminal());
        let first: Vec<&Leg> = live().filter(|leg| leg.state.role == LegRole::Caller).collect();
        let ended = if first.is_empty() { live().collect() } else { first };
        if ended.is_empty() && legs.is_empty() {
            return Err(ServiceError::Conflict(Problem::new(
                "call_not_begun",
                "This call has not begun yet. Try again in a moment.",
            )));
        }
        let client = self.client_of(&tenant)?;
        for leg in ended {
            end_leg(&client, &sid(&leg.sid)?).await?;
        }
        Ok(())
    }

    /// In a conference, where the end of one side may leave the other behind, ends the call a little later if Twilio has not.
    pub(super) fn leave_nobody_alone(
        &self,
        tenant: &Arc<Tenant>,
        call: &Call,
        role: LegRole,
        report: Option<&LegReport>,
    ) {
        let ended = report.is_some_and(|report| report.state.status.is_terminal()) && role != LegRole::Caller;
        if !ended || call.conference.is_none() || call.summary.status.is_terminal() {
            return;
        }
        let (voice, tenant, id) = (self.clone(), tenant.clone(), call.id);
        let work = async move {
            tokio::select! {
                () = tokio::time::sleep(FOLLOWS_WITHIN) => {}
                () = voice.parts.shutdown.cancelled() => return,
            }
            if let Err(error) = voice.end_if_alone(&tenant, id).await {
                tracing::error!(call = %id, error = %error.chain(), "a party that was left alone could not be let go");
            }
        };
        self.parts.tasks.spawn(work.in_current_span());
    }

    async fn end_if_alone(&self, tenant: &Tenant, id: CallId) -> Result<(), ServiceError> {
        let Some(call) = self.parts.store.call(tenant.user_id, id).await? else {
            return Ok(());
        };
        if call.summary.status.is_terminal() || call.transferred_to.is_some() {
            return Ok(());
        }
        match call.provider_sid {
            Some(first) => end_leg(&self.client_of(tenant)?, &sid(&first)?).await,
            None => Ok(()),
        }
    }

    /// The caller's call, and both sides of it. Where nobody has told us yet that somebody is on the line, Twilio is asked.
    async fn on_the_line(&self, caller: &Caller, call: &str) -> Result<(Arc<Tenant>, Call, Sides), ServiceError> {
        let (tenant, known) = self.call_of(caller, call).await?;
        match self.sides(&known).await {
            Err(ServiceError::Conflict(_)) if !known.summary.status.is_terminal() => {}
            Ok(sides) => return Ok((tenant, known, sides)),
            Err(error) => return Err(error),
        }
        self.ask_about(&tenant, &known).await?;
        let (tenant, known) = self.call_of(caller, call).await?;
        let sides = self.sides(&known).await?;
        Ok((tenant, known, sides))
    }

    /// Both sides of a call in which the user is talking to somebody.
    async fn sides(&self, call: &Call) -> Result<Sides, ServiceError> {
        let over = || {
            ServiceError::Conflict(Problem::new(
                "call_not_in_progress",
                "Nobody is on the line in this call.",
            ))
        };
        if call.summary.status != CallStatus::InProgress || call.transferred_to.is_some() {
            return Err(over());
        }
        let legs = self.parts.store.legs(call.id).await?;
        let of = |role| {
            let on_the_line = |leg: &&Leg| leg.state.role == role && leg.state.status == CallStatus::InProgress;
            legs.iter().find(on_the_line)
        };
        let child = match call.direction {
            Direction::Inbound => of(LegRole::Browser),
            Direction::Outbound => of(LegRole::Callee),
        };
        // Nothing is reported of the first leg's answer where it is Twilio itself that answers.
        let first = legs
            .iter()
            .find(|leg| leg.state.role == LegRole::Caller && !leg.state.status.is_terminal());
        let (Some(child), Some(first)) = (child, first) else {
            return Err(over());
        };
        let remote = match call.direction {
            Direction::Inbound => first,
            Direction::Outbound => child,
        };
        Ok(Sides {
            remote: sid(&remote.sid)?,
            child: sid(&child.sid)?,
        })
    }

    async fn mark(
        &self,
        tenant: &Tenant,
        call: CallId,
        marks: Marks,
        event: Option<NewCallEvent>,
    ) -> Result<(), ServiceError> {
        let target = CallTarget::Existing(call);
        let mut write = CallWrite::on(tenant.user_id, &tenant.connection.account_sid, target);
        write.marks = marks;
        write.events.extend(event);
        match self.parts.store.apply(&write, self.parts.clock.now()).await? {
            Applied::Done { .. } => Ok(()),
            other => Err(ServiceError::internal(format!("a call was not marked: {other:?}"))),
        }
    }
}

async fn end_leg(client: &twilio::Client, leg: &CallSid) -> Result<(), ServiceError> {
    match client.end_call(leg, CallEnd::Completed).await {
        Ok(_) => Ok(()),
        // It has ended by itself.
        Err(error) if error.is_wrong_call_state() || error.is_not_found() => Ok(()),
        Err(error) => Err(refused(error)),
    }
}

/// Twilio's refusal, for the one who asked.
fn refused(error: twilio::Error) -> ServiceError {
    if error.is_wrong_call_state() || error.is_not_found() {
        return ServiceError::Conflict(Problem::new("call_over", "This call is over."));
    }
    ServiceError::Upstream(connections::problem_of(&error))
}

/// A SID that we stored ourselves after checking it.
pub(super) fn sid(text: &str) -> Result<CallSid, ServiceError> {
    text.parse().map_err(ServiceError::internal)
}
