//! Conferences and who is in them: <https://www.twilio.com/docs/voice/api/conference-resource>.

use serde::Deserialize;
use url::Url;

use super::exchange::Form;
use super::{Client, Deletion, empty_as_none, null_as_empty};
use crate::error::Error;
use crate::sid::{CallSid, ConferenceSid};
use crate::twiml::Method;

/// A room where calls meet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Conference {
    /// Its identifier.
    pub sid: ConferenceSid,
    /// The name under which calls enter it.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub friendly_name: String,
    /// `init`, `in-progress` or `completed`.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub status: String,
}

/// A call in a conference.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Participant {
    /// Which call.
    pub call_sid: CallSid,
    /// In which conference.
    pub conference_sid: ConferenceSid,
    /// The name it was given there.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub label: Option<String>,
    /// Whether the others do not hear it.
    #[serde(default)]
    pub muted: bool,
    /// Whether it hears music instead of the others.
    #[serde(default)]
    pub hold: bool,
    /// Whether the conference ends with it.
    #[serde(default)]
    pub end_conference_on_exit: bool,
    /// `queued`, `connecting`, `ringing`, `connected`, `complete` or `failed`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub status: Option<String>,
}

/// What changes for a call in a conference. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParticipantChange {
    /// Whether it hears music instead of the others.
    pub hold: Option<bool>,
    /// What it hears on hold; Twilio's music unless given.
    pub hold_url: Option<String>,
    /// How that is asked.
    pub hold_method: Option<Method>,
    /// Whether the others do not hear it.
    pub muted: Option<bool>,
    /// Whether the conference ends with it.
    pub end_conference_on_exit: Option<bool>,
}

impl ParticipantChange {
    fn form(&self) -> Form<'_> {
        let flag = |value: bool| if value { "true" } else { "false" };
        let mut form = Form::new();
        form.extend(self.muted.map(|muted| ("Muted", flag(muted))));
        form.extend(self.hold.map(|hold| ("Hold", flag(hold))));
        form.extend(self.hold_url.as_deref().map(|url| ("HoldUrl", url)));
        form.extend(self.hold_method.map(|method| ("HoldMethod", method.as_str())));
        form.extend(
            self.end_conference_on_exit
                .map(|end| ("EndConferenceOnExit", flag(end))),
        );
        form
    }
}

impl Client {
    /// The conferences of this name that go on now. There is at most one, unless one has just ended.
    pub async fn list_conferences_in_progress(&self, friendly_name: &str) -> Result<Vec<Conference>, Error> {
        let mut url = self.account_url(&["Conferences.json"]);
        url.query_pairs_mut()
            .append_pair("FriendlyName", friendly_name)
            .append_pair("Status", "in-progress");
        let mut conferences: Vec<Conference> = self.list("list the conferences", url).await?;
        // Twilio does not document how it compares names, and lists lag behind.
        conferences.retain(|one| one.friendly_name == friendly_name && one.status == "in-progress");
        Ok(conferences)
    }

    /// Who is in a conference.
    pub async fn list_participants(&self, conference: &ConferenceSid) -> Result<Vec<Participant>, Error> {
        let url = self.account_url(&["Conferences", conference.as_str(), "Participants.json"]);
        self.list("list the participants", url).await
    }

    /// One call in a conference.
    pub async fn fetch_participant(&self, conference: &ConferenceSid, call: &CallSid) -> Result<Participant, Error> {
        self.get("fetch the participant", self.participant_url(conference, call))
            .await
    }

    /// Changes a call in a conference to what is given. Doing it twice is doing it once, so this is repeated like a read.
    pub async fn update_participant(
        &self,
        conference: &ConferenceSid,
        call: &CallSid,
        change: &ParticipantChange,
    ) -> Result<Participant, Error> {
        self.put(
            "update the participant",
            self.participant_url(conference, call),
            change.form(),
        )
        .await
    }

    /// Puts a call out of a conference, which usually ends it.
    pub async fn remove_participant(&self, conference: &ConferenceSid, call: &CallSid) -> Result<Deletion, Error> {
        self.delete("remove the participant", self.participant_url(conference, call))
            .await
    }

    fn participant_url(&self, conference: &ConferenceSid, call: &CallSid) -> Url {
        self.account_url(&[
            "Conferences",
            conference.as_str(),
            "Participants",
            &format!("{call}.json"),
        ])
    }
}
