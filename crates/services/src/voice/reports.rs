//! What Twilio reports: how far a leg or a recording is. It hears no more than that we have stored it.

use domain::call::{CallEventKind, Direction, Origin, RoleHint};
use domain::id::{CallId, RecordingId};
use domain::recording::{RecordingKind, RecordingStatus};
use store::{Applied, Call, CallTarget, CallWrite, LegReport, NewCall, NewCallEvent, Receipt};
use twilio::webhook::{Party, RecordingSource};

use super::Voice;
use super::asked::{RecordingReport, StatusReport, short, text_of};
use super::legs::{self, Report};
use super::webhook::{Asked, Rejected, Webhook, not_stored};
use crate::{ServiceError, figures};

impl Voice {
    /// A leg has come further. A report may come before anything else is known of its call, which is added then.
    ///
    /// # Errors
    /// `Forbidden` when it speaks of what is not the tenant's; `Internal` when the database fails: then nothing is stored, and
    /// Twilio reports again.
    pub async fn status(&self, webhook: Webhook<StatusReport>) -> Result<(), Rejected> {
        let asked = &webhook.asked;
        let now = self.parts.clock.now();
        let at = legs::moment(asked.at, now);
        let target = match webhook.named {
            Some(id) => CallTarget::Existing(id),
            None => CallTarget::New(self.placeholder(&webhook)),
        };
        let mut write = self.report_of(&webhook, target);
        // As far as it can be told without the call; the rest is found out where it is written.
        let hint = hint_of(&webhook);
        let sid = asked.call_sid.as_str();
        let role = hint.role(sid, None, Direction::Inbound);
        match asked.status.as_ref().and_then(legs::status) {
            Some(status) => {
                let report = Report {
                    sid,
                    role,
                    status,
                    at,
                    duration: asked.seconds,
                    error_code: asked.error_code,
                };
                write.legs.push(LegReport {
                    hint: Some(hint),
                    ..report.noted(self.parts.entropy)
                });
            }
            None => {
                let call = self.named_call(&webhook).await?;
                let role = call.map_or(role, |call| {
                    hint.role(sid, call.provider_sid.as_deref(), call.direction)
                });
                write.events.push(NewCallEvent {
                    leg: Some(role),
                    ..self.event(CallEventKind::Status, Some(asked.word.clone()), at)
                });
            }
        }
        match self.parts.store.apply(&write, now).await? {
            Applied::Done { call, .. } => {
                let role = hint.role(sid, call.provider_sid.as_deref(), call.direction);
                self.leave_nobody_alone(&webhook.tenant, &call, role, write.legs.first());
                Ok(())
            }
            Applied::Again(_) => {
                figures::webhook_repeated("call_status");
                Ok(())
            }
            other => Err(not_stored(&other)),
        }
    }

    /// A recording has come further.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub async fn recorded(&self, webhook: Webhook<RecordingReport>) -> Result<(), Rejected> {
        let asked = &webhook.asked;
        let now = self.parts.clock.now();
        let call = self.named_call(&webhook).await?;
        let target = match (&call, &asked.call_sid) {
            (Some(call), _) => CallTarget::Existing(call.id),
            // Conferences are ours alone, and the addresses that they report to name the call.
            (None, None) => return Err(ServiceError::internal("a recording of no call").into()),
            (None, Some(sid)) => CallTarget::New(NewCall {
                id: CallId(self.parts.entropy.uuid()),
                provider_sid: Some(sid.to_string()),
                direction: Direction::Inbound,
                origin: Origin::PhoneNetwork,
                from: String::new(),
                to: String::new(),
                started_at: now,
            }),
        };
        let mut write = self.report_of(&webhook, target);
        match asked.status.as_ref().and_then(recording_status) {
            Some(status) => {
                write.recording = Some(store::RecordingReport {
                    id: RecordingId(self.parts.entropy.uuid()),
                    sid: asked.sid.to_string(),
                    kind: kind_of(asked, call.as_ref()),
                    status,
                    duration_seconds: asked.seconds.and_then(|seconds| u32::try_from(seconds).ok()),
                    channels: asked.channels.unwrap_or(1),
                    started_at: legs::moment(asked.started_at, now),
                });
                if status == RecordingStatus::Completed {
                    let said = asked.seconds.map(|seconds| format!("{seconds} seconds"));
                    let detail = said.or_else(|| asked.odd_length.clone());
                    write.events.push(self.event(CallEventKind::Recording, detail, now));
                }
            }
            None => write
                .events
                .push(self.event(CallEventKind::Recording, Some(asked.word.clone()), now)),
        }
        match self.parts.store.apply(&write, now).await? {
            Applied::Done { .. } => Ok(()),
            Applied::Again(_) => {
                figures::webhook_repeated("recording");
                Ok(())
            }
            other => Err(not_stored(&other)),
        }
    }

    fn report_of<P: Asked>(&self, webhook: &Webhook<P>, target: CallTarget) -> CallWrite {
        let tenant = &webhook.tenant;
        let mut write = CallWrite::on(tenant.user_id, &tenant.connection.account_sid, target);
        write.sids = webhook.asked.sids().into_iter().map(str::to_owned).collect();
        write.receipt = Some(Receipt {
            key: webhook.key_of_request(),
            answer: None,
        });
        write
    }

    /// The call of a report that names none of ours: known by the SID of its first leg, or to be added.
    fn placeholder(&self, webhook: &Webhook<StatusReport>) -> NewCall {
        let asked = &webhook.asked;
        let number = &webhook.tenant.connection.phone_number;
        let first = asked.parent_sid.as_ref().unwrap_or(&asked.call_sid);
        // What is reported of another leg says nothing of who called whom.
        let is_first = asked.parent_sid.is_none();
        let (direction, origin) = match &asked.from {
            Party::Client(_) if is_first => (Direction::Outbound, Origin::Browser),
            _ if is_first && asked.from_api => (Direction::Outbound, Origin::Server),
            _ => (Direction::Inbound, Origin::PhoneNetwork),
        };
        let (from, to) = match (is_first, direction) {
            (false, _) => (String::new(), String::new()),
            (true, Direction::Inbound) => (text_of(&asked.from), short(&asked.to)),
            (true, Direction::Outbound) => (number.clone(), String::new()),
        };
        NewCall {
            id: CallId(self.parts.entropy.uuid()),
            provider_sid: Some(first.to_string()),
            direction,
            origin,
            from,
            to,
            started_at: legs::moment(asked.at, self.parts.clock.now()),
        }
    }
}

/// What the leg is for: as the address says, or as far as it can be told.
fn hint_of(webhook: &Webhook<StatusReport>) -> RoleHint {
    let asked = &webhook.asked;
    RoleHint {
        is_child: asked.parent_sid.is_some(),
        said: webhook.query.leg.filter(|_| webhook.named.is_some()),
        is_browser: asked.to.starts_with("client:"),
    }
}

pub(super) fn recording_status(said: &twilio::RecordingStatus) -> Option<RecordingStatus> {
    Some(match said {
        twilio::RecordingStatus::InProgress
        | twilio::RecordingStatus::Paused
        | twilio::RecordingStatus::Stopped
        | twilio::RecordingStatus::Processing => RecordingStatus::InProgress,
        twilio::RecordingStatus::Completed => RecordingStatus::Completed,
        twilio::RecordingStatus::Absent => RecordingStatus::Absent,
        twilio::RecordingStatus::Failed => RecordingStatus::Failed,
        twilio::RecordingStatus::Deleted => RecordingStatus::Deleted,
        twilio::RecordingStatus::Unknown(_) => return None,
    })
}

/// `<Record>` makes messages only; what else is recorded is a conversation.
fn kind_of(asked: &RecordingReport, call: Option<&Call>) -> RecordingKind {
    let asked_for_message = call.is_none_or(|call| call.asked_voicemail);
    if asked.source == Some(RecordingSource::RecordVerb) && asked_for_message {
        RecordingKind::Voicemail
    } else {
        RecordingKind::Conversation
    }
}
