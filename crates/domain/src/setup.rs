//! What the setup wizard shows: small structures that travel to the browser. They never hold a secret.

use serde::{Deserialize, Serialize};

use crate::connection::{ConnectionState, StepKind, StepState};
use crate::problem::Problem;
use crate::time::UnixMillis;

/// A Twilio account as verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// `AC…`
    pub sid: String,
    /// The name the customer gave it.
    pub friendly_name: String,
    /// `Trial` or `Full`, as Twilio spells it.
    #[serde(rename = "type")]
    pub kind: String,
    /// `active`, `suspended` or `closed`, as Twilio spells it.
    pub status: String,
}

impl AccountFacts {
    /// Whether Twilio limits it as a trial account.
    #[must_use]
    pub fn is_trial(&self) -> bool {
        self.kind == "Trial"
    }
}

/// What a number can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Calls.
    pub voice: bool,
    /// Texts.
    pub sms: bool,
    /// Pictures.
    pub mms: bool,
}

/// One thing a number is set to, e.g. "Incoming calls" → `https://…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointing {
    /// What it is for, in plain words.
    pub label: String,
    /// Where it points now: a URL, a SID, or nothing.
    pub now: Option<String>,
    /// Where it will point (before saving) or should point (once connected).
    pub then: Option<String>,
}

/// A number of the account, as a choice in the wizard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberChoice {
    /// `PN…`
    pub sid: String,
    /// E.164
    pub phone_number: String,
    /// As people of its country write it internationally, e.g. `+44 20 7183 8750`.
    pub formatted: String,
    /// The name the customer gave it.
    pub friendly_name: String,
    /// What it can do.
    pub capabilities: Capabilities,
    /// A sentence when it already points elsewhere: choosing it needs an explicit take-over.
    pub in_use_by: Option<String>,
    /// What each of its webhooks points at now and will point at.
    #[serde(default)]
    pub pointing: Vec<Pointing>,
}

/// The answer of Verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The account that the pair opens.
    pub account: AccountFacts,
    /// All its numbers.
    pub phone_numbers: Vec<NumberChoice>,
}

/// One line of the live checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// What is done.
    pub kind: StepKind,
    /// How far it is.
    pub state: StepState,
    /// The SID of what it made or changed.
    pub sid: Option<String>,
    /// Twilio's console page of that SID.
    pub console_url: Option<String>,
    /// When it began.
    pub started_at: Option<UnixMillis>,
    /// When it ended.
    pub finished_at: Option<UnixMillis>,
    /// Why it failed or is still there.
    pub problem: Option<Problem>,
}

/// How far a connection is: what the checklist shows while saving, failing and removing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Where the connection is in its life.
    pub state: ConnectionState,
    /// The number it is for, as people write it.
    pub phone_number: String,
    /// `PN…`
    pub phone_number_sid: String,
    /// The steps, in reading order.
    pub steps: Vec<StepView>,
    /// Why it failed, when it did.
    pub problem: Option<Problem>,
    /// When the steps began.
    pub started_at: UnixMillis,
    /// When it was last changed.
    pub updated_at: UnixMillis,
}

/// The answer of Save, and of `GET /twilio/credentials`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// `AC…`
    pub account_sid: String,
    /// E.164
    pub phone_number: String,
    /// `PN…`
    pub phone_number_sid: String,
    /// `AP…`
    pub application_sid: String,
    /// `SK…`
    pub api_key_sid: String,
    /// Always `connected`.
    pub status: String,
}

/// The Connection page: a connection in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// The SIDs.
    pub connected: Connected,
    /// The number as people write it.
    pub formatted: String,
    /// The account's name at the time of saving.
    pub account: AccountFacts,
    /// Last four characters of the stored auth token.
    pub auth_token_last4: String,
    /// When the auth token was saved.
    pub auth_token_saved_at: UnixMillis,
    /// When it was connected.
    pub connected_at: UnixMillis,
    /// What the number pointed at before (`now`) and points at since (`then`).
    pub pointing: Vec<Pointing>,
    /// What was done to connect it, with the SIDs of what it made.
    pub steps: Vec<StepView>,
    /// How it was at Twilio when that was looked at last; nothing until it was.
    pub health: Option<Health>,
    /// What was done to it by itself of late, newest first.
    pub notes: Vec<Note>,
    /// The API key's age.
    pub key: KeyAge,
    /// What was found in the account that should not be there, newest first.
    pub leftovers: Vec<Leftover>,
    /// When this was read.
    pub read_at: UnixMillis,
}

/// Something that could not be removed at Twilio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// Its SID; where its making was never answered, the marker it can be found by.
    pub sid: String,
    /// A sentence: why.
    pub why: String,
}

/// The answer of Disconnect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// SIDs that are gone or restored.
    pub removed: Vec<String>,
    /// What is still there; it is tried again until it is gone.
    pub left_behind: Vec<LeftBehind>,
}

/// Everything the wizard needs to draw itself, whatever tab asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Why the last Verify was refused, and the Account SID that was typed; gone after the next one.
    pub refused: Option<Refused>,
    /// The verified account, its numbers and what was chosen: the state between Verify and Save.
    pub draft: Option<Draft>,
    /// The newest connection that is not in use (saving, taken back, being removed …).
    pub progress: Option<Progress>,
    /// The connection in use.
    pub connection: Option<ConnectionView>,
    /// What is still to be removed of earlier connections.
    pub left_behind: Vec<LeftBehind>,
    /// Where webhooks will point: `APP_URL`.
    pub app_url: String,
    /// The simulator's address, where the server talks to one instead of Twilio.
    pub simulator_url: Option<String>,
    /// Why `APP_URL` cannot serve a real Twilio account, when it cannot.
    pub app_url_fault: Option<String>,
}

/// The state between Verify and Save; kept on the server, so that a closed tab loses nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The verified account.
    pub account: AccountFacts,
    /// Last four characters of the auth token that was verified.
    pub auth_token_last4: String,
    /// Its numbers as of `verified_at`.
    pub phone_numbers: Vec<NumberChoice>,
    /// When it was verified.
    pub verified_at: UnixMillis,
}

/// A refused Verify, kept so that a page without JavaScript can show it after the redirect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// What was typed as the Account SID, when it looked like one.
    pub account_sid: Option<String>,
    /// Why.
    pub problem: Problem,
}

/// What a re-check found: the connection as it should be and as it is at Twilio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// When it was looked at.
    pub checked_at: UnixMillis,
    /// Whether nothing differs.
    pub in_order: bool,
    /// The number's webhooks: `now` as they are, `then` as they should be.
    pub phone_number: Vec<Pointing>,
    /// The TwiML App's, likewise; empty when the App is gone.
    pub application: Vec<Pointing>,
    /// Sentences about what is missing at Twilio: the number, the App or the key.
    pub missing: Vec<String>,
    /// Sentences about what somebody has changed there.
    #[serde(default)]
    pub changes: Vec<String>,
    /// Why Twilio does not let us look, until the person does something about it; then nothing else is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Since when it is not in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_order_since: Option<UnixMillis>,
    /// Whether Repair mends something of it.
    #[serde(default)]
    pub repairable: bool,
}

/// Something that was done to a connection without its owner having asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: UnixMillis,
    /// What.
    pub sentence: String,
}

/// The API key in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAge {
    /// When it was made.
    pub made_at: UnixMillis,
    /// When it is replaced by itself; nothing where that is switched off.
    pub rolls_at: Option<UnixMillis>,
    /// Whether a former one is still to be deleted at Twilio.
    pub former_waits: bool,
}

stored_enum! {
    /// What became of a resource that carries our name and that no row explains.
    LeftoverState {
        /// Found; what is still there an hour later is removed.
        Seen = "seen",
        /// Removed.
        Removed = "removed",
        /// Twilio refused to remove it; it is tried again.
        Failed = "failed",
    }
}

/// A resource in an account that carries our name and that no row explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// The account, `AC…`.
    pub account_sid: String,
    /// `AP…` or `SK…`
    pub sid: String,
    /// Its name, by which it is known to be ours.
    pub name: String,
    /// What became of it.
    pub state: LeftoverState,
    /// Why it could not be removed.
    pub why: Option<String>,
    /// When it was first seen.
    pub first_seen_at: UnixMillis,
    /// When that was noted.
    pub updated_at: UnixMillis,
}

/// A Voice access token for the browser's phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceToken {
    /// The signed token (JWT).
    pub token: String,
    /// Who it is for, as Twilio knows him.
    pub identity: String,
    /// When it ends, RFC 3339, UTC.
    pub expires_at: String,
}
