//! Conferences and who is in them.

use crate::world::Stored;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ConferenceStatus {
    /// Nobody has entered who may start it.
    Init,
    InProgress,
    Completed,
}

impl ConferenceStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Conference {
    pub(crate) account_sid: String,
    pub(crate) name: String,
    pub(crate) status: ConferenceStatus,
    pub(crate) ended_by: Option<String>,
    pub(crate) end_reason: Option<&'static str>,
    /// Their SIDs are those of their calls.
    pub(crate) participants: Vec<Stored<Participant>>,
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a property of its own at Twilio")]
pub(crate) struct Participant {
    pub(crate) label: Option<String>,
    pub(crate) muted: bool,
    pub(crate) hold: bool,
    pub(crate) start_on_enter: bool,
    pub(crate) end_on_exit: bool,
}

impl Conference {
    pub(crate) fn participant(&self, call_sid_or_label: &str) -> Option<&Stored<Participant>> {
        self.participants.iter().find(|participant| {
            participant.sid == call_sid_or_label || participant.value.label.as_deref() == Some(call_sid_or_label)
        })
    }

    pub(crate) fn participant_mut(&mut self, call_sid_or_label: &str) -> Option<&mut Stored<Participant>> {
        let sid = self.participant(call_sid_or_label)?.sid.clone();
        self.participants.iter_mut().find(|participant| participant.sid == sid)
    }
}

/// What a REST request changed about a participant.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParticipantChange {
    pub(crate) hold: Option<bool>,
    pub(crate) hold_url: Option<crate::twiml::Target>,
    pub(crate) muted: Option<bool>,
    pub(crate) end_on_exit: Option<bool>,
}
