//! Calls and recordings as Twilio lists them: what was never told, because its reports were lost, is taken in from there.
//! Whatever is known already, or may still be told, is left alone.

use std::collections::{BTreeMap, HashMap};

use domain::call::{CallEventKind, Direction, LegRole, Origin};
use domain::id::{CallId, RecordingId};
use domain::phone::TEST_CALL;
use domain::recording::{RecordingKind, RecordingStatus};
use domain::time::UnixMillis;
use store::{Call, CallTarget, CallWrite, Leg, LegReport, NewCall, Recording, RecordingReport, Tenant};

use super::Voice;
use super::asked::short;
use super::legs::{self, Report};
use super::reports::recording_status;
use crate::ServiceError;
use crate::reconcile::has_had_its_time;

/// What `<Record>` makes has this source. <https://www.twilio.com/docs/voice/api/recording#recording-properties>
const RECORD_VERB: &str = "RecordVerb";

/// The legs of one call in Twilio's list, oldest first.
type Family<'a> = Vec<&'a twilio::Call>;

impl Voice {
    /// Takes in what the list of calls tells and nobody else has: the ends of calls, legs, and calls on the connected number of
    /// which nothing was heard. Tells how many calls that changed.
    pub(crate) async fn take_in_calls(&self, tenant: &Tenant, listed: &[twilio::Call]) -> Result<usize, ServiceError> {
        let account = &tenant.connection.account_sid;
        let sids: Vec<String> = listed
            .iter()
            .flat_map(|call| [Some(&call.sid), call.parent_call_sid.as_ref()])
            .flatten()
            .map(ToString::to_string)
            .collect();
        let known: HashMap<String, (CallId, Leg)> = self
            .parts
            .store
            .legs_of_sids(account, &sids)
            .await?
            .into_iter()
            .map(|(call, leg)| (leg.sid.clone(), (call, leg)))
            .collect();
        // Twilio lists the newest first; what came first is taken in first.
        let mut families: BTreeMap<usize, (&str, Family<'_>)> = BTreeMap::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (place, call) in listed.iter().rev().enumerate() {
            let first = call.parent_call_sid.as_ref().unwrap_or(&call.sid).as_str();
            let place = *places.entry(first).or_insert(place);
            families
                .entry(place)
                .or_insert_with(|| (first, Vec::new()))
                .1
                .push(call);
        }
        let mut changed = 0;
        for (first, family) in families.values() {
            changed += usize::from(self.take_in_family(tenant, first, family, &known).await?);
        }
        Ok(changed)
    }

    async fn take_in_family(
        &self,
        tenant: &Tenant,
        first: &str,
        family: &[&twilio::Call],
        known: &HashMap<String, (CallId, Leg)>,
    ) -> Result<bool, ServiceError> {
        let (account, now) = (&tenant.connection.account_sid, self.parts.clock.now());
        let owner = family
            .iter()
            .map(|call| call.sid.as_str())
            .chain([first])
            .find_map(|sid| known.get(sid));
        let (target, direction, known_first) = if let Some((id, _)) = owner {
            let Some(call) = self.parts.store.call(tenant.user_id, *id).await? else {
                return Ok(false);
            };
            (CallTarget::Existing(*id), call.direction, call.provider_sid)
        } else {
            let Some(new) = family
                .iter()
                .find(|call| call.sid.as_str() == first)
                .filter(|call| has_had_its_time(call.end_time.as_deref().or(call.start_time.as_deref()), now))
                .and_then(|call| self.unheard_of(tenant, call))
            else {
                return Ok(false);
            };
            let direction = new.direction;
            (CallTarget::New(new), direction, Some(first.to_owned()))
        };
        let is_new = matches!(target, CallTarget::New(_));
        let mut write = CallWrite::on(tenant.user_id, account, target);
        for call in family {
            let leg = known.get(call.sid.as_str()).map(|(_, leg)| leg);
            let role = match leg {
                Some(leg) => leg.state.role,
                None if known_first.as_deref() == Some(call.sid.as_str()) => LegRole::Caller,
                None => role_of_new(&call.to, direction),
            };
            write.legs.extend(self.untold(call, role, leg, is_new));
        }
        if write.legs.is_empty() {
            return Ok(false);
        }
        write.events.push(self.event(CallEventKind::Found, None, now));
        self.parts.store.apply(&write, now).await?;
        Ok(true)
    }

    /// What the list tells of a leg, where nobody else has and it is too late for that.
    fn untold(&self, call: &twilio::Call, role: LegRole, known: Option<&Leg>, is_new: bool) -> Option<LegReport> {
        let now = self.parts.clock.now();
        let status = legs::status(&call.status)?;
        let is_known = known.is_some_and(|leg| leg.state.status.is_terminal() || leg.state.status == status);
        let too_late = status.is_terminal() && has_had_its_time(call.end_time.as_deref(), now);
        if is_known || !(is_new || too_late) {
            return None;
        }
        let at = if status.is_terminal() {
            &call.end_time
        } else {
            &call.start_time
        };
        let report = Report {
            sid: call.sid.as_str(),
            role,
            status,
            at: moment(at.as_deref(), now),
            duration: call.duration,
            error_code: None,
        };
        Some(report.noted(self.parts.entropy))
    }

    /// A call that we should have heard of: somebody called the connected number, or the user called from his browser.
    fn unheard_of(&self, tenant: &Tenant, call: &twilio::Call) -> Option<NewCall> {
        let number = &tenant.connection.phone_number;
        let from_browser = call.from == format!("client:{}", tenant.voice_identity);
        let is_ours = call.direction.as_deref() == Some("inbound") && (from_browser || call.to == *number);
        if !is_ours {
            return None;
        }
        let (direction, origin, from) = if from_browser {
            (Direction::Outbound, Origin::Browser, number.clone())
        } else {
            (Direction::Inbound, Origin::PhoneNetwork, short(&call.from))
        };
        Some(NewCall {
            id: CallId(self.parts.entropy.uuid()),
            provider_sid: Some(call.sid.to_string()),
            direction,
            origin,
            from,
            to: short(&call.to),
            started_at: moment(call.start_time.as_deref(), self.parts.clock.now()),
        })
    }

    /// Takes in what the list of recordings tells and nobody else has. Tells how many that are.
    pub(crate) async fn take_in_recordings(
        &self,
        tenant: &Tenant,
        listed: &[twilio::Recording],
    ) -> Result<usize, ServiceError> {
        let account = &tenant.connection.account_sid;
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let sids: Vec<String> = listed.iter().map(|recording| recording.sid.to_string()).collect();
        let known: HashMap<String, RecordingStatus> = store
            .recordings_of_sids(account, &sids)
            .await?
            .into_iter()
            .map(|recording| (recording.sid, recording.status))
            .collect();
        let calls: Vec<String> = listed
            .iter()
            .filter_map(|recording| recording.call_sid.as_ref().map(ToString::to_string))
            .collect();
        let calls: HashMap<String, CallId> = store
            .legs_of_sids(account, &calls)
            .await?
            .into_iter()
            .map(|(call, leg)| (leg.sid, call))
            .collect();
        let mut changed = 0;
        for recording in listed.iter().rev() {
            let status = recording_status(&recording.status);
            let is_known = known.get(recording.sid.as_str()).is_some_and(|known| {
                *known != RecordingStatus::InProgress || status == Some(RecordingStatus::InProgress)
            });
            let call = recording.call_sid.as_ref().and_then(|sid| calls.get(sid.as_str()));
            let (false, Some(call)) = (is_known, call) else {
                continue;
            };
            if status.is_none_or(|status| status == RecordingStatus::InProgress) || !is_over(recording, now) {
                continue;
            }
            let Some(call) = store.call(tenant.user_id, *call).await? else {
                continue;
            };
            changed += usize::from(self.found_recording(&call, recording).await?);
        }
        Ok(changed)
    }

    /// Takes in how far Twilio says that a recording of the call is; tells whether that is an end.
    pub(super) async fn found_recording(&self, call: &Call, found: &twilio::Recording) -> Result<bool, ServiceError> {
        let Some(status) = recording_status(&found.status).filter(|status| *status != RecordingStatus::InProgress)
        else {
            return Ok(false);
        };
        let now = self.parts.clock.now();
        let is_message = call.asked_voicemail && found.source.as_deref() == Some(RECORD_VERB);
        // Nothing of a test call is kept.
        let is_test = call.to == TEST_CALL && status == RecordingStatus::Completed;
        let report = RecordingReport {
            id: RecordingId(self.parts.entropy.uuid()),
            sid: found.sid.to_string(),
            kind: if is_message {
                RecordingKind::Voicemail
            } else {
                RecordingKind::Conversation
            },
            status: if is_test { RecordingStatus::Deleting } else { status },
            duration_seconds: found.duration.and_then(|seconds| u32::try_from(seconds).ok()),
            channels: found.channels.unwrap_or(1),
            started_at: moment(found.start_time.as_deref(), now),
        };
        let mut write = CallWrite::on(call.user_id, &call.account_sid, CallTarget::Existing(call.id));
        if status == RecordingStatus::Completed {
            let detail = found.duration.map(|seconds| format!("{seconds} seconds"));
            write.events.push(self.event(CallEventKind::Recording, detail, now));
        }
        write.events.push(self.event(CallEventKind::Found, None, now));
        write.recording = Some(report);
        self.parts.store.apply(&write, now).await?;
        Ok(true)
    }

    /// Nobody has the recording whose end was never told.
    pub(super) async fn lost_recording(&self, recording: &Recording) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        let target = CallTarget::Existing(recording.call_id);
        let mut write = CallWrite::on(recording.user_id, &recording.account_sid, target);
        write.recording = Some(RecordingReport {
            id: recording.id,
            sid: recording.sid.clone(),
            kind: recording.kind,
            status: RecordingStatus::Absent,
            duration_seconds: None,
            channels: recording.channels,
            started_at: recording.started_at,
        });
        self.parts.store.apply(&write, now).await?;
        Ok(())
    }
}

/// What Twilio says of a time, unless it lies in the future; else now.
fn moment(said: Option<&str>, now: UnixMillis) -> UnixMillis {
    let said = said.and_then(twilio::webhook::rfc2822);
    said.map_or(now, |said| UnixMillis(said.as_millisecond()).min(now))
}

/// Whether the recording's report should have come by now.
fn is_over(recording: &twilio::Recording, now: UnixMillis) -> bool {
    let length = i64::try_from(recording.duration.unwrap_or_default()).unwrap_or(i64::MAX);
    has_had_its_time(recording.start_time.as_deref(), now.plus(length.saturating_mul(-1000)))
}

/// What a leg is for that another one has dialled.
pub(super) fn role_of_new(to: &str, direction: Direction) -> LegRole {
    match direction {
        _ if to.starts_with("client:") => LegRole::Browser,
        Direction::Inbound => LegRole::Forward,
        Direction::Outbound => LegRole::Callee,
    }
}
