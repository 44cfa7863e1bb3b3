//! What a path names.

use super::refusal::Refusal;
use crate::sid::is_sid;

/// The two APIs for keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeysVersion {
    /// `api.twilio.com/2010-04-01/Accounts/{AC}/Keys.json`
    V2010,
    /// `iam.twilio.com/v1/Keys`
    V1,
}

#[derive(Debug, Eq, PartialEq)]
pub(super) enum Resource {
    Account,
    Numbers,
    Number(String),
    Applications,
    Application(String),
    Keys(KeysVersion),
    Key(KeysVersion, String),
    Calls,
    Call(String),
    /// Of one call, or all.
    Recordings(Option<String>),
    Recording(Option<String>, String),
    /// The sound itself.
    RecordingMedia(String),
    Conferences,
    Conference(String),
    Participants(String),
    /// By the SID of the call, or by label.
    Participant(String, String),
    Messages,
    Message(String),
    MediaList(String),
    Media(String, String),
    /// The file itself.
    MediaContent(String, String),
    /// Messaging Services.
    Services,
    Service(String),
    /// The numbers of a service.
    Pool(String),
    PoolNumber(String, String),
    /// Exists at Twilio, but not here.
    Unsimulated(&'static str),
}

#[derive(Debug)]
pub(super) struct Target {
    /// The account named in the path.
    pub(super) account_sid: Option<String>,
    pub(super) resource: Resource,
}

/// Twilio has these too; whoever asks for them should not believe that they are gone.
const UNSIMULATED: [&str; 5] = ["Calls", "Conferences", "Messages", "Balance", "OutgoingCallerIds"];

impl Target {
    /// A SID that does not have its pattern names nothing.
    pub(super) fn of(path: &str) -> Result<Self, Refusal> {
        let missing = || Refusal::not_found(path);
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let (account_sid, resource) = match *segments.as_slice() {
            ["v1", "Keys"] => (None, Resource::Keys(KeysVersion::V1)),
            ["v1", "Keys", sid] => (
                None,
                Resource::Key(KeysVersion::V1, known(sid, "SK").ok_or_else(missing)?),
            ),
            ["v1", "Services", ref rest @ ..] => (None, about_services(rest).ok_or_else(missing)?),
            ["2010-04-01", "Accounts", account] => (
                account.strip_suffix(".json").and_then(|sid| known(sid, "AC")),
                Resource::Account,
            ),
            ["2010-04-01", "Accounts", account, ref rest @ ..] => {
                (known(account, "AC"), in_account(rest).ok_or_else(missing)?)
            }
            _ => return Err(missing()),
        };
        if path.starts_with("/2010") && account_sid.is_none() {
            return Err(missing());
        }
        Ok(Self { account_sid, resource })
    }

    /// Documented at <https://www.twilio.com/docs/iam/api-keys>: a Standard key reads no account and manages no keys.
    pub(super) fn needs_more_than_a_standard_key(&self) -> bool {
        matches!(self.resource, Resource::Account | Resource::Keys(_) | Resource::Key(..))
    }
}

fn in_account(rest: &[&str]) -> Option<Resource> {
    if let Some(resource) = about_calls(rest).or_else(|| about_messages(rest)) {
        return resource;
    }
    let (collection, sid) = match *rest {
        [last] => (last.strip_suffix(".json")?, None),
        [collection, last] => (collection, Some(last.strip_suffix(".json")?)),
        [collection, ..] => (collection, None),
        [] => return None,
    };
    match (collection, sid) {
        ("IncomingPhoneNumbers", None) if rest.len() == 1 => Some(Resource::Numbers),
        ("IncomingPhoneNumbers", Some(sid)) => known(sid, "PN").map(Resource::Number),
        ("Applications", None) if rest.len() == 1 => Some(Resource::Applications),
        ("Applications", Some(sid)) => known(sid, "AP").map(Resource::Application),
        ("Keys", None) if rest.len() == 1 => Some(Resource::Keys(KeysVersion::V2010)),
        ("Keys", Some(sid)) => known(sid, "SK").map(|sid| Resource::Key(KeysVersion::V2010, sid)),
        _ => UNSIMULATED
            .into_iter()
            .find(|name| *name == collection)
            .map(Resource::Unsimulated),
    }
}

/// Paths about calls, of which some are two levels deep. The inner `None` is for a SID without its pattern.
#[allow(
    clippy::option_option,
    reason = "two ways of not finding anything: another kind of path, and a wrong SID"
)]
fn about_calls(rest: &[&str]) -> Option<Option<Resource>> {
    let json = |last: &str| last.strip_suffix(".json").map(str::to_owned);
    Some(match *rest {
        ["Calls.json"] => Some(Resource::Calls),
        ["Recordings.json"] => Some(Resource::Recordings(None)),
        ["Conferences.json"] => Some(Resource::Conferences),
        ["Calls", last] => known(&json(last)?, "CA").map(Resource::Call),
        ["Recordings", last] => match json(last) {
            Some(sid) => known(&sid, "RE").map(|sid| Resource::Recording(None, sid)),
            None => known(last.strip_suffix(".wav").unwrap_or(last), "RE").map(Resource::RecordingMedia),
        },
        ["Conferences", last] => known(&json(last)?, "CF").map(Resource::Conference),
        ["Calls", call, "Recordings.json"] => known(call, "CA").map(|call| Resource::Recordings(Some(call))),
        ["Calls", call, "Recordings", last] => {
            let recording = known(&json(last)?, "RE");
            known(call, "CA")
                .zip(recording)
                .map(|(call, recording)| Resource::Recording(Some(call), recording))
        }
        ["Conferences", conference, "Participants.json"] => known(conference, "CF").map(Resource::Participants),
        ["Conferences", conference, "Participants", last] => {
            let participant = json(last)?;
            known(conference, "CF").map(|conference| Resource::Participant(conference, participant))
        }
        _ => return None,
    })
}

/// Paths about texts and their media. The inner `None` is for a SID without its pattern.
#[allow(
    clippy::option_option,
    reason = "two ways of not finding anything: another kind of path, and a wrong SID"
)]
fn about_messages(rest: &[&str]) -> Option<Option<Resource>> {
    let message = |sid: &str| known(sid, "SM").or_else(|| known(sid, "MM"));
    Some(match *rest {
        ["Messages.json"] => Some(Resource::Messages),
        ["Messages", last] => message(last.strip_suffix(".json")?).map(Resource::Message),
        ["Messages", of, "Media.json"] => message(of).map(Resource::MediaList),
        ["Messages", of, "Media", last] => {
            let (sid, json) = last.strip_suffix(".json").map_or((last, false), |sid| (sid, true));
            let both = message(of).zip(known(sid, "ME"));
            both.map(|(of, sid)| match json {
                true => Resource::Media(of, sid),
                false => Resource::MediaContent(of, sid),
            })
        }
        _ => return None,
    })
}

/// Paths below `messaging.twilio.com/v1/Services`.
fn about_services(rest: &[&str]) -> Option<Resource> {
    match *rest {
        [] => Some(Resource::Services),
        [service] => known(service, "MG").map(Resource::Service),
        [service, "PhoneNumbers"] => known(service, "MG").map(Resource::Pool),
        [service, "PhoneNumbers", number] => {
            let both = known(service, "MG").zip(known(number, "PN"));
            both.map(|(service, number)| Resource::PoolNumber(service, number))
        }
        [
            service,
            "ShortCodes" | "AlphaSenders" | "Compliance" | "ChannelSenders" | "Messages" | "DestinationAlphaSenders",
            ..,
        ] => known(service, "MG").map(|_| Resource::Unsimulated("what else belongs to a Messaging Service")),
        _ => None,
    }
}

fn known(sid: &str, prefix: &str) -> Option<String> {
    is_sid(prefix, sid).then(|| sid.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{KeysVersion, Resource, Target};

    const SID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn paths_name_resources() {
        let of = |rest: &str| {
            Target::of(&format!("/2010-04-01/Accounts/AC{SID}{rest}"))
                .map(|target| target.resource)
                .ok()
        };
        assert_eq!(of(".json"), Some(Resource::Account));
        assert_eq!(of("/Keys.json"), Some(Resource::Keys(KeysVersion::V2010)));
        assert_eq!(
            of(&format!("/Applications/AP{SID}.json")),
            Some(Resource::Application(format!("AP{SID}")))
        );
        assert_eq!(of("/Messages.json"), Some(Resource::Messages));
        assert_eq!(
            of(&format!("/Messages/MM{SID}/Media/ME{SID}")),
            Some(Resource::MediaContent(format!("MM{SID}"), format!("ME{SID}")))
        );
        assert_eq!(
            of(&format!("/Messages/SM{SID}/Feedback.json")),
            Some(Resource::Unsimulated("Messages"))
        );
        assert_eq!(of("/Calls.json"), Some(Resource::Calls));
        assert_eq!(
            of(&format!("/Calls/CA{SID}.json")),
            Some(Resource::Call(format!("CA{SID}")))
        );
        assert_eq!(of(&format!("/Calls/PN{SID}.json")), None);
        let media = Some(Resource::RecordingMedia(format!("RE{SID}")));
        assert_eq!(of(&format!("/Recordings/RE{SID}")), media);
        assert_eq!(of(&format!("/Recordings/RE{SID}.wav")), media);
        assert_eq!(of(&format!("/Recordings/RE{SID}.mp3")), None);
        assert_eq!(
            of(&format!("/Conferences/CF{SID}/Participants/customer.json")),
            Some(Resource::Participant(format!("CF{SID}"), "customer".to_owned()))
        );
        assert_eq!(
            of(&format!("/Calls/CA{SID}/Events.json")),
            Some(Resource::Unsimulated("Calls"))
        );
        assert_eq!(of(&format!("/Applications/PN{SID}.json")), None);
        assert_eq!(of("/Applications/x/y.json"), None);
        assert_eq!(of("/Applications"), None);
        assert_eq!(of("//Applications.json"), None);
        assert!(Target::of("/2010-04-01/Accounts/AC12.json").is_err());
        assert!(Target::of("/2010-04-01/Accounts/AC12/Keys.json").is_err());
        assert!(Target::of("/").is_err());
    }
}
