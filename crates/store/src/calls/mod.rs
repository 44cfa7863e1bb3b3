//! Calls, their legs and what was noted about them.

mod apply;
mod figures;
mod fold;
mod known;
mod list;
mod many;
mod read;
mod recorded;
mod row;
mod save;

pub(crate) use apply::ApplyCall;
pub(crate) use list::only_digits;
pub use list::{CallFilter, CallPage, Cursor, NoCursor};
pub(crate) use row::{call_columns, call_of, select_calls};

use domain::call::{CallEventKind, CallStatus, Direction, LegRole, LegState, Origin, RoleHint, Summary};
use domain::id::{CallEventId, CallId, RecordingId, UserId};
use domain::recording::{RecordingKind, RecordingStatus};
use domain::time::UnixMillis;

use crate::idempotency::{Claim, NewClaim};

/// A call as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// Whose it is.
    pub user_id: UserId,
    /// `AC…`
    pub account_sid: String,
    /// The first leg's `CA…`, once Twilio gave it one.
    pub provider_sid: Option<String>,
    /// Who called whom.
    pub direction: Direction,
    /// What began it.
    pub origin: Origin,
    /// Who called: E.164, or what Twilio says of a withheld number.
    pub from: String,
    /// Who was called.
    pub to: String,
    /// What its legs add up to.
    pub summary: Summary,
    /// We ourselves did not put it through.
    pub refused: bool,
    /// Why, as a sentence.
    pub reason: Option<String>,
    /// The caller was asked to leave a message.
    pub asked_voicemail: bool,
    /// There is a message.
    pub voicemail: bool,
    /// The conference that its legs are in, or go to.
    pub conference: Option<String>,
    /// The other party waits.
    pub on_hold: bool,
    /// Whom it was handed to.
    pub transferred_to: Option<String>,
    /// When it began.
    pub started_at: UnixMillis,
    /// When something was last heard of it.
    pub updated_at: UnixMillis,
}

impl Call {
    /// The other party's number.
    #[must_use]
    pub fn peer(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.from,
            Direction::Outbound => &self.to,
        }
    }
}

/// A leg of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// `CA…`
    pub sid: String,
    /// As far as it is known.
    pub state: LegState,
}

/// One line of a call's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// Its id.
    pub id: CallEventId,
    /// What was noted.
    pub kind: CallEventKind,
    /// Which leg it concerns.
    pub leg: Option<LegRole>,
    /// The leg's status, for `status`.
    pub status: Option<CallStatus>,
    /// A number, a key or a sentence, by kind.
    pub detail: Option<String>,
    /// When it happened.
    pub at: UnixMillis,
}

/// A call to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCall {
    /// Its id, unless Twilio's SID is known already.
    pub id: CallId,
    /// The first leg's `CA…`, where Twilio has given it one.
    pub provider_sid: Option<String>,
    /// Who called whom.
    pub direction: Direction,
    /// What began it.
    pub origin: Origin,
    /// Who called; empty where that is not known yet.
    pub from: String,
    /// Who was called; empty where that is not known yet.
    pub to: String,
    /// When it began.
    pub started_at: UnixMillis,
}

/// Which call is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallTarget {
    /// One of the user's, by our id.
    Existing(CallId),
    /// The one with that `provider_sid`, be it the first leg's or another leg's of a call of the account; where there is
    /// none, a new one. What an earlier report could not tell (an empty number) is filled in.
    New(NewCall),
}

/// What Twilio reports of a leg. A status that the leg did not have before is noted as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegReport {
    /// `CA…`
    pub sid: String,
    /// The report: [`LegState::reported`], with what else it tells.
    pub state: LegState,
    /// Where it depends on the call that exists what the leg is for: what the role in `state` is replaced by.
    pub hint: Option<RoleHint>,
    /// The id for the event.
    pub event: CallEventId,
}

/// Something to note about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCallEvent {
    /// Its id.
    pub id: CallEventId,
    /// What is noted.
    pub kind: CallEventKind,
    /// Which leg it concerns.
    pub leg: Option<LegRole>,
    /// A number, a key or a sentence, by kind.
    pub detail: Option<String>,
    /// When it happened.
    pub at: UnixMillis,
}

/// What Twilio reports of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingReport {
    /// Its id, unless Twilio's SID is known already.
    pub id: RecordingId,
    /// `RE…`
    pub sid: String,
    /// What was recorded.
    pub kind: RecordingKind,
    /// Where it is.
    pub status: RecordingStatus,
    /// Its length.
    pub duration_seconds: Option<u32>,
    /// 1 or 2.
    pub channels: u8,
    /// When it began.
    pub started_at: UnixMillis,
}

/// What tells a request of Twilio's from every other, and what it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// A hash over the request.
    pub key: String,
    /// The answer that a repetition gets as well. Where it names a new call by the id it was to have and the call is known
    /// under another, it is stored and returned with that other id.
    pub answer: Option<String>,
}

/// What is set on a call besides its legs. `None` and `false` leave things as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// We do not put it through; the reason as a sentence. The first reason stays.
    pub refused: Option<String>,
    /// The caller is asked to leave a message.
    pub asked_voicemail: bool,
    /// Its legs go to that conference. The first one stays.
    pub conference: Option<String>,
    /// The other party waits, or is back.
    pub on_hold: Option<bool>,
    /// It is handed to that number.
    pub transferred_to: Option<String>,
}

/// All that one request changes, written in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallWrite {
    /// The tenant.
    pub user_id: UserId,
    /// His account, `AC…`.
    pub account_sid: String,
    /// Which call.
    pub target: CallTarget,
    /// SIDs of legs and recordings that the request names. Where one is known of another account, or of another call than the
    /// one that exists, nothing is written.
    pub sids: Vec<String>,
    /// A call that is new is written only while the user has fewer calls than that.
    pub most_live: Option<u32>,
    /// For what Twilio asked.
    pub receipt: Option<Receipt>,
    /// For what a program asked with an `Idempotency-Key`: the result is the call.
    pub claim: Option<NewClaim>,
    /// What is reported of its legs.
    pub legs: Vec<LegReport>,
    /// What else is set.
    pub marks: Marks,
    /// What is noted.
    pub events: Vec<NewCallEvent>,
    /// What is reported of a recording.
    pub recording: Option<RecordingReport>,
}

impl CallWrite {
    /// A write that changes nothing yet, but for the call's being there.
    #[must_use]
    pub fn on(user_id: UserId, account_sid: impl Into<String>, target: CallTarget) -> Self {
        Self {
            user_id,
            account_sid: account_sid.into(),
            target,
            sids: Vec::new(),
            most_live: None,
            receipt: None,
            claim: None,
            legs: Vec::new(),
            marks: Marks::default(),
            events: Vec::new(),
            recording: None,
        }
    }
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is written.
    Done {
        /// The call as it stands now.
        call: Box<Call>,
        /// The receipt's answer, to be given as it stands here.
        answer: Option<String>,
    },
    /// The same request was here before; nothing was written. What it was answered then.
    Again(Option<String>),
    /// The claim's key was used before; nothing was written. Never [`Claim::New`].
    Claimed(Claim),
    /// The tenant has no such call; nothing was written.
    Unknown,
    /// One of the write's SIDs is known of another account, or of another call than the one that it is about; nothing was written.
    Foreign,
    /// The user has as many calls as he may have ([`CallWrite::most_live`]); nothing was written.
    TooMany,
}
