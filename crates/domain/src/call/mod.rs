//! A call, from the first sign of it to its end, as the sum of its legs.
//!
//! Twilio reports on each leg by itself, in no certain order, sometimes twice. Every report is folded into its leg with
//! [`LegState::merge`], and what a person reads is [`summary`] of the legs: both come to the same result whatever the order, so
//! that no late or repeated report moves anything backwards.

mod view;

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

pub use view::{CallEventKind, CallEventView, CallView};

stored_enum! {
    /// Where a call or one of its legs is, in Twilio's words: <https://www.twilio.com/docs/voice/api/call-resource#call-status-values>.
    CallStatus {
        /// Asked for, not begun.
        Queued = "queued",
        /// Begun.
        Initiated = "initiated",
        /// It rings.
        Ringing = "ringing",
        /// Two parties hear each other.
        InProgress = "in-progress",
        /// Ended before it was answered, by the one who called.
        Canceled = "canceled",
        /// Nobody answered in time.
        NoAnswer = "no-answer",
        /// The other side was busy, or declined.
        Busy = "busy",
        /// It could not be put through.
        Failed = "failed",
        /// Ended after it had been answered.
        Completed = "completed",
    }
}

impl CallStatus {
    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Canceled | Self::NoAnswer | Self::Busy | Self::Failed | Self::Completed
        )
    }

    /// Whether somebody has picked up.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::InProgress | Self::Completed)
    }

    /// The later of two reports, whichever came first. The variants stand in the order of a call's life.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

stored_enum! {
    /// Who called whom, seen from the user.
    Direction {
        /// Somebody called the user's number.
        Inbound = "inbound",
        /// The user called somebody.
        Outbound = "outbound",
    }
}

stored_enum! {
    /// What began a call.
    Origin {
        /// The phone network: somebody dialled the user's number.
        PhoneNetwork = "phone_network",
        /// The user's browser.
        Browser = "browser",
        /// The server, asked over HTTP: it rings the user's browser first.
        Server = "server",
    }
}

stored_enum! {
    /// What a leg is for.
    LegRole {
        /// The first leg, whose TwiML is the call's: the outside caller, or the user's browser where he calls.
        Caller = "caller",
        /// The user's browser, rung for an inbound call.
        Browser = "browser",
        /// The phone that the user forwards to.
        Forward = "forward",
        /// The party that the user calls.
        Callee = "callee",
        /// The party that the user handed the call to.
        Transfer = "transfer",
    }
}

/// What a report tells of what its leg is for; the call tells the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleHint {
    /// The leg was made by another one.
    pub is_child: bool,
    /// What the address says that it was reported to.
    pub said: Option<LegRole>,
    /// It rings a browser.
    pub is_browser: bool,
}

impl RoleHint {
    /// What the leg of that SID is for, in a call of that direction whose first leg is `first`, where that is known.
    #[must_use]
    pub fn role(self, sid: &str, first: Option<&str>, direction: Direction) -> LegRole {
        if first.map_or(!self.is_child, |first| first == sid) {
            return LegRole::Caller;
        }
        match (self.said, direction) {
            (Some(said), _) => said,
            (None, _) if self.is_browser => LegRole::Browser,
            (None, Direction::Inbound) => LegRole::Forward,
            (None, Direction::Outbound) => LegRole::Callee,
        }
    }
}

/// One leg as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegState {
    /// What it is for.
    pub role: LegRole,
    /// How far it is.
    pub status: CallStatus,
    /// The earliest sign of it.
    pub started_at: UnixMillis,
    /// When it was picked up.
    pub answered_at: Option<UnixMillis>,
    /// When it ended.
    pub ended_at: Option<UnixMillis>,
    /// How long it was connected, as Twilio counts, in seconds.
    pub duration_seconds: Option<u32>,
    /// Twilio's code for why it failed.
    pub error_code: Option<u32>,
}

impl LegState {
    /// A leg of which this is the first report.
    #[must_use]
    pub fn reported(role: LegRole, status: CallStatus, at: UnixMillis) -> Self {
        Self {
            role,
            status,
            started_at: at,
            answered_at: (status == CallStatus::InProgress).then_some(at),
            ended_at: status.is_terminal().then_some(at),
            duration_seconds: None,
            error_code: None,
        }
    }

    /// What is known after both reports. The order does not matter, nor does a repetition. The role is the same in both; were
    /// it not, the first leg's would win.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            role: self.role.min(other.role),
            status: self.status.merge(other.status),
            started_at: self.started_at.min(other.started_at),
            answered_at: earliest(self.answered_at, other.answered_at),
            ended_at: earliest(self.ended_at, other.ended_at),
            duration_seconds: self.duration_seconds.max(other.duration_seconds),
            error_code: self.error_code.max(other.error_code),
        }
    }
}

fn earliest(one: Option<UnixMillis>, other: Option<UnixMillis>) -> Option<UnixMillis> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What a call's legs add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How far the call is, for a person.
    pub status: CallStatus,
    /// When the two parties first heard each other.
    pub answered_at: Option<UnixMillis>,
    /// When it was over.
    pub ended_at: Option<UnixMillis>,
    /// How long they heard each other, in whole seconds.
    pub duration_seconds: Option<u32>,
    /// Somebody called and no person answered.
    pub missed: bool,
    /// Which leg answered.
    pub answered_by: Option<LegRole>,
    /// Twilio's code for why it failed.
    pub error_code: Option<u32>,
}

/// What the legs add up to. `refused` says that we ourselves did not put the call through.
#[must_use]
pub fn summary(direction: Direction, legs: &[LegState], refused: bool) -> Summary {
    let caller = legs.iter().find(|leg| leg.role == LegRole::Caller);
    let others = || legs.iter().filter(|leg| leg.role != LegRole::Caller);
    let answered = others()
        .filter(|leg| leg.status.is_answered())
        .min_by_key(|leg| (leg.answered_at.unwrap_or(leg.started_at), leg.role));
    let caller_status = caller.map_or(CallStatus::Queued, |leg| leg.status);
    let all_over = legs.iter().all(|leg| leg.status.is_terminal()) && !legs.is_empty();
    // The first leg's end is the call's: its TwiML holds the others. Until it is known, the end of all others will do only
    // for a call that was answered.
    let over = caller_status.is_terminal() || (caller.is_none() && answered.is_some() && all_over);

    let status = if refused {
        CallStatus::Failed
    } else {
        match (answered, over) {
            (Some(_), true) => CallStatus::Completed,
            (Some(_), false) => CallStatus::InProgress,
            (None, true) => unanswered(direction, caller_status, others()),
            (None, false) => under_way(direction, caller_status, others()),
        }
    };
    let answered_at = answered.map(|leg| leg.answered_at.unwrap_or(leg.started_at));
    let ended_at = if status.is_terminal() {
        legs.iter().filter_map(|leg| leg.ended_at).max()
    } else {
        None
    };
    Summary {
        status,
        answered_at,
        ended_at,
        duration_seconds: duration(answered_at, ended_at),
        missed: direction == Direction::Inbound && status.is_terminal() && answered.is_none(),
        answered_by: answered.map(|leg| leg.role),
        error_code: legs.iter().filter_map(|leg| leg.error_code).max(),
    }
}

/// How a call ended that nobody answered.
fn unanswered<'a>(direction: Direction, caller: CallStatus, others: impl Iterator<Item = &'a LegState>) -> CallStatus {
    let last = others.map(|leg| leg.status).filter(|status| status.is_terminal()).max();
    match (direction, caller, last) {
        (_, CallStatus::Failed, _) => CallStatus::Failed,
        // Declined in the browser.
        (Direction::Inbound, _, Some(CallStatus::Busy)) => CallStatus::Busy,
        (Direction::Inbound, ..) => CallStatus::NoAnswer,
        (Direction::Outbound, _, Some(last)) => last,
        // The user hung up before the other side rang, or did not pick up his own browser.
        (Direction::Outbound, CallStatus::Completed, None) => CallStatus::Canceled,
        (Direction::Outbound, caller, None) => caller,
    }
}

/// How far a call is that nobody has answered yet.
fn under_way<'a>(direction: Direction, caller: CallStatus, others: impl Iterator<Item = &'a LegState>) -> CallStatus {
    match direction {
        Direction::Inbound => CallStatus::Ringing,
        Direction::Outbound => others
            .map(|leg| leg.status)
            .filter(|status| !status.is_terminal())
            .max()
            .unwrap_or_else(|| caller.min(CallStatus::Initiated)),
    }
}

fn duration(answered: Option<UnixMillis>, ended: Option<UnixMillis>) -> Option<u32> {
    let millis = ended?.since(answered?).max(0);
    u32::try_from((millis + 500) / 1000).ok()
}

#[cfg(test)]
mod tests;
