//! What Twilio says of a leg, in our words.

use domain::call::{CallStatus, LegRole, LegState};
use domain::id::CallEventId;
use domain::time::UnixMillis;
use jiff::Timestamp;
use store::LegReport;
use twilio::webhook::DialCallStatus;

use crate::Entropy;

/// How far in the past and in the future Twilio's clock is believed, in milliseconds: reports are late, clocks differ.
const PAST: i64 = 24 * 60 * 60 * 1000;
const FUTURE: i64 = 5 * 60 * 1000;

/// A status that is known here.
pub(super) fn status(said: &twilio::CallStatus) -> Option<CallStatus> {
    Some(match said {
        twilio::CallStatus::Queued => CallStatus::Queued,
        twilio::CallStatus::Initiated => CallStatus::Initiated,
        twilio::CallStatus::Ringing => CallStatus::Ringing,
        twilio::CallStatus::InProgress => CallStatus::InProgress,
        twilio::CallStatus::Completed => CallStatus::Completed,
        twilio::CallStatus::Busy => CallStatus::Busy,
        twilio::CallStatus::Failed => CallStatus::Failed,
        twilio::CallStatus::NoAnswer => CallStatus::NoAnswer,
        twilio::CallStatus::Canceled => CallStatus::Canceled,
        twilio::CallStatus::Unknown(_) => return None,
    })
}

/// How the leg ended that a `<Dial>` made.
pub(super) fn dialled(said: DialCallStatus) -> CallStatus {
    match said {
        DialCallStatus::Completed | DialCallStatus::Answered => CallStatus::Completed,
        DialCallStatus::Busy => CallStatus::Busy,
        DialCallStatus::NoAnswer => CallStatus::NoAnswer,
        DialCallStatus::Failed => CallStatus::Failed,
        DialCallStatus::Canceled => CallStatus::Canceled,
    }
}

/// When it happened by Twilio's clock, if that can be; else now.
pub(super) fn moment(said: Option<Timestamp>, now: UnixMillis) -> UnixMillis {
    said.map(|said| UnixMillis(said.as_millisecond()))
        .filter(|said| (-PAST..=FUTURE).contains(&said.since(now)))
        .unwrap_or(now)
}

/// What is reported of a leg.
pub(super) struct Report<'a> {
    pub(super) sid: &'a str,
    pub(super) role: LegRole,
    pub(super) status: CallStatus,
    pub(super) at: UnixMillis,
    /// Seconds from answer to end.
    pub(super) duration: Option<u64>,
    pub(super) error_code: Option<u32>,
}

impl Report<'_> {
    pub(super) fn noted(self, entropy: Entropy) -> LegReport {
        let mut state = LegState::reported(self.role, self.status, self.at);
        if self.status.is_terminal() {
            state.duration_seconds = self.duration.and_then(|seconds| u32::try_from(seconds).ok());
        }
        if self.status == CallStatus::Completed {
            // For the case that the report of the answer is lost.
            state.answered_at = state
                .duration_seconds
                .map(|seconds| self.at.plus(-i64::from(seconds) * 1000));
        }
        state.error_code = self.error_code;
        LegReport {
            sid: self.sid.to_owned(),
            state,
            hint: None,
            event: CallEventId(entropy.uuid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    #[test]
    fn twilios_clock_is_believed_within_a_day() {
        let at = |millis: i64| Some(Timestamp::from_millisecond(NOW.0 + millis).unwrap());
        assert_eq!(moment(at(-3_600_000), NOW), NOW.plus(-3_600_000));
        assert_eq!(moment(at(2_000), NOW), NOW.plus(2_000));
        assert_eq!(moment(at(-2 * PAST), NOW), NOW);
        assert_eq!(moment(at(2 * FUTURE), NOW), NOW);
        assert_eq!(moment(None, NOW), NOW);
    }

    #[test]
    fn an_end_tells_when_the_leg_was_answered() {
        let report = |status, duration| {
            Report {
                sid: "CA",
                role: LegRole::Browser,
                status,
                at: NOW,
                duration,
                error_code: None,
            }
            .noted(Entropy)
            .state
        };
        let ended = report(CallStatus::Completed, Some(30));
        assert_eq!(ended.answered_at, Some(NOW.plus(-30_000)));
        assert_eq!((ended.ended_at, ended.duration_seconds), (Some(NOW), Some(30)));
        let unknown = report(CallStatus::Completed, None);
        assert_eq!((unknown.answered_at, unknown.duration_seconds), (None, None));
        assert_eq!(report(CallStatus::NoAnswer, Some(0)).answered_at, None);
        assert_eq!(report(CallStatus::InProgress, Some(9)).duration_seconds, None);
    }
}
