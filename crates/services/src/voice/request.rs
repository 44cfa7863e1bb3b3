//! Calls that are asked for over HTTP: the user's browser rings first, then the other side.

use std::sync::Arc;

use domain::call::{CallEventKind, Direction, LegRole, Origin};
use domain::connection::ConnectionState;
use domain::id::CallId;
use domain::problem::Problem;
use store::{Applied, CallTarget, CallWrite, Claim, NewCall, NewClaim, Tenant};
use tracing::Instrument as _;
use twilio::twiml::{CallEvent, Method};

use super::legs::{self, Report};
use super::urls::Then;
use super::webhook::key;
use super::{Voice, dialling};
use crate::{Caller, ServiceError, connections};

/// How long the browser rings, in seconds.
const BROWSER_RINGS: u32 = 30;
/// Longest idempotency key, in bytes.
const KEY_MAX: usize = 255;

/// What an idempotency key is used for.
const ROUTE: &str = "POST /api/calls";

impl Voice {
    /// Begins a call from the server. It is stored first; whether Twilio takes it is seen from the call.
    ///
    /// # Errors
    /// `Invalid` when `to` may not be called, or the key was used for another request; `Conflict` when nothing is connected,
    /// or the caps are reached.
    pub async fn request_call(
        &self,
        caller: &Caller,
        to: &str,
        idempotency_key: Option<&str>,
    ) -> Result<CallId, ServiceError> {
        let claim = idempotency_key.map(|key| claim_of(ROUTE, key, [to])).transpose()?;
        if let Some(claim) = &claim
            && let Some(earlier) = used(self.parts.store.lookup_claim(caller.user_id, claim).await?)?
        {
            return Ok(earlier);
        }
        let tenant = self.connected(caller).await?;
        let settings = &tenant.voice;
        let number = tenant.connection.phone_number.clone();
        let to = dialling::check(to, &number, settings)
            .map_err(ServiceError::Invalid)?
            .number;
        let seconds = self
            .within_caps(caller.user_id, settings)
            .await?
            .map_err(ServiceError::Conflict)?;

        let now = self.parts.clock.now();
        let id = CallId(self.parts.entropy.uuid());
        let target = CallTarget::New(NewCall {
            id,
            provider_sid: None,
            direction: Direction::Outbound,
            origin: Origin::Server,
            from: number,
            to,
            started_at: now,
        });
        let mut write = CallWrite::on(caller.user_id, &tenant.connection.account_sid, target);
        write.claim = claim;
        // Counted again where it is written: of two calls in the same instant, one comes first.
        write.most_live = Some(settings.max_concurrent);
        write.events.push(self.event(CallEventKind::Requested, None, now));
        match self.parts.store.apply(&write, now).await? {
            Applied::Done { .. } => {}
            Applied::Claimed(claim) => {
                return used(claim)?.ok_or_else(|| ServiceError::internal("a key is both new and used"));
            }
            Applied::TooMany => return Err(ServiceError::Conflict(dialling::too_many(settings.max_concurrent))),
            other => return Err(ServiceError::internal(format!("a call was not stored: {other:?}"))),
        }
        let voice = self.clone();
        let work = async move {
            if let Err(error) = voice.ring_browser(&tenant, id, seconds).await {
                tracing::error!(call = %id, error = %error.chain(), "a requested call could not be begun");
            }
        };
        self.parts.tasks.spawn(work.in_current_span());
        Ok(id)
    }

    /// Asks Twilio to ring the user's browser, and notes what it says. What was asked and never answered is left to the
    /// reports that follow, or to the worker.
    async fn ring_browser(&self, tenant: &Tenant, call: CallId, seconds: u32) -> Result<(), ServiceError> {
        let asked = self
            .client_of(tenant)?
            .create_call(&twilio::NewCall {
                to: format!("client:{}", tenant.voice_identity),
                from: tenant.connection.phone_number.clone(),
                url: self.urls.go_on(call, Then::Browser, 0),
                method: Some(Method::Post),
                status_callback: Some(self.urls.status(call, LegRole::Caller)),
                status_callback_events: CallEvent::ALL.to_vec(),
                status_callback_method: Some(Method::Post),
                timeout: Some(BROWSER_RINGS),
                time_limit: Some(seconds),
            })
            .await;
        let now = self.parts.clock.now();
        let mut write = CallWrite::on(
            tenant.user_id,
            &tenant.connection.account_sid,
            CallTarget::Existing(call),
        );
        match asked {
            Ok(made) => write.legs.extend(legs::status(&made.status).map(|status| {
                Report {
                    sid: made.sid.as_str(),
                    role: LegRole::Caller,
                    status,
                    at: now,
                    duration: None,
                    error_code: None,
                }
                .noted(self.parts.entropy)
            })),
            Err(error) if error.outcome_unknown() => {
                let sentence = "Twilio did not say whether it began the call.".to_owned();
                write
                    .events
                    .push(self.event(CallEventKind::Problem, Some(sentence), now));
            }
            Err(error) => {
                let problem = connections::problem_of(&error);
                write
                    .events
                    .push(self.event(CallEventKind::Problem, Some(problem.message.clone()), now));
                write.marks.refused = Some(problem.message);
            }
        }
        self.parts.store.apply(&write, now).await?;
        Ok(())
    }

    /// The account that the caller's calls go through.
    async fn connected(&self, caller: &Caller) -> Result<Arc<Tenant>, ServiceError> {
        let tenant = self.parts.store.tenant_of_user(caller.user_id).await?;
        let connected = tenant.filter(|tenant| tenant.connection.state == ConnectionState::Connected);
        connected.ok_or_else(|| {
            ServiceError::Conflict(Problem::new(
                "twilio_not_connected",
                "No Twilio account is connected. Connect one under Settings → Twilio Setup.",
            ))
        })
    }
}

/// A key that came with a request of these parts.
pub(crate) fn claim_of<'a>(
    route: &str,
    idempotency_key: &str,
    request: impl IntoIterator<Item = &'a str>,
) -> Result<NewClaim, ServiceError> {
    let fits = (1..=KEY_MAX).contains(&idempotency_key.len())
        && idempotency_key
            .bytes()
            .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !fits {
        return Err(ServiceError::Invalid(Problem::new(
            "invalid_idempotency_key",
            "An Idempotency-Key has 1 to 255 printable ASCII characters.",
        )));
    }
    Ok(NewClaim {
        route: route.to_owned(),
        key: idempotency_key.to_owned(),
        request_hash: key(request),
    })
}

/// What the key was used for, if it was.
fn used(claim: Claim) -> Result<Option<CallId>, ServiceError> {
    match claim {
        Claim::New => Ok(None),
        Claim::Same(id) => Ok(Some(id)),
        Claim::Different => Err(ServiceError::Invalid(Problem::new(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Use a new one.",
        ))),
    }
}
