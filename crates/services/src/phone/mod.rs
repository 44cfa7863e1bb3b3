//! The browser's phone: what it shows, and whether there is one to ring.

use domain::call::{CallStatus, Direction};
use domain::phone::{NumberCheck, PhoneView, Presence, Recent};
use domain::problem::Problem;
use domain::voice::VoiceSettings;
use store::Call;

use crate::calls::in_use;
use crate::voice::dialling;
use crate::{Caller, Parts, ServiceError, numbers};

/// How long a page's word holds that it can ring. It repeats it each 30 s; browsers slow hidden pages down to once a minute.
const LEASE: i64 = 100_000;
/// Longest name that a page gives itself.
const DEVICE_MAX: usize = 64;
/// How many people are offered for calling again.
const RECENT: usize = 8;

/// The use cases of the browser's phone.
#[derive(Clone)]
pub struct Phone {
    parts: Parts,
}

impl Phone {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// What the phone needs when a page is drawn; none where nothing is connected.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn view(&self, caller: &Caller) -> Result<Option<PhoneView>, ServiceError> {
        let Some(connection) = in_use(&self.parts, caller).await? else {
            return Ok(None);
        };
        let number = connection.phone_number;
        Ok(Some(PhoneView {
            formatted: numbers::formatted(&number),
            country: dialling::country_of(&number).unwrap_or_default(),
            number,
            signalling_host: self.parts.settings.signalling_host.clone(),
            missed: self.parts.store.missed_since(caller.user_id).await?,
        }))
    }

    /// Notes how a page's phone is: callers ring only where one is there.
    ///
    /// # Errors
    /// `Invalid` for a name that no page of ours gives itself.
    pub async fn presence(&self, caller: &Caller, device: &str, presence: Presence) -> Result<(), ServiceError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if device.is_empty() || device.len() > DEVICE_MAX || !device.bytes().all(allowed) {
            let sentence = "A phone's name has at most 64 letters, digits and hyphens.";
            let problem = Problem::new("invalid_device", sentence).field("device", sentence);
            return Err(ServiceError::Invalid(problem));
        }
        let (store, user, now) = (&self.parts.store, caller.user_id, self.parts.clock.now());
        let busy = match presence {
            Presence::Ready => false,
            Presence::Busy => true,
            Presence::Gone => return Ok(store.end_phone_lease(user, device).await?),
        };
        Ok(store
            .renew_phone_lease(user, device, busy, now.plus(LEASE), now)
            .await?)
    }

    /// Whether what was typed can be called, and how it is written.
    ///
    /// # Errors
    /// `Conflict` when nothing is connected.
    pub async fn check(&self, caller: &Caller, to: &str) -> Result<NumberCheck, ServiceError> {
        let own = match in_use(&self.parts, caller).await? {
            Some(connection) => connection.phone_number,
            None => {
                return Err(ServiceError::Conflict(Problem::new(
                    "twilio_not_connected",
                    "No Twilio account is connected. Connect one under Settings → Twilio Setup.",
                )));
            }
        };
        let settings = self.parts.store.voice_settings(caller.user_id).await?;
        Ok(checked(to, &own, &settings.unwrap_or_default()))
    }

    /// Whom the caller spoke to lately, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent(&self, caller: &Caller) -> Result<Vec<Recent>, ServiceError> {
        let calls = self.parts.store.recent_peers(caller.user_id, RECENT).await?;
        Ok(calls.iter().filter_map(recent).collect())
    }
}

fn checked(to: &str, own: &str, settings: &VoiceSettings) -> NumberCheck {
    let checked = dialling::check(to, own, settings);
    let fault = checked.as_ref().err().map(|problem| problem.message.clone());
    match checked.ok().or_else(|| dialling::describe(to, own)) {
        Some(described) => NumberCheck {
            number: Some(described.number),
            formatted: described.formatted,
            kind: Some(described.kind),
            fault,
        },
        None => NumberCheck {
            number: None,
            formatted: to.trim().to_owned(),
            kind: None,
            fault,
        },
    }
}

/// Only those who can be called again: a withheld number cannot.
fn recent(call: &Call) -> Option<Recent> {
    let number = call.peer();
    let digits = number.strip_prefix('+')?;
    let callable = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let formatted = numbers::party(number);
    (callable && formatted.starts_with('+')).then(|| Recent {
        number: number.to_owned(),
        formatted,
        outcome: outcome(call),
    })
}

/// What became of a call, in words.
fn outcome(call: &Call) -> String {
    let summary = &call.summary;
    let inbound = call.direction == Direction::Inbound;
    let way = if inbound { "Incoming" } else { "Outgoing" };
    let how = match summary.status {
        _ if call.voicemail => return "Left a message".to_owned(),
        _ if summary.missed => return "Missed".to_owned(),
        CallStatus::Completed => length(summary.duration_seconds.unwrap_or_default()),
        CallStatus::InProgress => "now".to_owned(),
        CallStatus::Busy => "busy".to_owned(),
        CallStatus::NoAnswer => "not answered".to_owned(),
        CallStatus::Canceled => "given up".to_owned(),
        CallStatus::Failed => "not put through".to_owned(),
        CallStatus::Queued | CallStatus::Initiated | CallStatus::Ringing => "ringing".to_owned(),
    };
    format!("{way}, {how}")
}

/// A length of time as a person says it.
fn length(seconds: u32) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "+442071838750";

    #[test]
    fn a_number_that_may_not_be_called_is_still_written_as_people_do() {
        let settings = VoiceSettings::default();
        let good = checked("020 7946 0018", OWN, &settings);
        assert_eq!((good.number.as_deref(), good.fault), (Some("+442079460018"), None));
        assert_eq!(good.formatted, "+44 20 7946 0018");
        let abroad = checked("+1 415 555 0199", OWN, &settings);
        assert_eq!(abroad.formatted, "+1 415-555-0199");
        assert!(abroad.fault.is_some_and(|sentence| sentence.ends_with('.')));
        let nonsense = checked(" call me ", OWN, &settings);
        assert_eq!((nonsense.number, nonsense.formatted.as_str()), (None, "call me"));
        assert!(nonsense.fault.is_some());
    }

    #[test]
    fn lengths_are_said_as_people_do() {
        assert_eq!(
            [length(0), length(59), length(150), length(3_720)],
            ["0 s", "59 s", "2 min", "1 h 2 min"]
        );
    }
}
