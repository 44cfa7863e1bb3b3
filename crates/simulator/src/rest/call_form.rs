//! Forms that place or change a call.

use std::time::Duration;

use super::refusal::Refusal;
use super::{field, form};
use crate::account::{AccountKind, HttpMethod};
use crate::calls::{Call, Direction, Instructions, OutgoingCall, client_identity, is_e164};
use crate::twiml::{Callback, Target};
use crate::world::{Account, World};

type Form = [(String, String)];

/// Documented.
const LONGEST_TWIML: usize = 4000;
const LONGEST_TIMEOUT: u64 = 600;

/// What an update asks for.
pub(super) enum Change {
    Redirect(Instructions),
    Complete,
    Cancel,
}

/// The call that a form asks for, and what it is to do.
pub(super) fn create(world: &World, own: &str, fields: &Form) -> Result<(Call, OutgoingCall), Refusal> {
    let account = world.account(own).ok_or_else(Refusal::unauthorized)?;
    let given = |name: &str| field(fields, name).filter(|value| !value.is_empty());
    let to = given("To").ok_or_else(|| Refusal::new(400, 21201, "No 'To' number is specified"))?;
    let from = given("From").ok_or_else(|| Refusal::new(400, 21213, "Caller phone number is required"))?;
    callee(account, to)?;
    let number_sid = caller(account, from)?;
    for name in ["MachineDetection", "Byoc", "AsyncAmd", "CallToken"] {
        if given(name).is_some() {
            return Err(Refusal::not_simulated(name));
        }
    }
    let mut call = Call::new(own, from, to, Direction::OutboundApi);
    call.number_sid = number_sid;
    let by_application = given("ApplicationSid").is_some() && given("Url").is_none() && given("Twiml").is_none();
    let (instructions, status_callback) = if by_application {
        application(account, given("ApplicationSid").unwrap_or_default(), &mut call)?
    } else {
        let instructions =
            instructions(fields)?.ok_or_else(|| Refusal::new(400, 21205, "Url parameter is required"))?;
        (instructions, callback(fields, "StatusCallback", "completed")?)
    };
    let record = given("Record")
        .map(|value| form::boolean("Record", value))
        .transpose()?;
    let outgoing = OutgoingCall {
        instructions,
        callback: status_callback,
        timeout: seconds(fields, "Timeout", 60)?.min(Duration::from_secs(LONGEST_TIMEOUT)),
        time_limit: seconds(fields, "TimeLimit", 14_400)?,
        send_digits: given("SendDigits").map(str::to_owned),
        record: record
            .filter(|record| *record)
            .map(|_| given("RecordingChannels") == Some("dual")),
        recording_callback: callback(fields, "RecordingStatusCallback", "completed")?,
    };
    Ok((call, outgoing))
}

fn callee(account: &Account, to: &str) -> Result<(), Refusal> {
    let invalid = || Refusal::new(400, 21211, format!("Invalid 'To' Phone Number: {to}"));
    if client_identity(to).is_some() {
        return Ok(());
    }
    if to.starts_with("sip:") {
        return Err(Refusal::not_simulated("calls to SIP addresses"));
    }
    if !is_e164(to) {
        return Err(invalid());
    }
    if account.kind == AccountKind::Trial && !account.is_verified(to) {
        let sentence =
            format!("The number {to} is unverified. Trial accounts may only make calls to verified numbers.");
        return Err(Refusal::new(400, 21219, sentence));
    }
    Ok(())
}

/// The SID of the number that calls. A client may call too; it has none.
fn caller(account: &Account, from: &str) -> Result<Option<String>, Refusal> {
    if client_identity(from).is_some() {
        return Ok(None);
    }
    if !is_e164(from) {
        return Err(Refusal::new(400, 21212, format!("Invalid 'From' Phone Number: {from}")));
    }
    let number = account.numbers.iter().find(|number| number.value.phone_number == from);
    let number = number.ok_or_else(|| {
        let sentence = "The source phone number provided is not yet verified for your account";
        Refusal::new(400, 21210, sentence)
    })?;
    Ok(Some(number.sid.clone()))
}

/// As documented, `StatusCallback` and `FallbackUrl` of the form are ignored then, and the application's are used.
fn application(account: &Account, sid: &str, call: &mut Call) -> Result<(Instructions, Option<Callback>), Refusal> {
    let application = account.applications.iter().find(|application| application.sid == sid);
    let application = application.ok_or_else(|| Refusal::new(400, 21218, "Invalid ApplicationSid"))?;
    let settings = &application.value;
    let url = settings.voice_url.clone();
    let url = url.ok_or_else(|| Refusal::new(400, 21205, "the application has no voice URL"))?;
    call.application_sid = Some(application.sid.clone());
    let target = |url: &String, method| Target {
        url: url.clone(),
        method,
    };
    let callback = settings.status_callback.as_ref().map(|url| Callback {
        target: target(url, settings.status_callback_method),
        events: vec!["completed".to_owned()],
    });
    let fallback = settings.voice_fallback_url.as_ref();
    let instructions = Instructions::Ask {
        target: target(&url, settings.voice_method),
        extra: Vec::new(),
        fallback: fallback.map(|url| target(url, settings.voice_fallback_method)),
    };
    Ok((instructions, callback))
}

/// `None` when the form changes neither.
pub(super) fn update(fields: &Form) -> Result<Option<Change>, Refusal> {
    let redirect = instructions(fields)?.map(Change::Redirect);
    let status = match field(fields, "Status").filter(|status| !status.is_empty()) {
        None => None,
        Some("completed") => Some(Change::Complete),
        Some("canceled") => Some(Change::Cancel),
        Some(_) => return Err(Refusal::new(400, 20422, "Invalid Parameter: Status")),
    };
    match (redirect, status) {
        (Some(_), Some(_)) => Err(Refusal::new(
            400,
            20422,
            "Invalid Parameter: Status cannot be given together with Url or Twiml",
        )),
        (redirect, status) => Ok(redirect.or(status)),
    }
}

/// `Url` or `Twiml`, not both; `None` without either.
fn instructions(fields: &Form) -> Result<Option<Instructions>, Refusal> {
    let given = |name: &str| field(fields, name).filter(|value| !value.is_empty());
    match (given("Url"), given("Twiml")) {
        (Some(_), Some(_)) if given("To").is_none() => Err(Refusal::new(
            400,
            20422,
            "Invalid Parameter: Url and Twiml exclude each other",
        )),
        // Documented for new calls: Twiml is ignored if there is a Url.
        (Some(_), _) => {
            let target = target(fields, "Url", "Method", 21205)?;
            let fallback = target_or_none(fields, "FallbackUrl", "FallbackMethod")?;
            Ok(target.map(|target| Instructions::Ask {
                target,
                extra: Vec::new(),
                fallback,
            }))
        }
        (None, Some(twiml)) if twiml.chars().count() > LONGEST_TWIML => Err(Refusal::new(
            400,
            20422,
            "Invalid Parameter: Twiml is longer than 4000 characters",
        )),
        (None, Some(twiml)) => Ok(Some(Instructions::Twiml(twiml.to_owned()))),
        (None, None) => Ok(None),
    }
}

fn target_or_none(fields: &Form, url: &str, method: &str) -> Result<Option<Target>, Refusal> {
    target(fields, url, method, 21205)
}

fn target(fields: &Form, url: &str, method: &str, code: u32) -> Result<Option<Target>, Refusal> {
    let value = field(fields, url).unwrap_or_default();
    let checked = form::webhook(url, value).map_err(|_| Refusal::new(400, code, format!("Invalid Url: {url}")))?;
    let method = match field(fields, method).filter(|value| !value.is_empty()) {
        Some(value) => form::method(method, value)?,
        None => HttpMethod::Post,
    };
    Ok(checked.map(|url| Target { url, method }))
}

fn callback(fields: &Form, name: &str, default: &str) -> Result<Option<Callback>, Refusal> {
    let Some(target) = target(fields, name, &format!("{name}Method"), 21502)? else {
        return Ok(None);
    };
    // Repeated keys, as Twilio's libraries send them; several in one value are read too.
    let event_name = format!("{name}Event");
    let given = fields.iter().filter(|(name, _)| *name == event_name);
    let mut events: Vec<String> = given
        .flat_map(|(_, value)| value.split_whitespace().map(str::to_owned))
        .collect();
    if events.is_empty() {
        events.push(default.to_owned());
    }
    Ok(Some(Callback { target, events }))
}

fn seconds(fields: &Form, name: &str, default: u64) -> Result<Duration, Refusal> {
    match field(fields, name).filter(|value| !value.is_empty()) {
        None => Ok(Duration::from_secs(default)),
        Some(value) => value
            .parse()
            .map(Duration::from_secs)
            .map_err(|_| Refusal::new(400, 20422, format!("Invalid Parameter: {name}"))),
    }
}

/// Where a participant's music on hold comes from.
pub(super) fn hold_url(fields: &Form) -> Result<Option<Target>, Refusal> {
    let Some(mut target) = target_or_none(fields, "HoldUrl", "HoldMethod")? else {
        return Ok(None);
    };
    // Unlike everywhere else, the default is GET.
    if field(fields, "HoldMethod").is_none() {
        target.method = HttpMethod::Get;
    }
    Ok(Some(target))
}
